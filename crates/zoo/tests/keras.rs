//! Every layer of the architectures against what Keras builds, as `data/golden.py keras` writes it.

#![allow(clippy::expect_used, reason = "a test fails by a panic")]

mod fnv1a;
mod keras_layers;

use std::path::{Path, PathBuf};

use fnv1a::fnv1a;
use keras_layers::lines;
use linnaeus_zoo::{Options, Top, find};

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
    let options = Options::new([dims[0], dims[1], dims[2]], Top::Published { classes: 1000 });
    let graph = architecture.build(&options.alpha(alpha.parse().expect("a number")));
    let graph = graph.unwrap_or_else(|error| panic!("{line}: {error}"));
    // Keras lists layers by their distance from the output, which says nothing that their inputs do not say.
    let mut lines = lines(&graph);
    lines.sort();
    if let Some(folder) = std::env::var_os("ZOO_LINES") {
        let text = lines.iter().map(|line| format!("{line}\n")).collect::<String>();
        let file = format!("{}.txt", variant.join("_"));
        std::fs::write(PathBuf::from(folder).join(file), text).expect("a folder");
    }
    let ours =
        [lines.len().to_string(), graph.parameter_count().to_string(), format!("{:016x}", fnv1a(&lines))];
    (ours != [*layers, *parameters, *hash]).then(|| format!("Keras: {line}, ours: {}", ours.join(" ")))
}

/// To see what differs, write both sides' lines: `KERAS_LINES=A python golden.py keras FAMILY` and `ZOO_LINES=B` here.
#[test]
fn every_layer_is_kerass() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/keras");
    let (mut seen, mut differences) = (0, Vec::new());
    for file in std::fs::read_dir(folder).expect("the folder is there") {
        let text = std::fs::read_to_string(file.expect("an entry").path()).expect("a text");
        seen += text.lines().count();
        differences.extend(text.lines().filter_map(difference));
    }
    assert!(seen >= 80, "only {seen} variants");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
