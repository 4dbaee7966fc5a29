use super::*;
use crate::activation::Activation;
use crate::testing::{Lcg, assert_close, pools};

/// Input, filters, kernel, stride, dilation, padding before and after along both axes, groups.
type Case = ([usize; 3], usize, [usize; 2], [usize; 2], [usize; 2], [[usize; 2]; 2], usize);

const CASES: [Case; 41] = [
    ([1, 1, 1], 1, [1, 1], [1, 1], [1, 1], [[0, 0], [0, 0]], 1),
    ([5, 7, 3], 2, [1, 1], [1, 1], [1, 1], [[0, 0], [0, 0]], 1),
    ([9, 8, 16], 33, [1, 1], [1, 1], [1, 1], [[0, 0], [0, 0]], 1),
    ([9, 8, 5], 7, [1, 1], [2, 2], [1, 1], [[0, 0], [0, 0]], 1),
    ([5, 6, 70], 9, [1, 1], [2, 2], [1, 1], [[0, 0], [0, 0]], 1),
    ([7, 5, 4], 6, [1, 1], [3, 1], [1, 1], [[1, 1], [0, 2]], 1),
    ([5, 5, 3], 8, [3, 3], [1, 1], [1, 1], [[0, 0], [0, 0]], 1),
    ([7, 7, 17], 40, [3, 3], [1, 1], [1, 1], [[1, 1], [1, 1]], 1),
    ([14, 14, 13], 33, [3, 3], [1, 1], [1, 1], [[1, 1], [1, 1]], 1),
    ([33, 31, 3], 32, [3, 3], [2, 2], [1, 1], [[1, 1], [1, 1]], 1),
    ([32, 32, 3], 16, [3, 3], [2, 2], [1, 1], [[0, 1], [0, 1]], 1),
    ([40, 37, 3], 20, [7, 7], [2, 2], [1, 1], [[3, 3], [3, 3]], 1),
    ([13, 9, 2], 5, [5, 3], [2, 1], [1, 1], [[2, 1], [1, 0]], 1),
    ([12, 12, 6], 5, [3, 3], [1, 1], [2, 2], [[2, 2], [2, 2]], 1),
    ([13, 17, 4], 9, [3, 2], [2, 3], [2, 3], [[1, 2], [0, 3]], 1),
    ([11, 10, 3], 4, [2, 4], [4, 2], [3, 2], [[3, 0], [5, 1]], 1),
    ([8, 8, 3], 4, [2, 2], [3, 3], [1, 1], [[0, 0], [0, 0]], 1),
    ([6, 6, 8], 12, [3, 3], [1, 1], [1, 1], [[1, 1], [1, 1]], 4),
    ([9, 9, 6], 70, [3, 3], [2, 2], [1, 1], [[1, 1], [1, 1]], 2),
    ([9, 7, 10], 5, [3, 3], [1, 2], [2, 1], [[2, 2], [0, 1]], 5),
    ([10, 10, 6], 4, [1, 1], [1, 1], [1, 1], [[0, 0], [0, 0]], 2),
    ([4, 4, 3], 5, [4, 4], [1, 1], [1, 1], [[0, 0], [0, 0]], 1),
    ([2, 2, 3], 5, [5, 5], [1, 1], [1, 1], [[4, 4], [4, 4]], 1),
    ([5, 3, 2], 3, [1, 9], [1, 1], [1, 1], [[0, 0], [4, 4]], 1),
    ([3, 1, 2], 4, [9, 9], [1, 1], [2, 1], [[8, 8], [4, 4]], 2),
    // Winograd's, as is the one of 7 × 7 above.
    ([7, 7, 64], 64, [3, 3], [1, 1], [1, 1], [[1, 1], [1, 1]], 1),
    ([14, 11, 64], 100, [3, 3], [1, 1], [1, 1], [[1, 1], [1, 1]], 1),
    ([8, 9, 273], 67, [3, 3], [1, 1], [1, 1], [[0, 0], [0, 2]], 1),
    ([6, 7, 70], 200, [3, 3], [1, 1], [1, 1], [[2, 0], [1, 3]], 1),
    ([6, 8, 16], 16, [3, 3], [1, 1], [1, 1], [[0, 0], [0, 0]], 1),
    ([6, 6, 72], 64, [3, 3], [1, 1], [1, 1], [[4, 4], [3, 1]], 1),
    // Groups, small and large, whose channels fill blocks or not.
    ([9, 8, 64], 64, [3, 3], [1, 1], [1, 1], [[1, 1], [1, 1]], 16),
    ([11, 14, 64], 64, [3, 3], [2, 2], [1, 1], [[0, 1], [1, 1]], 8),
    ([40, 33, 32], 32, [3, 3], [1, 1], [1, 1], [[1, 1], [1, 1]], 8),
    ([8, 9, 40], 24, [5, 5], [1, 2], [1, 1], [[2, 2], [2, 2]], 8),
    ([7, 6, 18], 36, [3, 5], [2, 1], [1, 2], [[1, 1], [4, 4]], 6),
    ([7, 6, 9], 12, [3, 5], [2, 1], [1, 2], [[1, 1], [4, 4]], 3),
    ([7, 9, 24], 24, [3, 3], [3, 3], [1, 1], [[1, 1], [0, 0]], 12),
    ([9, 9, 128], 128, [3, 3], [1, 1], [1, 1], [[1, 1], [1, 1]], 8),
    ([9, 9, 128], 128, [3, 3], [2, 2], [1, 1], [[1, 1], [1, 1]], 4),
    ([5, 4, 40], 40, [1, 1], [1, 1], [1, 1], [[0, 0], [0, 0]], 10),
];

