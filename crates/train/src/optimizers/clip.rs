//! How large gradients are held before a step (Pascanu et al. 2013).

use engine::Pool;
use engine::optimizers::{Squares, Variables};

use super::check_epsilon;
use crate::Result;

/// A bound for gradients; in Keras, too, there is one at a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Clip {
    /// Each value lies within ± this: `clipvalue`.
    Value(f64),
    /// The gradients of each parameter have at most this norm: `clipnorm`.
    Norm(f64),
    /// All gradients together have at most this norm: `global_clipnorm`.
    GlobalNorm(f64),
}

impl Clip {
    pub(super) fn check(self) -> Result<()> {
        match self {
            Self::Value(value) => check_epsilon("clipvalue", value),
            Self::Norm(norm) => check_epsilon("clipnorm", norm),
            Self::GlobalNorm(norm) => check_epsilon("global_clipnorm", norm),
        }
    }
}

/// By what each parameter's gradients are multiplied, and where they are held.
#[derive(Debug)]
pub(super) struct Clipping {
    clip: Option<Clip>,
    /// Makes a mean of gathered gradients.
    share: f32,
    squares: Option<Squares>,
    scales: Vec<f32>,
}

impl Clipping {
    /// Of gradients that are sums over `gathered` batches.
    pub(super) fn new(clip: Option<Clip>, gathered: usize, variables: &Variables) -> Self {
        let by_norm = matches!(clip, Some(Clip::Norm(_) | Clip::GlobalNorm(_)));
        let squares = by_norm.then(|| Squares::new(variables));
        let share = 1.0 / gathered as f32;
        let scales = if by_norm || gathered > 1 { vec![share; variables.len()] } else { Vec::new() };
        Self { clip, share, squares, scales }
    }

    /// Looks at the gradients of a step: the factor of each parameter, none where it is 1.
    pub(super) fn scales(&mut self, pool: &Pool, variables: &Variables, gradients: &[f32]) -> &[f32] {
        let Some(squares) = &mut self.squares else { return &self.scales };
        let sums = squares.of(pool, variables, gradients);
        let share = f64::from(self.share);
        let norm = |sum: f64| sum.sqrt() * share;
        match self.clip {
            Some(Clip::GlobalNorm(most)) => {
                let norm = norm(sums.iter().sum());
                // What is no number must not look like a small step.
                let scale = if norm.is_finite() { share * most / norm.max(most) } else { f64::NAN };
                self.scales.fill(scale as f32);
            }
            Some(Clip::Norm(most)) => {
                for (scale, sum) in self.scales.iter_mut().zip(sums) {
                    *scale = (share * most / norm(*sum).max(most)) as f32;
                }
            }
            Some(Clip::Value(_)) | None => {}
        }
        &self.scales
    }

    /// Where each value is held.
    pub(super) fn limit(&self) -> f32 {
        match self.clip {
            Some(Clip::Value(limit)) => limit as f32,
            _ => f32::INFINITY,
        }
    }
}
