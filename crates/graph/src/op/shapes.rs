//! The shape that an op gives, and what is wrong with its values or its inputs.

use crate::{Error, ErrorKind, Op, Padding, Result, Shape};

impl Op {
    /// The shape this op gives for its inputs' shapes.
    pub(crate) fn output_shape(&self, layer: &str, inputs: &[&Shape]) -> Result<Shape> {
        let place = Place { layer, op: self };
        place.check_values()?;
        let shape = match (self, inputs) {
            (Self::Input(shape), []) => shape.clone(),
            (Self::Concat, [a, _, ..]) => return place.concat(a, inputs),
            _ => self.shape_of_one(&place, self.the_input(&place, inputs)?)?,
        };
        place.checked(shape)
    }

    /// The only input, or the one that has the shape of the sum or the product.
    fn the_input<'s>(&self, place: &Place<'_>, inputs: &[&'s Shape]) -> Result<&'s Shape> {
        Ok(match (self, inputs) {
            (Self::Add, [a, rest @ ..]) if !rest.is_empty() && rest.iter().all(|b| b == a) => a,
            (Self::AddScaled(_), [a, b]) if a == b => a,
            (Self::Multiply, [a, b]) if a == b || is_factor(b, a) => a,
            (Self::Multiply, [a, b]) if is_factor(a, b) => b,
            (Self::Add | Self::Concat | Self::Input(_), _) => {
                return Err(place.shape("two or more inputs of fitting shapes", inputs));
            }
            (Self::AddScaled(_), _) => return Err(place.shape("two inputs of one shape", inputs)),
            (Self::Multiply, _) => {
                return Err(place.shape("two inputs of one shape, or one with a factor a channel", inputs));
            }
            (_, [one]) => *one,
            _ => return Err(place.shape("one input", inputs)),
        })
    }

    fn shape_of_one(&self, place: &Place<'_>, first: &Shape) -> Result<Shape> {
        let map = || first.as_map().ok_or_else(|| place.shape("a feature map (H, W, C)", &[first]));
        Ok(match self {
            Self::Dense(d) => {
                let mut dims = first.dims().to_vec();
                match dims.last_mut() {
                    Some(last) => *last = d.units,
                    None => return Err(place.shape("at least one axis", &[first])),
                }
                Shape::new(dims)
            }
            Self::GlobalAveragePool { keepdims } | Self::GlobalMaxPool { keepdims } => {
                let [_, _, channels] = map()?;
                if *keepdims { Shape::from([1, 1, channels]) } else { Shape::from([channels]) }
            }
            Self::ZeroPad([top, bottom, left, right]) => {
                let [h, w, channels] = map()?;
                let grown = |a: usize, b: &usize, c: &usize| a.saturating_add(*b).saturating_add(*c);
                Shape::from([grown(h, top, bottom), grown(w, left, right), channels])
            }
            Self::Crop([top, bottom, left, right]) => {
                let [h, w, channels] = map()?;
                // What is cut away whole is an empty output, which is refused below.
                let shrunk = |a: usize, b: &usize, c: &usize| a.saturating_sub(*b).saturating_sub(*c);
                Shape::from([shrunk(h, top, bottom), shrunk(w, left, right), channels])
            }
            Self::Flatten => Shape::from([first.elements()]),
            Self::Reshape(shape) if shape.elements() == first.elements() => shape.clone(),
            Self::Reshape(shape) => {
                return Err(place.shape(&format!("as many values as {shape} has"), &[first]));
            }
            Self::Normalization { mean, variance } => {
                if mean.len() != first.channels() || variance.len() != first.channels() {
                    return Err(place.shape("as many channels as there are means and variances", &[first]));
                }
                first.clone()
            }
            _ => return self.windowed(place, first),
        })
    }

    /// What a window that walks over `first` gives; an op without one changes no shape.
    fn windowed(&self, place: &Place<'_>, first: &Shape) -> Result<Shape> {
        let map = || first.as_map().ok_or_else(|| place.shape("a feature map (H, W, C)", &[first]));
        let channels = first.channels();
        let (kernel, dilation, stride, padding, filters) = match self {
            Self::Conv2d(c) => {
                map()?;
                if !channels.is_multiple_of(c.groups) || !c.filters.is_multiple_of(c.groups) {
                    return Err(place.shape("channels and filters that the groups divide", &[first]));
                }
                (c.kernel, c.dilation, c.stride, c.padding, c.filters)
            }
            Self::DepthwiseConv2d(c) => {
                (c.kernel, c.dilation, c.stride, c.padding, channels.saturating_mul(c.multiplier))
            }
            Self::SeparableConv2d(c) => (c.kernel, c.dilation, c.stride, c.padding, c.filters),
            Self::MaxPool(p) | Self::AveragePool(p) => (p.size, [1; 2], p.stride, p.padding, channels),
            _ => return Ok(first.clone()),
        };
        let [height, width, _] = map()?;
        let [height, width] = place.window([height, width], kernel, dilation, stride, padding)?;
        Ok(Shape::from([height, width, filters]))
    }
}

/// Whether `factor` has one value for each channel of `map`.
fn is_factor(factor: &Shape, map: &Shape) -> bool {
    map.as_map().is_some() && factor.as_map() == Some([1, 1, map.channels()])
}

/// A layer being checked, for messages that say where.
struct Place<'a> {
    layer: &'a str,
    op: &'a Op,
}

