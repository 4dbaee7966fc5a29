//! What a search for a learning rate found, as its JSON has it.

use serde::{Deserialize, Serialize};

/// Rates that were tried, and the one to take.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RateSearch {
    /// The data's name.
    pub name: String,
    /// The network.
    pub architecture: String,
    /// Pictures that every try learned from.
    pub pictures: usize,
    /// What decided: `val_loss`, or `loss` without validation pictures.
    pub monitor: String,
    /// Epochs of each try.
    pub epochs: usize,
    /// Every try, by its rate.
    pub trials: Vec<RateTrial>,
    /// The range test.
    pub range_test: RangeTest,
    /// The rate to take.
    pub learning_rate: f64,
    /// Why, a sentence without its full stop.
    pub why: String,
    /// How long it took.
    pub seconds: f64,
}

/// A short training at one rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RateTrial {
    /// The rate.
    pub learning_rate: f64,
    /// The least loss of its epochs; `None`: it is infinite or no number.
    pub loss: Option<f64>,
}

/// One training with a rate that rises exponentially from step to step (Smith 2017).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RangeTest {
    /// Its steps.
    pub points: Vec<RangePoint>,
    /// Where the smoothed loss falls most steeply along the rate's logarithm.
    pub steepest: Option<f64>,
    /// Two thirds down the longest stretch in which the smoothed loss falls.
    pub valley: Option<f64>,
    /// From where on the loss is thrown up.
    pub diverges: Option<f64>,
}

/// A step of a range test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RangePoint {
    /// The rate.
    pub learning_rate: f64,
    /// The loss of the batch, before the step.
    pub loss: f64,
    /// The mean of it and of those before, the later the weightier.
    pub smoothed: f64,
}

impl RateSearch {
    /// The values that a drawing shows, from the least to twice the loss that the smallest rates have: whatever lies
    /// above has diverged.
    pub(crate) fn shown_losses(&self) -> [f64; 2] {
        let trials = self.trials.iter().filter_map(|trial| trial.loss);
        let all = || trials.clone().chain(self.range_test.points.iter().map(|point| point.smoothed));
        let low = all().fold(f64::INFINITY, f64::min);
        let high = all().fold(f64::NEG_INFINITY, f64::max);
        let begin = self.range_test.points.first().map(|point| point.smoothed);
        let begin =
            self.trials.first().and_then(|trial| trial.loss).into_iter().chain(begin).fold(low, f64::max);
        match low.is_finite() {
            true => {
                [low.min(0.0).max(low), high.min(low + 1.3 * (begin - low).max(0.1 * low.abs()).max(1e-6))]
            }
            false => [0.0, 1.0],
        }
    }

    /// The smallest and the largest rate, as powers of ten.
    pub(crate) fn shown_powers(&self) -> [f64; 2] {
        let trials = self.trials.iter().map(|trial| trial.learning_rate);
        let rates = trials.chain(self.range_test.points.iter().map(|point| point.learning_rate));
        let powers = rates.filter(|rate| *rate > 0.0).map(f64::log10);
        let [low, high] = powers
            .fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], power| [low.min(power), high.max(power)]);
        // The steps' rates are single precision.
        if low <= high {
            [(low + 1e-4).floor(), (high - 1e-4).ceil().max(low.floor() + 1.0)]
        } else {
            [-1.0, 0.0]
        }
    }
}
