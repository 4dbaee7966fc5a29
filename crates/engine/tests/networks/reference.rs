//! A training step the plainest way: every layer by itself, in float64, with the batch's figures in norms.

use std::ops::Range;

use graph::{Activation, BatchNorm, Graph, LayerNorm, Node, Op, Padding, Role, Weights};

/// What a step gives.
pub(crate) struct Step {
    pub(crate) output: Vec<f64>,
    /// Laid out as the weights; zeros for what is not learned.
    pub(crate) gradients: Vec<f64>,
}

/// The gradients of `Σ r · output` for `pictures` pictures.
pub(crate) fn step(graph: &Graph, weights: &Weights, pictures: usize, input: &[f32], r: &[f32]) -> Step {
    let weights: Vec<f64> = weights.as_slice().iter().map(|w| f64::from(*w)).collect();
    let mut values = vec![input.iter().map(|x| f64::from(*x)).collect::<Vec<_>>()];
    for node in &graph.nodes()[1..] {
        let inputs: Vec<&[f64]> = node.inputs.iter().map(|id| values[id.index()].as_slice()).collect();
        let layer = Layer { graph, node, pictures, weights: &weights };
        values.push(layer.forward(&inputs));
    }
    let mut upstream: Vec<Vec<f64>> = values.iter().map(|values| vec![0.0; values.len()]).collect();
    let mut gradients = vec![0.0; weights.len()];
    let last = upstream.len() - 1;
    upstream[last] = r.iter().map(|r| f64::from(*r)).collect();
    for (index, node) in graph.nodes().iter().enumerate().skip(1).rev() {
        let inputs: Vec<&[f64]> = node.inputs.iter().map(|id| values[id.index()].as_slice()).collect();
        let layer = Layer { graph, node, pictures, weights: &weights };
        let given = layer.backward(&inputs, &upstream[index], &mut gradients);
        for (input, given) in node.inputs.iter().zip(given) {
            upstream[input.index()].iter_mut().zip(given).for_each(|(dx, given)| *dx += given);
        }
    }
    Step { output: values.swap_remove(last), gradients }
}

/// One layer and what is around it.
struct Layer<'a> {
    graph: &'a Graph,
    node: &'a Node,
    pictures: usize,
    weights: &'a [f64],
}

impl<'a> Layer<'a> {
    fn range(&self, role: Role) -> Option<Range<usize>> {
        let parameters = self.node.parameters.iter().map(|id| self.graph.parameter(*id));
        parameters.into_iter().find(|parameter| parameter.role == role).map(|parameter| parameter.range())
    }

