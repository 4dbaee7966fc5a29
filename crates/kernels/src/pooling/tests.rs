use super::*;
use crate::Isa;
use crate::testing::{Lcg, assert_close, pools};

const TOLERANCE: f64 = 1e-6;

/// Windows whose every output sees something of the input.
fn windows() -> Vec<Window> {
    let window = |input, output, kernel, stride: usize, pad| Window {
        input,
        output,
        kernel,
        stride: [stride; 2],
        dilation: [1, 1],
        pad,
    };
    vec![
        window([8, 8, 16], [4, 4], [2, 2], 2, [0, 0]),
        window([9, 7, 21], [5, 4], [3, 3], 2, [1, 1]),
        window([9, 8, 37], [5, 4], [3, 3], 2, [1, 0]),
        window([7, 7, 3], [7, 7], [3, 3], 1, [1, 1]),
        window([6, 9, 5], [4, 7], [3, 3], 1, [0, 0]),
        window([5, 5, 1], [2, 2], [2, 2], 3, [0, 0]),
        window([3, 2, 20], [1, 1], [3, 2], 1, [0, 0]),
        window([4, 11, 18], [4, 6], [1, 5], 1, [0, 0]),
        Window { dilation: [2, 3], ..window([9, 9, 6], [7, 6], [2, 2], 1, [0, 0]) },
    ]
}

/// Few different values, so that many windows have several largest ones.
fn coarse(lcg: &mut Lcg, count: usize) -> Vec<f32> {
    lcg.values(count).iter().map(|value| (value * 3.0).round()).collect()
}

#[test]
fn windows_agree_with_the_definition() {
    const BATCH: usize = 3;
    for window in windows() {
        let mut lcg = Lcg::new(5);
        let x = coarse(&mut lcg, BATCH * window.input_len());
        let dy = lcg.values(BATCH * window.positions() * window.input[2]);
        for pool in pools() {
            let what = format!("{window:?} {:?}", pool.isa());
            let mut y = vec![f32::NAN; dy.len()];
            max_forward(&pool, &window, BATCH, &x, &mut y);
            assert_close(&y, &reference::max_forward(&window, BATCH, &x), 0.0, &what);
            average_forward(&pool, &window, BATCH, &x, &mut y);
            assert_close(&y, &reference::average_forward(&window, BATCH, &x), TOLERANCE, &what);
            let expected = reference::max_backward(&window, BATCH, &x, &dy);
            check_gradient(&x, &expected, &what, |write, dx| {
                max_backward(&pool, &window, BATCH, &x, &dy, write, dx)
            });
            let expected = reference::average_backward(&window, BATCH, &dy);
            check_gradient(&x, &expected, &what, |write, dx| {
                average_backward(&pool, &window, BATCH, &dy, write, dx)
            });
        }
    }
}

/// Set over anything, and added to `before`.
fn check_gradient(before: &[f32], expected: &[f64], what: &str, backward: impl Fn(Write, &mut [f32])) {
    let mut dx = vec![f32::NAN; before.len()];
    backward(Write::Set, &mut dx);
    assert_close(&dx, expected, TOLERANCE, what);
    let mut dx = before.to_vec();
    backward(Write::Add, &mut dx);
    let added: Vec<f64> = expected.iter().zip(before).map(|(dx, x)| dx + f64::from(*x)).collect();
    assert_close(&dx, &added, TOLERANCE, what);
}

#[test]
fn whole_maps_agree_with_the_definition() {
    for (positions, channels, batch) in [(49, 35, 3), (1, 4, 2), (200, 16, 1), (7, 1, 5)] {
        let map = whole_map(positions, channels);
        let mut lcg = Lcg::new(9);
        let x = coarse(&mut lcg, batch * positions * channels);
        let dy = lcg.values(batch * channels);
        for pool in pools() {
            let what = format!("{positions} x {channels} {:?}", pool.isa());
            let mut y = vec![f32::NAN; dy.len()];
            global_average_forward(&pool, positions, channels, batch, &x, &mut y);
            assert_close(&y, &reference::average_forward(&map, batch, &x), TOLERANCE, &what);
            global_max_forward(&pool, positions, channels, batch, &x, &mut y);
            assert_close(&y, &reference::max_forward(&map, batch, &x), 0.0, &what);
            check_gradient(&x, &reference::average_backward(&map, batch, &dy), &what, |write, dx| {
                global_average_backward(&pool, positions, channels, batch, &dy, write, dx);
            });
            check_gradient(&x, &reference::max_backward(&map, batch, &x, &dy), &what, |write, dx| {
                global_max_backward(&pool, positions, channels, batch, &x, &dy, write, dx);
            });
        }
    }
}

