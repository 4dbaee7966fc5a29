//! Every layer of the architectures against what Keras builds, as `data/golden.py keras` writes it.

#![allow(clippy::expect_used, reason = "a test fails by a panic")]

mod fnv1a;
mod judge;
mod keras_layers;
mod mistakes;
#[allow(dead_code, reason = "nothing is computed here")]
#[path = "golden/rebuilt.rs"]
mod rebuilt;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use fnv1a::fnv1a;
use graph::Graph;
use judge::judge;
use keras_layers::lines;
use linnaeus_zoo::{Options, all, find};
use mistakes::IN_LAYERS;
use rebuilt::rebuilt;

/// What differs between Keras's model, a line of a file in `data/keras/`, and ours; nothing if they are the same.
fn difference(line: &str) -> Option<String> {
    let [variant @ .., layers, parameters, hash] = &line.split(' ').collect::<Vec<_>>()[..] else {
        panic!("a network and three words expected: {line}");
    };
    let (name, input, alpha) = match variant {
        [name, input] => (name, input, "1"),
        [name, input, alpha] => (name, input, alpha.strip_prefix("alpha=").expect("alpha")),
        _ => panic!("a name, an input and perhaps an alpha expected: {line}"),
    };
    let dims: Vec<usize> = input.split('x').map(|d| d.parse().expect("a number")).collect();
    let architecture = find(name).unwrap_or_else(|error| panic!("{error}"));
    let options = Options::new([dims[0], dims[1], dims[2]], architecture.classifier(1000));
    let graph = architecture.build(&options.alpha(alpha.parse().expect("a number")));
    let graph = graph.unwrap_or_else(|error| panic!("{line}: {error}"));
    if let Some(folder) = std::env::var_os("ZOO_LINES") {
        let text = sorted_lines(&graph).iter().map(|line| format!("{line}\n")).collect::<String>();
        let file = format!("{}.txt", variant.join("_"));
        std::fs::write(PathBuf::from(folder).join(file), text).expect("a folder");
    }
    let ours = described(&graph);
    (ours != [*layers, *parameters, *hash]).then(|| format!("Keras: {line}, ours: {}", ours.join(" ")))
}

/// How many layers and parameters a network has, and the hash of its lines.
fn described(graph: &Graph) -> [String; 3] {
    let lines = sorted_lines(graph);
    [lines.len().to_string(), graph.parameter_count().to_string(), format!("{:016x}", fnv1a(&lines))]
}

/// Keras lists layers by their distance from the output, which says nothing that their inputs do not say.
fn sorted_lines(graph: &Graph) -> Vec<String> {
    let mut lines = lines(graph);
    lines.sort();
    lines
}

/// To see what differs, write both sides' lines: `KERAS_LINES=A python golden.py keras NAME` and `ZOO_LINES=B` here.
#[test]
fn every_layer_is_kerass() {
    let differences: Vec<String> = variants().iter().filter_map(|line| difference(line)).collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn every_network_that_keras_has_is_compared() {
    let variants = variants();
    let compared: HashSet<&str> = variants.iter().filter_map(|line| line.split(' ').next()).collect();
    for name in all().map(|architecture| architecture.name) {
        // What nobody judged yet should be Keras's too.
        let is_kerass = judge(name).is_none_or(|judge| judge.starts_with("Keras"));
        assert!(
            !is_kerass || compared.contains(name),
            "no line in tests/data/keras names {name}: give it a row in tests/golden/python/families.py (or, if Keras \
             lacks it, in torch_networks.py beside it), and run `cargo xtask golden {name}`"
        );
    }
}

#[test]
fn deliberate_mistakes_are_found() {
    for (name, mistakes) in IN_LAYERS {
        let architecture = find(name).unwrap_or_else(|error| panic!("{error}"));
        let options = Options::new(architecture.default_input, architecture.classifier(1000));
        let graph = architecture.build(&options).expect("the default builds");
        for (mistake, replaced) in mistakes {
            assert_ne!(described(&rebuilt(&graph, replaced)), described(&graph), "{name}: {mistake}");
        }
    }
}

/// The lines of all files in `data/keras/`.
fn variants() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/keras");
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    let text = |path: PathBuf| std::fs::read_to_string(path).expect("a text");
    let texts = entries.map(|entry| text(entry.expect("an entry").path()));
    texts.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect()
}