    fn parameter(&self, role: Role) -> &'a [f64] {
        &self.weights[self.range(role).unwrap()]
    }

    fn forward(&self, inputs: &[&[f64]]) -> Vec<f64> {
        let (x, channels) = (inputs[0], self.node.shape.channels());
        match &self.node.op {
            Op::Conv2d(_) | Op::DepthwiseConv2d(_) | Op::SeparableConv2d(_) | Op::Dense(_) => {
                let z = self.weighted(x).pop().unwrap();
                z.iter().map(|z| value(own_activation(&self.node.op), *z)).collect()
            }
            Op::BatchNorm(config) => {
                let (gamma, beta) = (self.parameter(Role::Gamma), self.parameter(Role::Beta));
                let mut y = vec![0.0; x.len()];
                for c in 0..channels {
                    let (mean, inverse) = channel_figures(config, x, c, channels);
                    for at in (c..x.len()).step_by(channels) {
                        y[at] = gamma[c] * (x[at] - mean) * inverse + beta[c];
                    }
                }
                y
            }
            Op::LayerNorm(config) => {
                let (gamma, beta) = (self.parameter(Role::Gamma), self.parameter(Role::Beta));
                let row = |x: &[f64]| -> Vec<f64> {
                    let (mean, inverse) = figures(x.iter(), config.epsilon);
                    (0..channels).map(|c| gamma[c] * (x[c] - mean) * inverse + beta[c]).collect()
                };
                x.chunks(channels).flat_map(row).collect()
            }
            Op::LayerScale { .. } => {
                let gamma = self.parameter(Role::Gamma);
                x.iter().enumerate().map(|(at, x)| x * gamma[at % channels]).collect()
            }
            Op::GlobalAveragePool { .. } => {
                let mut y = vec![0.0; self.pictures * channels];
                let positions = x.len() / y.len();
                x.iter().enumerate().for_each(|(at, x)| {
                    y[at / channels / positions * channels + at % channels] += x / positions as f64;
                });
                y
            }
            Op::Multiply => (0..x.len()).map(|at| x[at] * inputs[1][self.factor(inputs, at)]).collect(),
            Op::Activation(function) => x.iter().map(|x| value(*function, *x)).collect(),
            Op::Add => x.iter().zip(inputs[1]).map(|(a, b)| a + b).collect(),
            op => panic!("no reference for {}", op.keras_class()),
        }
    }

    /// The gradients of the inputs; sets those of the parameters.
    fn backward(&self, inputs: &[&[f64]], dy: &[f64], gradients: &mut [f64]) -> Vec<Vec<f64>> {
        let (x, channels) = (inputs[0], self.node.shape.channels());
        let mut dx = vec![0.0; x.len()];
        match &self.node.op {
            Op::Conv2d(_) | Op::DepthwiseConv2d(_) | Op::SeparableConv2d(_) | Op::Dense(_) => {
                dx = self.weighted_backward(x, dy, gradients);
            }
            Op::BatchNorm(config) => {
                for c in 0..channels {
                    let (mean, inverse) = channel_figures(config, x, c, channels);
                    let places: Vec<usize> = (c..x.len()).step_by(channels).collect();
                    let gamma = self.parameter(Role::Gamma)[c];
                    norm_backward((x, dy), &places, (mean, inverse), |_| gamma, &mut dx);
                    self.add_to_figures(&places, |_| c, (x, dy), (mean, inverse), gradients);
                }
            }
            Op::LayerNorm(config) => {
                let gamma = self.parameter(Role::Gamma);
                for row in 0..x.len() / channels {
                    let places: Vec<usize> = (row * channels..(row + 1) * channels).collect();
                    let figures = layer_figures(config, &x[row * channels..][..channels]);
                    norm_backward((x, dy), &places, figures, |at| gamma[at % channels], &mut dx);
                    self.add_to_figures(&places, |at| at % channels, (x, dy), figures, gradients);
                }
            }
            Op::LayerScale { .. } => {
                let (gamma, range) = (self.parameter(Role::Gamma), self.range(Role::Gamma).unwrap());
                for at in 0..x.len() {
                    dx[at] = dy[at] * gamma[at % channels];
                    gradients[range.start + at % channels] += dy[at] * x[at];
                }
            }
            Op::GlobalAveragePool { .. } => {
                let positions = x.len() / dy.len();
                for (at, dx) in dx.iter_mut().enumerate() {
                    *dx = dy[at / channels / positions * channels + at % channels] / positions as f64;
                }
            }
            Op::Multiply => {
                let mut other = vec![0.0; inputs[1].len()];
                for at in 0..x.len() {
                    dx[at] = dy[at] * inputs[1][self.factor(inputs, at)];
                    other[self.factor(inputs, at)] += dy[at] * x[at];
                }
                return vec![dx, other];
            }
            Op::Activation(function) => {
                (0..x.len()).for_each(|at| dx[at] = dy[at] * slope(*function, x[at]));
            }
            Op::Add => return vec![dy.to_vec(), dy.to_vec()],
            op => panic!("no reference for {}", op.keras_class()),
        }
        vec![dx]
    }

    /// The place of the second input's value that multiplies the first input's at `at`.
    fn factor(&self, inputs: &[&[f64]], at: usize) -> usize {
        let channels = self.node.shape.channels();
        let shared = inputs[0].len() / inputs[1].len();
        if shared == 1 { at } else { at / channels / shared * channels + at % channels }
    }

    /// What the layer's parts give, the last before its activation.
    fn weighted(&self, x: &[f64]) -> Vec<Vec<f64>> {
        let mut given: Vec<Vec<f64>> = Vec::new();
        for (walk, role) in self.walks() {
            let (x, kernel) = (given.last().map_or(x, Vec::as_slice), self.parameter(role));
            let mut y = vec![0.0; walk.pictures * walk.output.iter().product::<usize>()];
            walk.each_product(|x_at, k_at, y_at| y[y_at] += x[x_at] * kernel[k_at]);
            given.push(y);
        }
        if let (Some(range), Some(y)) = (self.range(Role::Bias), given.last_mut()) {
            let bias = &self.weights[range];
            y.iter_mut().enumerate().for_each(|(at, y)| *y += bias[at % bias.len()]);
        }
        given
    }

    fn weighted_backward(&self, x: &[f64], dy: &[f64], gradients: &mut [f64]) -> Vec<f64> {
        let given = self.weighted(x);
        let activation = own_activation(&self.node.op);
        let z = given.last().unwrap();
        let mut dy: Vec<f64> = dy.iter().zip(z).map(|(dy, z)| dy * slope(activation, *z)).collect();
        if let Some(range) = self.range(Role::Bias) {
            let dbias = &mut gradients[range];
            dy.iter().enumerate().for_each(|(at, dy)| dbias[at % dbias.len()] += dy);
        }
        for (nth, (walk, role)) in self.walks().into_iter().enumerate().rev() {
            let x = if nth == 0 { x } else { &given[nth - 1] };
            let kernel = self.parameter(role);
            let dkernel = &mut gradients[self.range(role).unwrap()];
            let mut dx = vec![0.0; x.len()];
            walk.each_product(|x_at, k_at, y_at| {
                dx[x_at] += dy[y_at] * kernel[k_at];
                dkernel[k_at] += dy[y_at] * x[x_at];
            });
            dy = dx;
        }
        dy
    }

    /// The layer's convolutions, one after the other, with their kernels.
    fn walks(&self) -> Vec<(Walk, Role)> {
        let (pictures, shape) = (self.pictures, &self.graph.node(self.node.inputs[0]).shape);
        let map = |shape: &graph::Shape| shape.as_map().unwrap_or([1, 1, shape.channels()]);
        let (input, output) = (map(shape), map(&self.node.shape));
        let plain = Walk {
            pictures,
            input,
            output,
            kernel: [1; 2],
            stride: [1; 2],
            dilation: [1; 2],
            padding: Padding::Valid,
            groups: 1,
        };
        match &self.node.op {
            Op::Conv2d(c) => {
                let walk = Walk {
                    kernel: c.kernel,
                    stride: c.stride,
                    dilation: c.dilation,
                    padding: c.padding,
                    ..plain
                };
                vec![(Walk { groups: c.groups, ..walk }, Role::Kernel)]
            }
            Op::DepthwiseConv2d(c) => {
                let walk = Walk {
                    kernel: c.kernel,
                    stride: c.stride,
                    dilation: c.dilation,
                    padding: c.padding,
                    ..plain
                };
                vec![(Walk { groups: input[2], ..walk }, Role::Kernel)]
            }
            Op::SeparableConv2d(c) => {
                let between = [output[0], output[1], input[2] * c.multiplier];
                let walk = Walk {
                    kernel: c.kernel,
                    stride: c.stride,
                    dilation: c.dilation,
                    padding: c.padding,
                    ..plain
                };
                let first = Walk { output: between, groups: input[2], ..walk };
                vec![
                    (first, Role::DepthwiseKernel),
                    (Walk { input: between, ..plain }, Role::PointwiseKernel),
                ]
            }
            _ => vec![(plain, Role::Kernel)],
        }
    }

    /// Adds to the gradients of gamma and beta what the values at `places` give.
    fn add_to_figures(
        &self,
        places: &[usize],
        channel: impl Fn(usize) -> usize,
        (x, dy): (&[f64], &[f64]),
        (mean, inverse): (f64, f64),
        gradients: &mut [f64],
    ) {
        let [gamma, beta] = [Role::Gamma, Role::Beta].map(|role| self.range(role).unwrap().start);
        for &at in places {
            gradients[gamma + channel(at)] += dy[at] * (x[at] - mean) * inverse;
            gradients[beta + channel(at)] += dy[at];
        }
    }
}

