//! Every layer of the architectures against what Keras builds, as `data/golden.py keras` writes it.

mod keras_layers;

use std::path::{Path, PathBuf};

use keras_layers::{fnv1a, lines};
use linnaeus_zoo::{Options, Top, find};

/// What differs between Keras's model, a line of a file in `data/keras/`, and ours; nothing if they are the same.
fn difference(variant: &str) -> Option<String> {
    let [name, input, layers, parameters, hash] = variant.split(' ').collect::<Vec<_>>()[..] else {
        panic!("five words expected: {variant}");
    };
    let dims: Vec<usize> = input.split('x').map(|d| d.parse().expect("a number")).collect();
    let architecture = find(name).unwrap_or_else(|error| panic!("{error}"));
    let options = Options::new([dims[0], dims[1], dims[2]], Top::Published { classes: 1000 });
    let graph = architecture.build(&options).unwrap_or_else(|error| panic!("{variant}: {error}"));
    // Keras lists layers by their distance from the output, which says nothing that their inputs do not say.
    let mut lines = lines(&graph);
    lines.sort();
    if let Some(folder) = std::env::var_os("ZOO_LINES") {
        let text = lines.iter().map(|line| format!("{line}\n")).collect::<String>();
        std::fs::write(PathBuf::from(folder).join(format!("{name}_{input}.txt")), text).expect("a folder");
    }
    let ours =
        [lines.len().to_string(), graph.parameter_count().to_string(), format!("{:016x}", fnv1a(&lines))];
    (ours != [layers, parameters, hash]).then(|| format!("Keras: {variant}, ours: {}", ours.join(" ")))
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
    assert!(seen >= 8, "only {seen} variants");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
