//! Batch norm in its three forms: an affine pass of fixed figures, the moving figures with trained gamma and beta,
//! and the batch's own figures.

use kernels::Pool;
use kernels::activation::Activation;
use kernels::norm::{self, Kept};

use super::{Edges, Run, Step, Variable};
use crate::arena::{Arena, BufferId};

/// The parameters of one batch norm.
pub(crate) struct NormVariables {
    pub(crate) gamma: Option<Variable>,
    pub(crate) beta: Option<Variable>,
    pub(crate) mean: Variable,
    pub(crate) variance: Variable,
    pub(crate) epsilon: f32,
    pub(crate) momentum: f32,
}

impl NormVariables {
    pub(crate) fn channels(&self) -> usize {
        self.mean.weights.len()
    }

    fn gamma_into(&self, weights: &[f32], gamma: &mut [f32]) {
        match &self.gamma {
            Some(variable) => gamma.copy_from_slice(&weights[variable.weights.clone()]),
            None => gamma.fill(1.0),
        }
    }

    /// `scale` and `offset` with which the norm of given figures is `x * scale + offset`.
    pub(crate) fn affine_into(
        &self,
        weights: &[f32],
        figures: (&[f32], &[f32]),
        scale: &mut [f32],
        offset: &mut [f32],
    ) {
        let (mean, inverse_deviation) = figures;
        self.gamma_into(weights, scale);
        match &self.beta {
            Some(variable) => offset.copy_from_slice(&weights[variable.weights.clone()]),
            None => offset.fill(0.0),
        }
        for c in 0..scale.len() {
            scale[c] *= inverse_deviation[c];
            offset[c] -= mean[c] * scale[c];
        }
    }

    pub(crate) fn inverse_deviation_into(&self, variance: &[f32], inverse_deviation: &mut [f32]) {
        for (inverse, variance) in inverse_deviation.iter_mut().zip(variance) {
            *inverse = (1.0 / (f64::from(*variance) + f64::from(self.epsilon)).sqrt()) as f32;
        }
    }

    /// The affine form of the moving figures.
    pub(crate) fn scale_and_offset(&self, weights: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let channels = self.channels();
        let (mut scale, mut offset, mut inverse) =
            (vec![0.0; channels], vec![0.0; channels], vec![0.0; channels]);
        self.inverse_deviation_into(&weights[self.variance.weights.clone()], &mut inverse);
        self.affine_into(weights, (&weights[self.mean.weights.clone()], &inverse), &mut scale, &mut offset);
        (scale, offset)
    }

    /// Lets the moving figures in `weights` follow the batch's.
    pub(crate) fn follow(&self, mean: &[f32], variance: &[f32], weights: &mut [f32]) {
        for (variable, batch) in [(&self.mean, mean), (&self.variance, variance)] {
            for (moving, batch) in weights[variable.weights.clone()].iter_mut().zip(batch) {
                *moving = *moving * self.momentum + batch * (1.0 - self.momentum);
            }
        }
    }

    /// The gradients' places for gamma and beta; what is not trained goes to `spare`, `2 * channels` long.
    fn gradients_of<'g>(
        &self,
        gradients: &'g mut [f32],
        spare: &'g mut [f32],
    ) -> (&'g mut [f32], &'g mut [f32]) {
        let channels = self.channels();
        let range = |variable: &Option<Variable>| variable.as_ref().and_then(|v| v.gradient.clone());
        let (spare_gamma, spare_beta) = spare.split_at_mut(channels);
        match (range(&self.gamma), range(&self.beta)) {
            (Some(gamma), Some(beta)) => {
                // A layer's parameters stand in Keras's order: beta follows gamma.
                let (before, after) = gradients.split_at_mut(beta.start);
                (&mut before[gamma], &mut after[..channels])
            }
            (Some(gamma), None) => (&mut gradients[gamma], spare_beta),
            (None, Some(beta)) => (spare_gamma, &mut gradients[beta]),
            (None, None) => (spare_gamma, spare_beta),
        }
    }
}

