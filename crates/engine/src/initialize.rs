//! Starting values, as Keras's initialisers of the same names draw them.
//!
//! Variance scaling: `limit = sqrt(3 * scale / fan)` for the uniform ones and a deviation of `sqrt(scale / fan)`
//! for the truncated normal ones (Glorot & Bengio 2010, He et al. 2015).

mod orthogonal;

use graph::{Graph, Initializer, Parameter, Weights};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use orthogonal::orthogonal;

/// Weights for `graph`, drawn from `seed`: each parameter from a stream of its own, so that adding a layer
/// leaves the others as they were.
pub fn initialize(graph: &Graph, seed: u64) -> Weights {
    let mut weights = Weights::zeros(graph);
    for parameter in graph.parameters() {
        initialize_parameter(parameter, seed, weights.get_mut(parameter));
    }
    weights
}

/// Fills `values`, which are those of `parameter`, from `seed` and the parameter's name.
pub fn initialize_parameter(parameter: &Parameter, seed: u64, values: &mut [f32]) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(name_hash(&parameter.name));
    let (fan_in, fan_out) = fans(parameter.shape.dims());
    match parameter.initializer {
        Initializer::Zeros => values.fill(0.0),
        Initializer::Ones => values.fill(1.0),
        Initializer::Constant(value) => values.fill(value),
        Initializer::TruncatedNormal(deviation) => truncated_normal(&mut random, deviation.into(), values),
        Initializer::RandomNormal(deviation) => {
            values.fill_with(|| (normal(&mut random) * f64::from(deviation)) as f32);
        }
        Initializer::RandomUniform(limit) => uniform(&mut random, limit.into(), values),
        Initializer::LecunUniform => uniform(&mut random, (3.0 / fan_in).sqrt(), values),
        Initializer::LecunNormal => scaled_normal(&mut random, (1.0 / fan_in).sqrt(), values),
        Initializer::Orthogonal(gain) => {
            let columns = parameter.shape.dims().last().copied().unwrap_or(1);
            orthogonal(&mut random, gain.into(), columns, values);
        }
        Initializer::GlorotUniform => uniform(&mut random, (6.0 / (fan_in + fan_out)).sqrt(), values),
        Initializer::HeUniform => uniform(&mut random, (6.0 / fan_in).sqrt(), values),
        Initializer::FanOutUniform(scale) => {
            uniform(&mut random, (3.0 * f64::from(scale) / fan_out).sqrt(), values)
        }
        Initializer::FanOutNormal(scale) => {
            scaled_normal(&mut random, (f64::from(scale) / fan_out).sqrt(), values)
        }
        Initializer::GlorotNormal => scaled_normal(&mut random, (2.0 / (fan_in + fan_out)).sqrt(), values),
        Initializer::HeNormal => scaled_normal(&mut random, (2.0 / fan_in).sqrt(), values),
    }
}

/// Keras's `compute_fans`: the last two axes are inputs and outputs, the ones before them the receptive field.
fn fans(dims: &[usize]) -> (f64, f64) {
    match dims {
        [] => (1.0, 1.0),
        [n] => (*n as f64, *n as f64),
        [field @ .., inputs, outputs] => {
            let field: usize = field.iter().product();
            ((field * inputs) as f64, (field * outputs) as f64)
        }
    }
}

fn uniform(random: &mut impl Rng, limit: f64, values: &mut [f32]) {
    values.fill_with(|| ((2.0 * unit(random) - 1.0) * limit) as f32);
}

/// A normal distribution's deviation after what is beyond two of them is cut off.
const DEVIATION_OF_TRUNCATED_UNIT_NORMAL: f64 = 0.879_625_661_034_239_8;

/// As [`truncated_normal`] with this deviation after the cut: Keras's variance scaling.
fn scaled_normal(random: &mut impl Rng, deviation: f64, values: &mut [f32]) {
    truncated_normal(random, deviation / DEVIATION_OF_TRUNCATED_UNIT_NORMAL, values);
}

/// Normal values beyond two deviations are drawn again.
fn truncated_normal(random: &mut impl Rng, deviation: f64, values: &mut [f32]) {
    values.fill_with(|| {
        loop {
            let z = normal(random);
            if z.abs() < 2.0 {
                return (z * deviation) as f32;
            }
        }
    });
}

/// One value of the unit normal distribution (Box & Muller 1958).
fn normal(random: &mut impl Rng) -> f64 {
    let radius = (-2.0 * (1.0 - unit(random)).ln()).sqrt();
    radius * (std::f64::consts::TAU * unit(random)).cos()
}

/// Uniform in `[0, 1)` with 53 bits.
fn unit(random: &mut impl Rng) -> f64 {
    (random.next_u64() >> 11) as f64 / (1u64 << 53) as f64
}

