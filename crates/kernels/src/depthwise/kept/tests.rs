use super::super::reference;
use super::*;
use crate::Isa;
use crate::activation::Activation;
use crate::kept::tests::{Figures, assert_moments, narrow, seen, settled_reference, through_reference};
use crate::testing::{Lcg, assert_close, pools};

/// Batch, map, kernel size, stride, dilation, multiplier: one strip and many, bands, strips of one row, and repeated
/// channels.
const CASES: [Case; 12] = [
    (1, [1, 1, 1], 3, 1, 1, 1),
    (2, [9, 7, 5], 3, 1, 1, 1),
    (3, [14, 11, 24], 5, 2, 1, 1),
    (2, [13, 12, 6], 3, 1, 2, 1),
    (1, [57, 41, 40], 3, 2, 1, 1),
    (33, [12, 12, 16], 3, 1, 1, 1),
    (2, [70, 64, 33], 5, 1, 1, 1),
    (2, [8, 8, 4], 3, 1, 1, 3),
    (2, [7, 7, 1152], 5, 1, 1, 1),
    (1, [19, 9, 800], 5, 1, 1, 1),
    (1, [17, 10, 768], 3, 1, 2, 1),
    (1, [9, 8, 1024], 5, 2, 1, 1),
];

type Case = (usize, [usize; 3], usize, usize, usize, usize);

/// A case with zeros before and behind so that input and output are of one size, by the stride.
fn depthwise(case: &Case) -> (Depthwise, usize) {
    let &(batch, input, size, stride, dilation, multiplier) = case;
    let output = [0, 1].map(|i| input[i].div_ceil(stride));
    let reach = (size - 1) * dilation + 1;
    let pad = [0, 1].map(|i| ((output[i] - 1) * stride + reach).saturating_sub(input[i]) / 2);
    let window =
        Window { input, output, kernel: [size; 2], stride: [stride; 2], dilation: [dilation; 2], pad };
    (Depthwise { window, multiplier }, batch)
}

/// A case with `more` zeros on each side, up to outputs that see nothing else.
fn padded(case: &Case, more: usize) -> (Depthwise, usize) {
    let (Depthwise { window, multiplier }, batch) = depthwise(case);
    let (pad, output) = (window.pad.map(|pad| pad + more), window.output);
    let output = [0, 1].map(|i| output[i] + 2 * more / window.stride[i]);
    (Depthwise { window: Window { output, pad, ..window }, multiplier }, batch)
}

fn all() -> impl Iterator<Item = (Depthwise, usize)> {
    let far = [0, 1, 3, 9].into_iter().flat_map(|case| [1, 2, 5].map(|more| padded(&CASES[case], more)));
    CASES.iter().map(depthwise).chain(far)
}

#[test]
fn forward_reads_through_the_norm_and_gathers_moments() {
    for (seed, (depthwise, batch)) in all().enumerate() {
        let channels = depthwise.window.input[2];
        let mut random = Lcg::new(seed as u64);
        let figures = Figures::new(channels, &mut random);
        let values = random.values(batch * depthwise.window.input_len());
        let kernel = random.values(depthwise.kernel_len());
        for affine in [None, Some(figures.affine(Activation::Relu6)), Some(figures.affine(Activation::Swish))]
        {
            let x = Kept { values: &values, affine };
            let expected = reference::forward(&depthwise, batch, &seen(&x), &kernel);
            for pool in pools() {
                let what = format!("{depthwise:?} {affine:?} {:?}", pool.isa());
                let mut scratch = vec![f32::NAN; kept_scratch(&depthwise, batch)];
                let mut y = vec![f32::NAN; expected.len()];
                let out = channels * depthwise.multiplier;
                let [mut mean, mut variance] = [(); 2].map(|()| vec![f32::NAN; out]);
                let moments = Moments { mean: &mut mean, variance: &mut variance };
                let plain = Epilogue::default();
                forward_kept(
                    &pool,
                    &depthwise,
                    batch,
                    &x,
                    &kernel,
                    &plain,
                    &mut scratch,
                    &mut y,
                    Some(moments),
                );
                assert_close(&y, &expected, 1e-5, &what);
                assert_moments(out, &y, &mean, &variance, &what);
            }
        }
    }
}

