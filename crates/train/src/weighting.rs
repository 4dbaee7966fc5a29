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
            let own = |place: usize| samples[self.indices[place]];
            for (place, weight) in self.weights.iter_mut().enumerate() {
                // Of a mixed picture, the parts count as their pictures do.
                *weight *= match inputs.mixes().get(place) {
                    None => own(place),
                    Some(mix) => mix.share * own(place) + (1.0 - mix.share) * own(mix.partner),
                };
            }
        }
        Some(&self.weights)
    }
}

#[cfg(test)]
mod tests {
    use images::{Batch, Mix};

    use super::*;

    /// A mixed picture counts as its parts do: a class's weight by its share, and each picture's own.
    #[test]
    fn parts_of_mixed_pictures_count_as_their_pictures() {
        let mut batch = Batch::default();
        (batch.labels, batch.indices) = (vec![1, 0], vec![5, 3]);
        batch.mixes = vec![Mix { share: 0.75, partner: 1 }, Mix { share: 0.5, partner: 0 }];
        let inputs = Inputs::Pictures(batch);
        let rows = [0.25, 0.75, 0.5, 0.5];
        let targets = Targets::Shares { rows: &rows, classes: 2 };
        let samples = [9.0, 9.0, 9.0, 4.0, 9.0, 8.0];
        let mut weighting = Weighting {
            classes: Some(&[1.0, 3.0]),
            samples: Some(&samples),
            indices: Vec::new(),
            weights: Vec::new(),
        };
        let wanted = [(0.25 + 0.75 * 3.0) * (0.75 * 8.0 + 0.25 * 4.0), (0.5 + 0.5 * 3.0) * 6.0];
        assert_eq!(weighting.of(&inputs, targets), Some(&wanted[..]));
    }
}
