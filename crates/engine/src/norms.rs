//! The batch norms that learn, and their figures for the batch at hand.
//!
//! Between two trained layers one gathers a norm's figures while it writes its output, the other applies them while it
//! reads; backward, the second sums up what the first needs to take its gradient through.

use kernels::activation::Activation;
use kernels::kept::{Affine, Moments};
use kernels::norm::{self, Line};

use crate::ops::Variable;

/// A norm with its moving figures as `x * scale + offset`, a value a channel each.
#[derive(Default)]
pub(crate) struct MovingAffine {
    pub(crate) scale: Vec<f32>,
    pub(crate) offset: Vec<f32>,
    inverse_deviation: Vec<f32>,
}

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

    /// `scale` and `offset` with which the norm of given figures is `x * scale + offset`.
    pub(crate) fn affine_into(
        &self,
        weights: &[f32],
        figures: (&[f32], &[f32]),
        scale: &mut [f32],
        offset: &mut [f32],
    ) {
        let (mean, inverse_deviation) = figures;
        match &self.gamma {
            Some(variable) => scale.copy_from_slice(&weights[variable.weights.clone()]),
            None => scale.fill(1.0),
        }
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

    /// The affine form of the moving figures, without allocating where there is room.
    pub(crate) fn moving_affine_into(&self, weights: &[f32], affine: &mut MovingAffine) {
        let MovingAffine { scale, offset, inverse_deviation } = affine;
        for figures in [&mut *scale, &mut *offset, &mut *inverse_deviation] {
            figures.resize(self.channels(), 0.0);
        }
        self.inverse_deviation_into(&weights[self.variance.weights.clone()], inverse_deviation);
        let figures = (&weights[self.mean.weights.clone()], inverse_deviation.as_slice());
        self.affine_into(weights, figures, scale, offset);
    }

    /// Lets the moving figures in `weights` follow the batch's.
    pub(crate) fn follow(&self, mean: &[f32], variance: &[f32], weights: &mut [f32]) {
        for (variable, batch) in [(&self.mean, mean), (&self.variance, variance)] {
            for (moving, batch) in weights[variable.weights.clone()].iter_mut().zip(batch) {
                *moving = *moving * self.momentum + batch * (1.0 - self.momentum);
            }
        }
    }
}

/// A norm's place among those of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NormId(pub(crate) usize);

/// Whose figures normalize.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NormFigures {
    /// The batch's; the moving ones follow.
    Batch,
    /// The moving ones, which stay as they are.
    Moving,
}

/// One norm and its figures for the batch at hand, a value a channel each.
pub(crate) struct Norm {
    variables: NormVariables,
    figures: NormFigures,
    mean: Vec<f32>,
    variance: Vec<f32>,
    inverse_deviation: Vec<f32>,
    scale: Vec<f32>,
    offset: Vec<f32>,
    /// `Σ dz`, then `Σ dz · (y − mean)`, left by the layer after.
    pub(crate) sums: Vec<f64>,
    /// From the gradient of the output to that of the input.
    slope: Vec<f32>,
    shift: Vec<f32>,
}

impl Norm {
    pub(crate) fn new(variables: NormVariables, figures: NormFigures) -> Self {
        let channels = variables.channels();
        let zeros = || vec![0.0; channels];
        Self {
            variables,
            figures,
            mean: zeros(),
            variance: zeros(),
            inverse_deviation: zeros(),
            scale: zeros(),
            offset: zeros(),
            sums: vec![0.0; 2 * channels],
            slope: zeros(),
            shift: zeros(),
        }
    }

