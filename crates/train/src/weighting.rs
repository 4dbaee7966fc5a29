//! How much each picture of a batch counts in the loss: its class's weight times its own, as in Keras's `fit`.

use crate::feed::Inputs;
use crate::losses::Targets;
use crate::{Data, Stage};

/// The weights of a stage, and room for those of a batch.
pub(crate) struct Weighting<'a> {
    classes: Option<&'a [f32]>,
    samples: Option<&'a [f32]>,
    indices: Vec<usize>,
    weights: Vec<f32>,
}

impl<'a> Weighting<'a> {
    pub(crate) fn new(stage: &'a Stage, data: &Data<'a>) -> Self {
        let (indices, weights) = (Vec::new(), Vec::new());
        Self { classes: stage.class_weights.as_deref(), samples: data.sample_weights, indices, weights }
    }

    /// One factor a picture; none where all count alike.
    pub(crate) fn of(&mut self, inputs: &Inputs<'_>, targets: Targets<'_>) -> Option<&[f32]> {
        if self.classes.is_none() && self.samples.is_none() {
            return None;
        }
        self.weights.clear();
        self.weights.resize(inputs.len(), 1.0);
        if let Some(classes) = self.classes {
            for (index, weight) in self.weights.iter_mut().enumerate() {
                *weight = targets.weight(index, classes);
            }
        }
        if let Some(samples) = self.samples {
            self.indices.clear();
            inputs.indices_to(&mut self.indices);
            for (weight, index) in self.weights.iter_mut().zip(&self.indices) {
                *weight *= samples[*index];
            }
        }
        Some(&self.weights)
    }
}
