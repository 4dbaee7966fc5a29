//! A training step the plainest way: every layer by itself, in float64, with the batch's figures in norms.

use graph::{Activation, BatchNorm, Graph, Node, Op, Parameter, Role, Weights};

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
        let layer = Layer::new(graph, node, pictures);
        values.push(layer.forward(&inputs, &weights));
    }
    let mut upstream: Vec<Vec<f64>> = values.iter().map(|values| vec![0.0; values.len()]).collect();
    let mut gradients = vec![0.0; weights.len()];
    let last = upstream.len() - 1;
    upstream[last] = r.iter().map(|r| f64::from(*r)).collect();
    for (index, node) in graph.nodes().iter().enumerate().skip(1).rev() {
        let (before, after) = upstream.split_at_mut(index);
        let layer = Layer::new(graph, node, pictures);
        for input in &node.inputs {
            let (x, dx) = (&values[input.index()], &mut before[input.index()]);
            layer.backward(x, &weights, &after[0], dx, &mut gradients);
        }
    }
    Step { output: values.swap_remove(last), gradients }
}

/// One layer and the shapes around it.
struct Layer<'a> {
    graph: &'a Graph,
    node: &'a Node,
    pictures: usize,
}

impl<'a> Layer<'a> {
    fn new(graph: &'a Graph, node: &'a Node, pictures: usize) -> Self {
        Self { graph, node, pictures }
    }

