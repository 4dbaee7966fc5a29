use super::*;
use crate::Isa;
use crate::activation::{Activation, reference::value as reference_of};
use crate::testing::{Lcg, assert_close, pools};

const TOLERANCE: f64 = 2e-6;

/// Height, width, channels; kernel, stride, dilation, padding (both axes the same); multiplier; batch.
type Case = ([usize; 3], [usize; 2], usize, usize, Padding, usize, usize);

#[derive(Debug, Clone, Copy)]
enum Padding {
    Valid,
    /// As TensorFlow computes it: the smaller half first.
    Same,
    /// That many before and after.
    Explicit(usize),
}
use Padding::{Explicit, Same, Valid};

const CASES: [Case; 26] = [
    ([9, 11, 32], [3, 3], 1, 1, Same, 1, 2),
    ([9, 11, 37], [3, 3], 1, 1, Same, 1, 2),
    ([7, 7, 21], [3, 3], 1, 1, Valid, 1, 1),
    ([12, 10, 24], [3, 3], 2, 1, Same, 1, 3),
    ([13, 15, 19], [3, 3], 2, 1, Same, 1, 2),
    ([13, 15, 16], [3, 3], 2, 1, Explicit(1), 1, 2),
    ([14, 13, 17], [3, 3], 2, 1, Valid, 1, 2),
    ([10, 12, 20], [5, 5], 1, 1, Same, 1, 2),
    ([11, 11, 16], [5, 5], 1, 1, Explicit(4), 1, 2),
    ([14, 12, 18], [5, 5], 2, 1, Same, 1, 2),
    ([15, 17, 33], [5, 5], 2, 1, Explicit(2), 1, 1),
    ([2, 3, 5], [3, 3], 1, 1, Same, 1, 4),
    ([1, 1, 7], [5, 5], 2, 1, Same, 1, 2),
    ([3, 2, 1], [3, 3], 2, 1, Explicit(3), 1, 1),
    ([9, 10, 6], [3, 3], 1, 2, Same, 1, 2),
    ([9, 10, 6], [3, 2], 1, 3, Explicit(2), 1, 2),
    ([9, 10, 6], [3, 3], 2, 2, Explicit(1), 1, 2),
    ([9, 8, 18], [7, 4], 3, 1, Explicit(2), 1, 1),
    ([9, 8, 5], [1, 1], 2, 1, Valid, 1, 2),
    ([9, 11, 6], [3, 3], 1, 1, Same, 3, 2),
    ([10, 11, 3], [5, 5], 2, 1, Same, 2, 2),
    ([40, 40, 48], [3, 3], 1, 1, Same, 1, 3),
    ([14, 15, 35], [7, 7], 1, 1, Same, 1, 2),
    ([17, 14, 20], [7, 7], 2, 1, Same, 1, 2),
    ([5, 4, 18], [7, 7], 1, 1, Explicit(5), 1, 2),
    ([12, 9, 19], [1, 7], 1, 1, Explicit(2), 1, 2),
];

fn depthwise((input, kernel, stride, dilation, padding, multiplier, _): Case) -> Depthwise {
    let axis = |axis: usize| {
        let (size, reach) = (input[axis], (kernel[axis] - 1) * dilation + 1);
        match padding {
            Valid => ((size - reach) / stride + 1, 0),
            Explicit(pad) => ((size + 2 * pad - reach) / stride + 1, pad),
            Same => {
                let output = size.div_ceil(stride);
                (output, ((output - 1) * stride + reach).saturating_sub(size) / 2)
            }
        }
    };
    let (vertical, horizontal) = (axis(0), axis(1));
    let window = Window {
        input,
        output: [vertical.0, horizontal.0],
        kernel,
        stride: [stride; 2],
        dilation: [dilation; 2],
        pad: [vertical.1, horizontal.1],
    };
    Depthwise { window, multiplier }
}

