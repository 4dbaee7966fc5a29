//! What the kernels need to know of an op, read off its configuration.

use graph::{Activation, Op, Padding, Shape};
use kernels::Window;

/// Whether zeros around the input may become part of the window. A pool leaves them out, so it may not.
pub(crate) fn takes_zeros_in(op: &Op) -> bool {
    match op {
        Op::Conv2d(c) => c.padding == Padding::Valid,
        Op::DepthwiseConv2d(c) => c.padding == Padding::Valid,
        _ => false,
    }
}

/// The window of `op` over an input of `map` with `border` zeros (top, bottom, left, right) taken in.
pub(crate) fn window(op: &Op, map: [usize; 3], border: [usize; 4], output: &Shape) -> Window {
    let (kernel, stride, dilation, padding) = match op {
        Op::Conv2d(c) => (c.kernel, c.stride, c.dilation, c.padding),
        Op::DepthwiseConv2d(c) => (c.kernel, c.stride, c.dilation, c.padding),
        Op::MaxPool(p) | Op::AveragePool(p) => (p.size, p.stride, [1; 2], p.padding),
        _ => ([1; 2], [1; 2], [1; 2], Padding::Valid),
    };
    let [height, width, _] = output.as_map().unwrap_or([1, 1, 1]);
    let before = |axis: usize| {
        let extent = (kernel[axis] - 1) * dilation[axis] + 1;
        padding.along(map[axis], extent, stride[axis]).map_or(0, |(_, before)| before)
    };
    let pad = [border[0] + before(0), border[2] + before(1)];
    Window { input: map, output: [height, width], kernel, stride, dilation, pad }
}

/// The activation that Keras's layer applies itself.
pub(crate) fn own_activation(op: &Op) -> Activation {
    match op {
        Op::Conv2d(c) => c.activation,
        Op::DepthwiseConv2d(c) => c.activation,
        Op::Dense(d) => d.activation,
        _ => Activation::Linear,
    }
}

/// `Rescaling` and `Normalization` as scale and offset a channel.
pub(crate) fn affine(op: &Op, channels: usize) -> (Vec<f32>, Vec<f32>) {
    match op {
        Op::Rescaling { scale, offset } => (vec![*scale; channels], vec![*offset; channels]),
        Op::Normalization { mean, variance } => {
            // Keras divides by max(sqrt(variance), epsilon) with epsilon 1e-7.
            let scale: Vec<f32> = variance.iter().map(|v| 1.0 / v.sqrt().max(1e-7)).collect();
            let offset = mean.iter().zip(&scale).map(|(m, s)| -m * s).collect();
            (scale, offset)
        }
        _ => (vec![1.0; channels], vec![0.0; channels]),
    }
}
