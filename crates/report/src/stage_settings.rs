//! What a person changes to train a stage otherwise: the options and keys of its settings, for advice.

/// The names of a stage's settings, as they are written before a value: `--fine-tune-epochs`, or `stage 2, epochs =`.
#[derive(Debug, Clone, PartialEq)]
pub struct StageSettings {
    /// Of the step size.
    pub learning_rate: String,
    /// What that is set to, if it is known: with a decay from block to block, not what the stage begins with.
    pub rate: Option<f64>,
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

impl Default for StageSettings {
    /// Those of the only stage of a recipe.
    fn default() -> Self {
        Self {
            learning_rate: "--learning-rate".into(),
            rate: None,
            epochs: "--epochs".into(),
            base: None,
            prepares: false,
        }
    }
}