fn conv(case: &Case) -> Conv {
    let (input, filters, kernel, stride, dilation, pads, groups) = *case;
    let output = [0, 1].map(|i| {
        let reach = (kernel[i] - 1) * dilation[i] + 1;
        (input[i] + pads[i][0] + pads[i][1] - reach) / stride[i] + 1
    });
    let window = Window { input, output, kernel, stride, dilation, pad: [pads[0][0], pads[1][0]] };
    Conv { window, filters, groups }
}

fn filters(conv: &Conv, kernel: &[f32]) -> Filters {
    let mut filters = Filters::new(conv);
    filters.pack(&Pool::new(2), kernel);
    filters
}

fn transposed(conv: &Conv, kernel: &[f32]) -> TransposedFilters {
    let mut filters = TransposedFilters::new(conv);
    filters.pack(&Pool::new(2), kernel);
    filters
}

/// Values for a batch: `x`, the kernel and `dy`. A kernel over many values is small, as in networks, so that its sums
/// are no larger than those of others, and neither are their rounding errors.
fn inputs(conv: &Conv, batch: usize, seed: u64) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
    let mut random = Lcg::new(seed);
    let x = random.values(batch * conv.window.input_len());
    let sum_len = conv.kernel_len() / conv.filters;
    let scale = (10.0 / (sum_len as f32).sqrt()).min(1.0);
    let kernel = random.values(conv.kernel_len()).iter().map(|value| value * scale).collect();
    (x, kernel, random.values(batch * conv.output_len()))
}

#[test]
fn some_cases_are_winograds() {
    assert_eq!(CASES.iter().filter(|case| winograd::suits(&conv(case))).count(), 7);
    assert_eq!(CASES.iter().filter(|case| winograd::gradient::suits(&conv(case), 9)).count(), 7);
    let small_map = ([5, 5, 64], 64, [3, 3], [1, 1], [1, 1], [[1, 1], [1, 1]], 1);
    assert!(!winograd::suits(&conv(&small_map)), "tiles would stick out by more than they save");
}

#[test]
fn some_cases_are_of_small_groups() {
    assert_eq!(CASES.iter().filter(|case| grouped::suits(&conv(case))).count(), 7);
}