/// No tensor of one picture may have more values than this (4 GiB of float32): a hostile file stops here.
const MOST_ELEMENTS: usize = 1 << 30;

impl Place<'_> {
    fn shape(&self, expected: &str, received: &[&Shape]) -> Error {
        let received: Vec<String> = received.iter().map(ToString::to_string).collect();
        let received = if received.is_empty() { "no input".into() } else { received.join(" and ") };
        let (layer, class) = (self.layer, self.op.keras_class());
        Error::new(
            ErrorKind::Shape,
            format!("layer {layer} ({class}): expected {expected}, received {received}"),
        )
    }

    fn value(&self, message: &str) -> Error {
        let (layer, class) = (self.layer, self.op.keras_class());
        Error::new(ErrorKind::Value, format!("layer {layer} ({class}): {message}"))
    }

    fn checked(&self, shape: Shape) -> Result<Shape> {
        match shape.elements() {
            0 => Err(self.value(&format!("its output {shape} is empty"))),
            n if n > MOST_ELEMENTS => Err(self.value(&format!("its output {shape} is too large"))),
            _ => Ok(shape),
        }
    }

    fn check_values(&self) -> Result<()> {
        let positive = |what: &str, values: &[usize]| match values.iter().any(|&v| v == 0 || v > 1 << 24) {
            true => Err(self.value(&format!("{what} {values:?} must be positive (and at most 2^24)"))),
            false => Ok(()),
        };
        match self.op {
            Op::Conv2d(c) => {
                positive("filters and groups", &[c.filters, c.groups])?;
                positive("kernel, stride and dilation", &[c.kernel, c.stride, c.dilation].concat())
            }
            Op::DepthwiseConv2d(c) => {
                positive("depth multiplier", &[c.multiplier])?;
                positive("kernel, stride and dilation", &[c.kernel, c.stride, c.dilation].concat())
            }
            Op::SeparableConv2d(c) => {
                positive("filters and depth multiplier", &[c.filters, c.multiplier])?;
                positive("kernel, stride and dilation", &[c.kernel, c.stride, c.dilation].concat())
            }
            Op::MaxPool(p) | Op::AveragePool(p) => {
                positive("window and stride", &[p.size, p.stride].concat())
            }
            Op::Dense(d) => positive("units", &[d.units]),
            Op::Dropout(rate) | Op::StochasticDepth(rate) if !(0.0..1.0).contains(rate) => {
                Err(self.value(&format!("rate {rate} must be at least 0 and below 1")))
            }
            Op::BatchNorm(b) if !(b.epsilon > 0.0 && (0.0..=1.0).contains(&b.momentum)) => {
                Err(self.value(&format!("epsilon {} or momentum {} is out of range", b.epsilon, b.momentum)))
            }
            Op::LayerNorm(n) if !(n.epsilon > 0.0 && n.epsilon.is_finite()) => {
                Err(self.value(&format!("epsilon {} is out of range", n.epsilon)))
            }
            Op::LayerScale { start: factor } | Op::AddScaled(factor) if !factor.is_finite() => {
                Err(self.value(&format!("a factor of {factor} is no number")))
            }
            _ => Ok(()),
        }
    }

    fn window(
        &self,
        input: [usize; 2],
        kernel: [usize; 2],
        dilation: [usize; 2],
        stride: [usize; 2],
        padding: Padding,
    ) -> Result<[usize; 2]> {
        let mut output = [0; 2];
        for axis in 0..2 {
            let extent = (kernel[axis] - 1).saturating_mul(dilation[axis]) + 1;
            let along = padding.along(input[axis], extent, stride[axis]);
            output[axis] = along
                .ok_or_else(|| {
                    self.value(&format!(
                        "a window of {extent} does not fit an input of {} × {}: use larger pictures",
                        input[0], input[1]
                    ))
                })?
                .0;
        }
        Ok(output)
    }

    fn concat(&self, first: &Shape, inputs: &[&Shape]) -> Result<Shape> {
        let outer = |s: &Shape| s.dims().split_last().map(|(_, outer)| outer.to_vec());
        if inputs.iter().any(|s| outer(s) != outer(first)) {
            return Err(self.shape("inputs that differ in the last axis only", inputs));
        }
        let mut dims = first.dims().to_vec();
        if let Some(last) = dims.last_mut() {
            *last = inputs.iter().map(|s| s.channels()).sum();
        }
        self.checked(Shape::new(dims))
    }
}
