use super::super::reference;
use super::*;
use crate::activation::Activation;
use crate::kept::tests::{Figures, assert_moments, narrow, seen, settled_reference, through_reference};
use crate::testing::{Lcg, assert_close, pools};
use crate::{Isa, Window};

/// Batch, map, filters, kernel size, stride: pointwise ones in one strip and in many, and others.
const CASES: [(usize, [usize; 3], usize, usize, usize); 7] = [
    (1, [1, 1, 1], 1, 1, 1),
    (3, [7, 5, 24], 33, 1, 1),
    (4, [40, 40, 16], 96, 1, 1),
    (5, [33, 30, 96], 24, 1, 1),
    (2, [9, 9, 260], 256, 1, 1),
    (2, [14, 13, 8], 20, 3, 1),
    (2, [15, 15, 12], 10, 1, 2),
];

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
