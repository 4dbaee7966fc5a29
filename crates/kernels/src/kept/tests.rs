use super::*;
use crate::activation::reference;
use crate::norm;
use crate::testing::{Lcg, assert_close, pools};

/// Figures of a norm for each channel, and those of its backward.
pub(crate) struct Figures {
    pub(crate) scale: Vec<f32>,
    pub(crate) offset: Vec<f32>,
    pub(crate) slope: Vec<f32>,
    pub(crate) mean: Vec<f32>,
}

impl Figures {
    pub(crate) fn new(channels: usize, random: &mut Lcg) -> Self {
        let [scale, offset, slope, mean] = [(); 4].map(|()| random.values(channels));
        Self { scale, offset, slope, mean }
    }

    pub(crate) fn affine(&self, activation: Activation) -> Affine<'_> {
        Affine { scale: &self.scale, offset: &self.offset, activation }
    }

    pub(crate) fn line(&self) -> Line<'_> {
        Line { scale: &self.scale, slope: &self.slope, mean: &self.mean, offset: &self.offset }
    }
}

/// The activation and its derivative in float64, from its definition.
fn function(activation: Activation, x: f64) -> (f64, f64) {
    (reference::value(activation, x), reference::slope(activation, x))
}

fn z(x: f32, affine: &Affine, channel: usize) -> f64 {
    f64::from(x) * f64::from(affine.scale[channel]) + f64::from(affine.offset[channel])
}

/// A kept tensor as its readers see it.
pub(crate) fn seen(kept: &Kept) -> Vec<f32> {
    let Some(affine) = &kept.affine else { return kept.values.to_vec() };
    let values = kept.values.iter().enumerate();
    values.map(|(i, x)| function(affine.activation, z(*x, affine, i % affine.scale.len())).0 as f32).collect()
}

/// A gradient taken through what stands between.
pub(crate) fn settled_reference(gradient: &[f32], between: &Between) -> Vec<f32> {
    let one = |i: usize, dy: f32| {
        let dy = f64::from(dy);
        let settled = match between {
            Between::Nothing => dy,
            // Tests keep to activations that clamp, whose derivative is the same at their output.
            Between::Activation { y, activation } => dy * function(*activation, f64::from(y[i])).1,
            Between::Norm { y, line, activation } => {
                let c = i % line.scale.len();
                let [scale, slope, mean, offset] =
                    [line.scale, line.slope, line.mean, line.offset].map(|figures| f64::from(figures[c]));
                let of_input = scale * dy + slope * (f64::from(y[i]) - mean) + offset;
                of_input * function(*activation, f64::from(y[i])).1
            }
        };
        settled as f32
    };
    gradient.iter().enumerate().map(|(i, dy)| one(i, *dy)).collect()
}

/// A gradient taken through the activation of a kept tensor, and its sums.
pub(crate) fn through_reference(
    dx: &[f64],
    x: &[f32],
    affine: &Affine,
    mean: &[f32],
) -> (Vec<f64>, Vec<f64>) {
    let channels = mean.len();
    let mut sums = vec![0.0; 2 * channels];
    let dz = dx.iter().enumerate().map(|(i, dx)| {
        let c = i % channels;
        let dz = dx * function(affine.activation, z(x[i], affine, c)).1;
        sums[c] += dz;
        sums[channels + c] += dz * (f64::from(x[i]) - f64::from(mean[c]));
        dz
    });
    (dz.collect(), sums)
}

/// Mean and biased variance of each channel.
pub(crate) fn assert_moments(channels: usize, y: &[f32], mean: &[f32], variance: &[f32], what: &str) {
    let rows = (y.len() / channels) as f64;
    let of = |term: &dyn Fn(usize, f64) -> f64| {
        let mut sums = vec![0.0; channels];
        y.iter()
            .enumerate()
            .for_each(|(i, y)| sums[i % channels] += term(i % channels, f64::from(*y)) / rows);
        sums
    };
    let means = of(&|_, y| y);
    assert_close(mean, &means, 1e-6, &format!("mean: {what}"));
    assert_close(variance, &of(&|c, y| (y - means[c]).powi(2)), 1e-5, &format!("variance: {what}"));
}

/// Sums in float64 as they come, to compare with [`assert_close`].
pub(crate) fn narrow(values: &[f64]) -> Vec<f32> {
    values.iter().map(|value| *value as f32).collect()
}

