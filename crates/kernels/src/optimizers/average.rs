//! Averages of the weights over the steps, `a = μ a + (1 - μ) w` (Polyak & Juditsky 1992).

use super::Variables;
use crate::Pool;
use crate::disjoint::Disjoint;
use crate::isa::on_each_isa;

/// Averages that follow the weights.
#[derive(Debug)]
pub struct Average<'a> {
    /// Laid out as the gradients.
    pub values: &'a mut [f32],
    /// The share of the average that stays in a step; 0 for a first step, which sets it to the weights.
    pub momentum: f32,
}

impl Average<'_> {
    /// Follows `weights` that have not changed in this step, as when gradients are only gathered.
    pub fn follow(self, pool: &Pool, variables: &Variables, weights: &[f32]) {
        let Self { values, momentum } = self;
        let values = Disjoint::new(values);
        let isa = pool.isa();
        pool.run(variables.pieces().len(), |piece| {
            for part in &variables.parts()[variables.pieces()[piece].clone()] {
                // SAFETY: no two parts overlap, as `Variables` has made sure.
                let averages = unsafe { values.part(part.gradients.clone()) };
                follow(isa, momentum, &weights[part.weights.clone()], averages);
            }
        });
    }
}

/// The averages, to be taken apart, and their momentum.
pub(super) fn split(average: Option<Average<'_>>) -> (Option<Disjoint<'_>>, f32) {
    match average {
        None => (None, 0.0),
        Some(Average { values, momentum }) => (Some(Disjoint::new(values)), momentum),
    }
}

on_each_isa! {
    /// `a = μ a + (1 - μ) w` on one thread.
    pub(super) fn follow[F](momentum: f32, weights: &[f32], averages: &mut [f32]) {
        let new = 1.0 - momentum;
        for (average, weight) in averages.iter_mut().zip(weights) {
            *average = F::multiply_add(*average, momentum, weight * new);
        }
    }
}