/// The gradient through a norm of the values at `places`.
fn norm_backward(
    (x, dy): (&[f64], &[f64]),
    places: &[usize],
    (mean, inverse): (f64, f64),
    gamma: impl Fn(usize) -> f64,
    dx: &mut [f64],
) {
    let count = places.len() as f64;
    let sum: f64 = places.iter().map(|&at| dy[at] * gamma(at)).sum();
    let product: f64 = places.iter().map(|&at| dy[at] * gamma(at) * (x[at] - mean) * inverse).sum();
    for &at in places {
        dx[at] = inverse * (dy[at] * gamma(at) - (sum + (x[at] - mean) * inverse * product) / count);
    }
}

/// How a convolution's kernel `[kh, kw, in / groups, filters]` walks.
#[derive(Clone)]
struct Walk {
    pictures: usize,
    input: [usize; 3],
    output: [usize; 3],
    kernel: [usize; 2],
    stride: [usize; 2],
    dilation: [usize; 2],
    padding: Padding,
    groups: usize,
}

impl Walk {
    /// Calls `visit` with the places of input, kernel and output of every product.
    fn each_product(&self, mut visit: impl FnMut(usize, usize, usize)) {
        let Self {
            kernel, input: [height, width, channels], output: [out_height, out_width, filters], ..
        } = *self;
        let (of_group, filters_of_group) = (channels / self.groups, filters / self.groups);
        for index in 0..self.pictures * out_height * out_width {
            let (picture, row, column) =
                (index / out_width / out_height, index / out_width % out_height, index % out_width);
            for tap in 0..kernel[0] * kernel[1] {
                let down = self.place(0, row, tap / kernel[1]);
                let across = self.place(1, column, tap % kernel[1]);
                let Some((y, x)) = down.zip(across) else { continue };
                let (from, to) = (((picture * height + y) * width + x) * channels, index * filters);
                for f in 0..filters {
                    let first = f / filters_of_group * of_group;
                    for c in 0..of_group {
                        visit(from + first + c, (tap * of_group + c) * filters + f, to + f);
                    }
                }
            }
        }
    }

