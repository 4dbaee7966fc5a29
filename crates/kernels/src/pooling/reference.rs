//! The definitions as plain loops, in float64.

use crate::Window;

/// What the window of each output sees, in order: (output index, input indices), both from the batch's start.
fn windows(window: &Window, batch: usize) -> Vec<(usize, Vec<usize>)> {
    let [height, width, channels] = window.input;
    let mut windows = Vec::new();
    for picture in 0..batch {
        for oy in 0..window.output[0] {
            for ox in 0..window.output[1] {
                for c in 0..channels {
                    let mut seen = Vec::new();
                    for ky in 0..window.kernel[0] {
                        for kx in 0..window.kernel[1] {
                            let iy =
                                (oy * window.stride[0] + ky * window.dilation[0]).wrapping_sub(window.pad[0]);
                            let ix =
                                (ox * window.stride[1] + kx * window.dilation[1]).wrapping_sub(window.pad[1]);
                            if iy < height && ix < width {
                                seen.push(((picture * height + iy) * width + ix) * channels + c);
                            }
                        }
                    }
                    let place = (picture * window.output[0] + oy) * window.output[1] + ox;
                    windows.push((place * channels + c, seen));
                }
            }
        }
    }
    windows
}

/// The index of the first largest of what the window sees.
fn first_largest(x: &[f32], seen: &[usize]) -> usize {
    seen.iter().copied().reduce(|best, i| if x[i] > x[best] { i } else { best }).unwrap()
}

pub(super) fn max_forward(window: &Window, batch: usize, x: &[f32]) -> Vec<f64> {
    windows(window, batch).iter().map(|(_, seen)| f64::from(x[first_largest(x, seen)])).collect()
}

pub(super) fn max_backward(window: &Window, batch: usize, x: &[f32], dy: &[f32]) -> Vec<f64> {
    let mut dx = vec![0.0; x.len()];
    for (output, seen) in windows(window, batch) {
        dx[first_largest(x, &seen)] += f64::from(dy[output]);
    }
    dx
}

pub(super) fn average_forward(window: &Window, batch: usize, x: &[f32]) -> Vec<f64> {
    let mean = |seen: &[usize]| seen.iter().map(|i| f64::from(x[*i])).sum::<f64>() / seen.len() as f64;
    windows(window, batch).iter().map(|(_, seen)| mean(seen)).collect()
}

pub(super) fn average_backward(window: &Window, batch: usize, dy: &[f32]) -> Vec<f64> {
    let mut dx = vec![0.0; batch * window.input_len()];
    for (output, seen) in windows(window, batch) {
        for i in &seen {
            dx[*i] += f64::from(dy[output]) / seen.len() as f64;
        }
    }
    dx
}