struct Given {
    depthwise: Depthwise,
    batch: usize,
    x: Vec<f32>,
    kernel: Vec<f32>,
    dy: Vec<f32>,
}

fn given(case: Case) -> Given {
    let (depthwise, batch) = (depthwise(case), case.6);
    let mut lcg = Lcg::new(7);
    Given {
        depthwise,
        batch,
        x: lcg.values(batch * depthwise.window.input_len()),
        kernel: lcg.values(depthwise.kernel_len()),
        dy: lcg.values(batch * depthwise.output_len()),
    }
}

#[test]
fn forward_agrees_with_the_definition() {
    for case in CASES {
        let Given { depthwise, batch, x, kernel, dy } = given(case);
        let expected = reference::forward(&depthwise, batch, &x, &kernel);
        for pool in pools() {
            let mut y = vec![f32::NAN; dy.len()];
            forward(&pool, &depthwise, batch, &x, &kernel, &Epilogue::default(), &mut y);
            assert_close(&y, &expected, TOLERANCE, &format!("{case:?} {:?}", pool.isa()));
        }
    }
}

#[test]
fn the_epilogue_is_applied() {
    for activation in Activation::ALL {
        for case in [CASES[0], CASES[1], CASES[4], CASES[14], CASES[19]] {
            let Given { depthwise, batch, x, kernel, dy: residual } = given(case);
            let channels = depthwise.repeated().input[2];
            let bias = Lcg::new(3).values(channels);
            let plain = reference::forward(&depthwise, batch, &x, &kernel);
            let expected: Vec<f64> = (plain.iter().zip(&residual).enumerate())
                .map(|(i, (y, r))| {
                    let v = y + f64::from(bias[i % channels]) + f64::from(*r);
                    reference_of(activation, v)
                })
                .collect();
            for pool in pools() {
                let mut y = vec![f32::NAN; residual.len()];
                let epilogue = Epilogue { bias: Some(&bias), residual: Some(&residual), activation };
                forward(&pool, &depthwise, batch, &x, &kernel, &epilogue, &mut y);
                assert_close(&y, &expected, TOLERANCE, &format!("{activation:?} {case:?} {:?}", pool.isa()));
            }
        }
    }
}

#[test]
fn input_gradient_agrees_with_the_definition() {
    for case in CASES {
        let Given { depthwise, batch, x, kernel, dy } = given(case);
        let expected = reference::backward_input(&depthwise, batch, &dy, &kernel);
        for pool in pools() {
            let mut dx = vec![f32::NAN; x.len()];
            backward_input(&pool, &depthwise, batch, &dy, &kernel, Write::Set, &mut dx);
            assert_close(&dx, &expected, TOLERANCE, &format!("{case:?} {:?}", pool.isa()));
            let mut dx = x.clone();
            backward_input(&pool, &depthwise, batch, &dy, &kernel, Write::Add, &mut dx);
            let added: Vec<f64> = expected.iter().zip(&x).map(|(dx, x)| dx + f64::from(*x)).collect();
            assert_close(&dx, &added, TOLERANCE, &format!("added {case:?} {:?}", pool.isa()));
        }
    }
}

#[test]
fn kernel_gradient_agrees_with_the_definition() {
    for case in CASES {
        let Given { depthwise, batch, x, kernel, dy } = given(case);
        let expected = reference::backward_kernel(&depthwise, batch, &x, &dy);
        for pool in pools() {
            let mut scratch = vec![f32::NAN; kernel_scratch(&depthwise, batch)];
            let mut dkernel = vec![f32::NAN; kernel.len()];
            backward_kernel(&pool, &depthwise, batch, &x, &dy, &mut scratch, &mut dkernel);
            assert_close(&dkernel, &expected, 1e-5, &format!("{case:?} {:?}", pool.isa()));
        }
    }
}

