use super::super::reference;
use super::*;
use crate::activation::Activation;
use crate::kept::tests::{Figures, assert_moments, narrow, seen, settled_reference, through_reference};
use crate::testing::{Lcg, assert_close, pools};
use crate::{Isa, Window};

/// Batch, map, filters, kernel size, stride: pointwise ones in one strip and in many, and others.
const CASES: [(usize, [usize; 3], usize, usize, usize); 8] = [
    (1, [1, 1, 1], 1, 1, 1),
    (3, [7, 5, 24], 33, 1, 1),
    (4, [40, 40, 16], 96, 1, 1),
    (5, [33, 30, 96], 24, 1, 1),
    (2, [9, 9, 260], 256, 1, 1),
    (2, [14, 13, 8], 20, 3, 1),
    (2, [15, 15, 12], 10, 1, 2),
    (2, [14, 13, 32], 48, 3, 1),
];
/// Of these, one in many strips, one by patches and one by Winograd's transforms.
const WAYS: [usize; 3] = [2, 5, 7];

fn conv(case: &(usize, [usize; 3], usize, usize, usize)) -> (Conv, usize) {
    let &(batch, input, filters, size, stride) = case;
    let output = [0, 1].map(|i| input[i].div_ceil(stride));
    let pad = [0, 1].map(|i| ((output[i] - 1) * stride + size).saturating_sub(input[i]) / 2);
    let window = Window { input, output, kernel: [size; 2], stride: [stride; 2], dilation: [1; 2], pad };
    (Conv { window, filters, groups: 1 }, batch)
}

#[test]
fn forward_reads_through_the_norm_and_gathers_moments() {
    for (seed, case) in CASES.iter().enumerate() {
        let (conv, batch) = conv(case);
        let mut random = Lcg::new(seed as u64);
        let figures = Figures::new(conv.window.input[2], &mut random);
        let values = random.values(batch * conv.window.input_len());
        let (kernel, bias) = (random.values(conv.kernel_len()), random.values(conv.filters));
        let mut filters = Filters::new(&conv);
        filters.pack(&Pool::new(1), &kernel);
        for affine in [None, Some(figures.affine(Activation::Relu6)), Some(figures.affine(Activation::Swish))]
        {
            let x = Kept { values: &values, affine };
            let mut expected = reference::forward(&conv, batch, &seen(&x), &kernel);
            expected.iter_mut().enumerate().for_each(|(i, y)| *y += f64::from(bias[i % conv.filters]));
            for pool in pools() {
                let what = format!("{conv:?} {affine:?} {:?}", pool.isa());
                let mut scratch = vec![f32::NAN; kept_scratch(&conv, batch)];
                let mut y = vec![f32::NAN; expected.len()];
                let [mut mean, mut variance] = [(); 2].map(|()| vec![f32::NAN; conv.filters]);
                let moments = Moments { mean: &mut mean, variance: &mut variance };
                let epilogue = Epilogue { bias: Some(&bias), ..Epilogue::default() };
                forward_kept(
                    &pool,
                    &conv,
                    batch,
                    &x,
                    &filters,
                    &epilogue,
                    &mut scratch,
                    &mut y,
                    Some(moments),
                );
                assert_close(&y, &expected, 1e-5, &what);
                assert_moments(conv.filters, &y, &mean, &variance, &what);
            }
        }
    }
}

/// What a backward gave.
#[derive(PartialEq, Debug)]
struct Gradients {
    dx: Vec<f32>,
    sums: Vec<f64>,
    kernel: Vec<f32>,
    bias: Vec<f32>,
}

fn backward(
    pool: &Pool,
    (conv, batch): (&Conv, usize),
    x: &Kept,
    (gradient, between): (&[f32], Between),
    kernel: &[f32],
    mean: &[f32],
) -> Gradients {
    let mut transposed = TransposedFilters::new(conv);
    transposed.pack(&Pool::new(1), kernel);
    let mut found = Gradients {
        dx: vec![f32::NAN; x.values.len()],
        sums: vec![f64::NAN; 2 * mean.len()],
        kernel: vec![f32::NAN; kernel.len()],
        bias: vec![f32::NAN; conv.filters],
    };
    let mut scratch = vec![f32::NAN; kept_scratch(conv, batch)];
    let (mut gradient, dz) = (gradient.to_vec(), &mut found.dx);
    let upstream = Upstream { gradient: &mut gradient, between };
    let parameters = Parameters { kernel: Some(&mut found.kernel), bias: Some(&mut found.bias) };
    let downstream = match x.affine {
        None => Downstream::Plain(dz, Write::Set),
        Some(_) => Downstream::Through { dz, mean, sums: &mut found.sums },
    };
    backward_kept(pool, conv, batch, x, upstream, Some(&transposed), &mut scratch, parameters, downstream);
    found
}

