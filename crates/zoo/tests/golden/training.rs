//! A training step, held against its judge's: everything learns, nothing is dropped, norms take the batch's figures.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::{BatchStatistics, Pool, Trainer, TrainerOptions};
use graph::{Graph, Weights};

use crate::formula;
use crate::kept::Training;

/// A layer whose gradients are shorter than this share of the whole counts as that long: before a norm, a bias has
/// no gradient but rounding.
const LEAST_SHARE: f64 = 1e-3;

/// How far a step is from the judge's in float64, as parts of it.
pub(crate) struct Compared {
    pub(crate) loss: f64,
    /// The norm of the gradients of the layer whose norm is furthest off.
    pub(crate) gradients: f64,
    /// Its name.
    pub(crate) layer: String,
}

/// Takes a step of `graph`, which ends in logits.
pub(crate) fn compare(graph: &Graph, weights: Weights, step: &Training) -> Compared {
    let (loss, norms) = train(graph, weights, step);
    let whole = step.gradients.values().map(|norm| norm * norm).sum::<f64>().sqrt();
    let names = |norms: &BTreeMap<String, f64>| norms.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&norms), names(&step.gradients), "{}: other layers learn", graph.name());
    let apart = norms.into_iter().zip(step.gradients.values()).map(|((layer, ours), judges)| {
        let apart = (ours - judges).abs() / judges.max(LEAST_SHARE * whole);
        (if apart.is_nan() { f64::INFINITY } else { apart }, layer)
    });
    let (gradients, layer) = apart.max_by(|a, b| a.0.total_cmp(&b.0)).expect("a layer");
    Compared { loss: (loss / step.loss - 1.0).abs(), gradients, layer }
}

/// The mean cross-entropy of pictures whose classes take turns, and the norm of each layer's gradients.
fn train(graph: &Graph, weights: Weights, step: &Training) -> (f64, BTreeMap<String, f64>) {
    let options =
        TrainerOptions { batch: step.pictures, start: None, statistics: BatchStatistics::Batch, seed: 0 };
    let mut trainer = Trainer::new(graph, weights, &options, &Arc::new(Pool::new(2))).expect("a plan");
    formula::draw(step.input, trainer.input(step.pictures));
    let mut gradient = trainer.forward(step.pictures, 0).values.to_vec();
    let mut loss = 0.0;
    for (picture, logits) in gradient.chunks_exact_mut(step.classes).enumerate() {
        let truth = picture % step.classes;
        loss += cross_entropy(logits, truth) / step.pictures as f64;
        logits.iter_mut().for_each(|value| *value /= step.pictures as f32);
    }
    trainer.backward(step.pictures, &gradient);
    let mut squares: BTreeMap<String, f64> = BTreeMap::new();
    for slot in trainer.slots() {
        let layer = &graph.node(graph.parameter(slot.parameter).node).name;
        let values = trainer.gradients()[slot.gradients.clone()].iter();
        *squares.entry(layer.clone()).or_default() +=
            values.map(|value| f64::from(*value).powi(2)).sum::<f64>();
    }
    (loss, squares.into_iter().map(|(layer, square)| (layer, square.sqrt())).collect())
}

/// The cross-entropy of one picture's logits, which become its gradient.
fn cross_entropy(logits: &mut [f32], truth: usize) -> f64 {
    let most = f64::from(logits.iter().copied().fold(f32::MIN, f32::max));
    let sum: f64 = logits.iter().map(|logit| (f64::from(*logit) - most).exp()).sum();
    let loss = most + sum.ln() - f64::from(logits[truth]);
    for (class, logit) in logits.iter_mut().enumerate() {
        let probability = (f64::from(*logit) - most).exp() / sum;
        *logit = (probability - f64::from(u8::from(class == truth))) as f32;
    }
    loss
}
