//! What learns: the network and its optimizer, a batch at a time: forward, backward, update.

use std::sync::Arc;

use engine::{Pool, Trainer, TrainerOptions};

use crate::checkpoint;
use crate::feed::Inputs;
use crate::optimizers::Optimizer;
use crate::progress::Progress;
use crate::task::Task;
use crate::truth::Truth;
use crate::weighting::Weighting;
use crate::{Answer, Model, Result, Stage, State};

/// A model while it learns.
pub(crate) struct Learner<'a> {
    stage: &'a Stage,
    answer: Answer,
    pub(crate) trainer: Trainer,
    pub(crate) optimizer: Optimizer,
    /// Of the last step.
    pub(crate) learning_rate: f32,
    weighting: Weighting<'a>,
    truth: Truth,
    /// Of the loss by the batch's logits.
    gradient: Vec<f32>,
    /// Room for those of a batch.
    probabilities: Vec<f32>,
}

impl<'a> Learner<'a> {
    /// Of `model`, before its first step.
    pub(crate) fn new(
        model: &Model,
        task: Task<'a>,
        options: &TrainerOptions,
        pool: &Arc<Pool>,
    ) -> Result<Self> {
        let Task { data, stage, answer } = task;
        let trainer = Trainer::new(&model.graph, model.weights.clone(), options, pool)?;
        let mut optimizer = stage.optimizer.build(&model.graph, trainer.slots())?;
        for (index, slot) in trainer.slots().iter().enumerate().filter(|_| !stage.rate_factors.is_empty()) {
            optimizer.set_rate_factor(index, stage.rate_factors[slot.parameter.index()]);
        }
        Ok(Self {
            stage,
            answer,
            trainer,
            optimizer,
            learning_rate: stage.learning_rate,
            weighting: Weighting::new(stage, data),
            truth: Truth::new(answer.classes()),
            gradient: Vec::new(),
            probabilities: Vec::new(),
        })
    }

    /// Goes on as `state` has it.
    pub(crate) fn restore(&mut self, state: &State) -> Result<()> {
        let [batches, learning_rate] = state.array(checkpoint::OPTIMIZER)?;
        let buffers = state.part(checkpoint::OPTIMIZER);
        self.optimizer.restore(batches as u64, |name| buffers.values(name).ok())?;
        self.learning_rate = learning_rate as f32;
        Ok(())
    }

    /// Whoever looks at the model from here on sees the weights that are trained.
    pub(crate) fn show_weights(&mut self) {
        self.optimizer.show_weights(self.trainer.update().weights);
    }

    /// Whoever looks at the model from here on sees the averages of its weights, where there are any.
    pub(crate) fn show_averages(&mut self) {
        self.optimizer.show_averages(self.trainer.update().weights);
    }

    /// The mean loss over a batch; what is random in it is drawn under `random_stream`.
    pub(crate) fn forward(&mut self, inputs: &Inputs<'_>, random_stream: u64) -> f64 {
        let Self { stage, answer, trainer, weighting, truth, gradient, probabilities, .. } = self;
        inputs.write_to(trainer.input(inputs.len()));
        let output = trainer.forward(inputs.len(), random_stream);
        gradient.resize(output.logits.len(), 0.0);
        let targets = truth.of(inputs);
        let loss = stage.loss.learn(&output, targets, weighting.of(inputs, targets), gradient);
        probabilities.clear();
        answer.expand(output.values, probabilities);
        loss
    }

    /// Has `progress` count the batch that went forward last.
    pub(crate) fn count(&self, inputs: &Inputs<'_>, loss: f64, progress: &mut Progress) {
        progress.add(loss, &self.probabilities, self.truth.labels(inputs));
    }

    /// The gradients of the batch that went forward last, of so many pictures.
    pub(crate) fn backward(&mut self, pictures: usize) {
        self.trainer.backward(pictures, &self.gradient);
    }

    /// The optimizer's step, at the learning rate.
    pub(crate) fn update(&mut self) {
        self.optimizer.step(self.learning_rate, self.trainer.update());
    }
}