#[test]
fn a_kept_tensor_is_applied_with_its_residual() {
    let (rows, channels) = (701, 37);
    let mut random = Lcg::new(3);
    let figures = Figures::new(channels, &mut random);
    let (x, residual) = (random.values(rows * channels), random.values(rows * channels));
    for activation in Activation::ALL {
        let affine = figures.affine(activation);
        let sum = |i: usize| z(x[i], &affine, i % channels) + f64::from(residual[i]);
        let expected: Vec<f64> = (0..x.len()).map(|i| function(activation, sum(i)).0).collect();
        for pool in pools() {
            let mut y = vec![f32::NAN; x.len()];
            apply(&pool, &x, &affine, Some(&residual), &mut y);
            assert_close(&y, &expected, 1e-6, &format!("{activation:?} {:?}", pool.isa()));
            apply(&pool, &x, &affine, None, &mut y);
            let plain = seen(&Kept { values: &x, affine: Some(affine) });
            let plain: Vec<f64> = plain.into_iter().map(f64::from).collect();
            assert_close(&y, &plain, 1e-6, &format!("{activation:?} {:?}", pool.isa()));
        }
    }
}

#[test]
fn a_gradient_goes_through_the_activation_with_its_sums() {
    for (rows, channels) in [(1, 1), (33, 5), (3000, 24), (200, 97)] {
        let mut random = Lcg::new(rows as u64);
        let figures = Figures::new(channels, &mut random);
        let (x, dx) = (random.values(rows * channels), random.values(rows * channels));
        let wide: Vec<f64> = dx.iter().map(|dx| f64::from(*dx)).collect();
        for activation in Activation::ALL {
            let affine = figures.affine(activation);
            let (dz, sums_expected) = through_reference(&wide, &x, &affine, &figures.mean);
            for pool in pools() {
                let what = format!("[{rows}, {channels}] {activation:?} {:?}", pool.isa());
                let (mut found, mut own) = (dx.clone(), vec![f64::NAN; 2 * channels]);
                let mut floats = vec![f32::NAN; norm::scratch(rows, channels)];
                go_through(&pool, &x, &affine, &figures.mean, &mut floats, &mut found, &mut own);
                assert_close(&found, &dz, 1e-6, &what);
                assert_close(&narrow(&own), &sums_expected, 1e-5, &what);
                let mut again = vec![f64::NAN; 2 * channels];
                sums(&pool, &x, &figures.mean, &found, &mut floats, &mut again);
                assert_close(&narrow(&again), &sums_expected, 1e-5, &what);
            }
        }
    }
}

/// What becomes of the residual's gradient.
const WRITES: [Option<Write>; 3] = [Some(Write::Set), Some(Write::Add), None];

#[test]
fn a_gradient_goes_through_a_sum_to_both_summands() {
    for (rows, channels) in [(1, 1), (33, 5), (3000, 24), (200, 97)] {
        let mut random = Lcg::new(rows as u64);
        let mean = random.values(channels);
        let [x, y, dy, before] = [(); 4].map(|()| random.values(rows * channels));
        let linear = Affine { scale: &mean, offset: &mean, activation: Activation::Linear };
        for activation in [Activation::Linear, Activation::Relu, Activation::Relu6] {
            let dz = settled_reference(&dy, &Between::Activation { y: &y, activation });
            let wide: Vec<f64> = dz.iter().map(|dz| f64::from(*dz)).collect();
            let (_, sums_expected) = through_reference(&wide, &x, &linear, &mean);
            for (pool, write) in pools().iter().flat_map(|pool| WRITES.map(|write| (pool, write))) {
                let what = format!("[{rows}, {channels}] {activation:?} {write:?} {:?}", pool.isa());
                let (mut found, mut beside) = (dy.clone(), before.clone());
                let (mut own, mut floats) =
                    (vec![f64::NAN; 2 * channels], vec![f32::NAN; norm::scratch(rows, channels)]);
                let residual = write.map(|write| (beside.as_mut_slice(), write));
                let y = (y.as_slice(), activation);
                go_through_sum(pool, &x, &mean, y, &mut floats, &mut found, residual, &mut own);
                assert!(found == dz, "{what}");
                assert_close(&narrow(&own), &sums_expected, 1e-5, &what);
                let expected = before.iter().zip(&dz).map(|(before, dz)| match write {
                    None => *before,
                    Some(Write::Set) => *dz,
                    Some(Write::Add) => before + dz,
                });
                assert!(beside == expected.collect::<Vec<f32>>(), "{what}");
            }
        }
    }
}
