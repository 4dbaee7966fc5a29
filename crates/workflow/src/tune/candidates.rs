//! Which rates are tried: a grid on a logarithmic scale, wider while the best lies at its edge,
//! then finer around the best.

use std::ops::RangeInclusive;

use crate::Result;

/// No grid is widened beyond these.
const LIMITS: RangeInclusive<f64> = 1e-9..=1e3;
/// How far from the best the finer rates are, in powers of ten.
const FINER: [f64; 2] = [0.5, 0.25];
/// So much worse than the best is about as good.
const ABOUT: f64 = 1.05;

/// A rate that was tried, and the loss that it came to; none if it is infinite or no number.
pub(super) type Tried = (f64, Option<f64>);

/// Tries rates by `loss_of`, from `from` to `to` a power of ten apart at first; all that were tried, by rate.
pub(super) fn search(
    from: f64,
    to: f64,
    mut loss_of: impl FnMut(f64) -> Result<Option<f64>>,
) -> Result<Vec<Tried>> {
    let mut tried: Vec<Tried> = Vec::new();
    for rate in grid(from, to) {
        tried.push((rate, loss_of(rate)?));
    }
    while let Some(rate) = beyond(&tried) {
        tried.push((rate, loss_of(rate)?));
        tried.sort_by(|a, b| a.0.total_cmp(&b.0));
    }
    for step in FINER {
        let Some((best, _)) = best(&tried) else { break };
        for power in [-step, step] {
            let rate = two_digits(best * 10_f64.powf(power));
            if tried.iter().all(|(known, _)| *known != rate) {
                tried.push((rate, loss_of(rate)?));
            }
        }
        tried.sort_by(|a, b| a.0.total_cmp(&b.0));
    }
    Ok(tried)
}

/// `from`, ten times that, and so on up to `to`, and `to` itself.
fn grid(from: f64, to: f64) -> Vec<f64> {
    let mut rates: Vec<f64> = (0..)
        .map(|power| two_digits(from * 10_f64.powi(power)))
        .take_while(|rate| *rate < to * 0.99)
        .collect();
    rates.push(two_digits(to));
    rates
}

/// The next rate outward, where the best lies at an edge.
fn beyond(tried: &[Tried]) -> Option<f64> {
    let (best, _) = best(tried)?;
    let (first, last) = (tried.first()?.0, tried.last()?.0);
    let next = match best {
        best if best == first => best / 10.0,
        best if best == last => best * 10.0,
        _ => return None,
    };
    Some(two_digits(next)).filter(|next| LIMITS.contains(next))
}

/// The rate with the least loss, the smaller of equal ones.
pub(super) fn best(tried: &[Tried]) -> Option<(f64, f64)> {
    let finite = tried.iter().filter_map(|(rate, loss)| Some((*rate, (*loss)?)));
    finite.reduce(|best, one| if one.1 < best.1 { one } else { best })
}

/// The rates around the best that are about as good as it: the least and the largest.
pub(super) fn about_as_good(tried: &[Tried]) -> Option<[f64; 2]> {
    let (rate, least) = best(tried)?;
    let place = tried.iter().position(|(known, _)| *known == rate)?;
    let is_good = |(_, loss): &&Tried| loss.is_some_and(|loss| loss <= ABOUT * least);
    let low = tried[..=place].iter().rev().take_while(is_good).last()?;
    let high = tried[place..].iter().take_while(is_good).last()?;
    Some([low.0, high.0])
}

/// As it is written on a command line: `0.0031622` is `0.0032`.
pub(super) fn two_digits(rate: f64) -> f64 {
    format!("{rate:.1e}").parse().unwrap_or(rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The loss of least squares after some steps of gradient descent from 1 in each direction, where the second
    /// derivatives are `curvatures`: `Σ ½ λ (1 - rate λ)^(2 steps)`. It grows without bound from 2 / λ_max on.
    fn quadratic(curvatures: &[f64], rate: f64, steps: i32) -> Option<f64> {
        let loss: f64 = curvatures.iter().map(|c| 0.5 * c * (1.0 - rate * c).powi(2 * steps)).sum();
        Some(loss).filter(|loss| loss.is_finite() && *loss < 1e12)
    }

    #[test]
    fn the_rate_for_least_squares_is_near_the_best_of_a_fine_grid() {
        for curvatures in [vec![1.0, 4.0, 20.0], vec![0.3, 0.5, 900.0], vec![0.01, 0.02, 0.05]] {
            for steps in [5, 30] {
                let loss_of = |rate| quadratic(&curvatures, rate, steps);
                let tried = search(1e-5, 1.0, |rate| Ok(loss_of(rate))).unwrap();
                let (rate, loss) = best(&tried).unwrap();
                let largest = curvatures.iter().copied().fold(0.0, f64::max);
                assert!(rate < 2.0 / largest, "{rate} is unstable for {curvatures:?}");
                // The tries lie a quarter of a power of ten apart: the optimum is within an eighth, or this rate is it.
                let fine = (0..4000).map(|i| 10_f64.powf(-9.0 + 12.0 * f64::from(i) / 4000.0));
                let (optimum, least) = fine
                    .filter_map(|rate| Some((rate, loss_of(rate)?)))
                    .reduce(|a, b| if b.1 < a.1 { b } else { a })
                    .unwrap();
                let apart = (rate / optimum).log10().abs();
                assert!(apart < 0.28, "{rate} for {curvatures:?}, {steps} steps, and {optimum} is best");
                let start: f64 = curvatures.iter().map(|c| 0.5 * c).sum();
                assert!(
                    loss - least < 0.1 * (start - least),
                    "{loss} from {start}, and {least} is the least"
                );
                assert!(tried.len() <= 16, "{} tries", tried.len());
            }
        }
    }

    #[test]
    fn the_grid_is_widened_where_the_best_lies_at_its_edge() {
        let valley = |at: f64| move |rate: f64| Ok(Some((rate / at).log10().powi(2)));
        for at in [1e-8, 1e-3, 250.0] {
            let tried = search(1e-5, 1.0, valley(at)).unwrap();
            let (rate, _) = best(&tried).unwrap();
            assert!((rate / at).log10().abs() < 0.15, "{rate} for {at}");
            assert!(tried.is_sorted_by(|a, b| a.0 < b.0));
        }
        // For ever better is no reason to go on for ever.
        assert!(search(1e-5, 1.0, |rate| Ok(Some(-rate))).unwrap().len() < 20);
    }

    #[test]
    fn of_what_diverges_nothing_is_taken() {
        let tried = search(1e-3, 1.0, |_| Ok(None)).unwrap();
        assert_eq!((tried.len(), best(&tried), about_as_good(&tried)), (4, None, None));
    }

    #[test]
    fn neighbours_are_about_as_good_until_one_is_not() {
        let tried = [(1e-4, Some(1.0)), (1e-3, Some(2.0)), (1e-2, Some(1.04)), (0.1, Some(1.0)), (1.0, None)];
        assert_eq!(about_as_good(&tried), Some([1e-4, 1e-4]));
        assert_eq!(about_as_good(&tried[1..]), Some([1e-2, 0.1]));
    }

    #[test]
    fn a_grid_ends_where_it_was_asked_to() {
        assert_eq!(grid(1e-3, 0.5), [1e-3, 1e-2, 0.1, 0.5]);
        assert_eq!(grid(2e-3, 2e-2), [2e-3, 2e-2]);
        assert_eq!(grid(0.1, 0.1), [0.1]);
    }
}
