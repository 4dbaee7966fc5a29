//! Layer norm over the last axis, fixed or learning.

use kernels::Pool;
use kernels::layer_norm::{self, LayerNorm, Parameters};

use super::{Edges, Run, Step, Variable};
use crate::arena::{Arena, BufferId};

/// What a layer norm takes from the model.
pub(crate) struct LayerNormVariables {
    pub(crate) gamma: Option<Variable>,
    pub(crate) beta: Option<Variable>,
    pub(crate) epsilon: f32,
}

pub(crate) struct LayerNormStep {
    input: BufferId,
    output: BufferId,
    variables: LayerNormVariables,
    /// Rows of one picture.
    rows: usize,
    gamma: Vec<f32>,
    beta: Vec<f32>,
}

impl LayerNormStep {
    /// `rows` of one picture, `channels` each.
    pub(crate) fn new(
        input: BufferId,
        output: BufferId,
        variables: LayerNormVariables,
        [rows, channels]: [usize; 2],
    ) -> Self {
        let (gamma, beta) = (vec![1.0; channels], vec![0.0; channels]);
        Self { input, output, variables, rows, gamma, beta }
    }

    fn norm(&self) -> LayerNorm<'_> {
        LayerNorm { gamma: &self.gamma, beta: &self.beta, epsilon: self.variables.epsilon }
    }
}

impl Step for LayerNormStep {
    fn inputs(&self) -> Vec<BufferId> {
        vec![self.input]
    }

    fn output(&self) -> BufferId {
        self.output
    }

    fn kept(&self) -> Vec<BufferId> {
        vec![self.input]
    }

    fn scratch(&self, batch: usize) -> usize {
        layer_norm::scratch(batch * self.rows, self.gamma.len())
    }

    fn load(&mut self, _pool: &Pool, weights: &[f32]) {
        let LayerNormVariables { gamma, beta, .. } = &self.variables;
        for (variable, values) in [(gamma, &mut self.gamma), (beta, &mut self.beta)] {
            if let Some(variable) = variable {
                values.copy_from_slice(&weights[variable.weights.clone()]);
            }
        }
    }

    fn forward(&mut self, run: &mut Run, arena: &mut Arena) {
        let ([x], y) = arena.split(run.batch, [self.input], self.output);
        layer_norm::forward(run.pool, &self.norm(), x, y);
    }

    fn backward(&mut self, run: &mut Run, arena: &mut Arena, edges: &Edges, gradients: &mut [f32]) {
        let range = |variable: &Option<Variable>| variable.as_ref().and_then(|v| v.gradient.clone());
        let (gamma, beta) = (range(&self.variables.gamma), range(&self.variables.beta));
        // Keras's order: a layer's beta follows its gamma.
        let after = gamma.as_ref().map_or(0, |range| range.end);
        let (before, rest) = gradients.split_at_mut(after);
        let parameters = Parameters {
            gamma: gamma.map(|range| &mut before[range]),
            beta: beta.map(|range| &mut rest[range.start - after..range.end - after]),
        };
        let (target, write) = edges.input().unzip();
        match target.zip(write) {
            Some((target, write)) => {
                let ([x, dy], dx) = arena.split(run.batch, [self.input, edges.output], target);
                let dx = Some((dx, write));
                layer_norm::backward(run.pool, &self.norm(), x, dy, run.scratch, dx, parameters);
            }
            None => {
                let [x, dy] = [self.input, edges.output].map(|id| arena.get(id, run.batch));
                layer_norm::backward(run.pool, &self.norm(), x, dy, run.scratch, None, parameters);
            }
        }
    }
}
