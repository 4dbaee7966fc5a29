//! What a range test's losses say (Smith 2017): where the loss falls most steeply, the valley, and where it diverges.
//!
//! The smoothing is `sᵢ = β sᵢ₋₁ + (1 - β) lᵢ`, corrected for its start as Adam's moments are: `sᵢ / (1 - βⁱ⁺¹)`.
//! The suggestions are those that fastai calls `steep` and `valley`.

use report::{RangePoint, RangeTest};

/// How much of the smoothed loss stays in a step.
const BETA: f64 = 0.9;
/// So many times its least value, the smoothed loss has diverged.
const DIVERGED: f64 = 4.0;
/// Steps at the beginning that say little, since few losses are in their mean.
const FIRST: usize = 3;

/// Losses as they come, smoothed.
#[derive(Debug, Default)]
pub(super) struct Curve {
    points: Vec<RangePoint>,
    sum: f64,
    least: Option<f64>,
    diverges: Option<f64>,
}

impl Curve {
    /// One step more. A loss that is no number has diverged.
    pub(super) fn push(&mut self, learning_rate: f64, loss: f64) {
        if !loss.is_finite() {
            self.diverges = self.diverges.or(Some(learning_rate));
            return;
        }
        self.sum = BETA * self.sum + (1.0 - BETA) * loss;
        let smoothed = self.sum / (1.0 - BETA.powi(self.points.len() as i32 + 1));
        self.points.push(RangePoint { learning_rate, loss, smoothed });
        let least = self.least.map_or(smoothed, |least| least.min(smoothed));
        self.least = Some(least);
        if smoothed > DIVERGED * least && self.points.len() > FIRST {
            self.diverges = self.diverges.or(Some(learning_rate));
        }
    }

    /// The next step, at a rate `factor` times the last, had a loss that is no number.
    pub(super) fn end(&mut self, factor: f64) {
        let last = self.points.last().map(|point| point.learning_rate);
        self.diverges = self.diverges.or(last.map(|rate| rate * factor));
    }

    /// Whether there is no use in going on.
    pub(super) fn has_diverged(&self) -> bool {
        self.diverges.is_some()
    }

    pub(super) fn judged(self) -> RangeTest {
        let Self { points, diverges, .. } = self;
        let (steepest, valley) = (steepest(&points), valley(&points));
        RangeTest { points, steepest, valley, diverges }
    }
}

/// Where the slope of the smoothed loss along the rate's logarithm is least, by differences over two steps.
fn steepest(points: &[RangePoint]) -> Option<f64> {
    let slope = |around: &[RangePoint]| {
        let [before, _, after] = around else { return 0.0 };
        (after.smoothed - before.smoothed) / (after.learning_rate / before.learning_rate).ln()
    };
    let slopes = points.windows(3).skip(FIRST).map(|around| (around[1].learning_rate, slope(around)));
    let least = slopes.reduce(|best, one| if one.1 < best.1 { one } else { best })?;
    (least.1 < 0.0).then_some(least.0)
}

/// Two thirds down the longest subsequence of steps whose smoothed losses fall; of several the last.
fn valley(points: &[RangePoint]) -> Option<f64> {
    let points = points.get(FIRST..)?;
    // Of each step, how long the longest falling subsequence that ends there is, and the step before in it.
    let mut longest: Vec<(usize, Option<usize>)> = Vec::with_capacity(points.len());
    for (index, point) in points.iter().enumerate() {
        let earlier = (0..index).filter(|earlier| points[*earlier].smoothed > point.smoothed);
        let before = earlier.max_by_key(|earlier| longest[*earlier].0);
        longest.push((1 + before.map_or(0, |before| longest[before].0), before));
    }
    let end = (0..points.len()).max_by_key(|index| longest[*index].0)?;
    let mut steps: Vec<usize> = std::iter::successors(Some(end), |step| longest[*step].1).collect();
    steps.reverse();
    (steps.len() > FIRST).then(|| points[steps[steps.len() * 2 / 3]].learning_rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gradient descent on `½ Σ λ x²` from `x = 1` with rates from `from` on, each `factor` times the one before.
    fn on_a_quadratic(curvatures: &[f64], from: f64, factor: f64, steps: usize) -> RangeTest {
        let (mut curve, mut x) = (Curve::default(), vec![1.0; curvatures.len()]);
        let mut rate = from;
        for _ in 0..steps {
            let loss = curvatures.iter().zip(&x).map(|(c, x)| 0.5 * c * x * x).sum::<f64>();
            curve.push(rate, loss + 0.1);
            if curve.has_diverged() {
                break;
            }
            x.iter_mut().zip(curvatures).for_each(|(x, c)| *x -= rate * c * *x);
            rate *= factor;
        }
        curve.judged()
    }

    #[test]
    fn least_squares_diverges_behind_its_largest_stable_rate() {
        for curvatures in [[0.5, 1.0, 3.0], [20.0, 50.0, 60.0], [0.01, 0.02, 0.05]] {
            let stable = 2.0 / curvatures[2];
            let test = on_a_quadratic(&curvatures, 1e-4 * stable, 1.12, 200);
            let (steepest, valley, diverges) =
                (test.steepest.unwrap(), test.valley.unwrap(), test.diverges.unwrap());
            assert!(
                steepest < stable && steepest > stable / 1000.0,
                "steepest at {steepest}, stable below {stable}"
            );
            assert!(valley < stable, "valley at {valley}, stable below {stable}");
            // What was learned before must be lost again until it shows.
            assert!(
                diverges > stable && diverges < 100.0 * stable,
                "diverges at {diverges}, stable below {stable}"
            );
        }
    }

    #[test]
    fn the_smoothed_loss_of_a_constant_is_that() {
        let mut curve = Curve::default();
        (1..50).for_each(|step| curve.push(f64::from(step), 3.0));
        assert!(!curve.has_diverged());
        let test = curve.judged();
        assert!(test.points.iter().all(|point| (point.smoothed - 3.0).abs() < 1e-12));
        // Nothing falls by more than rounding has it fall.
        assert_eq!(test.diverges, None);
    }

    #[test]
    fn a_loss_that_is_no_number_has_diverged() {
        let mut curve = Curve::default();
        (1..10).for_each(|step| curve.push(f64::from(step), 1.0));
        curve.push(10.0, f64::NAN);
        assert!(curve.has_diverged());
        let test = curve.judged();
        assert_eq!((test.diverges, test.points.len()), (Some(10.0), 9));
    }

    #[test]
    fn the_valley_is_in_the_longest_fall() {
        let fall = (0..30).map(|step| {
            if step < 6 {
                2.0
            } else if step < 24 {
                2.0 - 0.1 * f64::from(step - 6)
            } else {
                3.0
            }
        });
        let points: Vec<RangePoint> = fall
            .enumerate()
            .map(|(step, loss)| RangePoint { learning_rate: step as f64, loss, smoothed: loss })
            .collect();
        // Steps 6 to 23: 2.0 counts once, and two thirds down is step 18.
        let valley = valley(&points).unwrap();
        assert!((17.0..=19.0).contains(&valley), "{valley}");
        assert_eq!(steepest(&points[..2]), None);
        assert_eq!(super::valley(&points[..2]), None);
    }
}
