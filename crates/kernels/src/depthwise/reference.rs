//! The definition of a depthwise convolution as plain loops, in float64.

use super::Depthwise;

/// Calls `visit(picture, input index, kernel index, output index)` for every multiplication; the indices of input
/// and output count from the batch's start.
fn for_each_product(depthwise: &Depthwise, batch: usize, mut visit: impl FnMut(usize, usize, usize)) {
    let Depthwise { window, multiplier } = depthwise;
    let [height, width, channels] = window.input;
    for picture in 0..batch {
        for oy in 0..window.output[0] {
            for ox in 0..window.output[1] {
                for ky in 0..window.kernel[0] {
                    for kx in 0..window.kernel[1] {
                        let iy =
                            (oy * window.stride[0] + ky * window.dilation[0]).wrapping_sub(window.pad[0]);
                        let ix =
                            (ox * window.stride[1] + kx * window.dilation[1]).wrapping_sub(window.pad[1]);
                        if iy >= height || ix >= width {
                            continue;
                        }
                        for c in 0..channels {
                            for m in 0..*multiplier {
                                let x = ((picture * height + iy) * width + ix) * channels + c;
                                let tap = ((ky * window.kernel[1] + kx) * channels + c) * multiplier + m;
                                let place = (picture * window.output[0] + oy) * window.output[1] + ox;
                                visit(x, tap, (place * channels + c) * multiplier + m);
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Without bias, residual and activation.
pub(super) fn forward(depthwise: &Depthwise, batch: usize, x: &[f32], kernel: &[f32]) -> Vec<f64> {
    let mut y = vec![0.0; batch * depthwise.output_len()];
    for_each_product(depthwise, batch, |i, tap, o| y[o] += f64::from(x[i]) * f64::from(kernel[tap]));
    y
}

pub(super) fn backward_input(depthwise: &Depthwise, batch: usize, dy: &[f32], kernel: &[f32]) -> Vec<f64> {
    let mut dx = vec![0.0; batch * depthwise.window.input_len()];
    for_each_product(depthwise, batch, |i, tap, o| dx[i] += f64::from(dy[o]) * f64::from(kernel[tap]));
    dx
}

pub(super) fn backward_kernel(depthwise: &Depthwise, batch: usize, x: &[f32], dy: &[f32]) -> Vec<f64> {
    let mut dkernel = vec![0.0; depthwise.kernel_len()];
    for_each_product(depthwise, batch, |i, tap, o| dkernel[tap] += f64::from(x[i]) * f64::from(dy[o]));
    dkernel
}
