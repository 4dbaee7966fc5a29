//! The plainest loops, summed in float64: what every fast path is compared with.

use super::Conv;

/// Calls `at(x, w, y)` with the indices of every product `x · w` that is part of an output `y`.
fn for_each_product(conv: &Conv, batch: usize, mut at: impl FnMut(usize, usize, usize)) {
    let window = &conv.window;
    let [height, width, channels] = window.input;
    let (in_group, out_group) = (channels / conv.groups, conv.filters / conv.groups);
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
                        for filter in 0..conv.filters {
                            for channel in 0..in_group {
                                let x_channel = filter / out_group * in_group + channel;
                                let x = ((picture * height + iy) * width + ix) * channels + x_channel;
                                let tap = ky * window.kernel[1] + kx;
                                let w = (tap * in_group + channel) * conv.filters + filter;
                                let y = (picture * window.positions() + oy * window.output[1] + ox)
                                    * conv.filters;
                                at(x, w, y + filter);
                            }
                        }
                    }
                }
            }
        }
    }
}

pub(super) fn forward(conv: &Conv, batch: usize, x: &[f32], kernel: &[f32]) -> Vec<f64> {
    let mut out = vec![0.0; batch * conv.output_len()];
    for_each_product(conv, batch, |xi, wi, yi| out[yi] += f64::from(x[xi]) * f64::from(kernel[wi]));
    out
}

pub(super) fn backward_input(conv: &Conv, batch: usize, dy: &[f32], kernel: &[f32]) -> Vec<f64> {
    let mut out = vec![0.0; batch * conv.window.input_len()];
    for_each_product(conv, batch, |xi, wi, yi| out[xi] += f64::from(dy[yi]) * f64::from(kernel[wi]));
    out
}

pub(super) fn backward_kernel(conv: &Conv, batch: usize, x: &[f32], dy: &[f32]) -> Vec<f64> {
    let mut out = vec![0.0; conv.kernel_len()];
    for_each_product(conv, batch, |xi, wi, yi| out[wi] += f64::from(x[xi]) * f64::from(dy[yi]));
    out
}
