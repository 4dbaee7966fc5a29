//! The symmetric beta distribution.
//!
//! With U and V even between 0 and 1, `t = √(U^(−1/α) − 1) · cos 2πV` is √2α times below a number of Student's
//! distribution with 2α degrees of freedom (Bailey 1994), and `½ + ½ t/√(1 + t²)` is of Beta(α, α) (Devroye 1996,
//! "Random variate generation in one line of code"). Exact for every α above 0, and two draws make a number.

use crate::random::Random;

/// A number between 0 and 1 of Beta(`alpha`, `alpha`); `alpha` is above 0.
pub(crate) fn symmetric_beta(alpha: f64, random: &mut Random) -> f64 {
    let squared = random.unit().powf(-1.0 / alpha) - 1.0;
    let cosine = (std::f64::consts::TAU * random.unit()).cos();
    // Divided by the root, which may be infinite for a small `alpha`.
    0.5 + 0.5 * cosine / (1.0 / squared + cosine * cosine).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Purpose;

    /// Of many numbers: mean, variance, fourth central moment, and the parts below 0.1 and above 0.9.
    fn figures(alpha: f64) -> [f64; 5] {
        const COUNT: usize = 200_000;
        let mut random = Random::new(5, Purpose::Mix, 0, 0);
        let numbers: Vec<f64> = (0..COUNT).map(|_| symmetric_beta(alpha, &mut random)).collect();
        assert!(numbers.iter().all(|number| (0.0..=1.0).contains(number)));
        let mean = |of: &dyn Fn(f64) -> f64| numbers.iter().map(|x| of(*x)).sum::<f64>() / COUNT as f64;
        let share = |holds: &dyn Fn(f64) -> bool| mean(&|x| f64::from(u8::from(holds(x))));
        let centre = mean(&|x| x);
        [
            centre,
            mean(&|x| (x - centre).powi(2)),
            mean(&|x| (x - centre).powi(4)),
            share(&|x| x < 0.1),
            share(&|x| x > 0.9),
        ]
    }

    #[test]
    fn moments_and_tails_are_those_of_beta() {
        // Below 0.1: scipy.stats.beta(a, a).cdf(0.1); the moments follow from a.
        let tails =
            [(0.1, 0.406385), (0.2, 0.336690), (0.5, 0.204833), (1.0, 0.1), (2.0, 0.028), (8.0, 0.0000336)];
        for (alpha, tail) in tails {
            let variance = 1.0 / (4.0 * (2.0 * alpha + 1.0));
            let fourth = 3.0 / (16.0 * (2.0 * alpha + 1.0) * (2.0 * alpha + 3.0));
            let [mean, spread, kurtosis, low, high] = figures(alpha);
            assert!((mean - 0.5).abs() < 0.004, "alpha {alpha}: mean {mean}");
            assert!(
                (spread / variance - 1.0).abs() < 0.015,
                "alpha {alpha}: variance {spread} for {variance}"
            );
            assert!((kurtosis / fourth - 1.0).abs() < 0.03, "alpha {alpha}: {kurtosis} for {fourth}");
            assert!(
                (low - tail).abs() < 0.004 && (high - tail).abs() < 0.004,
                "alpha {alpha}: {low}, {high}"
            );
        }
    }

    #[test]
    fn the_smallest_alpha_gives_numbers() {
        let mut random = Random::new(1, Purpose::Mix, 0, 0);
        for alpha in [f64::from(f32::MIN_POSITIVE), 1e-300, 1e-3, 1e300] {
            for _ in 0..1000 {
                let number = symmetric_beta(alpha, &mut random);
                assert!((0.0..=1.0).contains(&number), "{number} of {alpha}");
            }
        }
    }
}
