//! With weights, norms' figures and pictures made by a formula, each network computes what Keras computes; what Keras
//! lacks is judged by torchvision and timm. Only a few numbers are kept: `cargo xtask golden` writes them.
#![allow(clippy::expect_used, clippy::print_stdout, reason = "a test fails by a panic and may speak")]

mod formula;
mod inference;
mod kept;
mod rebuilt;
mod table;
mod training;

use std::collections::{BTreeSet, HashMap};

use graph::{Activation, BatchNorm, Graph, Node, Op, Weights};
use inference::TOLERANCE;
use kept::Network;
use linnaeus_zoo::{Architecture, Options, Top, all, find};
use rebuilt::{bare, rebuilt};

/// Networks that nobody else has.
const OURS_ALONE: [&str; 2] = ["plain_cnn", "small_cnn"];

#[test]
fn every_network_has_a_judge() {
    let judged: HashMap<String, Network> =
        kept::networks().into_iter().map(|n| (n.name.clone(), n)).collect();
    let expected = all().map(|architecture| architecture.name).filter(|name| !OURS_ALONE.contains(name));
    let expected: BTreeSet<&str> = expected.collect();
    let names: BTreeSet<&str> = judged.keys().map(String::as_str).collect();
    assert_eq!(names, expected, "`cargo xtask golden NAME` writes a missing one");
    let papers: BTreeSet<&str> = all().map(|a| a.paper).filter(|paper| !paper.is_empty()).collect();
    let trained = judged.values().filter(|network| network.training.is_some());
    assert_eq!(trained.map(|network| architecture(network).paper).collect::<BTreeSet<_>>(), papers);
    let judge =
        |a: &Architecture| judged.get(a.name).map_or("none: our own", |network| network.judge.as_str());
    table::record("judge", all().map(|a| (a.name.to_owned(), judge(a).to_owned())));
}

#[test]
fn every_network_computes_what_its_judge_computes() {
    let (mut counts, mut logits, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
    for network in networks() {
        let mut weights: Option<Weights> = None;
        let mut farthest = 0.0_f64;
        for pass in &network.inference {
            let graph = bare(&build(&network, pass.input, pass.logits.count));
            // Those of another size, unless a layer counts positions.
            let fitting = weights.take().filter(|weights| weights.check(&graph).is_ok());
            let made = fitting.unwrap_or_else(|| formula::weights(&graph, network.gain, network.pixels));
            let compared = inference::compare(&graph, &made, pass);
            farthest = farthest.max(compared.logits);
            wrong.extend(compared.wrong);
            weights = Some(made);
        }
        println!("{}: logits {farthest:.1e} apart from {}", network.name, network.judge);
        let count = build(&network, architecture(&network).default_input, 1000).parameter_count();
        if count != network.parameters {
            wrong.push(format!("{}: {count} parameters instead of {}", network.name, network.parameters));
        }
        counts.push((network.name.clone(), thousands(count)));
        logits.push((network.name, format!("{farthest:.0e}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    table::record("parameters", counts);
    table::record("logits", logits);
}

#[test]
fn a_training_step_of_each_family_is_its_judges() {
    let (mut cells, mut wrong) = (Vec::new(), Vec::new());
    for network in networks() {
        let Some(step) = &network.training else { continue };
        let graph = bare(&build(&network, step.input, step.classes));
        let weights = formula::weights(&graph, network.gain, network.pixels);
        let training::Compared { loss, gradients, layer } = training::compare(&graph, weights, step);
        let line =
            format!("{}: loss {loss:.1e} apart, gradients at most {gradients:.1e}, at {layer}", network.name);
        println!("{line}");
        let by_itself = &step.float32_apart;
        if !(loss <= allowed(by_itself.loss) && gradients <= allowed(by_itself.gradients)) {
            wrong.push(line);
        }
        cells.push((network.name, format!("{gradients:.0e} ({:.0e})", by_itself.gradients)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    table::record("gradients", cells);
}

/// How far a number may be off whose judge is so far off in float32 itself.
///
/// Where all activations are smooth both are some 1e-6 off, where there are kinks some 1e-3: of the values that lie at a
/// kink, rounding puts some on its other side, and which ones is chance. A mistake changes gradients by far more.
fn allowed(float32_apart: f64) -> f64 {
    assert!(float32_apart < 0.02, "float32 is {float32_apart} off by itself: it judges nothing");
    (6.0 * float32_apart).max(TOLERANCE)
}

/// The op that stands in for a node's.
type Replaced = fn(&Node) -> Option<Op>;

/// What is easily done wrong when a network is written down.
#[test]
fn deliberate_mistakes_are_found() {
    let mistakes: [(&str, Replaced); 6] = [
        ("another stride", |node| match &node.op {
            Op::DepthwiseConv2d(conv) if node.name == "block_13_depthwise" => {
                Some(Op::DepthwiseConv2d(conv.clone().stride(1)))
            }
            _ => None,
        }),
        ("a norm left out", |node| {
            (node.name == "block_9_project_BN").then_some(Op::Activation(Activation::Linear))
        }),
        ("the odd zero on the other side", |node| match node.op {
            Op::ZeroPad([top, bottom, left, right]) => Some(Op::ZeroPad([bottom, top, right, left])),
            _ => None,
        }),
        ("another epsilon", |node| match &node.op {
            Op::BatchNorm(norm) => Some(Op::BatchNorm(BatchNorm { epsilon: 1e-5, ..norm.clone() })),
            _ => None,
        }),
        ("another activation", |node| {
            (node.name == "block_16_expand_relu").then_some(Op::Activation(Activation::Relu))
        }),
        ("the input scaled otherwise", |node| match node.op {
            Op::Rescaling { scale, .. } => Some(Op::Rescaling { scale, offset: 0.0 }),
            _ => None,
        }),
    ];
    let network = networks().find(|network| network.name == "mobilenet_v2").expect("it is judged");
    let small = &network.inference[1];
    let graph = bare(&build(&network, small.input, small.logits.count));
    let wrong = |graph: &Graph| {
        let weights = formula::weights(graph, network.gain, network.pixels);
        inference::compare(graph, &weights, small).wrong
    };
    assert!(wrong(&graph).is_empty());
    for (mistake, replaced) in mistakes {
        assert!(!wrong(&rebuilt(&graph, replaced)).is_empty(), "{mistake}");
    }
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

/// As people write it: 25,636,712.
fn thousands(count: usize) -> String {
    let digits = count.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(|group| String::from_utf8_lossy(group).into_owned());
    groups.collect::<Vec<_>>().join(",")
}
