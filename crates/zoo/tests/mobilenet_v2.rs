//! MobileNetV2 against what Keras builds, written by `data/golden.py`.

use graph::{Activation, Graph, Node, Op, Shape};
use linnaeus_zoo::{Options, Top, find};

/// The lines that `data/golden.py` writes for a model.
fn lines(graph: &Graph) -> Vec<String> {
    // Keras's model has no rescaling: its first layer reads the input.
    graph.nodes()[2..].iter().map(|node| line(graph, node)).collect()
}

fn line(graph: &Graph, node: &Node) -> String {
    let dims = |shape: &Shape| shape.dims().iter().map(ToString::to_string).collect::<Vec<_>>().join("x");
    let inputs: Vec<&str> = node.inputs.iter().map(|&id| graph.node(id).name.as_str()).collect();
    let parameters: Vec<String> =
        node.parameters.iter().map(|&id| dims(&graph.parameter(id).shape)).collect();
    let cells = [
        node.name.clone(),
        node.op.keras_class().to_string(),
        inputs.join(" ").replace("rescaling", "input"),
        dims(&node.shape),
        parameters.join(" "),
        settings(&node.op),
    ];
    cells.join(" | ")
}

fn settings(op: &Op) -> String {
    match op {
        Op::Conv2d(c) => format!("stride={},{} {}", c.stride[0], c.stride[1], c.padding.name()),
        Op::DepthwiseConv2d(c) => format!("stride={},{} {}", c.stride[0], c.stride[1], c.padding.name()),
        Op::BatchNorm(b) => format!("momentum={} epsilon={}", b.momentum, b.epsilon),
        Op::Activation(Activation::Relu6) => "max=6".into(),
        Op::ZeroPad([top, bottom, left, right]) => format!("zeros={top},{bottom},{left},{right}"),
        Op::Dense(dense) => dense.activation.name().into(),
        _ => String::new(),
    }
}

fn build(alpha: f32, input: [usize; 3]) -> Graph {
    let architecture = find("mobilenet_v2").unwrap_or_else(|error| panic!("{error}"));
    let built = architecture.build(&Options::new(input, Top::Published).alpha(alpha));
    built.unwrap_or_else(|error| panic!("alpha {alpha}, {input:?}: {error}"))
}

/// FNV-1a, 64 bits, over lines that each end in a line feed.
fn fnv1a(lines: &[String]) -> u64 {
    let bytes = lines.iter().flat_map(|line| line.bytes().chain([b'\n']));
    bytes.fold(0xcbf2_9ce4_8422_2325, |state, byte| (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
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