    fn parameter(&self, role: Role) -> &'a Parameter {
        let of_node = |parameter: &&Parameter| parameter.role == role;
        self.node.parameters.iter().map(|id| self.graph.parameter(*id)).find(of_node).unwrap()
    }

    fn forward(&self, inputs: &[&[f64]], weights: &[f64]) -> Vec<f64> {
        let x = inputs[0];
        match &self.node.op {
            Op::Conv2d(_) | Op::DepthwiseConv2d(_) => {
                let kernel = &weights[self.parameter(Role::Kernel).range()];
                let mut y = vec![0.0; self.pictures * self.node.shape.elements()];
                self.each_product(|x_at, k_at, y_at| y[y_at] += x[x_at] * kernel[k_at]);
                y
            }
            Op::BatchNorm(config) => {
                let channels = self.node.shape.channels();
                let (gamma, beta) = (self.parameter(Role::Gamma).range(), self.parameter(Role::Beta).range());
                let mut y = vec![0.0; x.len()];
                for c in 0..channels {
                    let (mean, inverse) = figures(config, x, c, channels);
                    for at in (c..x.len()).step_by(channels) {
                        y[at] = weights[gamma.start + c] * (x[at] - mean) * inverse + weights[beta.start + c];
                    }
                }
                y
            }
            Op::Activation(function) => x.iter().map(|x| value(*function, *x)).collect(),
            Op::Add => x.iter().zip(inputs[1]).map(|(a, b)| a + b).collect(),
            op => panic!("no reference for {}", op.keras_class()),
        }
    }

    /// Adds to the gradient of the input `x` and sets those of the parameters.
    fn backward(&self, x: &[f64], weights: &[f64], dy: &[f64], dx: &mut [f64], gradients: &mut [f64]) {
        match &self.node.op {
            Op::Conv2d(_) | Op::DepthwiseConv2d(_) => {
                let range = self.parameter(Role::Kernel).range();
                let (kernel, dkernel) = (&weights[range.clone()], &mut gradients[range]);
                self.each_product(|x_at, k_at, y_at| {
                    dx[x_at] += dy[y_at] * kernel[k_at];
                    dkernel[k_at] += dy[y_at] * x[x_at];
                });
            }
            Op::BatchNorm(config) => self.norm_backward(config, (x, dy), weights, dx, gradients),
            Op::Activation(function) => {
                for ((dx, x), dy) in dx.iter_mut().zip(x).zip(dy) {
                    *dx += dy * slope(*function, *x);
                }
            }
            Op::Add => dx.iter_mut().zip(dy).for_each(|(dx, dy)| *dx += dy),
            op => panic!("no reference for {}", op.keras_class()),
        }
    }

    fn norm_backward(
        &self,
        config: &BatchNorm,
        (x, dy): (&[f64], &[f64]),
        weights: &[f64],
        dx: &mut [f64],
        gradients: &mut [f64],
    ) {
        let channels = self.node.shape.channels();
        let rows = (x.len() / channels) as f64;
        let (gamma, beta) = (self.parameter(Role::Gamma).range(), self.parameter(Role::Beta).range());
        for c in 0..channels {
            let (mean, inverse) = figures(config, x, c, channels);
            let of_channel = || (c..x.len()).step_by(channels);
            let sum: f64 = of_channel().map(|at| dy[at]).sum();
            let product: f64 = of_channel().map(|at| dy[at] * (x[at] - mean) * inverse).sum();
            let factor = weights[gamma.start + c] * inverse;
            for at in of_channel() {
                dx[at] += factor * (dy[at] - (sum + (x[at] - mean) * inverse * product) / rows);
            }
            gradients[gamma.start + c] = product;
            gradients[beta.start + c] = sum;
        }
    }

    /// Calls `visit` with the places of input, kernel and output of every product of a convolution.
    fn each_product(&self, mut visit: impl FnMut(usize, usize, usize)) {
        let (kernel, stride, dilation, padding, is_depthwise) = match &self.node.op {
            Op::Conv2d(c) => (c.kernel, c.stride, c.dilation, c.padding, false),
            Op::DepthwiseConv2d(c) => (c.kernel, c.stride, c.dilation, c.padding, true),
            _ => unreachable!("the layer is a convolution"),
        };
        let [height, width, channels] = self.graph.node(self.node.inputs[0]).shape.as_map().unwrap();
        let [out_height, out_width, filters] = self.node.shape.as_map().unwrap();
        // The place in the input that a tap meets, if it is inside.
        let place = |axis: usize, at: usize, tap: usize, extent: usize| {
            let (_, before) =
                padding.along(extent, (kernel[axis] - 1) * dilation[axis] + 1, stride[axis]).unwrap();
            (at * stride[axis] + tap * dilation[axis]).checked_sub(before).filter(|place| *place < extent)
        };
        for index in 0..self.pictures * out_height * out_width {
            let (picture, row, column) =
                (index / out_width / out_height, index / out_width % out_height, index % out_width);
            for tap in 0..kernel[0] * kernel[1] {
                let down = place(0, row, tap / kernel[1], height);
                let across = place(1, column, tap % kernel[1], width);
                let Some((y, x)) = down.zip(across) else { continue };
                let (from, to) = (((picture * height + y) * width + x) * channels, index * filters);
                for c in 0..channels {
                    match is_depthwise {
                        true => visit(from + c, tap * channels + c, to + c),
                        false => (0..filters)
                            .for_each(|f| visit(from + c, (tap * channels + c) * filters + f, to + f)),
                    }
                }
            }
        }
    }
}

/// A channel's mean and `1 / sqrt(variance + epsilon)`.
fn figures(config: &BatchNorm, x: &[f64], channel: usize, channels: usize) -> (f64, f64) {
    let of_channel = || x.iter().skip(channel).step_by(channels);
    let rows = (x.len() / channels) as f64;
    let mean = of_channel().sum::<f64>() / rows;
    let variance = of_channel().map(|x| (x - mean).powi(2)).sum::<f64>() / rows;
    (mean, 1.0 / (variance + f64::from(config.epsilon)).sqrt())
}

fn value(function: Activation, x: f64) -> f64 {
    match function {
        Activation::Relu => x.max(0.0),
        Activation::Relu6 => x.clamp(0.0, 6.0),
        Activation::Swish => x / (1.0 + (-x).exp()),
        _ => panic!("no reference for {}", function.name()),
    }
}

fn slope(function: Activation, x: f64) -> f64 {
    match function {
        Activation::Relu => f64::from(x > 0.0),
        Activation::Relu6 => f64::from(x > 0.0 && x < 6.0),
        Activation::Swish => {
            let sigmoid = 1.0 / (1.0 + (-x).exp());
            sigmoid * (1.0 + x * (1.0 - sigmoid))
        }
        _ => panic!("no reference for {}", function.name()),
    }
}
