//! With weights, norms' figures and pictures made by a formula, each network computes what Keras computes; what Keras
//! lacks is judged by torchvision and timm. Only a few numbers are kept: `cargo xtask golden` writes them.

mod formula;
mod kept;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use engine::{BatchStatistics, Pool, Predictor, Trainer, TrainerOptions};
use graph::{Activation, Dense, Graph, Op, Weights};
use kept::{Inference, Network, Training};
use linnaeus_zoo::{Architecture, Options, Top, all, find};

/// Of logits and stages, as a part of the deviation (or the mean, if that is larger).
const TOLERANCE: f64 = 1e-4;
/// Networks that nobody else has.
const OURS_ALONE: [&str; 2] = ["plain_cnn", "small_cnn"];

#[test]
fn every_network_has_a_judge() {
    let judged: BTreeSet<String> = kept::networks().into_iter().map(|network| network.name).collect();
    let expected = all().map(|architecture| architecture.name).filter(|name| !OURS_ALONE.contains(name));
    assert_eq!(judged, expected.map(String::from).collect(), "`cargo xtask golden NAME` writes a missing one");
    let papers: BTreeSet<&str> = all().map(|architecture| architecture.paper).filter(|p| !p.is_empty()).collect();
    let trained = networks().filter(|network| network.training.is_some());
    assert_eq!(trained.map(|network| architecture(&network).paper).collect::<BTreeSet<_>>(), papers);
}