#[test]
fn forward_agrees_with_the_reference() {
    for (seed, case) in CASES.iter().enumerate() {
        let conv = conv(case);
        for batch in [1, 2, 5] {
            let (x, kernel, _) = inputs(&conv, batch, seed as u64);
            let expected = reference::forward(&conv, batch, &x, &kernel);
            for pool in pools() {
                let mut y = vec![f32::NAN; expected.len()];
                forward(&pool, &conv, batch, &x, &filters(&conv, &kernel), &Epilogue::default(), &mut y);
                assert_close(&y, &expected, 1e-5, &format!("{conv:?} {:?}", pool.isa()));
            }
        }
    }
}

#[test]
fn the_epilogue_is_applied() {
    for (seed, case) in CASES.iter().enumerate() {
        let conv = conv(case);
        let (x, kernel, residual) = inputs(&conv, 2, 100 + seed as u64);
        let bias = Lcg::new(7).values(conv.filters);
        let product = reference::forward(&conv, 2, &x, &kernel);
        let epilogue =
            Epilogue { bias: Some(&bias), residual: Some(&residual), activation: Activation::Relu6 };
        let at = |i: usize| product[i] + f64::from(bias[i % conv.filters]) + f64::from(residual[i]);
        let expected: Vec<f64> = (0..product.len()).map(|i| at(i).clamp(0.0, 6.0)).collect();
        for pool in pools() {
            let mut y = vec![f32::NAN; expected.len()];
            forward(&pool, &conv, 2, &x, &filters(&conv, &kernel), &epilogue, &mut y);
            assert_close(&y, &expected, 1e-5, &format!("{conv:?} {:?}", pool.isa()));
        }
    }
}

#[test]
fn an_activation_beyond_clamping_is_applied() {
    for case in &CASES[..12] {
        let conv = conv(case);
        let (x, kernel, _) = inputs(&conv, 2, 3);
        let product = reference::forward(&conv, 2, &x, &kernel);
        let expected: Vec<f64> = product.iter().map(|v| v.tanh()).collect();
        let epilogue = Epilogue { activation: Activation::Tanh, ..Epilogue::default() };
        for pool in pools() {
            let mut y = vec![f32::NAN; expected.len()];
            forward(&pool, &conv, 2, &x, &filters(&conv, &kernel), &epilogue, &mut y);
            assert_close(&y, &expected, 1e-5, &format!("{conv:?} {:?}", pool.isa()));
        }
    }
}

#[test]
fn backward_input_agrees_with_the_reference() {
    for (seed, case) in CASES.iter().enumerate() {
        let conv = conv(case);
        for batch in [1, 3] {
            let (before, kernel, dy) = inputs(&conv, batch, 200 + seed as u64);
            let expected = reference::backward_input(&conv, batch, &dy, &kernel);
            let sums: Vec<f64> = expected.iter().zip(&before).map(|(e, b)| e + f64::from(*b)).collect();
            for pool in pools() {
                let what = format!("{conv:?} {:?}", pool.isa());
                let filters = transposed(&conv, &kernel);
                let mut dx = vec![f32::NAN; expected.len()];
                backward_input(&pool, &conv, batch, &dy, &filters, Write::Set, &mut dx);
                assert_close(&dx, &expected, 1e-5, &what);
                let mut dx = before.clone();
                backward_input(&pool, &conv, batch, &dy, &filters, Write::Add, &mut dx);
                assert_close(&dx, &sums, 1e-5, &what);
            }
        }
    }
}

#[test]
fn backward_kernel_agrees_with_the_reference() {
    for (seed, case) in CASES.iter().enumerate() {
        let conv = conv(case);
        let mut scratch = vec![f32::NAN; kernel_scratch(&conv, 40)];
        for batch in [1, 3, 40] {
            let (x, _, dy) = inputs(&conv, batch, 300 + seed as u64);
            let expected = reference::backward_kernel(&conv, batch, &x, &dy);
            for pool in pools() {
                let mut dkernel = vec![f32::NAN; expected.len()];
                backward_kernel(&pool, &conv, batch, &x, &dy, &mut scratch, &mut dkernel);
                assert_close(&dkernel, &expected, 2e-5, &format!("{conv:?} {batch} {:?}", pool.isa()));
            }
        }
    }
}

