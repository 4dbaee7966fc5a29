//! Optimizers: one file each, under Keras's names and with Keras's numbers.
//!
//! Written as a name, what matters most about it, and options: `sgd=0.9,nesterov`, `adam,beta_2=0.99,amsgrad`. A new
//! optimizer is a file with its settings, which implement [`Method`], and a row in the list below.

mod averaging;
mod clip;
mod running;
mod state;

use engine::Pool;
use engine::optimizers::Step;
use graph::{Graph, Role};

use crate::Result;
use crate::error::expected;
use crate::settings::{named, read_named};
pub use averaging::Averaging;
pub use clip::Clip;
pub use running::Optimizer;
use state::Buffer;

named! {
    /// Which way to step, with its settings.
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub enum Rule("optimizer"), method: Method, for OptimizerConfig {
        /// Straight down the gradient, with momentum if asked.
        sgd: Sgd,
        /// Divided by the root of all squares so far: steps only get smaller.
        adagrad: Adagrad,
        /// Steps of a size that follows the steps before.
        adadelta: Adadelta,
        /// Divided by the root of the mean square.
        rmsprop: RmsProp,
        /// Steps of a size that follows each gradient's own history; AMSGrad if asked.
        adam: Adam,
        /// Adam by the largest gradient instead of the mean square.
        adamax: Adamax,
        /// Adam with Nesterov's momentum.
        nadam: Nadam,
        /// Adam with weight decay.
        adamw: AdamW,
        /// Steps of one size in the direction that gradients agree on.
        lion: Lion,
    }
}

impl From<Rule> for OptimizerConfig {
    fn from(rule: Rule) -> Self {
        Self::new(rule)
    }
}

/// An optimizer and all its settings, as Keras has them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OptimizerConfig {
    /// Which way to step.
    pub rule: Rule,
    /// The part of each weight that goes in a step, times the step size; 0 for none.
    pub weight_decay: f64,
    /// Which weights decay.
    pub decayed: Decayed,
    /// How large gradients are held.
    pub clip: Option<Clip>,
    /// Batches whose mean gradient makes one step; 1 for a step each.
    pub gradient_accumulation_steps: usize,
    /// Averages of the weights over the steps, if they are wanted.
    pub average: Option<Averaging>,
}

/// Which parameters weight decay applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Decayed {
    /// All of them: Keras's default.
    #[default]
    All,
    /// The weights of convolutions and dense layers. Biases and what belongs to norms keep their size: they hold few
    /// values, which can't overfit, and a norm's factor that shrinks only makes the next layer grow.
    Kernels,
}

impl Decayed {
    fn includes(self, role: Role) -> bool {
        self == Self::All || role.is_kernel()
    }
}

impl OptimizerConfig {
    /// Steps by `rule` with Keras's defaults for everything else.
    pub fn new(rule: Rule) -> Self {
        Self {
            rule,
            weight_decay: rule.method().weight_decay(),
            decayed: Decayed::default(),
            clip: None,
            gradient_accumulation_steps: 1,
            average: None,
        }
    }

    /// The optimizer that `text` means: its name, and those of its settings that are not Keras's, as
    /// `adam,beta_1=0.85,amsgrad`.
    ///
    /// # Errors
    /// There is none, or no such setting; the message lists those that exist. Or a setting is out of range.
    pub fn find(text: &str) -> Result<Self> {
        let rule: Rule = read_named(text)?;
        rule.method().check().map_err(|error| error.within(&format!("optimizer {text}")))?;
        Ok(Self::new(rule))
    }

    /// Keras's name.
    pub fn name(&self) -> &'static str {
        self.rule.name()
    }

    /// Keras's default step size.
    pub fn default_learning_rate(&self) -> f64 {
        self.rule.method().learning_rate()
    }

    /// Fails unless every setting is in its range.
    ///
    /// # Errors
    /// One is not; the message says what was expected.
    pub fn check(&self) -> Result<()> {
        self.rule.method().check()?;
        if !(self.weight_decay >= 0.0 && self.weight_decay.is_finite()) {
            return Err(expected("weight_decay", "0 or more", self.weight_decay));
        }
        if self.gradient_accumulation_steps == 0 {
            return Err(expected("gradient_accumulation_steps", "1 or more", 0.0));
        }
        self.clip.map_or(Ok(()), Clip::check)?;
        self.average.map_or(Ok(()), Averaging::check)
    }

    /// An optimizer that has taken no step, for the parameters of `graph` that have `slots`.
    ///
    /// # Errors
    /// A setting is out of range.
    pub fn build(&self, graph: &Graph, slots: &[engine::Slot]) -> Result<Optimizer> {
        self.check()?;
        Ok(Optimizer::new(*self, graph, slots))
    }
}

/// How one optimizer steps.
trait Method {
    /// Keras's default step size.
    fn learning_rate(&self) -> f64 {
        1e-3
    }

    /// Keras's default weight decay.
    fn weight_decay(&self) -> f64 {
        0.0
    }

    /// Fails unless every setting is in its range.
    fn check(&self) -> Result<()>;

    /// What is remembered from step to step for so many gradients, as it starts.
    fn buffers(&self, gradients: usize) -> Vec<Buffer>;

    /// Takes step `number`, counted from 1.
    fn step(&self, number: u64, rate: f32, buffers: &mut [Buffer], pool: &Pool, step: Step<'_>);
}

/// Fails unless `0 <= value < 1`.
fn check_share(name: &str, value: f64) -> Result<()> {
    match (0.0..1.0).contains(&value) {
        true => Ok(()),
        false => Err(expected(name, "0 or more and less than 1", value)),
    }
}

/// Fails unless `value` keeps a division finite.
fn check_epsilon(name: &str, value: f64) -> Result<()> {
    match value > 0.0 && value.is_finite() {
        true => Ok(()),
        false => Err(expected(name, "more than 0", value)),
    }
}

/// `1 - betaᵗ`, in float32 as Keras computes it: its rounding is a hundred-thousandth of the step and would show.
fn bias(beta: f64, number: u64) -> f32 {
    1.0 - power(beta as f32, number)
}

/// `baseⁿ`, rounded once.
fn power(base: f32, number: u64) -> f32 {
    f64::from(base).powi(i32::try_from(number).unwrap_or(i32::MAX)) as f32
}

#[cfg(test)]
mod tests;
