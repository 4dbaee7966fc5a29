//! Maxima and means over windows and over whole feature maps, NHWC, and their backwards.

mod average;
mod global;
mod max;
pub(crate) mod places;
#[cfg(test)]
mod reference;
mod seen;
#[cfg(test)]
mod tests;

use crate::disjoint::Disjoint;
use crate::elementwise::in_pieces;
use crate::{Pool, Window, Write};

/// `y[oy, ox, c] = max` over the window's positions inside the input.
pub fn max_forward(pool: &Pool, window: &Window, batch: usize, x: &[f32], y: &mut [f32]) {
    check(window, batch, x.len(), y.len());
    let row = window.output[1] * window.input[2];
    let parts = Disjoint::new(y);
    in_pieces(pool, batch * window.output[0], row * window.kernel[0] * window.kernel[1], |rows| {
        // SAFETY: the rows of different pieces do not overlap.
        let y = unsafe { parts.part(rows.start * row..rows.end * row) };
        max::forward(pool.isa(), window, x, rows, y);
    });
}

/// As [`max_forward`], and to `places`, as long as `y`, where in its window each maximum is: `row · steps[0] +
/// column · steps[1]`, or [`places::NOWHERE`] if it is not above the first bound and below the second.
pub(crate) fn max_forward_with_places(
    pool: &Pool,
    window: &Window,
    batch: usize,
    x: &[f32],
    bounds: [f32; 2],
    steps: [usize; 2],
    y: &mut [f32],
    places: &mut [f32],
) {
    check(window, batch, x.len(), y.len());
    assert_eq!(y.len(), places.len(), "pool: y and places differ in length");
    let row = window.output[1] * window.input[2];
    let (y, places) = (Disjoint::new(y), Disjoint::new(places));
    in_pieces(pool, batch * window.output[0], row * window.kernel[0] * window.kernel[1], |rows| {
        let range = rows.start * row..rows.end * row;
        // SAFETY: the rows of different pieces do not overlap.
        let (y, places) = unsafe { (y.part(range.clone()), places.part(range)) };
        places::forward(pool.isa(), window, x, bounds, steps, rows, y, places);
    });
}

/// Each `dy` goes to the first largest input of its window (row by row), as in TensorFlow.
pub fn max_backward(
    pool: &Pool,
    window: &Window,
    batch: usize,
    x: &[f32],
    dy: &[f32],
    write: Write,
    dx: &mut [f32],
) {
    check(window, batch, x.len(), dy.len());
    assert_eq!(dx.len(), x.len(), "pool: x and dx differ in length");
    let (input, output) = (window.input_len(), window.positions() * window.input[2]);
    each_picture(pool, window, batch, write, dx, |picture, dx| {
        max::backward(
            pool.isa(),
            window,
            &x[picture * input..][..input],
            &dy[picture * output..][..output],
            dx,
        );
    });
}

/// The mean over the window's positions inside the input (TensorFlow's: the padding does not count).
pub fn average_forward(pool: &Pool, window: &Window, batch: usize, x: &[f32], y: &mut [f32]) {
    check(window, batch, x.len(), y.len());
    let row = window.output[1] * window.input[2];
    let parts = Disjoint::new(y);
    in_pieces(pool, batch * window.output[0], row * window.kernel[0] * window.kernel[1], |rows| {
        // SAFETY: the rows of different pieces do not overlap.
        let y = unsafe { parts.part(rows.start * row..rows.end * row) };
        average::forward(pool.isa(), window, x, rows, y);
    });
}

/// The gradient of [`average_forward`].
pub fn average_backward(
    pool: &Pool,
    window: &Window,
    batch: usize,
    dy: &[f32],
    write: Write,
    dx: &mut [f32],
) {
    check(window, batch, dx.len(), dy.len());
    let output = window.positions() * window.input[2];
    each_picture(pool, window, batch, write, dx, |picture, dx| {
        average::backward(pool.isa(), window, &dy[picture * output..][..output], dx);
    });
}

