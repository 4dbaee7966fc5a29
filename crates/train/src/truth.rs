//! What the pictures of a step are: one class each, or shares of two where they are mixed.

use crate::feed::Inputs;
use crate::losses::Targets;
use crate::metrics::most_probable;

/// Room for the targets of mixed pictures.
pub(crate) struct Truth {
    classes: usize,
    /// `[pictures, classes]`
    rows: Vec<f32>,
    /// The class that most of each mixed picture is of.
    labels: Vec<u32>,
}

impl Truth {
    pub(crate) fn new(classes: usize) -> Self {
        Self { classes, rows: Vec::new(), labels: Vec::new() }
    }

    /// What a loss learns from.
    pub(crate) fn of<'a>(&'a mut self, inputs: &'a Inputs<'_>) -> Targets<'a> {
        let (labels, mixes) = (inputs.labels(), inputs.mixes());
        if mixes.is_empty() {
            return Targets::Labels(labels);
        }
        self.rows.clear();
        self.rows.resize(labels.len() * self.classes, 0.0);
        let rows = self.rows.chunks_exact_mut(self.classes);
        for ((row, label), mix) in rows.zip(labels).zip(mixes) {
            row[*label as usize] += mix.share;
            row[labels[mix.partner] as usize] += 1.0 - mix.share;
        }
        self.labels.clear();
        self.labels.extend(most_probable(&self.rows, self.classes));
        Targets::Shares { rows: &self.rows, classes: self.classes }
    }

    /// The classes that metrics count these by, whose targets were asked for last: of a mixed picture that with the
    /// largest share, as Keras's `categorical_accuracy` has it.
    pub(crate) fn labels<'a>(&'a self, inputs: &'a Inputs<'_>) -> &'a [u32] {
        if inputs.mixes().is_empty() { inputs.labels() } else { &self.labels }
    }
}

#[cfg(test)]
mod tests {
    use images::{Batch, Mix};

    use super::*;

    #[test]
    fn mixed_pictures_are_shares_of_two_classes() {
        let mut batch = Batch::default();
        batch.labels = vec![2, 0, 2];
        let mut truth = Truth::new(3);
        let mut inputs = Inputs::Pictures(batch);
        assert_eq!(truth.of(&inputs), Targets::Labels(&[2, 0, 2]));
        assert_eq!(truth.labels(&inputs), [2, 0, 2]);
        let Inputs::Pictures(batch) = &mut inputs else { return };
        let mix = |share, partner| Mix { share, partner };
        batch.mixes = vec![mix(0.25, 1), mix(1.0, 2), mix(0.375, 0)];
        let rows = [0.75, 0.0, 0.25, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0];
        let expected = Targets::Shares { rows: &rows, classes: 3 };
        assert_eq!(truth.of(&inputs), expected);
        assert_eq!(truth.labels(&inputs), [0, 0, 2]);
    }
}
