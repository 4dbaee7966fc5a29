//! Losses: one file each, under Keras's names.
//!
//! A loss is learned from through the logits. Keras's `fit` and `evaluate` look at the logits behind a softmax too,
//! so its holding of probabilities inside `[1e-7, 1 - 1e-7]` shows only where a probability can't say more.
//! A new loss is a file with a `LOSS` and its name in the list below.

use engine::Output;

use crate::{Answer, Error, Result};

macro_rules! losses {
    ($($name:ident),* $(,)?) => {
        $(mod $name;)*
        /// Every loss.
        pub const ALL: &[&dyn Loss] = &[$(&$name::LOSS),*];
    };
}

losses! { sparse_categorical_crossentropy, categorical_crossentropy, binary_crossentropy }

/// How wrong a model is about one picture whose class is known.
pub trait Loss: Sync {
    /// Keras's name.
    fn name(&self) -> &'static str;

    /// Whether it can judge a model that ends so.
    fn fits(&self, answer: Answer) -> bool;

    /// From the last layer's values before its activation, `[units]`: exact for any size of logits.
    fn of_logits(&self, logits: &[f32], label: u32) -> f64;

    /// From one probability a class, `[classes]`: the same figure, as far as float32 probabilities hold it.
    fn of_probabilities(&self, probabilities: &[f32], label: u32) -> f64;

    /// `scale` times the gradient of [`Loss::of_logits`] by the logits, `[units]`, from the activation's `values`.
    fn gradient(&self, values: &[f32], label: u32, scale: f32, gradient: &mut [f32]);
}

impl std::fmt::Debug for dyn Loss {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// The loss called `name`.
///
/// # Errors
/// There is none; the message lists those that exist.
pub fn find(name: &str) -> Result<&'static dyn Loss> {
    let names: Vec<&str> = ALL.iter().map(|loss| loss.name()).collect();
    ALL.iter().copied().find(|loss| loss.name() == name).ok_or_else(|| Error::unknown("loss", name, &names))
}

/// The loss that fits a model's end.
pub fn for_answer(answer: Answer) -> &'static dyn Loss {
    match answer {
        Answer::Softmax(_) => &sparse_categorical_crossentropy::LOSS,
        Answer::Sigmoid => &binary_crossentropy::LOSS,
    }
}

/// Fails unless `loss` can judge a model that ends in `answer`.
///
/// # Errors
/// It can't; the message lists the losses that can.
pub fn check(loss: &dyn Loss, answer: Answer) -> Result<()> {
    if loss.fits(answer) {
        return Ok(());
    }
    let fitting: Vec<&str> = ALL.iter().filter(|loss| loss.fits(answer)).map(|loss| loss.name()).collect();
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

/// The mean loss over a batch, and in `gradient` (`[pictures, units]`) its gradient by the logits.
///
/// `weights` is one factor a picture; as in Keras the sum is divided by the number of pictures, not of weights.
pub fn learn(
    loss: &dyn Loss,
    output: &Output<'_>,
    labels: &[u32],
    weights: Option<&[f32]>,
    gradient: &mut [f32],
) -> f64 {
    let pictures = labels.len().max(1);
    let units = output.logits.len() / pictures;
    let rows = output.logits.chunks_exact(units).zip(output.values.chunks_exact(units));
    let mut sum = 0.0;
    for (index, ((logits, values), gradient)) in rows.zip(gradient.chunks_exact_mut(units)).enumerate() {
        let weight = weights.map_or(1.0, |weights| weights[index]);
        sum += f64::from(weight) * loss.of_logits(logits, labels[index]);
        loss.gradient(values, labels[index], weight / pictures as f32, gradient);
    }
    sum / pictures as f64
}

/// The mean loss over pictures, from one probability a class: `[pictures, classes]`.
pub fn mean(loss: &dyn Loss, probabilities: &[f32], labels: &[u32], weights: Option<&[f32]>) -> f64 {
    let pictures = labels.len().max(1);
    let rows = probabilities.chunks_exact((probabilities.len() / pictures).max(1));
    let weight = |index| weights.map_or(1.0, |weights: &[f32]| f64::from(weights[index]));
    let of_row = |(index, row)| weight(index) * loss.of_probabilities(row, labels[index]);
    rows.enumerate().map(of_row).sum::<f64>() / pictures as f64
}

#[cfg(test)]
mod tests;
