//! Losses: one file each, under Keras's names.
//!
//! A loss is learned from through the logits. Keras's `fit` and `evaluate` look at the logits behind a softmax too,
//! so its holding of probabilities inside `[1e-7, 1 - 1e-7]` shows only where a probability can't say more.
//! Written as a name, what matters most about it, and options: `categorical_focal_crossentropy=3,alpha=0.5`. A new
//! loss is a file with its settings, which implement [`Formula`], and a row in the list below.

mod class_weights;
mod target;

use engine::Output;

use crate::error::expected;
use crate::settings::{named, read_named};
use crate::{Answer, Error, Result};
pub use class_weights::ClassWeights;
use target::Target;
pub use target::Targets;

named! {
    /// Which loss, with its settings.
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub enum Kind("loss"), formula: Formula, for Loss {
        /// How improbable the true class was.
        sparse_categorical_crossentropy: SparseCategoricalCrossentropy,
        /// The same under its name for one-hot rows.
        categorical_crossentropy: CategoricalCrossentropy,
        /// The same for one sigmoid unit.
        binary_crossentropy or "bce": BinaryCrossentropy,
        /// With less weight on what is known well already.
        categorical_focal_crossentropy: CategoricalFocalCrossentropy,
        /// The same for one sigmoid unit.
        binary_focal_crossentropy: BinaryFocalCrossentropy,
    }
}

impl From<Kind> for Loss {
    fn from(kind: Kind) -> Self {
        Self { kind, label_smoothing: 0.0 }
    }
}

/// What is made small.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Loss {
    /// Which loss, with its settings.
    pub kind: Kind,
    /// The part of each target that is spread over all classes alike (Szegedy et al. 2016). As in Keras it counts in
    /// validation too.
    pub label_smoothing: f32,
}

/// How wrong a model is about one picture.
trait Formula {
    /// Fails unless every setting is in its range.
    fn check(&self) -> Result<()> {
        Ok(())
    }

    /// Whether it can judge a model that ends so.
    fn fits(&self, answer: Answer) -> bool;

    /// From the last layer's values before its activation, `[units]`: exact for any size of logits.
    fn of_logits(&self, logits: &[f32], target: Target<'_>) -> f64;

    /// From one probability a class, `[classes]`: the same figure, as far as float32 probabilities hold it.
    fn of_probabilities(&self, probabilities: &[f32], target: Target<'_>) -> f64;

    /// `scale` times the gradient of [`Formula::of_logits`] by the logits, `[units]`, from the activation's `values`.
    fn gradient(&self, values: &[f32], target: Target<'_>, scale: f32, gradient: &mut [f32]);
}

impl Loss {
    /// Keras's name.
    pub fn name(&self) -> &'static str {
        self.kind.name()
    }

    /// With this part of each target spread over all classes.
    pub fn smoothed(self, label_smoothing: f32) -> Self {
        Self { label_smoothing, ..self }
    }

    /// Fails unless every setting is in its range.
    ///
    /// # Errors
    /// One is not; the message says what was expected.
    pub fn check(&self) -> Result<()> {
        self.kind.formula().check()?;
        match (0.0..1.0).contains(&self.label_smoothing) {
            true => Ok(()),
            false => {
                Err(expected("label_smoothing", "0 or more and less than 1", self.label_smoothing.into()))
            }
        }
    }

    /// Whether it can judge a model that ends so.
    pub fn fits(&self, answer: Answer) -> bool {
        self.kind.formula().fits(answer)
    }

    /// The mean loss over a batch, and in `gradient` (`[pictures, units]`) its gradient by the logits.
    ///
    /// `weights` is one factor a picture; as in Keras the sum is divided by the number of pictures, not of weights.
    pub fn learn(
        &self,
        output: &Output<'_>,
        targets: Targets<'_>,
        weights: Option<&[f32]>,
        gradient: &mut [f32],
    ) -> f64 {
        let (formula, pictures) = (self.kind.formula(), targets.len().max(1));
        let units = (output.logits.len() / pictures).max(1);
        let rows = output.logits.chunks_exact(units).zip(output.values.chunks_exact(units));
        let mut sum = 0.0;
        for (index, ((logits, values), gradient)) in rows.zip(gradient.chunks_exact_mut(units)).enumerate() {
            let target = targets.of(index, self.label_smoothing);
            let weight = weights.map_or(1.0, |weights| weights[index]);
            sum += f64::from(weight) * formula.of_logits(logits, target);
            formula.gradient(values, target, weight / pictures as f32, gradient);
        }
        sum / pictures as f64
    }

    /// The mean loss over pictures, from one probability a class: `[pictures, classes]`.
    pub fn mean(&self, probabilities: &[f32], targets: Targets<'_>, weights: Option<&[f32]>) -> f64 {
        let (formula, pictures) = (self.kind.formula(), targets.len().max(1));
        let rows = probabilities.chunks_exact((probabilities.len() / pictures).max(1));
        let weight = |index| weights.map_or(1.0, |weights: &[f32]| f64::from(weights[index]));
        let of_row = |(index, row)| {
            weight(index) * formula.of_probabilities(row, targets.of(index, self.label_smoothing))
        };
        rows.enumerate().map(of_row).sum::<f64>() / pictures as f64
    }
}

/// The loss that `text` means: its name, and those of its settings that are not Keras's, as
/// `binary_focal_crossentropy=3,alpha=0.4`.
///
/// # Errors
/// There is none, or no such setting; the message lists those that exist. Or a setting is out of range.
pub fn find(text: &str) -> Result<Loss> {
    let kind: Kind = read_named(text)?;
    kind.formula().check().map_err(|error| error.within(&format!("loss {text}")))?;
    Ok(kind.into())
}

/// The loss that fits a model's end.
pub fn for_answer(answer: Answer) -> Loss {
    match answer {
        Answer::Softmax(_) => SparseCategoricalCrossentropy.into(),
        Answer::Sigmoid => BinaryCrossentropy.into(),
    }
}

/// Fails unless `loss` can judge a model that ends in `answer`, and its settings are in their range.
///
/// # Errors
/// It can't; the message lists the losses that can. Or a setting is not.
pub fn check(loss: Loss, answer: Answer) -> Result<()> {
    loss.check()?;
    if loss.fits(answer) {
        return Ok(());
    }
    let all = NAMES.iter().filter_map(|name| find(name).ok());
    let fitting: Vec<&str> = all.filter(|loss| loss.fits(answer)).map(|loss| loss.name()).collect();
    let ending = match answer {
        Answer::Softmax(classes) => format!("a softmax over {classes} classes"),
        Answer::Sigmoid => "one sigmoid unit".to_owned(),
    };
    let fitting = fitting.join(" or ");
    Err(Error::model(format!(
        "loss {} does not fit a model that ends in {ending}; use {fitting}",
        loss.name()
    )))
}

#[cfg(test)]
mod tests;