#[test]
fn every_network_computes_what_its_judge_computes() {
    let (mut parameters, mut logits) = (BTreeMap::new(), BTreeMap::new());
    let mut wrong = Vec::new();
    for network in networks() {
        let mut weights: Option<Weights> = None;
        let mut apart = Vec::new();
        for pass in &network.inference {
            let graph = bare(&build(&network, pass.input, pass.logits.count));
            let fitting = weights.take().filter(|weights| weights.check(&graph).is_ok());
            let made = fitting.unwrap_or_else(|| formula::weights(&graph, network.gain, network.pixels));
            parameters.insert(network.name.clone(), (graph.parameter_count(), network.parameters));
            apart.push(distance(&graph, &made, pass, &network.name, &mut wrong));
            weights = Some(made);
        }
        let farthest = apart.into_iter().fold(0.0, f64::max);
        println!("{}: {farthest:.1e} apart from {}", network.name, network.judge);
        logits.insert(network.name, format!("{farthest:.0e}"));
    }
    let differ = parameters.iter().filter(|(_, (ours, judges))| ours != judges);
    wrong.extend(differ.map(|(name, (ours, judges))| format!("{name}: {ours} parameters instead of {judges}")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let counts = parameters.into_iter().map(|(name, (count, _))| (name, thousands(count)));
    table::record("parameters", &counts.collect());
    table::record("logits", &logits);
}

/// Everything learns and nothing is dropped. The loss is the judge's in float64, and no layer's gradient has a norm that
/// is further from it than [`allowed`] by how far the judge's own float32 goes.
#[test]
fn a_training_step_of_each_family_is_its_judges() {
    let (mut cells, mut wrong) = (BTreeMap::new(), Vec::new());
    for network in networks() {
        let Some(step) = &network.training else { continue };
        let graph = bare(&build(&network, step.input, step.classes));
        let weights = formula::weights(&graph, network.gain, network.pixels);
        let (loss, norms) = train(&graph, weights, step);
        let loss_apart = (loss / step.loss - 1.0).abs();
        let whole = step.gradients.values().map(|norm| norm * norm).sum::<f64>().sqrt();
        assert_eq!(norms.keys().collect::<Vec<_>>(), step.gradients.keys().collect::<Vec<_>>(), "{}", network.name);
        let apart = norms.iter().zip(step.gradients.values()).map(|((layer, ours), judges)| {
            ((ours - judges).abs() / judges.max(LEAST_SHARE * whole), layer)
        });
        let (farthest, layer) = apart.max_by(|a, b| a.0.total_cmp(&b.0)).expect("a layer");
        let [allowed_loss, allowed] = [step.float32_apart.loss, step.float32_apart.gradients].map(allowed);
        println!(
            "{}: loss {loss_apart:.1e} apart ({allowed_loss:.1e}), gradients {farthest:.1e} ({allowed:.1e}) at {layer}",
            network.name
        );
        if !(loss_apart <= allowed_loss && farthest <= allowed) {
            wrong.push(format!("{}: loss {loss_apart:.1e} apart, {layer} {farthest:.1e}", network.name));
        }
        cells.insert(network.name, format!("{farthest:.0e}"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    table::record("gradients", &cells);
}

/// A layer whose gradients are shorter than this share of the whole counts as that long: before a norm, a bias has
/// no gradient but rounding.
const LEAST_SHARE: f64 = 1e-3;

/// How far a number may be off whose judge is so far off in float32 itself.
///
/// Where all activations are smooth both are some 1e-6 off, where there are kinks some 1e-3: of the values that lie at a
/// kink, rounding puts some on its other side, and which ones is chance. A mistake changes gradients by far more.
fn allowed(float32_apart: f64) -> f64 {
    assert!(float32_apart < 0.02, "float32 is {float32_apart} off by itself: it judges nothing");
    (4.0 * float32_apart).max(TOLERANCE)
}

/// What is kept of each network of the zoo.
fn networks() -> impl Iterator<Item = Network> {
    kept::networks().into_iter().filter(|network| find(&network.name).is_ok())
}

fn architecture(network: &Network) -> &'static Architecture {
    find(&network.name).unwrap_or_else(|error| panic!("{error}"))
}

fn build(network: &Network, input: [usize; 3], classes: usize) -> Graph {
    let built = architecture(network).build(&Options::new(input, Top::Published { classes }));
    built.unwrap_or_else(|error| panic!("{}: {error}", network.name))
}

/// The same network with nothing dropped in training, and without its softmax.
fn bare(graph: &Graph) -> Graph {
    let input = &graph.nodes()[0];
    let mut bare = Graph::new(graph.name(), &input.name, input.shape.clone()).expect("it was built");
    for node in &graph.nodes()[1..] {
        let op = match &node.op {
            Op::Dropout(_) => Op::Dropout(0.0),
            Op::StochasticDepth(_) => Op::StochasticDepth(0.0),
            Op::Activation(Activation::Softmax) => Op::Activation(Activation::Linear),
            Op::Dense(dense) if dense.activation == Activation::Softmax => {
                Op::Dense(Dense { activation: Activation::Linear, ..dense.clone() })
            }
            op => op.clone(),
        };
        bare.add(&node.name, op, &node.inputs).expect("it was built");
    }
    bare
}

/// How far the logits are from the judge's; what is further than the tolerance, stages too, is added to `wrong`.
fn distance(graph: &Graph, weights: &Weights, pass: &Inference, name: &str, wrong: &mut Vec<String>) -> f64 {
    let pool = Arc::new(Pool::new(2));
    let mut picture = vec![0.0; pass.input.iter().product()];
    formula::draw(pass.input, &mut picture);
    let output = |layer: &str| {
        let end = graph.find(layer).unwrap_or_else(|error| panic!("{error}"));
        let mut predictor = Predictor::up_to(graph, weights, end, 1, &pool).expect("a plan");
        predictor.input(1).copy_from_slice(&picture);
        predictor.run(1).to_vec()
    };
    let mut judge = |what: &str, ours: (f64, f64), judges: (f64, f64)| {
        let scale = judges.0.abs().max(judges.1);
        let apart = ((ours.0 - judges.0).abs().max((ours.1 - judges.1).abs())) / scale;
        if apart.is_nan() || apart > TOLERANCE {
            wrong.push(format!("{name} at {:?}, {what}: {apart:.1e}, {ours:?} instead of {judges:?}", pass.input));
        }
        apart
    };
    for (layer, mean, deviation) in &pass.stages {
        judge(layer, figures(&output(layer)), (*mean, *deviation));
    }
    let logits = output(&graph.node(graph.output()).name);
    assert_eq!(logits.len(), pass.logits.count);
    let of_figures = judge("logits", figures(&logits), pass.logits.figures);
    let apart = logits.iter().zip(&pass.logits.first).map(|(ours, judges)| (f64::from(*ours) - judges).abs());
    let farthest = apart.fold(0.0, f64::max) / pass.logits.figures.1;
    if farthest.is_nan() || farthest > TOLERANCE {
        wrong.push(format!("{name} at {:?}: logits {farthest:.1e} apart", pass.input));
    }
    farthest.max(of_figures)
}

/// Mean and deviation.
fn figures(values: &[f32]) -> (f64, f64) {
    let mean = values.iter().map(|v| f64::from(*v)).sum::<f64>() / values.len() as f64;
    let square = values.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / values.len() as f64;
    (mean, square.sqrt())
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
        let most = f64::from(logits.iter().copied().fold(f32::MIN, f32::max));
        let sum: f64 = logits.iter().map(|logit| (f64::from(*logit) - most).exp()).sum();
        loss += (most + sum.ln() - f64::from(logits[picture % step.classes])) / step.pictures as f64;
        for (class, logit) in logits.iter_mut().enumerate() {
            let probability = (f64::from(*logit) - most).exp() / sum;
            let truth = f64::from(u8::from(class == picture % step.classes));
            *logit = ((probability - truth) / step.pictures as f64) as f32;
        }
    }
    trainer.backward(step.pictures, &gradient);
    let mut squares = BTreeMap::new();
    for slot in trainer.slots() {
        let layer = graph.node(graph.parameter(slot.parameter).node).name.clone();
        let values = trainer.gradients()[slot.gradients.clone()].iter();
        *squares.entry(layer).or_insert(0.0) += values.map(|v| f64::from(*v).powi(2)).sum::<f64>();
    }
    (loss, squares.into_iter().map(|(layer, square): (String, f64)| (layer, square.sqrt())).collect())
}

/// As people write it: 25,636,712.
fn thousands(count: usize) -> String {
    let digits = count.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(|group| String::from_utf8_lossy(group).into_owned());
    groups.collect::<Vec<_>>().join(",")
}
