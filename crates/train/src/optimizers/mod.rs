//! Optimizers: one file each, under Keras's names and with Keras's numbers.
//!
//! A new optimizer is a file with its settings (which make one) and a row in the list below.

use engine::{Slot, Update};

use crate::{Error, Result};

macro_rules! optimizers {
    ($($(#[$doc:meta])* $name:ident: $Settings:ident),* $(,)?) => {
        $(mod $name; pub use $name::$Settings;)*

        /// Which optimizer, with its settings.
        #[derive(Debug, Clone, Copy, PartialEq)]
        #[non_exhaustive]
        pub enum OptimizerConfig {
            $($(#[$doc])* $Settings($Settings)),*
        }

        /// Every optimizer's name.
        pub const NAMES: &[&str] = &[$(stringify!($name)),*];

        impl OptimizerConfig {
            /// The optimizer called `name`, with Keras's defaults.
            ///
            /// # Errors
            /// There is none; the message lists those that exist.
            pub fn find(name: &str) -> Result<Self> {
                match name {
                    $(stringify!($name) => Ok(Self::$Settings($Settings::default())),)*
                    _ => Err(Error::unknown("optimizer", name, NAMES)),
                }
            }

            /// Keras's name.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$Settings(_) => stringify!($name)),* }
            }

            /// An optimizer that has taken no step, for so many gradients.
            ///
            /// # Errors
            /// A setting is out of range.
            pub fn build(&self, gradients: usize) -> Result<Box<dyn Optimizer>> {
                match self { $(Self::$Settings(settings) => settings.build(gradients)),* }
            }
        }
    };
}

optimizers! {
    /// Steps of a size that follows each gradient's own history.
    adam: Adam,
    /// Straight down the gradient, with momentum if asked.
    sgd: Sgd,
}

/// Changes weights along their gradients. What it remembers is laid out like the flat buffer of gradients.
pub trait Optimizer: Send {
    /// Takes one step.
    fn step(&mut self, learning_rate: f32, update: Update<'_>);
}

/// The weights and gradients of one slot.
fn of_slot<'a>(slot: &Slot, weights: &'a mut [f32], gradients: &'a [f32]) -> (&'a mut [f32], &'a [f32]) {
    (&mut weights[slot.weights.clone()], &gradients[slot.gradients.clone()])
}

/// Fails unless `0 <= value < 1`.
fn check_share(name: &str, value: f64) -> Result<()> {
    if (0.0..1.0).contains(&value) {
        return Ok(());
    }
    Err(Error::setting(format!("{name}: expected 0 or more and less than 1, received {value}")))
}

#[cfg(test)]
mod tests;