/// FNV-1a, as a stream's number.
fn name_hash(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use graph::{Conv2d, Op};

    fn kernel(initializer: Initializer, seed: u64) -> Vec<f32> {
        let mut graph = Graph::new("m", "input", [8, 8, 16]).unwrap();
        let conv = Conv2d::new(64, 3).initializer(initializer);
        graph.add("conv", Op::Conv2d(conv), &[graph.input()]).unwrap();
        initialize(&graph, seed).get(&graph.parameters()[0]).to_vec()
    }

    #[test]
    fn deviations_are_those_of_the_papers() {
        let (fan_in, fan_out) = (9.0 * 16.0, 9.0 * 64.0);
        for (initializer, variance) in [
            (Initializer::HeNormal, 2.0 / fan_in),
            (Initializer::HeUniform, 2.0 / fan_in),
            (Initializer::GlorotNormal, 2.0 / (fan_in + fan_out)),
            (Initializer::GlorotUniform, 2.0 / (fan_in + fan_out)),
            (Initializer::LecunNormal, 1.0 / fan_in),
            (Initializer::LecunUniform, 1.0 / fan_in),
            (Initializer::RandomNormal(0.05), 0.05 * 0.05),
            // Of a uniform distribution within ± b: b² / 3.
            (Initializer::RandomUniform(0.06), 0.06 * 0.06 / 3.0),
            (Initializer::FanOutUniform(0.25), 0.25 / fan_out),
            (Initializer::FanOutNormal(2.0), 2.0 / fan_out),
        ] {
            let values = kernel(initializer, 1);
            let mean = values.iter().map(|&v| f64::from(v)).sum::<f64>() / values.len() as f64;
            let found =
                values.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / values.len() as f64;
            assert!((found / variance - 1.0).abs() < 0.05, "{initializer:?}: {found} instead of {variance}");
            assert!(mean.abs() < 0.05 * variance.sqrt(), "{initializer:?}: mean {mean}");
        }
    }

    #[test]
    fn a_truncated_normal_keeps_its_name_and_not_its_deviation() {
        let values = kernel(Initializer::TruncatedNormal(0.02), 2);
        assert!(values.iter().all(|v| v.abs() < 0.04));
        let square = values.iter().map(|&v| f64::from(v).powi(2)).sum::<f64>() / values.len() as f64;
        let expected = 0.02 * DEVIATION_OF_TRUNCATED_UNIT_NORMAL;
        assert!((square.sqrt() / expected - 1.0).abs() < 0.03, "{} instead of {expected}", square.sqrt());
        assert!(kernel(Initializer::Constant(1e-6), 2).iter().all(|&v| v == 1e-6));
    }

    #[test]
    fn uniform_values_fill_their_limits_and_no_more() {
        let (fan_in, fan_out) = (9.0_f64 * 16.0, 9.0 * 64.0);
        for (initializer, limit) in [
            (Initializer::RandomUniform(0.05), 0.05),
            (Initializer::LecunUniform, (3.0 / fan_in).sqrt()),
            (Initializer::HeUniform, (6.0 / fan_in).sqrt()),
            (Initializer::GlorotUniform, (6.0 / (fan_in + fan_out)).sqrt()),
        ] {
            let largest = kernel(initializer, 3).iter().fold(0.0_f64, |most, v| most.max(f64::from(v.abs())));
            assert!(
                largest <= limit * (1.0 + 1e-6) && largest > 0.99 * limit,
                "{initializer:?}: {largest}, {limit}"
            );
        }
        // Not cut at two deviations.
        assert!(kernel(Initializer::RandomNormal(0.05), 3).iter().any(|v| v.abs() > 0.11));
    }

    /// A convolution of more rows than columns, and a depthwise one of more columns.
    #[test]
    fn an_orthogonal_matrix_times_its_transpose_is_one() {
        let gram = |values: &[f32], count: usize, at: &dyn Fn(usize, usize) -> usize, length: usize| {
            for a in 0..count {
                for b in 0..=a {
                    let dot: f64 =
                        (0..length).map(|i| f64::from(values[at(a, i)]) * f64::from(values[at(b, i)])).sum();
                    let expected = if a == b { 4.0 } else { 0.0 };
                    assert!((dot - expected).abs() < 1e-5, "{a} and {b}: {dot}");
                }
            }
        };
        let tall = kernel(Initializer::Orthogonal(2.0), 4); // [3 · 3 · 16, 64]
        gram(&tall, 64, &|column, row| row * 64 + column, 144);
        let mut graph = Graph::new("m", "input", [8]).unwrap();
        let dense = graph::Dense::new(32).initializer(Initializer::Orthogonal(2.0));
        graph.add("dense", Op::Dense(dense), &[graph.input()]).unwrap();
        let wide = initialize(&graph, 4).get(&graph.parameters()[0]).to_vec(); // [8, 32]
        gram(&wide, 8, &|row, column| row * 32 + column, 32);
        assert_ne!(kernel(Initializer::Orthogonal(1.0), 4), kernel(Initializer::Orthogonal(1.0), 5));
    }

    #[test]
    fn a_seed_gives_one_set_of_values() {
        assert_eq!(kernel(Initializer::HeNormal, 7), kernel(Initializer::HeNormal, 7));
        assert_ne!(kernel(Initializer::HeNormal, 7), kernel(Initializer::HeNormal, 8));
    }
}
