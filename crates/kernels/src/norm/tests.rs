use super::*;
use crate::Isa;
use crate::testing::{Lcg, assert_close, pools};

const SHAPES: [(usize, usize); 8] =
    [(1, 1), (7, 3), (33, 16), (100, 37), (5000, 5), (3137, 96), (64, 960), (20_000, 24)];

/// Channels of very different means and deviations.
fn spread(rows: usize, channels: usize) -> Vec<f32> {
    let mut lcg = Lcg::new(6);
    let mut x = lcg.values(rows * channels);
    for (i, x) in x.iter_mut().enumerate() {
        let c = i % channels;
        *x = *x * 10.0_f32.powi((c % 5) as i32 - 2) + (c % 3) as f32 * 50.0;
    }
    x
}

#[test]
fn statistics_agree_with_the_definition() {
    for (rows, channels) in SHAPES {
        let x = spread(rows, channels);
        let (mean, variance) = reference::statistics(channels, &x);
        for pool in pools() {
            let what = format!("[{rows}, {channels}] {:?}", pool.isa());
            let mut scratch = vec![f32::NAN; scratch(rows, channels)];
            let mut found = (vec![f32::NAN; channels], vec![f32::NAN; channels]);
            statistics(&pool, channels, &x, &mut scratch, &mut found.0, &mut found.1);
            for c in 0..channels {
                let off = (f64::from(found.0[c]) - mean[c]).abs();
                assert!(off <= 1e-7 * mean[c].abs() + 1e-7 * variance[c].sqrt(), "mean of {c} in {what}");
                let off = (f64::from(found.1[c]) - variance[c]).abs();
                assert!(
                    off <= 1e-6 * variance[c],
                    "variance of {c} in {what}: {} not {}",
                    found.1[c],
                    variance[c]
                );
            }
        }
    }
}

/// A first picture unlike the rest, and values far from zero: where naive sums of squares fail.
#[test]
fn statistics_survive_an_odd_beginning_and_a_far_mean() {
    let (rows, channels) = (10_000, 3);
    let mut x = Lcg::new(8).values(rows * channels);
    x.iter_mut().take(100 * channels).for_each(|x| *x = 300.0);
    x.iter_mut().skip(2).step_by(channels).for_each(|x| *x += 10_000.0);
    let (mean, variance) = reference::statistics(channels, &x);
    let mut scratch = vec![0.0; scratch(rows, channels)];
    let mut found = (vec![0.0; channels], vec![0.0; channels]);
    statistics(&Pool::new(1), channels, &x, &mut scratch, &mut found.0, &mut found.1);
    for c in 0..channels {
        assert!((f64::from(found.0[c]) / mean[c] - 1.0).abs() < 1e-6, "mean {} not {}", found.0[c], mean[c]);
        assert!(
            (f64::from(found.1[c]) / variance[c] - 1.0).abs() < 1e-6,
            "{} not {}",
            found.1[c],
            variance[c]
        );
    }
}

#[test]
fn affine_and_its_gradient_agree_with_the_formula() {
    for (rows, channels) in SHAPES {
        let mut lcg = Lcg::new(2);
        let (x, scale, offset) = (lcg.values(rows * channels), lcg.values(channels), lcg.values(channels));
        for pool in pools() {
            for activation in Activation::ALL {
                let what = format!("[{rows}, {channels}] {activation:?} {:?}", pool.isa());
                let mut expected: Vec<f32> = x
                    .iter()
                    .enumerate()
                    .map(|(i, x)| x * scale[i % channels] + offset[i % channels])
                    .collect();
                crate::activation::forward_in_place(&pool, activation, &mut expected);
                let expected: Vec<f64> = expected.into_iter().map(f64::from).collect();
                let mut y = vec![f32::NAN; x.len()];
                affine(&pool, &x, &scale, &offset, activation, &mut y);
                assert_close(&y, &expected, 1e-6, &what);
            }
            let scaled = |before: f64| {
                let term = |(i, x): (usize, &f32)| f64::from(*x) * (before + f64::from(scale[i % channels]));
                x.iter().enumerate().map(term).collect::<Vec<_>>()
            };
            let mut dx = vec![f32::NAN; x.len()];
            backward_affine(&pool, &x, &scale, Write::Set, &mut dx);
            assert_close(&dx, &scaled(0.0), 1e-6, "affine gradient");
            let mut dx = x.clone();
            backward_affine(&pool, &x, &scale, Write::Add, &mut dx);
            assert_close(&dx, &scaled(1.0), 1e-6, "added affine gradient");
        }
    }
}

struct Gradients {
    dx: Vec<f32>,
    dgamma: Vec<f32>,
    dbeta: Vec<f32>,
}

const EPSILON: f64 = 1e-3;

fn gradients(pool: &Pool, x: &[f32], dy: &[f32], gamma: &[f32], write: Write, dx: Vec<f32>) -> Gradients {
    let channels = gamma.len();
    let (mean, variance) = reference::statistics(channels, x);
    let mean: Vec<f32> = mean.iter().map(|mean| *mean as f32).collect();
    let inverse_deviation: Vec<f32> = variance.iter().map(|v| (1.0 / (v + EPSILON).sqrt()) as f32).collect();
    let mut scratch = vec![f32::NAN; scratch(x.len() / channels, channels)];
    let mut sums = vec![f64::NAN; 2 * channels];
    crate::kept::sums(pool, x, &mean, dy, &mut scratch, &mut sums);
    let scale: Vec<f32> =
        gamma.iter().zip(&inverse_deviation).map(|(gamma, inverse)| gamma * inverse).collect();
    let (mut slope, mut offset) = (vec![f32::NAN; channels], vec![f32::NAN; channels]);
    turn(&sums, x.len() / channels, &scale, &inverse_deviation, &mut slope, &mut offset);
    let line = Line { scale: &scale, slope: &slope, mean: &mean, offset: &offset };
    let mut dx = dx;
    backward(pool, x, dy, &line, write, &mut dx);
    let dbeta = sums[..channels].iter().map(|sum| *sum as f32).collect();
    let of_gamma = sums[channels..].iter().zip(&inverse_deviation);
    Gradients { dx, dgamma: of_gamma.map(|(sum, inverse)| *sum as f32 * inverse).collect(), dbeta }
}