    /// Where the layer before puts the batch's figures; nowhere if they do not count.
    pub(crate) fn moments(&mut self) -> Option<Moments<'_>> {
        match self.figures {
            NormFigures::Batch => Some(Moments { mean: &mut self.mean, variance: &mut self.variance }),
            NormFigures::Moving => None,
        }
    }

    /// After the layer before has run: the norm as scale and offset.
    pub(crate) fn settle(&mut self, weights: &[f32]) {
        if self.figures == NormFigures::Moving {
            self.mean.copy_from_slice(&weights[self.variables.mean.weights.clone()]);
            self.variance.copy_from_slice(&weights[self.variables.variance.weights.clone()]);
        }
        self.variables.inverse_deviation_into(&self.variance, &mut self.inverse_deviation);
        let figures = (self.mean.as_slice(), self.inverse_deviation.as_slice());
        self.variables.affine_into(weights, figures, &mut self.scale, &mut self.offset);
    }

    /// The norm with the activation after it.
    pub(crate) fn affine(&self, activation: Activation) -> Affine<'_> {
        Affine { scale: &self.scale, offset: &self.offset, activation }
    }

    /// Of the layer's output.
    pub(crate) fn mean(&self) -> &[f32] {
        &self.mean
    }

    /// From the sums over `rows` rows that the layer after left: the gradients of gamma and beta, and the
    /// [`line`](Self::line).
    pub(crate) fn turn(&mut self, rows: usize, gradients: &mut [f32]) {
        let Self { figures, sums, scale, inverse_deviation, slope, shift, .. } = self;
        match figures {
            NormFigures::Batch => norm::turn(sums, rows, scale, inverse_deviation, slope, shift),
            NormFigures::Moving => [slope, shift].into_iter().for_each(|figures| figures.fill(0.0)),
        }
        let (sums, products) = self.sums.split_at(self.mean.len());
        let gradient = |variable: &Option<Variable>| variable.as_ref().and_then(|v| v.gradient.clone());
        if let Some(range) = gradient(&self.variables.gamma) {
            let given = products.iter().zip(&self.inverse_deviation);
            gradients[range].iter_mut().zip(given).for_each(|(gamma, (product, inverse))| {
                *gamma = (product * f64::from(*inverse)) as f32;
            });
        }
        if let Some(range) = gradient(&self.variables.beta) {
            gradients[range].iter_mut().zip(sums).for_each(|(beta, sum)| *beta = *sum as f32);
        }
    }

    /// How the gradient of the norm's output becomes that of its input, after [`turn`](Self::turn).
    pub(crate) fn line(&self) -> Line<'_> {
        Line { scale: &self.scale, slope: &self.slope, mean: &self.mean, offset: &self.shift }
    }

    /// The gradient of a bias that the layer before adds: none where the batch's own mean takes it away again.
    pub(crate) fn bias_gradient(&self, dbias: &mut [f32]) {
        for (c, bias) in dbias.iter_mut().enumerate() {
            *bias = match self.figures {
                NormFigures::Batch => 0.0,
                NormFigures::Moving => (f64::from(self.scale[c]) * self.sums[c]) as f32,
            };
        }
    }

    /// Lets the moving figures follow the batch's.
    pub(crate) fn follow(&self, weights: &mut [f32]) {
        if self.figures == NormFigures::Batch {
            self.variables.follow(&self.mean, &self.variance, weights);
        }
    }
}

/// The norms of a plan. One may be taken out to be written while another is read.
#[derive(Default)]
pub(crate) struct Norms(Vec<Option<Norm>>);

impl Norms {
    /// The place of the norm that is added next.
    pub(crate) fn next(&self) -> NormId {
        NormId(self.0.len())
    }

    pub(crate) fn add(&mut self, norm: Norm) -> NormId {
        let id = self.next();
        self.0.push(Some(norm));
        id
    }

    pub(crate) fn get(&self, id: NormId) -> &Norm {
        match &self.0[id.0] {
            Some(norm) => norm,
            None => unreachable!("a norm is put back before it is read"),
        }
    }

    pub(crate) fn get_mut(&mut self, id: NormId) -> &mut Norm {
        match &mut self.0[id.0] {
            Some(norm) => norm,
            None => unreachable!("a norm is put back before it is written"),
        }
    }

    pub(crate) fn take(&mut self, id: NormId) -> Norm {
        match self.0[id.0].take() {
            Some(norm) => norm,
            None => unreachable!("a norm is put back before it is taken again"),
        }
    }

    pub(crate) fn put(&mut self, id: NormId, norm: Norm) {
        self.0[id.0] = Some(norm);
    }

    pub(crate) fn follow(&self, weights: &mut [f32]) {
        self.0.iter().flatten().for_each(|norm| norm.follow(weights));
    }
}
