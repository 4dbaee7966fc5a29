//! Nadam (Dozat 2016): Adam's `m` and `v`, `uₜ = β₁ (1 - 0.96ᵗ / 2)`, `Uₜ = Π uᵢ`,
//! `w -= rate (uₜ₊₁ m / (1 - Uₜ₊₁) + (1 - uₜ) g / (1 - Uₜ)) / (√(v / (1 - β₂ᵗ)) + ε)`.

use engine::Pool;
use engine::optimizers::{self as rules, Step};

use super::state::{Buffer, moments};
use super::{Method, bias, check_epsilon, check_share, power};
use crate::Result;
use crate::settings::settings;

settings! {
    /// Nadam's settings.
    #[derive(Copy)]
    Nadam {
        /// How slowly the mean of the gradients follows.
        beta_1: f64 = 0.9,
        /// How slowly the mean of their squares follows.
        beta_2: f64 = 0.999,
        /// Keeps the division finite.
        epsilon: f64 = 1e-7,
    }
}

impl Nadam {
    /// `uₜ`: the momentum grows over the first steps.
    fn momentum(&self, number: u64) -> f32 {
        self.beta_1 as f32 * (1.0 - 0.5 * power(0.96, number))
    }
}

impl Method for Nadam {
    fn check(&self) -> Result<()> {
        check_share("nadam's beta_1", self.beta_1)?;
        check_share("nadam's beta_2", self.beta_2)?;
        check_epsilon("nadam's epsilon", self.epsilon)
    }

    fn buffers(&self, gradients: usize) -> Vec<Buffer> {
        let product = Buffer::filled("momentum_product", 1, 1.0);
        vec![Buffer::zeros("momentum", gradients), Buffer::zeros("velocity", gradients), product]
    }

    fn step(&self, number: u64, rate: f32, buffers: &mut [Buffer], pool: &Pool, step: Step<'_>) {
        let (now, next) = (self.momentum(number), self.momentum(number + 1));
        let (moments_of_weights, product) = buffers.split_at_mut(2);
        let [product] = moments::<1>(product);
        product.iter_mut().for_each(|product| *product *= now);
        let product = product.first().copied().unwrap_or(0.0);
        let rule = rules::Nadam {
            rate,
            // As Keras, which takes them from 1 in float32 here.
            new_mean: 1.0 - self.beta_1 as f32,
            new_square: 1.0 - self.beta_2 as f32,
            mean_weight: next / (1.0 - product * next),
            gradient_weight: (1.0 - now) / (1.0 - product),
            square_weight: 1.0 / bias(self.beta_2, number),
            epsilon: self.epsilon as f32,
        };
        rule.step(pool, step, moments(moments_of_weights));
    }
}