/// `Σ dy · batch_norm(x)` moved by one value at a time, in float64.
#[test]
fn batch_gradients_agree_with_finite_differences() {
    const STEP: f64 = 1e-5;
    for (rows, channels) in [(7, 3), (33, 17), (12, 40)] {
        let mut lcg = Lcg::new(3);
        let (x, dy) = (lcg.values(rows * channels), lcg.values(rows * channels));
        let (gamma, beta) = (lcg.values(channels), lcg.values(channels));
        let wide = |values: &[f32]| values.iter().map(|value| f64::from(*value)).collect::<Vec<f64>>();
        let loss = |given: &[Vec<f64>; 3]| -> f64 {
            let y = reference::batch_norm(channels, &given[0], &given[1], &given[2], EPSILON);
            y.iter().zip(&dy).map(|(y, dy)| y * f64::from(*dy)).sum()
        };
        let given = [wide(&x), wide(&gamma), wide(&beta)];
        let slopes = |which: usize| -> Vec<f64> {
            let slope = |at: usize| {
                let (mut up, mut down) = (given.clone(), given.clone());
                up[which][at] += STEP;
                down[which][at] -= STEP;
                (loss(&up) - loss(&down)) / (2.0 * STEP)
            };
            (0..given[which].len()).map(slope).collect()
        };
        let (of_x, of_gamma, of_beta) = (slopes(0), slopes(1), slopes(2));
        let added: Vec<f64> = of_x.iter().zip(&x).map(|(dx, x)| dx + f64::from(*x)).collect();
        for pool in pools() {
            let what = format!("[{rows}, {channels}] {:?}", pool.isa());
            let found = gradients(&pool, &x, &dy, &gamma, Write::Set, vec![f32::NAN; x.len()]);
            assert_close(&found.dx, &of_x, 2e-6, &what);
            assert_close(&found.dgamma, &of_gamma, 2e-6, &what);
            assert_close(&found.dbeta, &of_beta, 2e-6, &what);
            let found = gradients(&pool, &x, &dy, &gamma, Write::Add, x.clone());
            assert_close(&found.dx, &added, 2e-6, &what);
        }
    }
}

#[test]
fn sums_of_columns_agree_with_the_definition() {
    for (rows, channels) in SHAPES {
        let x = spread(rows, channels);
        let expected: Vec<f64> =
            reference::statistics(channels, &x).0.iter().map(|mean| mean * rows as f64).collect();
        for pool in pools() {
            let mut sum = vec![f32::NAN; channels];
            columns::sum(&pool, channels, &x, &mut vec![f32::NAN; scratch(rows, channels)], &mut sum);
            assert_close(&sum, &expected, 2e-7, &format!("[{rows}, {channels}] {:?}", pool.isa()));
        }
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let (rows, channels) = (6001, 37);
    let mut lcg = Lcg::new(1);
    let (x, dy, gamma) = (lcg.values(rows * channels), lcg.values(rows * channels), lcg.values(channels));
    for isa in Isa::available() {
        let results: Vec<_> = (1..=3)
            .map(|threads| {
                let pool = Pool::with_isa(threads, isa);
                let Gradients { dx, dgamma, dbeta } =
                    gradients(&pool, &x, &dy, &gamma, Write::Set, x.clone());
                let mut figures = (vec![0.0; channels], vec![0.0; channels]);
                let mut scratch = vec![0.0; scratch(rows, channels)];
                statistics(&pool, channels, &x, &mut scratch, &mut figures.0, &mut figures.1);
                (dx, dgamma, dbeta, figures)
            })
            .collect();
        assert!(results[0] == results[1] && results[0] == results[2], "{isa:?}");
    }
}

/// Keras 3.15's `BatchNormalization(epsilon=1e-3)` in training, gamma 1.5 and -0.5: the gradients of
/// `Σ cos(i) · y[i]` for `x[i] = sin(i)`.
#[test]
fn gradients_are_as_in_keras() {
    const DX: [f64; 24] = [
        2.22026968,
        -0.36419815,
        -0.92475861,
        0.66261423,
        -1.44884276,
        -0.27975094,
        2.13237762,
        -0.52223879,
        -0.32416534,
        0.62194753,
        -1.86082053,
        -0.08786368,
        1.87467086,
        -0.64127862,
        0.30230021,
        0.52913630,
        -2.12451720,
        0.10842231,
        1.46767831,
        -0.71183503,
        0.90473413,
        0.39157397,
        -2.21892643,
        0.29347101,
    ];
    let x: Vec<f32> = (0..24).map(|i| (i as f32).sin()).collect();
    let dy: Vec<f32> = (0..24).map(|i| (i as f32).cos()).collect();
    for pool in pools() {
        let found = gradients(&pool, &x, &dy, &[1.5, -0.5], Write::Set, vec![f32::NAN; 24]);
        assert_close(&found.dx, &DX, 1e-6, "dx");
        assert_close(&found.dgamma, &[0.0067441, 0.6479929], 1e-6, "dgamma");
        assert_close(&found.dbeta, &[-0.00282204, -0.5380925], 1e-6, "dbeta");
    }
}