/// The gradients of `Σ dy·y` by moving one input up and down; no two inputs are nearer than the step.
#[test]
fn gradients_agree_with_finite_differences() {
    const STEP: f32 = 1.0 / 4096.0;
    let pool = Pool::new(1);
    for window in windows() {
        let count = window.input_len();
        let x: Vec<f32> = (0..count).map(|i| ((i * 7919) % 10007) as f32 / 1024.0).collect();
        let dy = Lcg::new(2).values(window.positions() * window.input[2]);
        let (mut of_max, mut of_average) = (vec![f32::NAN; count], vec![f32::NAN; count]);
        max_backward(&pool, &window, 1, &x, &dy, Write::Set, &mut of_max);
        average_backward(&pool, &window, 1, &dy, Write::Set, &mut of_average);
        let loss = |y: Vec<f64>| -> f64 { y.iter().zip(&dy).map(|(y, dy)| y * f64::from(*dy)).sum() };
        for at in (0..count).step_by(count / 7 + 1) {
            let moved = |step: f32| {
                let mut x = x.clone();
                x[at] += step;
                x
            };
            let slope = |f: &dyn Fn(&[f32]) -> Vec<f64>| {
                (loss(f(&moved(STEP))) - loss(f(&moved(-STEP)))) / f64::from(2.0 * STEP)
            };
            let wanted = slope(&|x| reference::max_forward(&window, 1, x));
            assert!((f64::from(of_max[at]) - wanted).abs() < 1e-5, "max {window:?} at {at}");
            let wanted = slope(&|x| reference::average_forward(&window, 1, x));
            assert!((f64::from(of_average[at]) - wanted).abs() < 1e-5, "average {window:?} at {at}");
        }
    }
}

#[test]
fn a_nan_is_not_lost() {
    let window = windows().remove(0);
    let mut x = vec![1.0; window.input_len()];
    x[16] = f32::NAN;
    let mut y = vec![0.0; window.positions() * window.input[2]];
    for pool in pools() {
        max_forward(&pool, &window, 1, &x, &mut y);
        assert!(y[0].is_nan() && !y[1].is_nan());
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let window = windows().remove(2);
    let mut lcg = Lcg::new(1);
    let x = lcg.values(5 * window.input_len());
    let dy = lcg.values(5 * window.positions() * window.input[2]);
    for isa in Isa::available() {
        let results: Vec<_> = (1..=3)
            .map(|threads| {
                let pool = Pool::with_isa(threads, isa);
                let mut dx = x.clone();
                max_backward(&pool, &window, 5, &x, &dy, Write::Add, &mut dx);
                average_backward(&pool, &window, 5, &dy, Write::Add, &mut dx);
                dx
            })
            .collect();
        assert!(results[0] == results[1] && results[0] == results[2], "{isa:?}");
    }
}

/// Values and gradients of `Σ (i + 1) · y[i]` from TensorFlow 2.21 (`max_pool2d`, `avg_pool2d`, 2x2, stride 1, "SAME"):
/// windows with several largest values, and windows that hang over the edge.
#[test]
fn ties_and_edges_are_as_in_tensorflow() {
    let window = Window { kernel: [2, 2], ..Window { input: [3, 3, 1], output: [3, 3], ..whole_map(9, 1) } };
    let x = [1.0, 2.0, 2.0, 3.0, 3.0, 0.0, 3.0, 1.0, 3.0];
    let dy: Vec<f32> = (1..10).map(|i| i as f32).collect();
    for pool in pools() {
        let (mut y, mut dx) = ([f32::NAN; 9], [f32::NAN; 9]);
        max_forward(&pool, &window, 1, &x, &mut y);
        assert_eq!(y, [3.0, 3.0, 2.0, 3.0, 3.0, 3.0, 3.0, 3.0, 3.0]);
        max_backward(&pool, &window, 1, &x, &dy, Write::Set, &mut dx);
        assert_eq!(dx, [0.0, 0.0, 3.0, 5.0, 7.0, 0.0, 7.0, 0.0, 23.0]);
        average_forward(&pool, &window, 1, &x, &mut y);
        assert_eq!(y, [2.25, 1.75, 1.0, 2.5, 1.75, 1.5, 2.0, 2.0, 3.0]);
        average_backward(&pool, &window, 1, &dy, Write::Set, &mut dx);
        assert_eq!(dx, [0.25, 0.75, 2.0, 1.25, 3.0, 6.25, 4.5, 9.75, 17.25]);
    }
}
