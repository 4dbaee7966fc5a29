//! The plainest loops, one op after the other, in float64.

use super::PooledConv;
use crate::Window;

/// What the passes give for a batch.
pub(super) struct Results {
    pub(super) y: Vec<f64>,
    pub(super) dkernel: Vec<f64>,
    pub(super) dbias: Vec<f64>,
    pub(super) dx: Vec<f64>,
}

/// The input position that tap `(ky, kx)` of an output reads, if it is inside.
fn position(window: &Window, [oy, ox]: [usize; 2], [ky, kx]: [usize; 2]) -> Option<usize> {
    let y = (oy * window.stride[0] + ky).checked_sub(window.pad[0])?;
    let x = (ox * window.stride[1] + kx).checked_sub(window.pad[1])?;
    (y < window.input[0] && x < window.input[1]).then_some(y * window.input[1] + x)
}

fn grid([rows, columns]: [usize; 2]) -> impl Iterator<Item = [usize; 2]> {
    (0..rows).flat_map(move |row| (0..columns).map(move |column| [row, column]))
}

/// Forward and backward, the gradients of `Σ dy · y`.
pub(super) fn both_ways(
    pooled: &PooledConv,
    batch: usize,
    x: &[f32],
    kernel: &[f32],
    bias: &[f32],
    dy: &[f32],
) -> Results {
    let PooledConv { conv, pool, bounds, .. } = pooled;
    let (window, filters, channels) = (&conv.window, conv.filters, conv.window.input[2]);
    let (mut dkernel, mut dbias) = (vec![0.0; kernel.len()], vec![0.0; filters]);
    let (mut y, mut dx) = (Vec::new(), vec![0.0; x.len()]);
    for picture in 0..batch {
        let base = picture * window.input_len();
        // Calls `at` with the indices in x and in the kernel of what a filter's output is the sum of.
        let products = |output: [usize; 2], filter: usize, at: &mut dyn FnMut(usize, usize)| {
            for tap in grid(window.kernel) {
                let Some(position) = position(window, output, tap) else { continue };
                for channel in 0..channels {
                    let row = (tap[0] * window.kernel[1] + tap[1]) * channels + channel;
                    at(base + position * channels + channel, row * filters + filter);
                }
            }
        };
        for output in grid(pool.output) {
            for filter in 0..filters {
                let mut largest = (f64::NEG_INFINITY, [0; 2]);
                for tap in grid(pool.kernel) {
                    let Some(at) = position(pool, output, tap) else { continue };
                    let at = [at / pool.input[1], at % pool.input[1]];
                    let mut sum = f64::from(bias[filter]);
                    products(at, filter, &mut |x_at, w| sum += f64::from(x[x_at]) * f64::from(kernel[w]));
                    if sum > largest.0 {
                        largest = (sum, at);
                    }
                }
                let dy = f64::from(dy[y.len()]);
                y.push(largest.0.clamp(f64::from(bounds[0]), f64::from(bounds[1])));
                if largest.0 > f64::from(bounds[0]) && largest.0 < f64::from(bounds[1]) {
                    dbias[filter] += dy;
                    products(largest.1, filter, &mut |x_at, w| {
                        dkernel[w] += dy * f64::from(x[x_at]);
                        dx[x_at] += dy * f64::from(kernel[w]);
                    });
                }
            }
        }
    }
    Results { y, dkernel, dbias, dx }
}
