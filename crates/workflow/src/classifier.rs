//! A model file that can be asked about pictures.

use std::path::Path;
use std::sync::Arc;

use engine::{Pool, Predictor};
use images::Picture;
use train::Model;

use crate::threshold::not_two;
use crate::{Card, Error, Result};

/// A model with its card.
#[derive(Debug, Clone)]
pub struct Classifier {
    /// Graph and weights.
    pub model: Model,
    /// What goes in and what the answer means.
    pub card: Card,
    /// What the file held that has no part in an answer and was left out, such as augmentation layers.
    pub left_out: Vec<String>,
}

/// What a classifier says of one picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The number of the class, into [`Card::classes`].
    pub class: usize,
    /// A probability for each class.
    pub probabilities: Vec<f32>,
}

impl Answer {
    /// The classes, the most probable first, with their probabilities.
    pub fn ranked(&self) -> Vec<(usize, f32)> {
        let mut ranked: Vec<(usize, f32)> = self.probabilities.iter().copied().enumerate().collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        ranked
    }
}

impl Classifier {
    /// Reads a `.keras` file: one of ours, or one that Keras wrote.
    ///
    /// # Errors
    /// The file cannot be read, has a layer that is not known, or is no classifier of pictures.
    pub fn load(path: &Path) -> Result<Self> {
        let contents = formats::keras::read(path)?;
        let inside = |e: Error| Error::new(e.kind(), format!("{}: {e}", path.display()));
        let card = match contents.card {
            Some(value) => Card::read(value, &contents.graph).map_err(inside)?,
            None => Card::of_foreign(&contents.graph).map_err(inside)?,
        };
        let model = Model { graph: contents.graph, weights: contents.weights };
        Ok(Self { model, card, left_out: contents.left_out })
    }

    /// Writes a `.keras` file that Keras opens unchanged, whole or not at all.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        let card = self.card.to_value()?;
        Ok(formats::keras::write(path, &self.model.graph, &self.model.weights, Some(&card))?)
    }

    /// A plan that answers up to `batch` pictures at once.
    ///
    /// # Errors
    /// The buffers would fit no machine.
    pub fn predictor(&self, batch: usize, pool: &Arc<Pool>) -> Result<Predictor> {
        Ok(Predictor::new(&self.model.graph, &self.model.weights, batch, pool)?)
    }

    /// What the model says of `pictures`, in their order; `predictor` must be this classifier's own.
    ///
    /// # Errors
    /// The model is no classifier.
    pub fn answer(&self, predictor: &mut Predictor, pictures: &[Picture]) -> Result<Vec<Answer>> {
        let end = train::Answer::of(&self.model.graph)?;
        let mut probabilities = Vec::with_capacity(pictures.len() * end.classes());
        for batch in pictures.chunks(predictor.batch()) {
            let input = predictor.input(batch.len());
            let one = input.len() / batch.len();
            for (picture, target) in batch.iter().zip(input.chunks_exact_mut(one)) {
                picture.to_input(target);
            }
            end.expand(predictor.run(batch.len()), &mut probabilities);
        }
        Ok(probabilities.chunks_exact(end.classes()).map(|row| self.decide(row)).collect())
    }

    /// Answers with the second of two classes where its probability is above `threshold`, from 0 to 1.
    ///
    /// # Errors
    /// The model has another number of classes.
    pub fn decide_at(&mut self, threshold: f32) -> Result<()> {
        match self.card.classes.len() {
            2 => self.card.threshold = threshold,
            classes => return Err(not_two("the model has", classes)),
        }
        Ok(())
    }

    fn decide(&self, probabilities: &[f32]) -> Answer {
        let class = match probabilities {
            [_, second] => usize::from(*second > self.card.threshold),
            _ => (0..probabilities.len())
                .fold(0, |best, i| if probabilities[i] > probabilities[best] { i } else { best }),
        };
        Answer { class, probabilities: probabilities.to_vec() }
    }

    /// The name of class `class`.
    pub fn class_name(&self, class: usize) -> &str {
        self.card.classes.get(class).map_or("?", String::as_str)
    }
}