/// Where a fixed affine pass takes its figures from.
pub(crate) enum AffineSource {
    /// A batch norm in inference mode.
    Norm(NormVariables),
    /// `Rescaling` and `Normalization`: scale and offset a channel.
    Constant(Vec<f32>, Vec<f32>),
}

/// `y = activation(x * scale + offset)`, a value a channel, without parameters that learn.
pub(crate) struct AffineStep {
    input: BufferId,
    output: BufferId,
    source: AffineSource,
    activation: Activation,
    scale: Vec<f32>,
    offset: Vec<f32>,
    /// Kept, so that taking the weights anew allocates nothing.
    inverse_deviation: Vec<f32>,
}

impl AffineStep {
    pub(crate) fn new(
        input: BufferId,
        output: BufferId,
        source: AffineSource,
        activation: Activation,
    ) -> Self {
        Self {
            input,
            output,
            source,
            activation,
            scale: Vec::new(),
            offset: Vec::new(),
            inverse_deviation: Vec::new(),
        }
    }
}

impl Step for AffineStep {
    fn inputs(&self) -> Vec<BufferId> {
        vec![self.input]
    }

    fn output(&self) -> BufferId {
        self.output
    }

    fn load(&mut self, _pool: &Pool, weights: &[f32]) {
        match &self.source {
            AffineSource::Norm(norm) => {
                let channels = norm.channels();
                for figures in [&mut self.scale, &mut self.offset, &mut self.inverse_deviation] {
                    figures.resize(channels, 0.0);
                }
                norm.inverse_deviation_into(
                    &weights[norm.variance.weights.clone()],
                    &mut self.inverse_deviation,
                );
                let figures = (&weights[norm.mean.weights.clone()], self.inverse_deviation.as_slice());
                norm.affine_into(weights, figures, &mut self.scale, &mut self.offset);
            }
            AffineSource::Constant(scale, offset) => {
                self.scale.clone_from(scale);
                self.offset.clone_from(offset);
            }
        }
    }

    fn forward(&mut self, run: &mut Run, arena: &mut Arena) {
        let ([x], y) = arena.split(run.batch, [self.input], self.output);
        norm::affine(run.pool, x, &self.scale, &self.offset, self.activation, y);
    }

    fn backward(&mut self, run: &mut Run, arena: &mut Arena, edges: &Edges, _gradients: &mut [f32]) {
        // In the learning part this step is made linear; see the lowering.
        if let Some((target, write)) = edges.input() {
            let ([dy], dx) = arena.split(run.batch, [edges.output], target);
            norm::backward_affine(run.pool, dy, &self.scale, write, dx);
        }
    }
}

/// Figures a channel that the two learning forms keep.
struct Figures {
    mean: Vec<f32>,
    variance: Vec<f32>,
    inverse_deviation: Vec<f32>,
    gamma: Vec<f32>,
    scale: Vec<f32>,
    offset: Vec<f32>,
    spare: Vec<f32>,
}

impl Figures {
    fn new(channels: usize) -> Self {
        let zeros = || vec![0.0; channels];
        Self {
            mean: zeros(),
            variance: zeros(),
            inverse_deviation: zeros(),
            gamma: zeros(),
            scale: zeros(),
            offset: zeros(),
            spare: vec![0.0; 2 * channels],
        }
    }

    fn kept(&self) -> Kept<'_> {
        Kept { mean: &self.mean, inverse_deviation: &self.inverse_deviation, gamma: &self.gamma }
    }
}

/// The moving figures, which stay as they are, with gamma and beta that learn.
pub(crate) struct MovingNormStep {
    input: BufferId,
    output: BufferId,
    norm: NormVariables,
    figures: Figures,
    positions: usize,
}

impl MovingNormStep {
    /// `positions` of one picture share their figures.
    pub(crate) fn new(input: BufferId, output: BufferId, norm: NormVariables, positions: usize) -> Self {
        let figures = Figures::new(norm.channels());
        Self { input, output, norm, figures, positions }
    }
}