/// The gradients of `Σ dy·y` by moving one value of the input, then of the kernel, up and down.
#[test]
fn gradients_agree_with_finite_differences() {
    for case in CASES.into_iter().take(21) {
        let Given { depthwise, batch, x, kernel, dy } = given(case);
        let pool = Pool::new(1);
        let loss = |x: &[f32], kernel: &[f32]| -> f64 {
            reference::forward(&depthwise, batch, x, kernel)
                .iter()
                .zip(&dy)
                .map(|(y, dy)| y * f64::from(*dy))
                .sum()
        };
        let slope = |values: &[f32], at: usize, loss: &dyn Fn(&[f32]) -> f64| {
            let (mut up, mut down) = (values.to_vec(), values.to_vec());
            (up[at], down[at]) = (values[at] + 0.5, values[at] - 0.5);
            (loss(&up) - loss(&down)) / f64::from(up[at] - down[at])
        };
        let mut dx = vec![f32::NAN; x.len()];
        backward_input(&pool, &depthwise, batch, &dy, &kernel, Write::Set, &mut dx);
        let mut scratch = vec![f32::NAN; kernel_scratch(&depthwise, batch)];
        let mut dkernel = vec![f32::NAN; kernel.len()];
        backward_kernel(&pool, &depthwise, batch, &x, &dy, &mut scratch, &mut dkernel);
        for step in 0..5 {
            let at = step * (x.len() - 1) / 4;
            let wanted = slope(&x, at, &|x| loss(x, &kernel));
            assert!((f64::from(dx[at]) - wanted).abs() < 1e-4, "{case:?}: dx[{at}] {} not {wanted}", dx[at]);
            let at = step * (kernel.len() - 1) / 4;
            let wanted = slope(&kernel, at, &|kernel| loss(&x, kernel));
            assert!(
                (f64::from(dkernel[at]) - wanted).abs() < 1e-3,
                "{case:?}: dk[{at}] {} not {wanted}",
                dkernel[at]
            );
        }
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    for case in [CASES[3], CASES[19], CASES[21], ([56, 56, 40], [5, 5], 2, 1, Same, 1, 5)] {
        let Given { depthwise, batch, x, kernel, dy } = given(case);
        for isa in Isa::available() {
            let results: Vec<_> = (1..=3)
                .map(|threads| {
                    let pool = Pool::with_isa(threads, isa);
                    let (mut y, mut dx, mut dkernel) = (dy.clone(), x.clone(), kernel.clone());
                    let mut scratch = vec![0.0; kernel_scratch(&depthwise, batch)];
                    forward(&pool, &depthwise, batch, &x, &kernel, &Epilogue::default(), &mut y);
                    backward_input(&pool, &depthwise, batch, &dy, &kernel, Write::Add, &mut dx);
                    backward_kernel(&pool, &depthwise, batch, &x, &dy, &mut scratch, &mut dkernel);
                    [y, dx, dkernel].map(|values| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>())
                })
                .collect();
            assert!(results[0] == results[1] && results[0] == results[2], "{case:?} {isa:?}");
        }
    }
}

#[test]
fn an_empty_batch_is_no_work() {
    let (pool, case) = (Pool::new(2), CASES[0]);
    let Given { depthwise, kernel, .. } = given(case);
    forward(&pool, &depthwise, 0, &[], &kernel, &Epilogue::default(), &mut []);
    backward_input(&pool, &depthwise, 0, &[], &kernel, Write::Set, &mut []);
    let mut dkernel = kernel.clone();
    backward_kernel(
        &pool,
        &depthwise,
        0,
        &[],
        &[],
        &mut vec![0.0; kernel_scratch(&depthwise, 0)],
        &mut dkernel,
    );
    assert!(dkernel.iter().all(|value| *value == 0.0));
}

#[test]
#[should_panic(expected = "length of the input")]
fn a_wrong_length_is_refused() {
    let Given { depthwise, x, kernel, mut dy, .. } = given(CASES[0]);
    forward(&Pool::new(1), &depthwise, 2, &x[1..], &kernel, &Epilogue::default(), &mut dy);
}