/// What a backward gave: the input's gradient, its sums, the kernel's.
fn backward(
    pool: &Pool,
    (depthwise, batch): (&Depthwise, usize),
    x: &Kept,
    (gradient, between): (&[f32], Between),
    kernel: &[f32],
    mean: &[f32],
) -> (Vec<f32>, Vec<f64>, Vec<f32>) {
    let (mut dz, mut sums) = (vec![f32::NAN; x.values.len()], vec![f64::NAN; 2 * mean.len()]);
    let mut dkernel = vec![f32::NAN; kernel.len()];
    let mut scratch = vec![f32::NAN; kept_scratch(depthwise, batch)];
    let mut gradient = gradient.to_vec();
    let upstream = Upstream { gradient: &mut gradient, between };
    let downstream = match x.affine {
        None => Downstream::Plain(&mut dz, Write::Set),
        Some(_) => Downstream::Through { dz: &mut dz, mean, sums: &mut sums },
    };
    let wanted = Some(dkernel.as_mut_slice());
    backward_kept(pool, depthwise, batch, x, upstream, kernel, &mut scratch, wanted, downstream);
    (dz, sums, dkernel)
}

#[test]
fn backward_goes_through_both_norms() {
    for (seed, (depthwise, batch)) in all().enumerate() {
        let channels = depthwise.window.input[2];
        let mut random = Lcg::new(50 + seed as u64);
        let before = Figures::new(channels, &mut random);
        let after = Figures::new(channels * depthwise.multiplier, &mut random);
        let values = random.values(batch * depthwise.window.input_len());
        let kernel = random.values(depthwise.kernel_len());
        let (y, gradient) =
            (random.values(batch * depthwise.output_len()), random.values(batch * depthwise.output_len()));
        let betweens = [
            Between::Nothing,
            Between::Activation { y: &y, activation: Activation::Relu },
            Between::Norm { y: &y, line: after.line(), activation: Activation::Linear },
            Between::Norm { y: &y, line: after.line(), activation: Activation::Relu },
        ];
        let affines = [
            Some(before.affine(Activation::Relu6)),
            None,
            Some(before.affine(Activation::Linear)),
            Some(before.affine(Activation::Relu)),
        ];
        for (between, affine) in betweens.into_iter().zip(affines) {
            let x = Kept { values: &values, affine };
            let dy = settled_reference(&gradient, &between);
            let dkernel = reference::backward_kernel(&depthwise, batch, &seen(&x), &dy);
            let dx = reference::backward_input(&depthwise, batch, &dy, &kernel);
            let (dx, sums) = match &affine {
                Some(affine) => through_reference(&dx, &values, affine, &before.mean),
                None => (dx, Vec::new()),
            };
            for pool in pools() {
                let what = format!("{depthwise:?} {affine:?} {:?}", pool.isa());
                let found =
                    backward(&pool, (&depthwise, batch), &x, (&gradient, between), &kernel, &before.mean);
                assert_close(&found.0, &dx, 1e-5, &format!("dx: {what}"));
                assert_close(&found.2, &dkernel, 1e-5, &format!("kernel: {what}"));
                if affine.is_some() {
                    assert_close(&narrow(&found.1), &sums, 1e-5, &format!("sums: {what}"));
                }
            }
        }
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    for case in [6, 8, 9, 10] {
        compare_thread_counts(&CASES[case]);
    }
}

fn compare_thread_counts(case: &Case) {
    let (depthwise, batch) = depthwise(case);
    let channels = depthwise.window.input[2];
    let mut random = Lcg::new(9);
    let (before, after) = (Figures::new(channels, &mut random), Figures::new(channels, &mut random));
    let values = random.values(batch * depthwise.window.input_len());
    let (kernel, y) = (random.values(depthwise.kernel_len()), random.values(batch * depthwise.output_len()));
    let x = Kept { values: &values, affine: Some(before.affine(Activation::Relu)) };
    let between = Between::Norm { y: &y, line: after.line(), activation: Activation::Relu6 };
    let run = |threads| {
        let pool = Pool::with_isa(threads, Isa::best());
        backward(&pool, (&depthwise, batch), &x, (&y, between), &kernel, &before.mean)
    };
    let expected = run(1);
    assert!([2, 3, 7].into_iter().all(|threads| run(threads) == expected), "{depthwise:?}");
}

#[test]
fn small_batches_need_no_more_scratch_than_large_ones() {
    for (depthwise, _) in all() {
        let scratch: Vec<usize> = (0..100).map(|batch| kept_scratch(&depthwise, batch)).collect();
        assert!(scratch.is_sorted(), "{depthwise:?}: {scratch:?}");
    }
}

#[test]
fn scratch_for_a_large_batch_does_for_a_last_one_that_is_smaller() {
    let (depthwise, _) = depthwise(&(32, [16, 4, 8], 3, 1, 1, 1));
    let (mut random, batch) = (Lcg::new(4), 31);
    let figures = Figures::new(8, &mut random);
    let values = random.values(batch * depthwise.window.input_len());
    let [kernel, gradient] =
        [depthwise.kernel_len(), batch * depthwise.output_len()].map(|len| random.values(len));
    let x = Kept { values: &values, affine: Some(figures.affine(Activation::Relu)) };
    let mut scratch = vec![f32::NAN; kept_scratch(&depthwise, 32)];
    let (pool, mut dx, mut dkernel) =
        (Pool::new(2), random.values(values.len()), vec![f32::NAN; kernel.len()]);
    let dy = reference::backward_input(&depthwise, batch, &gradient, &kernel);
    let expected: Vec<f64> = dy.iter().zip(&dx).map(|(dy, dx)| dy + f64::from(*dx)).collect();
    let upstream = Upstream { gradient: &mut gradient.clone(), between: Between::Nothing };
    let downstream = Downstream::Plain(&mut dx, Write::Add);
    let wanted = Some(dkernel.as_mut_slice());
    backward_kept(&pool, &depthwise, batch, &x, upstream, &kernel, &mut scratch, wanted, downstream);
    assert_close(&dx, &expected, 1e-5, "added");
    let expected = reference::backward_kernel(&depthwise, batch, &seen(&x), &gradient);
    assert_close(&dkernel, &expected, 1e-5, "kernel");
    // And nobody below.
    let mut alone = vec![f32::NAN; kernel.len()];
    let upstream = Upstream { gradient: &mut gradient.clone(), between: Between::Nothing };
    let wanted = Some(alone.as_mut_slice());
    backward_kept(&pool, &depthwise, batch, &x, upstream, &kernel, &mut scratch, wanted, Downstream::Nowhere);
    assert_eq!(alone, dkernel);
}

#[test]
#[should_panic(expected = "not a bias of 5 channels")]
fn a_short_bias_is_refused() {
    let (depthwise, batch) = depthwise(&CASES[1]);
    let [x, y] = [batch * depthwise.window.input_len(), batch * depthwise.output_len()].map(|n| vec![0.0; n]);
    let (kernel, mut y) = (vec![0.0; depthwise.kernel_len()], y);
    let epilogue = Epilogue { bias: Some(&[0.0; 4]), ..Epilogue::default() };
    let mut scratch = vec![0.0; kept_scratch(&depthwise, batch)];
    let x = Kept::plain(&x);
    forward_kept(&Pool::new(1), &depthwise, batch, &x, &kernel, &epilogue, &mut scratch, &mut y, None);
}

#[test]
#[should_panic(expected = "through the norm of an input that has none")]
fn a_gradient_through_no_norm_is_refused() {
    let (depthwise, batch) = depthwise(&CASES[0]);
    let mut scratch = vec![0.0; kept_scratch(&depthwise, batch)];
    let upstream = Upstream { gradient: &mut [1.0], between: Between::Nothing };
    let downstream = Downstream::Through { dz: &mut [0.0], mean: &[0.0], sums: &mut [0.0; 2] };
    let (pool, x) = (Pool::new(1), Kept::plain(&[1.0]));
    backward_kept(&pool, &depthwise, batch, &x, upstream, &[1.0; 9], &mut scratch, None, downstream);
}