impl Step for MovingNormStep {
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
        norm::scratch(batch * self.positions, self.norm.channels())
    }

    fn load(&mut self, _pool: &Pool, weights: &[f32]) {
        let Figures { mean, variance, inverse_deviation, gamma, scale, offset, .. } = &mut self.figures;
        mean.copy_from_slice(&weights[self.norm.mean.weights.clone()]);
        variance.copy_from_slice(&weights[self.norm.variance.weights.clone()]);
        self.norm.inverse_deviation_into(variance, inverse_deviation);
        self.norm.gamma_into(weights, gamma);
        self.norm.affine_into(weights, (mean, inverse_deviation), scale, offset);
    }

    fn forward(&mut self, run: &mut Run, arena: &mut Arena) {
        let ([x], y) = arena.split(run.batch, [self.input], self.output);
        norm::affine(run.pool, x, &self.figures.scale, &self.figures.offset, Activation::Linear, y);
    }

    fn backward(&mut self, run: &mut Run, arena: &mut Arena, edges: &Edges, gradients: &mut [f32]) {
        let x = arena.get(self.input, run.batch);
        let dy = arena.get(edges.output, run.batch);
        let mut spare = std::mem::take(&mut self.figures.spare);
        let (dgamma, dbeta) = self.norm.gradients_of(gradients, &mut spare);
        norm::backward_parameters(run.pool, x, dy, &self.figures.kept(), run.scratch, dgamma, dbeta);
        self.figures.spare = spare;
        if let Some((target, write)) = edges.input() {
            let ([dy], dx) = arena.split(run.batch, [edges.output], target);
            norm::backward_affine(run.pool, dy, &self.figures.scale, write, dx);
        }
    }
}

/// The batch's own mean and variance; the moving ones follow.
pub(crate) struct BatchNormStep {
    input: BufferId,
    output: BufferId,
    norm: NormVariables,
    figures: Figures,
    positions: usize,
    beta: Vec<f32>,
}

impl BatchNormStep {
    /// `positions` of one picture share their figures.
    pub(crate) fn new(input: BufferId, output: BufferId, norm: NormVariables, positions: usize) -> Self {
        let channels = norm.channels();
        Self { input, output, figures: Figures::new(channels), norm, positions, beta: vec![0.0; channels] }
    }
}

impl Step for BatchNormStep {
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
        norm::scratch(batch * self.positions, self.norm.channels())
    }

    fn load(&mut self, _pool: &Pool, weights: &[f32]) {
        self.norm.gamma_into(weights, &mut self.figures.gamma);
        match &self.norm.beta {
            Some(variable) => self.beta.copy_from_slice(&weights[variable.weights.clone()]),
            None => self.beta.fill(0.0),
        }
    }

    fn forward(&mut self, run: &mut Run, arena: &mut Arena) {
        let Figures { mean, variance, inverse_deviation, gamma, scale, offset, .. } = &mut self.figures;
        let ([x], y) = arena.split(run.batch, [self.input], self.output);
        norm::statistics(run.pool, mean.len(), x, run.scratch, mean, variance);
        self.norm.inverse_deviation_into(variance, inverse_deviation);
        for c in 0..scale.len() {
            scale[c] = gamma[c] * inverse_deviation[c];
            offset[c] = self.beta[c] - mean[c] * scale[c];
        }
        norm::affine(run.pool, x, scale, offset, Activation::Linear, y);
    }

    fn backward(&mut self, run: &mut Run, arena: &mut Arena, edges: &Edges, gradients: &mut [f32]) {
        let mut spare = std::mem::take(&mut self.figures.spare);
        let (dgamma, dbeta) = self.norm.gradients_of(gradients, &mut spare);
        let kept = self.figures.kept();
        match edges.input() {
            Some((target, write)) => {
                let ([x, dy], dx) = arena.split(run.batch, [self.input, edges.output], target);
                norm::backward_batch(run.pool, x, dy, &kept, run.scratch, dgamma, dbeta, write, dx);
            }
            None => {
                let (x, dy) = (arena.get(self.input, run.batch), arena.get(edges.output, run.batch));
                norm::backward_parameters(run.pool, x, dy, &kept, run.scratch, dgamma, dbeta);
            }
        }
        self.figures.spare = spare;
    }

    fn follow(&self, weights: &mut [f32]) {
        self.norm.follow(&self.figures.mean, &self.figures.variance, weights);
    }
}
