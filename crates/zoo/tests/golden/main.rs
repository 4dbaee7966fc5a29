//! With weights, norms' figures and pictures made by a formula, each network computes what Keras computes; what Keras
//! lacks is judged by torchvision and timm. Only a few numbers are kept: `cargo xtask golden` writes them.
#![allow(clippy::expect_used, clippy::print_stdout, reason = "a test fails by a panic and may speak")]

mod formula;
mod inference;
mod kept;
#[path = "../mistakes/mod.rs"]
mod mistakes;
mod rebuilt;
mod table;
mod training;

use std::collections::BTreeSet;

use graph::{Graph, Weights};
use inference::{TOLERANCE, farther};
use kept::Network;
use linnaeus_zoo::{Architecture, Options, all, families, find};
use mistakes::{IN_LAYERS, IN_SCALING};
use rebuilt::{bare, rebuilt};

#[test]
fn every_network_has_a_judge() {
    let judged = kept::networks();
    let names: BTreeSet<&str> = judged.iter().map(|network| network.name.as_str()).collect();
    for architecture in all() {
        let name = architecture.name;
        assert!(names.contains(name), "nobody judges {name}: run `cargo xtask golden {name}`");
    }
    assert_eq!(names.len(), all().count(), "the files of networks that are gone are to be removed");
    for first in families().map(|family| family[0].name) {
        let network = judged.iter().find(|network| network.name == first).expect("it is judged");
        assert!(network.training.is_some(), "{first} is its family's first and takes no training step");
    }
    table::record("judge", all().map(|a| (a.name.to_owned(), judge(&judged, a))));
}

fn judge(judged: &[Network], architecture: &Architecture) -> String {
    let network = judged.iter().find(|network| network.name == architecture.name);
    network.map(|network| network.judge.clone()).expect("it is judged")
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
            farthest = farther(farthest, compared.logits);
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
/// Where all activations are smooth both are some 1e-6 off, where there are kinks some 1e-3: of the values that lie at
/// a kink, rounding puts some on its other side, and which ones is chance. A mistake changes gradients by far more.
fn allowed(float32_apart: f64) -> f64 {
    assert!(float32_apart < 0.02, "float32 is {float32_apart} off by itself: it judges nothing");
    (6.0 * float32_apart).max(TOLERANCE)
}

#[test]
fn deliberate_mistakes_are_found() {
    for (name, mistakes) in IN_LAYERS {
        let network = networks().find(|network| network.name == name).expect("it is judged");
        let small = &network.inference[1];
        let graph = bare(&build(&network, small.input, small.logits.count));
        let wrong = |graph: &Graph| {
            let weights = formula::weights(graph, network.gain, network.pixels);
            inference::compare(graph, &weights, small).wrong
        };
        assert_eq!(wrong(&graph), [""; 0]);
        for (mistake, replaced) in mistakes.iter().chain([&IN_SCALING]) {
            assert!(!wrong(&rebuilt(&graph, replaced)).is_empty(), "{name}: {mistake}");
        }
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
    let architecture = architecture(network);
    let built = architecture.build(&Options::new(input, architecture.classifier(classes)));
    built.unwrap_or_else(|error| panic!("{}: {error}", network.name))
}

/// As people write it: 25,636,712.
fn thousands(count: usize) -> String {
    let digits = count.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(|group| String::from_utf8_lossy(group).into_owned());
    groups.collect::<Vec<_>>().join(",")
}