#[test]
fn backward_goes_through_both_norms() {
    for (seed, case) in CASES.iter().enumerate() {
        let (conv, batch) = conv(case);
        let mut random = Lcg::new(50 + seed as u64);
        let (before, after) =
            (Figures::new(conv.window.input[2], &mut random), Figures::new(conv.filters, &mut random));
        let values = random.values(batch * conv.window.input_len());
        let kernel = random.values(conv.kernel_len());
        let (y, gradient) =
            (random.values(batch * conv.output_len()), random.values(batch * conv.output_len()));
        let betweens = [
            Between::Nothing,
            Between::Activation { y: &y, activation: Activation::Relu },
            Between::Norm { y: &y, line: after.line(), activation: Activation::Linear },
            Between::Norm { y: &y, line: after.line(), activation: Activation::Relu },
        ];
        for (between, affine) in betweens.into_iter().zip([
            Some(before.affine(Activation::Relu6)),
            None,
            Some(before.affine(Activation::Linear)),
            Some(before.affine(Activation::Relu)),
        ]) {
            let x = Kept { values: &values, affine };
            let dy = settled_reference(&gradient, &between);
            let dkernel = reference::backward_kernel(&conv, batch, &seen(&x), &dy);
            let dx = reference::backward_input(&conv, batch, &dy, &kernel);
            let mut dbias = vec![0.0; conv.filters];
            dy.iter().enumerate().for_each(|(i, dy)| dbias[i % conv.filters] += f64::from(*dy));
            let (dx, sums) = match &affine {
                Some(affine) => through_reference(&dx, &values, affine, &before.mean),
                None => (dx, Vec::new()),
            };
            for pool in pools() {
                let what = format!("{conv:?} {affine:?} {:?}", pool.isa());
                let found = backward(&pool, (&conv, batch), &x, (&gradient, between), &kernel, &before.mean);
                assert_close(&found.dx, &dx, 1e-5, &format!("dx: {what}"));
                assert_close(&found.kernel, &dkernel, 1e-5, &format!("kernel: {what}"));
                assert_close(&found.bias, &dbias, 1e-5, &format!("bias: {what}"));
                if affine.is_some() {
                    assert_close(&narrow(&found.sums), &sums, 1e-5, &format!("sums: {what}"));
                }
            }
        }
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let (conv, batch) = conv(&CASES[3]);
    let mut random = Lcg::new(9);
    let (before, after) = (Figures::new(96, &mut random), Figures::new(24, &mut random));
    let values = random.values(batch * conv.window.input_len());
    let (kernel, y) = (random.values(conv.kernel_len()), random.values(batch * conv.output_len()));
    let x = Kept { values: &values, affine: Some(before.affine(Activation::Relu)) };
    let between = Between::Norm { y: &y, line: after.line(), activation: Activation::Relu6 };
    let run = |threads| {
        let pool = Pool::with_isa(threads, Isa::best());
        backward(&pool, (&conv, batch), &x, (&y, between), &kernel, &before.mean)
    };
    assert_eq!(run(1), run(3));
}

#[test]
fn every_way_is_among_the_cases() {
    let [strips, patches, transforms] = WAYS.map(|case| conv(&CASES[case]));
    assert!(Cut::new(&strips.0, strips.1).is_some_and(|cut| cut.pieces > 1));
    assert!(Cut::new(&patches.0, patches.1).is_none() && !super::super::winograd::suits(&patches.0));
    assert!(super::super::winograd::suits(&transforms.0));
}

#[test]
fn what_is_not_wanted_changes_nothing_else() {
    for case in WAYS {
        let (conv, batch) = conv(&CASES[case]);
        let mut random = Lcg::new(7);
        let figures = Figures::new(conv.window.input[2], &mut random);
        let values = random.values(batch * conv.window.input_len());
        let (kernel, gradient) = (random.values(conv.kernel_len()), random.values(batch * conv.output_len()));
        let x = Kept { values: &values, affine: Some(figures.affine(Activation::Relu)) };
        let dx = reference::backward_input(&conv, batch, &gradient, &kernel);
        let dkernel = reference::backward_kernel(&conv, batch, &seen(&x), &gradient);
        let mut dbias = vec![0.0; conv.filters];
        gradient.iter().enumerate().for_each(|(i, dy)| dbias[i % conv.filters] += f64::from(*dy));
        let mut transposed = TransposedFilters::new(&conv);
        transposed.pack(&Pool::new(1), &kernel);
        // As planned for a larger batch.
        let mut scratch = vec![f32::NAN; kept_scratch(&conv, batch + 5)];
        for pool in pools() {
            let mut run = |transposed, kernel, bias, downstream| {
                let upstream = Upstream { gradient: &mut gradient.clone(), between: Between::Nothing };
                let parameters = Parameters { kernel, bias };
                backward_kept(
                    &pool,
                    &conv,
                    batch,
                    &x,
                    upstream,
                    transposed,
                    &mut scratch,
                    parameters,
                    downstream,
                );
            };
            let what = format!("{conv:?} {:?}", pool.isa());
            let (mut found, mut bias) = (vec![f32::NAN; kernel.len()], vec![f32::NAN; conv.filters]);
            let mut added = values.clone();
            run(None, Some(&mut found), None, Downstream::Nowhere);
            run(Some(&transposed), None, Some(&mut bias), Downstream::Nowhere);
            run(Some(&transposed), None, None, Downstream::Plain(&mut added, Write::Add));
            assert_close(&found, &dkernel, 1e-5, &what);
            assert_close(&bias, &dbias, 1e-5, &what);
            let expected: Vec<f64> = dx.iter().zip(&values).map(|(dx, x)| dx + f64::from(*x)).collect();
            assert_close(&added, &expected, 1e-5, &what);
        }
    }
}

#[test]
fn small_batches_need_no_more_scratch_than_large_ones() {
    for case in &CASES {
        let scratch: Vec<usize> = (0..100).map(|batch| kept_scratch(&conv(case).0, batch)).collect();
        assert!(scratch.is_sorted(), "{case:?}: {scratch:?}");
    }
}

/// A backward of a pointwise convolution of ones, with or without what its downstream needs.
fn backward_of_ones(transposed: Option<&TransposedFilters>, downstream: Downstream) {
    let (conv, batch) = conv(&CASES[0]);
    let mut scratch = vec![0.0; kept_scratch(&conv, batch)];
    let upstream = Upstream { gradient: &mut [1.0], between: Between::Nothing };
    let (x, parameters) = (Kept::plain(&[1.0]), Parameters { kernel: None, bias: None });
    let pool = Pool::new(1);
    backward_kept(&pool, &conv, batch, &x, upstream, transposed, &mut scratch, parameters, downstream);
}

#[test]
#[should_panic(expected = "needs the transposed filters")]
fn a_gradient_that_cannot_be_given_is_refused() {
    backward_of_ones(None, Downstream::Plain(&mut [0.0], Write::Set));
}

#[test]
#[should_panic(expected = "through the norm of an input that has none")]
fn a_gradient_through_no_norm_is_refused() {
    let transposed = TransposedFilters::new(&conv(&CASES[0]).0);
    let downstream = Downstream::Through { dz: &mut [0.0], mean: &[0.0], sums: &mut [0.0; 2] };
    backward_of_ones(Some(&transposed), downstream);
}

#[test]
#[should_panic(expected = "filters of another convolution")]
fn filters_of_another_convolution_are_refused() {
    let (conv, _) = conv(&CASES[0]);
    let other = Filters::new(&Conv { filters: 2, ..conv });
    let affine = Affine { scale: &[1.0], offset: &[0.0], activation: Activation::Linear };
    let x = Kept { values: &[1.0], affine: Some(affine) };
    let mut scratch = vec![0.0; kept_scratch(&conv, 1)];
    let epilogue = Epilogue::default();
    forward_kept(&Pool::new(1), &conv, 1, &x, &other, &epilogue, &mut scratch, &mut [0.0], None);
}