    /// The place in the input that a tap meets, if it is inside.
    fn place(&self, axis: usize, at: usize, tap: usize) -> Option<usize> {
        let (extent, reach) = (self.input[axis], (self.kernel[axis] - 1) * self.dilation[axis] + 1);
        let (_, before) = self.padding.along(extent, reach, self.stride[axis]).unwrap();
        (at * self.stride[axis] + tap * self.dilation[axis])
            .checked_sub(before)
            .filter(|place| *place < extent)
    }
}

fn own_activation(op: &Op) -> Activation {
    match op {
        Op::Conv2d(c) => c.activation,
        Op::DepthwiseConv2d(c) => c.activation,
        Op::SeparableConv2d(c) => c.activation,
        Op::Dense(c) => c.activation,
        _ => Activation::Linear,
    }
}

/// Mean and `1 / sqrt(variance + epsilon)`.
fn figures<'x>(x: impl Iterator<Item = &'x f64> + Clone, epsilon: f32) -> (f64, f64) {
    let count = x.clone().count() as f64;
    let mean = x.clone().sum::<f64>() / count;
    let variance = x.map(|x| (x - mean).powi(2)).sum::<f64>() / count;
    (mean, 1.0 / (variance + f64::from(epsilon)).sqrt())
}

fn channel_figures(config: &BatchNorm, x: &[f64], channel: usize, channels: usize) -> (f64, f64) {
    figures(x.iter().skip(channel).step_by(channels), config.epsilon)
}

fn layer_figures(config: &LayerNorm, row: &[f64]) -> (f64, f64) {
    figures(row.iter(), config.epsilon)
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// The normal distribution function by its series (Marsaglia 2004): exact enough between −6 and 6.
fn normal(x: f64) -> f64 {
    let (mut term, mut sum) = (x, x);
    for n in 1..100 {
        term *= x * x / f64::from(2 * n + 1);
        sum += term;
    }
    0.5 + density(x) * sum
}

fn density(x: f64) -> f64 {
    (-0.5 * x * x).exp() / std::f64::consts::TAU.sqrt()
}

fn value(function: Activation, x: f64) -> f64 {
    match function {
        Activation::Linear => x,
        Activation::Relu => x.max(0.0),
        Activation::Relu6 => x.clamp(0.0, 6.0),
        Activation::Sigmoid => sigmoid(x),
        Activation::Swish => x * sigmoid(x),
        Activation::HardSigmoid => (x + 3.0).clamp(0.0, 6.0) / 6.0,
        Activation::HardSwish => x * (x + 3.0).clamp(0.0, 6.0) / 6.0,
        Activation::Gelu => x * normal(x),
        _ => panic!("no reference for {}", function.name()),
    }
}

fn slope(function: Activation, x: f64) -> f64 {
    let within = |low: f64, high: f64| f64::from(x > low && x < high);
    match function {
        Activation::Linear => 1.0,
        Activation::Relu => within(0.0, f64::INFINITY),
        Activation::Relu6 => within(0.0, 6.0),
        Activation::Sigmoid => sigmoid(x) * (1.0 - sigmoid(x)),
        Activation::Swish => sigmoid(x) * (1.0 + x * (1.0 - sigmoid(x))),
        Activation::HardSigmoid => within(-3.0, 3.0) / 6.0,
        Activation::HardSwish => value(Activation::HardSigmoid, x) + x * within(-3.0, 3.0) / 6.0,
        Activation::Gelu => normal(x) + x * density(x),
        _ => panic!("no reference for {}", function.name()),
    }
}
