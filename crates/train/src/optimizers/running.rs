//! An optimizer at work: gradients are gathered, held within bounds and stepped along; averages follow the weights.

use engine::optimizers::{Average, Step, Variable, Variables, gather};
use engine::{Pool, Slot, Update};
use graph::Graph;

use super::clip::Clipping;
use super::state::Buffer;
use super::{Averaging, OptimizerConfig};
use crate::Result;

/// Changes weights along their gradients.
///
/// All that it remembers is in its buffers and its count of batches: one that is restored with them goes on with the
/// same bits.
#[derive(Debug)]
pub struct Optimizer {
    config: OptimizerConfig,
    variables: Variables,
    clipping: Clipping,
    batches: u64,
    moments: Vec<Buffer>,
    /// Sums of the gradients of the batches since the last step.
    gathered: Option<Buffer>,
    averages: Option<Buffer>,
    /// Whether weights and averages have changed places.
    shown: Shown,
}

/// What lies where the weights belong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    Weights,
    Averages,
}

impl Optimizer {
    /// For the parameters of `graph` that have `slots`; `config` was checked.
    pub(super) fn new(config: OptimizerConfig, graph: &Graph, slots: &[Slot]) -> Self {
        let variable = |slot: &Slot| {
            let decays = config.decayed.includes(graph.parameter(slot.parameter).role);
            let decay = if decays { config.weight_decay as f32 } else { 0.0 };
            Variable { weights: slot.weights.clone(), gradients: slot.gradients.clone(), rate: 1.0, decay }
        };
        let variables = Variables::new(slots.iter().map(variable).collect());
        let gradients = slots.iter().map(|slot| slot.gradients.end).max().unwrap_or(0);
        let steps = config.gradient_accumulation_steps;
        Self {
            clipping: Clipping::new(config.clip, steps, &variables),
            variables,
            batches: 0,
            moments: config.rule.method().buffers(gradients),
            gathered: (steps > 1).then(|| Buffer::zeros("gradient_accumulator", gradients)),
            averages: config.average.map(|_| Buffer::zeros("average", gradients)),
            shown: Shown::Weights,
            config,
        }
    }

    /// Takes the step of one batch, or gathers its gradients for a later one.
    pub fn step(&mut self, learning_rate: f32, update: Update<'_>) {
        let Update { weights, gradients, pool, .. } = update;
        let earlier = self.steps();
        self.batches += 1;
        let average = self.average_momentum(earlier);
        if let Some(gathered) = &mut self.gathered {
            gather(pool, gradients, &mut gathered.values);
        }
        match self.steps() > earlier {
            true => self.take(learning_rate, weights, gradients, average, pool),
            false => {
                if let Some(average) = following(&mut self.averages, average) {
                    average.follow(pool, &self.variables, weights);
                }
            }
        }
        let frequency = self.config.average.and_then(|averaging| averaging.overwrite_frequency);
        if frequency.is_some_and(|frequency| (earlier + 1).is_multiple_of(frequency as u64)) {
            self.exchange(weights, |weights, averages| weights.copy_from_slice(averages));
        }
    }

    fn take(&mut self, rate: f32, weights: &mut [f32], gradients: &[f32], average: Option<f32>, pool: &Pool) {
        let number = self.steps();
        let Self { config, variables, clipping, moments, gathered, averages, .. } = self;
        let gradients = gathered.as_ref().map_or(gradients, |gathered| &gathered.values);
        let limit = clipping.limit();
        let step = Step {
            variables,
            weights,
            gradients,
            scales: clipping.scales(pool, variables, gradients),
            limit,
            learning_rate: rate,
            average: following(averages, average),
        };
        config.rule.method().step(number, rate, moments, pool, step);
        if let Some(gathered) = gathered {
            gathered.values.fill(0.0);
        }
    }

    /// The averages' momentum for a batch before which there were so many steps: before the first they start.
    fn average_momentum(&self, earlier: u64) -> Option<f32> {
        let Averaging { momentum, .. } = self.config.average?;
        Some(if earlier == 0 { 0.0 } else { momentum as f32 })
    }

    fn exchange(&mut self, weights: &mut [f32], change: impl Fn(&mut [f32], &mut [f32])) {
        let Some(averages) = &mut self.averages else { return };
        for Variable { weights: place, gradients, .. } in self.variables.iter() {
            change(&mut weights[place.clone()], &mut averages.values[gradients.clone()]);
        }
    }

    /// Whether averages of the weights are kept.
    pub fn has_averages(&self) -> bool {
        self.averages.is_some()
    }

    /// Puts the averages where the weights are, if there are any, for a validation, a file or for good: Keras's
    /// `SwapEMAWeights`. The weights are kept meanwhile in the averages' buffer.
    pub fn show_averages(&mut self, weights: &mut [f32]) {
        // Before the first batch there is nothing to show.
        if self.batches > 0 {
            self.show(Shown::Averages, weights);
        }
    }

    /// Puts the weights back in their place, which must come before the next forward.
    pub fn show_weights(&mut self, weights: &mut [f32]) {
        self.show(Shown::Weights, weights);
    }

    fn show(&mut self, wanted: Shown, weights: &mut [f32]) {
        if self.shown != wanted {
            self.exchange(weights, <[f32]>::swap_with_slice);
            self.shown = wanted;
        }
    }

    /// The batches that it has seen.
    pub fn batches(&self) -> u64 {
        self.batches
    }

    /// The steps that it has taken: Keras's `iterations`.
    pub fn steps(&self) -> u64 {
        self.batches / self.config.gradient_accumulation_steps as u64
    }

    /// Multiplies the step size of the parameter with the slot of this number, as for different rates by depth.
    pub fn set_rate_factor(&mut self, slot: usize, factor: f32) {
        self.variables.set_rate(slot, factor);
    }

    /// All that it remembers but the count of batches: names and values. Only while the weights are in their place.
    pub fn buffers(&self) -> impl Iterator<Item = (&'static str, &[f32])> {
        let buffers = self.moments.iter().chain(&self.gathered).chain(&self.averages);
        buffers.map(|buffer| (buffer.name, buffer.values.as_slice()))
    }

    /// Goes on where another one with the same settings stood after so many batches; `kept` finds a buffer by its name.
    ///
    /// # Errors
    /// A buffer is missing or has another length; nothing that was restored before it is undone.
    pub fn restore<'a>(&mut self, batches: u64, kept: impl Fn(&str) -> Option<&'a [f32]>) -> Result<()> {
        let mut buffers = self.moments.iter_mut().chain(&mut self.gathered).chain(&mut self.averages);
        buffers.try_for_each(|buffer| buffer.restore(kept(buffer.name)))?;
        self.batches = batches;
        Ok(())
    }
}

fn following(averages: &mut Option<Buffer>, momentum: Option<f32>) -> Option<Average<'_>> {
    Some(Average { values: &mut averages.as_mut()?.values, momentum: momentum? })
}
