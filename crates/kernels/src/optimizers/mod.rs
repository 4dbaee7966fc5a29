//! Optimizer steps: weights, gradients and moments in one pass over memory.
//!
//! A [`Rule`] says what becomes of one weight, from its gradient and the moments that are kept for it; a new one is a
//! file with its numbers and its rule, a `step_with!` for its door, and a row in the table of the tests. What all
//! optimizers have in common happens in the same pass: gradients are scaled and held within a limit, weights decay, and
//! averages of the weights follow while these are in the cache.
//!
//! A moment or a gradient under [`TINY`] counts as zero. The moments of a weight that has stopped learning halve for
//! ever, and a processor takes a hundred times as long for numbers too small for a whole mantissa; no weight in
//! float32 feels a step of such a size.

mod adadelta;
mod adagrad;
mod adam;
mod adamax;
mod average;
mod lion;
mod nadam;
mod rmsprop;
mod sgd;
mod squares;
#[cfg(test)]
mod tests;
mod variables;

pub use adadelta::Adadelta;
pub use adagrad::Adagrad;
pub use adam::{Adam, AmsGrad};
pub use adamax::Adamax;
pub use average::Average;
pub use lion::Lion;
pub use nadam::Nadam;
pub use rmsprop::{Centered, CenteredMomentum, RmsProp, RmsPropMomentum};
pub use sgd::{Momentum, Nesterov, Sgd};
pub use squares::Squares;
pub use variables::{Variable, Variables};

use crate::disjoint::Disjoint;
use crate::isa::Arithmetic;
use crate::{Isa, Pool, Write, elementwise};

/// What counts as zero.
const TINY: f32 = 1e-30;

/// What has a square that counts as zero.
const TINY_ROOT: f32 = 1e-15;

/// What every optimizer works on in a step.
#[derive(Debug)]
pub struct Step<'a> {
    /// What changes, and how.
    pub variables: &'a Variables,
    /// All weights of the model.
    pub weights: &'a mut [f32],
    /// The gradients of the variables.
    pub gradients: &'a [f32],
    /// By what the gradients are multiplied first, one factor a variable; none for 1.
    pub scales: &'a [f32],
    /// Gradients beyond it are held there.
    pub limit: f32,
    /// The step size that weights decay with.
    pub learning_rate: f32,
    /// Follows the weights.
    pub average: Option<Average<'a>>,
}

/// `sums += gradients`
pub fn gather(pool: &Pool, gradients: &[f32], sums: &mut [f32]) {
    elementwise::copy(pool, gradients, Write::Add, sums);
}

/// One weight and its moments after a step.
type Stepped<const M: usize> = (f32, [f32; M]);

/// What one optimizer does to one weight for which it keeps `M` moments.
trait Rule<const M: usize>: Sync {
    /// The weight and its moments after the step, whose size is multiplied by `factor`.
    fn step<F: Arithmetic>(&self, factor: f32, weight: f32, gradient: f32, moments: [f32; M]) -> Stepped<M>;
}

/// What is the same for all values of a part.
#[derive(Clone, Copy)]
struct Terms {
    /// Of the step size.
    factor: f32,
    /// Of the gradients.
    scale: f32,
    limit: f32,
    /// The part of a weight that goes.
    decay: f32,
}

impl Terms {
    /// The gradient as the rule sees it; NaN for NaN.
    #[inline(always)]
    fn gradient(self, gradient: f32) -> f32 {
        let gradient = or_zero(gradient * self.scale, TINY);
        let gradient = if gradient > self.limit { self.limit } else { gradient };
        if gradient < -self.limit { -self.limit } else { gradient }
    }
}

/// Gives a rule its door: `rule.step(pool, step, moments)` with this many moments, laid out as the gradients.
macro_rules! step_with {
    ($moments:literal $Rule:ident) => {
        const _: () = {
            impl $Rule {
                /// Takes the step; the moments are laid out as the gradients.
                pub fn step(
                    &self,
                    pool: &$crate::Pool,
                    step: $crate::optimizers::Step<'_>,
                    moments: [&mut [f32]; $moments],
                ) {
                    $crate::optimizers::share_out(
                        pool,
                        step,
                        moments,
                        |isa, terms, weights, gradients, moments| {
                            step_values(isa, self, terms, weights, gradients, moments);
                        },
                    );
                }
            }

            $crate::isa::on_each_isa! {
                fn step_values[F](
                    rule: &$Rule,
                    terms: $crate::optimizers::Terms,
                    weights: &mut [f32],
                    gradients: &[f32],
                    moments: [&mut [f32]; $moments],
                ) {
                    $crate::optimizers::step_each::<F, $moments>(rule, terms, weights, gradients, moments);
                }
            }
        };
    };
}
use step_with;

/// Calls `work` with fixed parts of the weights, gradients and moments, on any thread.
fn share_out<const M: usize>(
    pool: &Pool,
    step: Step<'_>,
    moments: [&mut [f32]; M],
    work: impl Fn(Isa, Terms, &mut [f32], &[f32], [&mut [f32]; M]) + Sync,
) {
    let Step { variables, weights, gradients, scales, limit, learning_rate, average } = step;
    assert!(scales.is_empty() || scales.len() == variables.len(), "optimizer: one scale a variable");
    for moments in &moments {
        assert_eq!(gradients.len(), moments.len(), "optimizer: gradients and moments differ in length");
    }
    let (weights, moments) = (Disjoint::new(weights), moments.map(Disjoint::new));
    let (averages, momentum) = average::split(average);
    let isa = pool.isa();
    pool.run(variables.pieces().len(), |piece| {
        for part in &variables.parts()[variables.pieces()[piece].clone()] {
            let variable = variables.get(part.variable);
            let scale = scales.get(part.variable).copied().unwrap_or(1.0);
            let decay = learning_rate * variable.rate * variable.decay;
            let terms = Terms { factor: variable.rate, scale, limit, decay };
            let range = || part.gradients.clone();
            // SAFETY: no two parts overlap, as `Variables` has made sure.
            let weights = unsafe { weights.part(part.weights.clone()) };
            // SAFETY: as above.
            let moments = std::array::from_fn(|i| unsafe { moments[i].part(range()) });
            work(isa, terms, weights, &gradients[range()], moments);
            if let Some(averages) = &averages {
                // SAFETY: as above.
                average::follow(isa, momentum, weights, unsafe { averages.part(range()) });
            }
        }
    });
}

/// Takes the step of `rule` for every weight, inside a body that is compiled for each instruction set.
#[inline(always)]
fn step_each<F: Arithmetic, const M: usize>(
    rule: &impl Rule<M>,
    terms: Terms,
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
        let weight = F::multiply_add(-terms.decay, weights[at], weights[at]);
        let (weight, after) = rule.step::<F>(terms.factor, weight, terms.gradient(gradients[at]), before);
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

/// The larger of two; NaN where `b` is NaN.
#[inline(always)]
fn larger(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}
