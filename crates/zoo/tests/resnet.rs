//! The ResNets against what Keras builds, written by `data/golden.py`.

mod keras_layers;

use graph::Graph;
use keras_layers::{fnv1a, lines};
use linnaeus_zoo::{Options, Top, find};

fn build(name: &str, input: [usize; 3]) -> Graph {
    let architecture = find(name).unwrap_or_else(|error| panic!("{error}"));
    let built = architecture.build(&Options::new(input, Top::Published { classes: 1000 }));
    built.unwrap_or_else(|error| panic!("{name}, {input:?}: {error}"))
}

/// Keras lists layers by their distance from the output, which says nothing that their inputs do not say.
fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort();
    lines
}

#[test]
fn every_layer_is_kerass() {
    let keras = include_str!("data/resnet50_layers.txt").lines().map(str::to_owned).collect();
    let graph = build("resnet50", [224, 224, 3]);
    assert_eq!(sorted(lines(&graph)), sorted(keras));
    assert_eq!(graph.parameter_count(), 25_636_712);
    assert_eq!(graph.trained_count(), 25_583_592);
}

#[test]
fn every_depth_and_size_is_kerass() {
    let mut seen = 0;
    for variant in include_str!("data/resnet_variants.txt").lines() {
        let [name, input, layers, parameters, hash] = variant.split(' ').collect::<Vec<_>>()[..] else {
            panic!("five words expected: {variant}");
        };
        let dims: Vec<usize> = input.split('x').map(|d| d.parse().expect("a number")).collect();
        let graph = build(name, [dims[0], dims[1], dims[2]]);
        let lines = sorted(lines(&graph));
        assert_eq!(lines.len().to_string(), layers, "{variant}");
        assert_eq!(graph.parameter_count().to_string(), parameters, "{variant}");
        assert_eq!(format!("{:016x}", fnv1a(&lines)), hash, "{variant}");
        seen += 1;
    }
    assert_eq!(seen, 8);
}