/// A batch of 3 × 3 convolutions whose gradient of the kernel is Winograd's: several chunks and strips of tiles.
fn many_tiles() -> (Conv, usize) {
    let conv = conv(&([30, 29, 20], 40, [3, 3], [1, 1], [1, 1], [[1, 1], [1, 1]], 1));
    assert!(winograd::gradient::suits(&conv, 6));
    (conv, 6)
}

#[test]
fn a_kernels_gradient_is_cut_the_same_for_any_number_of_threads() {
    let (conv, batch) = many_tiles();
    let (x, _, dy) = inputs(&conv, batch, 800);
    let expected = reference::backward_kernel(&conv, batch, &x, &dy);
    for isa in crate::Isa::available() {
        let gradients = [1, 2, 3].map(|threads| {
            let mut scratch = vec![f32::NAN; kernel_scratch(&conv, batch)];
            assert!(!scratch.is_empty(), "chunks of tiles have sums of their own");
            let mut dkernel = vec![f32::NAN; conv.kernel_len()];
            let pool = Pool::with_isa(threads, isa);
            backward_kernel(&pool, &conv, batch, &x, &dy, &mut scratch, &mut dkernel);
            dkernel
        });
        assert_close(&gradients[0], &expected, 1e-5, &format!("{isa:?}"));
        assert!(gradients[0] == gradients[1] && gradients[1] == gradients[2], "{isa:?}");
    }
}

#[test]
fn winograds_gradient_of_a_kernel_is_nearly_as_exact_as_the_sum_over_patches() {
    let (conv, batch) = many_tiles();
    let (mut x, _, dy) = inputs(&conv, batch, 900);
    for centre in [0.0, 1.0] {
        x.iter_mut().for_each(|value| *value += centre);
        let expected = reference::backward_kernel(&conv, batch, &x, &dy);
        let error = |gradient: &[f32]| -> f64 {
            gradient.iter().zip(&expected).map(|(g, e)| (f64::from(*g) - e).powi(2)).sum::<f64>().sqrt()
        };
        for pool in pools() {
            let (mut ours, mut plain) = (vec![f32::NAN; expected.len()], vec![f32::NAN; expected.len()]);
            let mut scratch = vec![f32::NAN; kernel_scratch(&conv, batch)];
            backward_kernel(&pool, &conv, batch, &x, &dy, &mut scratch, &mut ours);
            let mut scratch = vec![f32::NAN; backward_kernel::patches_scratch(&conv, batch)];
            backward_kernel::sum_patches(&pool, &conv, batch, &x, &dy, &mut scratch, &mut plain);
            let ratio = error(&ours) / error(&plain);
            assert!(ratio < 4.0, "{ratio} times the errors, {centre} {:?}", pool.isa());
        }
    }
}

#[test]
fn small_batches_need_no_more_scratch_than_large_ones() {
    for case in &CASES {
        let scratch: Vec<usize> = (0..100).map(|batch| kernel_scratch(&conv(case), batch)).collect();
        assert!(scratch.is_sorted(), "{case:?}: {scratch:?}");
    }
}

/// `Σ forward(x) · dy` in float64.
fn loss(conv: &Conv, batch: usize, x: &[f32], kernel: &[f32], dy: &[f32]) -> f64 {
    let mut y = vec![0.0; dy.len()];
    forward(&Pool::new(1), conv, batch, x, &filters(conv, kernel), &Epilogue::default(), &mut y);
    y.iter().zip(dy).map(|(y, dy)| f64::from(*y) * f64::from(*dy)).sum()
}

/// The slope of `of` along value `i`; of a function that is linear in it, so that a long step is exact.
fn slope(values: &[f32], i: usize, of: impl Fn(&[f32]) -> f64) -> f64 {
    let mut moved = values.to_vec();
    moved[i] = values[i] + 1.0;
    let above = of(&moved);
    moved[i] = values[i] - 1.0;
    (above - of(&moved)) / 2.0
}

