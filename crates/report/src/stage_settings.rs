//! What a person changes to train a stage otherwise: the options and keys of its settings, for advice.

use crate::numbers;

/// The names of a stage's settings, as they are written before a value: `--fine-tune-epochs`, or `stage 2, epochs =`.
#[derive(Debug, Clone, PartialEq)]
pub struct StageSettings {
    /// Of the step size.
    pub learning_rate: String,
    /// What that is set to, if it is known: with a decay from block to block, not what the stage begins with.
    pub rate: Option<f64>,
    /// Of the schedule, where that lists the rates, so that the step size beside it says nothing of them.
    pub listed_rates: Option<String>,
    /// Of the number of epochs.
    pub epochs: String,
    /// Where layers of a base learn.
    pub base: Option<BaseSettings>,
    /// Whether it only finds weights for another stage to start from, so that its own figures are not judged.
    pub prepares: bool,
}

/// The names of the settings that concern a base's layers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseSettings {
    /// Which of them learn.
    pub layers: String,
    /// What their batch norms take the mean and variance of.
    pub batch_norm: String,
}

impl StageSettings {
    /// What sets the rate, as `--learning-rate`, or a schedule that lists it.
    pub fn rate_setting(&self) -> String {
        match &self.listed_rates {
            Some(schedule) => format!("in {}", schedule.trim_end_matches(" =")),
            None => self.learning_rate.trim_end_matches(" =").to_owned(),
        }
    }

    /// That, with `factor` times what it is, or else times `begun_with`, as a person writes it: `--learning-rate 1e-4`.
    pub fn other_rate(&self, begun_with: Option<f64>, factor: f64) -> String {
        let rate = self.rate.or(begun_with).map(|rate| rate * factor);
        match rate.filter(|rate| rate.is_finite() && *rate > 0.0 && self.listed_rates.is_none()) {
            // One digit: it is a guess.
            Some(rate) => {
                let rounded = format!("{rate:.0e}").parse().unwrap_or(rate);
                format!("{} {}", self.learning_rate, numbers::rate(rounded))
            }
            None => self.rate_setting(),
        }
    }
}

impl Default for StageSettings {
    /// Those of the only stage of a recipe.
    fn default() -> Self {
        Self {
            learning_rate: "--learning-rate".into(),
            rate: None,
            listed_rates: None,
            epochs: "--epochs".into(),
            base: None,
            prepares: false,
        }
    }
}