/// `x: [batch, positions, channels]` to `y: [batch, channels]`, the mean.
pub fn global_average_forward(
    pool: &Pool,
    positions: usize,
    channels: usize,
    batch: usize,
    x: &[f32],
    y: &mut [f32],
) {
    check_global(positions, channels, batch, x.len(), y.len());
    let parts = Disjoint::new(y);
    // Channels by themselves, so that one large picture is work for several threads.
    let blocks = channels.div_ceil(global::CHANNELS);
    in_pieces(pool, batch * blocks, positions * global::CHANNELS, |pieces| {
        for piece in pieces {
            let (picture, first) = (piece / blocks, piece % blocks * global::CHANNELS);
            let some = first..channels.min(first + global::CHANNELS);
            // SAFETY: different pieces are different channels of different pictures.
            let y = unsafe { parts.part(picture * channels + some.start..picture * channels + some.end) };
            let x = &x[picture * positions * channels..][..positions * channels];
            global::average(pool.isa(), positions, channels, x, some, y);
        }
    });
}

/// The gradient of [`global_average_forward`].
pub fn global_average_backward(
    pool: &Pool,
    positions: usize,
    channels: usize,
    batch: usize,
    dy: &[f32],
    write: Write,
    dx: &mut [f32],
) {
    check_global(positions, channels, batch, dx.len(), dy.len());
    let parts = Disjoint::new(dx);
    in_pieces(pool, batch * positions, channels, |rows| {
        // SAFETY: the rows of different pieces do not overlap.
        let dx = unsafe { parts.part(rows.start * channels..rows.end * channels) };
        global::spread(pool.isa(), positions, dy, rows, write, dx);
    });
}

/// `x: [batch, positions, channels]` to `y: [batch, channels]`, the maximum.
pub fn global_max_forward(
    pool: &Pool,
    positions: usize,
    channels: usize,
    batch: usize,
    x: &[f32],
    y: &mut [f32],
) {
    max_forward(pool, &whole_map(positions, channels), batch, x, y);
}

/// The gradient of [`global_max_forward`]: to the first largest position.
pub fn global_max_backward(
    pool: &Pool,
    positions: usize,
    channels: usize,
    batch: usize,
    x: &[f32],
    dy: &[f32],
    write: Write,
    dx: &mut [f32],
) {
    max_backward(pool, &whole_map(positions, channels), batch, x, dy, write, dx);
}

/// Calls `add` with each picture's part of `dx`, zeroed if it is to be set. Windows overlap, so that a picture is
/// one thread's work.
fn each_picture(
    pool: &Pool,
    window: &Window,
    batch: usize,
    write: Write,
    dx: &mut [f32],
    add: impl Fn(usize, &mut [f32]) + Sync,
) {
    let input = window.input_len();
    let parts = Disjoint::new(dx);
    pool.run(batch, |picture| {
        // SAFETY: different pictures do not overlap.
        let dx = unsafe { parts.part(picture * input..(picture + 1) * input) };
        if write == Write::Set {
            dx.fill(0.0);
        }
        add(picture, dx);
    });
}

/// One window over all positions.
fn whole_map(positions: usize, channels: usize) -> Window {
    Window {
        input: [1, positions, channels],
        output: [1, 1],
        kernel: [1, positions],
        stride: [1, 1],
        dilation: [1, 1],
        pad: [0, 0],
    }
}

fn check(window: &Window, batch: usize, x: usize, y: usize) {
    assert_eq!(x, batch * window.input_len(), "pool: length of the input of {window:?}");
    assert_eq!(y, batch * window.positions() * window.input[2], "pool: length of the output of {window:?}");
}

fn check_global(positions: usize, channels: usize, batch: usize, x: usize, y: usize) {
    assert_eq!(x, batch * positions * channels, "pool: length of {batch} maps of {positions} x {channels}");
    assert_eq!(y, batch * channels, "pool: length of {batch} rows of {channels}");
}
