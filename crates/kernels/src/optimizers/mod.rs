//! Optimizer steps: weights, gradients and moments in one pass over memory.
//!
//! A [`Rule`] says what becomes of one weight, from its gradient and the moments that are kept for it; a new one is a
//! file with its numbers, its rule and its door, and a row in the table of the tests.
//!
//! A moment or a gradient under [`TINY`] counts as zero. The moments of a weight that has stopped learning halve for
//! ever, and a processor takes a hundred times as long for numbers too small for a whole mantissa; no weight in
//! float32 feels a step of such a size.

mod adam;
mod sgd;
#[cfg(test)]
mod tests;

pub use adam::Adam;
pub use sgd::{Form, Momentum, Sgd};

use crate::Pool;
use crate::disjoint::Disjoint;
use crate::elementwise::in_pieces;
use crate::isa::Arithmetic;

/// What counts as zero.
const TINY: f32 = 1e-30;

/// What one optimizer does to one weight for which it keeps `M` moments.
trait Rule<const M: usize>: Sync {
    /// The weight and its moments after the step.
    fn step<F: Arithmetic>(&self, weight: f32, gradient: f32, moments: [f32; M]) -> (f32, [f32; M]);
}

/// Calls `piece` with fixed parts of the weights, gradients and moments, on any thread.
fn share_out<const M: usize>(
    pool: &Pool,
    weights: &mut [f32],
    gradients: &[f32],
    moments: [&mut [f32]; M],
    piece: impl Fn(&mut [f32], &[f32], [&mut [f32]; M]) + Sync,
) {
    assert_eq!(weights.len(), gradients.len(), "optimizer: weights and gradients differ in length");
    for moments in &moments {
        assert_eq!(weights.len(), moments.len(), "optimizer: weights and moments differ in length");
    }
    let (weights, moments) = (Disjoint::new(weights), moments.map(Disjoint::new));
    in_pieces(pool, gradients.len(), 1, |range| {
        // SAFETY: the ranges of different pieces do not overlap.
        let weights = unsafe { weights.part(range.clone()) };
        // SAFETY: as above.
        let moments = std::array::from_fn(|i| unsafe { moments[i].part(range.clone()) });
        piece(weights, &gradients[range], moments);
    });
}

/// Takes the step of `rule` for every weight, inside a body that is compiled for each instruction set.
#[inline(always)]
fn step_each<F: Arithmetic, const M: usize>(
    rule: &impl Rule<M>,
    weights: &mut [f32],
    gradients: &[f32],
    moments: [&mut [f32]; M],
) {
    // As long as the weights, which spares a check at each of them.
    let len = weights.len();
    let gradients = &gradients[..len];
    let moments = moments.map(|moments| &mut moments[..len]);
    for at in 0..len {
        let before = std::array::from_fn(|i| moments[i][at]);
        let (weight, after) = rule.step::<F>(weights[at], or_zero(gradients[at], TINY), before);
        weights[at] = weight;
        for i in 0..M {
            moments[i][at] = or_zero(after[i], TINY);
        }
    }
}

/// `value`, or zero where it is nearer to it than `least`; NaN for NaN.
#[inline(always)]
fn or_zero(value: f32, least: f32) -> f32 {
    if value.abs() < least { 0.0 } else { value }
}
