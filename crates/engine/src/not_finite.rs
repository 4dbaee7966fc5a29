//! The first layer whose output is infinite or no number, looked for after the fact:
//! nothing of it runs in ordinary steps.

use crate::Trainer;
use crate::arena::checked_batch;
use crate::ops::Run;

/// A layer whose output is not finite, while those of all layers before are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotFinite {
    /// The layer; of several that are computed as one, `first … last`.
    pub layer: String,
    /// The pictures of the batch whose part of the output it is.
    pub pictures: Vec<usize>,
}

impl Trainer {
    /// Runs the forward of [`Trainer::input`], which must have been written again, and of the same `step` once more and
    /// looks at each layer's output; `None` where all are finite. The moving figures of norms do not follow.
    ///
    /// # Panics
    /// `pictures` is 0.
    pub fn first_not_finite(&mut self, pictures: usize, step: u64) -> Option<NotFinite> {
        let batch = checked_batch(pictures, self.batch);
        for (index, (one, learns)) in self.steps.iter_mut().zip(&self.learns).enumerate() {
            let weights = self.weights.as_slice();
            if *learns {
                one.load(&self.pool, weights);
            }
            let (pool, scratch, norms) = (&*self.pool, self.scratch.as_mut_slice(), &mut self.norms);
            let mut run = Run { pool, batch, scratch, norms, random_stream: step, seed: self.seed, weights };
            one.forward(&mut run, &mut self.wired.arena);
            let output = self.wired.arena.get(one.output(), batch);
            let rows = output.chunks_exact((output.len() / batch).max(1)).enumerate();
            let is_wrong = |row: &[f32]| row.iter().any(|value| !value.is_finite());
            let wrong: Vec<usize> = rows.filter(|(_, row)| is_wrong(row)).map(|(row, _)| row).collect();
            if !wrong.is_empty() {
                return Some(NotFinite { layer: self.labels[index].clone(), pictures: wrong });
            }
        }
        None
    }
}
