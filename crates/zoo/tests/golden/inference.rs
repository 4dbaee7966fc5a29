//! What a network gives for a picture, held against what its judge gave.

use std::sync::Arc;

use engine::{Pool, Predictor};
use graph::{Graph, Weights};

use crate::formula;
use crate::kept::Inference;

/// Of the deviation of what a layer gives, or of its mean if that is larger.
pub(crate) const TOLERANCE: f64 = 1e-4;

/// How far a pass is from the judge's.
pub(crate) struct Compared {
    /// The logits, as a part of their deviation.
    pub(crate) logits: f64,
    /// What is further off than the tolerance.
    pub(crate) wrong: Vec<String>,
}

/// Runs `graph`, which ends in logits, on the first picture.
pub(crate) fn compare(graph: &Graph, weights: &Weights, pass: &Inference) -> Compared {
    let pool = Arc::new(Pool::new(2));
    let mut picture = vec![0.0; pass.input.iter().product()];
    formula::draw(pass.input, &mut picture);
    let output = |layer: &str| {
        let end = graph.find(layer).unwrap_or_else(|error| panic!("{error}"));
        let mut predictor = Predictor::up_to(graph, weights, end, 1, &pool).expect("a plan");
        predictor.input(1).copy_from_slice(&picture);
        predictor.run(1).to_vec()
    };
    let mut wrong = Vec::new();
    let mut judge = |what: &str, apart: f64| {
        if apart.is_nan() || apart > TOLERANCE {
            wrong.push(format!("{} at {:?}: {what} {apart:.1e} apart", graph.name(), pass.input));
        }
    };
    for (layer, mean, deviation) in &pass.stages {
        judge(layer, figures_apart(&output(layer), (*mean, *deviation)));
    }
    let logits = output(&graph.node(graph.output()).name);
    assert_eq!(logits.len(), pass.logits.count);
    let first = logits.iter().zip(&pass.logits.first).map(|(ours, judges)| (f64::from(*ours) - judges).abs());
    let first = first.fold(0.0, farther) / pass.logits.figures.1;
    let all = figures_apart(&logits, pass.logits.figures);
    judge("first logits", first);
    judge("logits", all);
    Compared { logits: farther(first, all), wrong }
}

/// The larger of two differences, or the NaN among them, which is no agreement.
pub(crate) fn farther(a: f64, b: f64) -> f64 {
    if a.is_nan() || a > b { a } else { b }
}

/// How far mean and deviation are from the judge's.
fn figures_apart(values: &[f32], (judges_mean, judges_deviation): (f64, f64)) -> f64 {
    let count = values.len() as f64;
    let mean = values.iter().map(|value| f64::from(*value)).sum::<f64>() / count;
    let variance = values.iter().map(|value| (f64::from(*value) - mean).powi(2)).sum::<f64>() / count;
    let apart = farther((mean - judges_mean).abs(), (variance.sqrt() - judges_deviation).abs());
    apart / judges_mean.abs().max(judges_deviation)
}
