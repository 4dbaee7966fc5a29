//! MobileNetV2 against what Keras builds, written by `data/golden.py`.

mod keras_layers;

use graph::Graph;
use keras_layers::{fnv1a, lines};
use linnaeus_zoo::{Options, Top, find};

fn build(alpha: f32, input: [usize; 3]) -> Graph {
    let architecture = find("mobilenet_v2").unwrap_or_else(|error| panic!("{error}"));
    let built = architecture.build(&Options::new(input, Top::Published { classes: 1000 }).alpha(alpha));
    built.unwrap_or_else(|error| panic!("alpha {alpha}, {input:?}: {error}"))
}

#[test]
fn every_layer_is_kerass() {
    let keras: Vec<&str> = include_str!("data/mobilenet_v2_layers.txt").lines().collect();
    let graph = build(1.0, [224, 224, 3]);
    assert_eq!(lines(&graph), keras);
    assert_eq!(graph.parameter_count(), 3_538_984);
}

#[test]
fn every_width_and_size_is_kerass() {
    let mut seen = 0;
    for variant in include_str!("data/mobilenet_v2_variants.txt").lines() {
        let [alpha, input, layers, parameters, hash] = variant.split(' ').collect::<Vec<_>>()[..] else {
            panic!("five words expected: {variant}");
        };
        let dims: Vec<usize> = input.split('x').map(|d| d.parse().expect("a number")).collect();
        let graph = build(alpha.parse().expect("a number"), [dims[0], dims[1], dims[2]]);
        let lines = lines(&graph);
        assert_eq!(lines.len().to_string(), layers, "{variant}");
        assert_eq!(graph.parameter_count().to_string(), parameters, "{variant}");
        assert_eq!(format!("{:016x}", fnv1a(&lines)), hash, "{variant}");
        seen += 1;
    }
    assert_eq!(seen, 42);
}