#[test]
fn gradients_agree_with_finite_differences() {
    let pool = Pool::new(2);
    for (seed, case) in CASES.iter().enumerate() {
        let conv = conv(case);
        let (x, kernel, dy) = inputs(&conv, 2, 400 + seed as u64);
        let mut dx = vec![0.0; x.len()];
        backward_input(&pool, &conv, 2, &dy, &transposed(&conv, &kernel), Write::Set, &mut dx);
        let mut dkernel = vec![0.0; kernel.len()];
        let mut scratch = vec![0.0; kernel_scratch(&conv, 2)];
        backward_kernel(&pool, &conv, 2, &x, &dy, &mut scratch, &mut dkernel);
        for nth in 0..12 {
            let (i, j) = (nth * 7919 % x.len(), nth * 7919 % kernel.len());
            let expected = slope(&x, i, |x| loss(&conv, 2, x, &kernel, &dy));
            assert_close(&[dx[i]], &[expected], 1e-4, &format!("dx[{i}] {conv:?}"));
            let expected = slope(&kernel, j, |kernel| loss(&conv, 2, &x, kernel, &dy));
            assert_close(&[dkernel[j]], &[expected], 1e-4, &format!("dkernel[{j}] {conv:?}"));
        }
    }
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    for (seed, case) in CASES.iter().enumerate() {
        let conv = conv(case);
        let (x, kernel, dy) = inputs(&conv, 9, 500 + seed as u64);
        for isa in crate::Isa::available() {
            let results = [1, 2, 3].map(|threads| {
                let pool = Pool::with_isa(threads, isa);
                let (mut y, mut dx, mut dkernel) = (dy.clone(), x.clone(), kernel.clone());
                forward(&pool, &conv, 9, &x, &filters(&conv, &kernel), &Epilogue::default(), &mut y);
                backward_input(&pool, &conv, 9, &dy, &transposed(&conv, &kernel), Write::Set, &mut dx);
                let mut scratch = vec![0.0; kernel_scratch(&conv, 9)];
                backward_kernel(&pool, &conv, 9, &x, &dy, &mut scratch, &mut dkernel);
                (y, dx, dkernel)
            });
            assert!(results[0] == results[1] && results[1] == results[2], "{conv:?} {isa:?}");
        }
    }
}

#[test]
fn a_picture_alone_has_the_bits_it_has_in_a_batch() {
    for case in &CASES {
        let conv = conv(case);
        let (x, kernel, _) = inputs(&conv, 7, 600);
        for pool in pools() {
            let filters = filters(&conv, &kernel);
            let epilogue = Epilogue::default();
            let (mut all, mut one) = (vec![0.0; 7 * conv.output_len()], vec![0.0; conv.output_len()]);
            forward(&pool, &conv, 7, &x, &filters, &epilogue, &mut all);
            let len = conv.window.input_len();
            forward(&pool, &conv, 1, &x[4 * len..5 * len], &filters, &epilogue, &mut one);
            assert_eq!(one, all[4 * one.len()..5 * one.len()], "{conv:?}");
        }
    }
}

#[test]
#[should_panic(expected = "uneven groups")]
fn uneven_groups_are_refused() {
    let mut bad = conv(&CASES[6]);
    bad.groups = 3;
    Filters::new(&bad);
}

#[test]
fn short_patches_are_never_transformed() {
    for channels in 1..40 {
        for (filters, size) in [(1, 1), (1, 3), (16, 3), (33, 3), (64, 1)] {
            let window = Window {
                input: [12, 12, channels],
                output: [12, 12],
                kernel: [size; 2],
                stride: [1; 2],
                dilation: [1; 2],
                pad: [size / 2; 2],
            };
            let conv = Conv { window, filters, groups: 1 };
            assert!(!(conv.has_short_patches() && winograd::suits(&conv)), "{conv:?}");
        }
    }
}
