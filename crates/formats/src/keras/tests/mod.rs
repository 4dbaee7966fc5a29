//! Against files that Keras made, round trips of our own, and files that are wrong.

mod keras2;
mod refusals;
mod texts;

use std::path::Path;

use graph::{
    Activation, BatchNorm, Conv2d, Dense, DepthwiseConv2d, Graph, Initializer, LayerNorm, NodeId, Op,
    Padding, Pool, SeparableConv2d, Shape, Weights,
};
use serde_json::{Value, json};

use super::*;
use crate::weights::{NO_NAMES, read_into};
use crate::{ErrorKind, Which};

/// Adds one layer after another.
struct Builder {
    graph: Graph,
    last: NodeId,
}

impl Builder {
    fn new(name: &str, input: &str, shape: [usize; 3]) -> Self {
        let graph = Graph::new(name, input, shape).unwrap();
        let last = graph.input();
        Self { graph, last }
    }

    fn then(&mut self, name: &str, op: Op) -> NodeId {
        self.join(name, op, &[self.last])
    }

    fn join(&mut self, name: &str, op: Op, inputs: &[NodeId]) -> NodeId {
        self.last = self.graph.add(name, op, inputs).unwrap();
        self.last
    }
}

/// The model that `make_keras.py` calls `every`: every op, every kind of option.
fn every() -> Graph {
    let mut b = Builder::new("every", "picture", [16, 16, 3]);
    b.then("scale", Op::Rescaling { scale: 1.0 / 127.5, offset: -1.0 });
    b.then("norm", Op::Normalization { mean: vec![0.1, 0.2, 0.3], variance: vec![1.0, 2.0, 3.0] });
    b.then("flip", Op::ReverseChannels);
    b.then("pad", Op::ZeroPad([0, 1, 2, 3]));
    let conv =
        Conv2d::new(4, 3).stride(2).same().activation(Activation::Relu6).initializer(Initializer::HeNormal);
    let conv = b.then("conv", Op::Conv2d(conv));
    b.then(
        "depthwise",
        Op::DepthwiseConv2d(DepthwiseConv2d { multiplier: 2, ..DepthwiseConv2d::new(3).same().no_bias() }),
    );
    let bn = b.then("bn", Op::BatchNorm(BatchNorm { momentum: 0.9, ..BatchNorm::default() }));
    b.graph.set_trainable(bn, false);
    b.then("relu6", Op::Activation(Activation::Relu6));
    let grouped = Conv2d { kernel: [1, 3], dilation: [1, 2], groups: 2, ..Conv2d::new(4, 1).same() };
    let grouped = b.then("grouped", Op::Conv2d(grouped));
    let add = b.join("add", Op::Add, &[conv, grouped]);
    let swish = b.then("swish", Op::Activation(Activation::Swish));
    b.join("concat", Op::Concat, &[add, swish]);
    b.then("max", Op::MaxPool(Pool::new(2)));
    b.then("average", Op::AveragePool(Pool { size: [2, 1], stride: [1, 1], padding: Padding::Same }));
    b.then("bare", Op::BatchNorm(BatchNorm { scale: false, center: false, ..BatchNorm::default() }));
    b.then("relu", Op::Activation(Activation::Relu));
    let drop = b.then("drop", Op::Dropout(0.3));
    let mean = b.then("mean", Op::GlobalAveragePool { keepdims: false });
    let most = b.join("most", Op::GlobalMaxPool { keepdims: false }, &[drop]);
    let flat = b.join("flat", Op::Flatten, &[drop]);
    b.join("all", Op::Concat, &[mean, most, flat]);
    b.then("hidden", Op::Dense(Dense::new(5).activation(Activation::Tanh)));
    b.then("out", Op::Dense(Dense::new(3).activation(Activation::Softmax)));
    b.graph
}

/// The model that `make_keras.py` calls `handbook`: what the networks of `keras.applications` have beyond `every`.
fn handbook() -> Graph {
    let mut b = Builder::new("handbook", "picture", [12, 12, 3]);
    b.then("each", Op::Normalization { mean: vec![0.0; 3], variance: vec![4.0, 16.0, 64.0] });
    let separable = SeparableConv2d {
        multiplier: 2,
        activation: Activation::HardSwish,
        depthwise_initializer: Initializer::HeUniform,
        pointwise_initializer: Initializer::TruncatedNormal(0.02),
        ..SeparableConv2d::new(4, 3).stride(2).same().no_bias()
    };
    b.then("separable", Op::SeparableConv2d(separable));
    b.then("layer_norm", Op::LayerNorm(LayerNorm { epsilon: 1e-6, ..LayerNorm::default() }));
    b.then("crop", Op::Crop([1, 0, 0, 1]));
    let exact = b.then("exact", Op::Dense(Dense::new(4).activation(Activation::Gelu)));
    b.then("layer_scale", Op::LayerScale { start: 1e-6 });
    let path = b.then("path", Op::StochasticDepth(0.1));
    let residual = b.join("residual", Op::Add, &[exact, path]);
    b.then("up", Op::Conv2d(Conv2d::new(4, 1).initializer(Initializer::Constant(0.25))));
    let dropped = b.then("drop_path", Op::StochasticDepth(0.2));
    let scaled = b.join("scaled", Op::AddScaled(0.17), &[residual, dropped]);
    b.then("squeeze", Op::GlobalAveragePool { keepdims: true });
    let excite = b.then("excite", Op::Conv2d(Conv2d::new(4, 1).activation(Activation::HardSigmoid)));
    let gate = b.join("gate", Op::Multiply, &[scaled, excite]);
    b.then("add", Op::Rescaling { scale: 1.0, offset: 3.0 });
    b.then("relu6", Op::Activation(Activation::Relu6));
    let sixth = b.then("multiply", Op::Rescaling { scale: 1.0 / 6.0, offset: 0.0 });
    b.join("multiply_1", Op::Multiply, &[gate, sixth]);
    b.then("gelu", Op::Activation(Activation::Gelu));
    b.then("most", Op::GlobalMaxPool { keepdims: true });
    b.then("row", Op::Reshape(Shape::from([4])));
    b.then("out", Op::Dense(Dense::new(3)));
    b.graph
}

/// The values that `make_keras.py` gives to a variable.
fn ramp(name: &str, count: usize) -> Vec<f32> {
    let start: u32 = name.bytes().map(u32::from).sum();
    (0..count).map(|k| (k as f64 + f64::from(start)) as f32 / 1024.0).collect()
}

fn ramps(graph: &Graph) -> Weights {
    let mut weights = Weights::zeros(graph);
    for parameter in graph.parameters() {
        weights.get_mut(parameter).copy_from_slice(&ramp(&parameter.name, parameter.len()));
    }
    weights
}

fn golden(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

#[test]
fn every_layer_that_keras_wrote_is_read() {
    let contents = read(&golden("every.keras")).unwrap();
    assert_eq!(contents.graph, every());
    assert_eq!(contents.weights, ramps(&contents.graph));
    assert_eq!((contents.card, contents.left_out), (None, vec![]));
}

#[test]
fn the_layers_of_the_handbooks_networks_are_read() {
    let contents = read(&golden("handbook.keras")).unwrap();
    assert_eq!(contents.graph, handbook());
    // Keras gives the one variable of its LayerScale no name.
    let mut expected = ramps(&contents.graph);
    let gamma = contents.graph.parameters().iter().find(|p| p.name == "layer_scale/gamma").unwrap();
    expected.get_mut(gamma).copy_from_slice(&ramp("layer_scale/variable", 4));
    assert_eq!(contents.weights, expected);
}

/// Every op is in one of the two models, so a new one must come with its class.
#[test]
fn every_op_has_its_class() {
    let graphs = [every(), handbook()];
    let classes: std::collections::BTreeSet<&str> =
        graphs.iter().flat_map(|graph| graph.nodes()).map(|node| node.op.keras_class()).collect();
    assert_eq!(classes, Op::KERAS_CLASSES.into_iter().collect());
}

#[test]
fn models_in_models_become_one_graph() {
    let Contents { graph, weights, left_out, .. } = read(&golden("nested.keras")).unwrap();
    let described: Vec<(&str, &str, bool)> =
        graph.nodes().iter().map(|n| (n.name.as_str(), n.op.keras_class(), n.trainable)).collect();
    assert_eq!(
        described,
        [
            ("picture", "InputLayer", true),
            ("true_divide", "Rescaling", true),
            ("subtract", "Rescaling", true),
            ("adapted", "Normalization", true),
            ("conv", "Conv2D", false),
            ("separable", "SeparableConv2D", false),
            ("base_dense", "Dense", false),
            ("mean", "GlobalAveragePooling2D", true),
            ("dense", "Dense", true),
        ]
    );
    assert_eq!(left_out.len(), 2, "{left_out:?}");
    assert!(left_out[0].contains("(RandomFlip) of model augment"), "{left_out:?}");
    let op = |name| &graph.node(graph.find(name).unwrap()).op;
    assert_eq!(*op("true_divide"), Op::Rescaling { scale: (1.0 / 127.5_f64) as f32, offset: 0.0 });
    assert_eq!(*op("subtract"), Op::Rescaling { scale: -1.0, offset: 1.0 });
    let (mean, variance) = (ramp("adapted/mean", 3), ramp("adapted/variance", 3));
    assert_eq!(*op("adapted"), Op::Normalization { mean, variance });
    for parameter in graph.parameters() {
        let keras_name = parameter.name.replace("base_", "");
        assert_eq!(weights.get(parameter), ramp(&keras_name, parameter.len()), "{}", parameter.name);
    }
}

#[test]
fn what_is_written_is_read_back_bit_by_bit() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one.keras"), folder.path().join("two.keras"));
    let card = json!({"classes": ["köppel", "b"]});
    for graph in [every(), handbook()] {
        is_read_back(&graph, &card, [&one, &two]);
    }
}

fn is_read_back(graph: &Graph, card: &Value, [one, two]: [&Path; 2]) {
    let mut weights = ramps(graph);
    weights.as_mut_slice()[0] = f32::NAN;
    weights.as_mut_slice()[1] = -0.0;
    write(one, graph, &weights, Some(card)).unwrap();
    let contents = read(one).unwrap();
    assert_eq!((&contents.graph, contents.card.as_ref()), (graph, Some(card)));
    let bits = |weights: &Weights| weights.as_slice().iter().map(|w| w.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&contents.weights), bits(&weights));
    write(two, graph, &weights, contents.card.as_ref()).unwrap();
    assert_eq!(
        std::fs::read(one).unwrap(),
        std::fs::read(two).unwrap(),
        "the same model gives the same bytes"
    );
    assert_eq!(read_bytes(&std::fs::read(two).unwrap()).unwrap().graph, *graph);
}

#[test]
fn floats_that_json_would_round_keep_their_bits() {
    let mut b = Builder::new("m", "in", [1, 1, 1]);
    for index in 0..2000_u32 {
        let bits = 0x3C00_0000 + index.wrapping_mul(0x9E37_79B9) % 0x0800_0000;
        b.then(&format!("s{index}"), Op::Rescaling { scale: f32::from_bits(bits), offset: 0.1 });
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.keras");
    write(&path, &b.graph, &Weights::zeros(&b.graph), None).unwrap();
    assert_eq!(read(&path).unwrap().graph, b.graph);
}

#[test]
fn a_base_finds_its_weights_whatever_the_head() {
    let build = |classes: usize, head: &str| {
        let mut b = Builder::new("m", "in", [4, 4, 3]);
        b.then("conv", Op::Conv2d(Conv2d::new(4, 3)));
        b.then("bn", Op::BatchNorm(BatchNorm::default()));
        b.then("pool", Op::GlobalAveragePool { keepdims: false });
        b.then(head, Op::Dense(Dense::new(classes)));
        b.graph
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("base.keras");
    let base = build(10, "predictions");
    write(&path, &base, &ramps(&base), None).unwrap();

    let (other, same) = (build(3, "head"), build(10, "predictions"));
    let mut weights = Weights::zeros(&other);
    let loaded = read_into(&path, &other, &mut weights, Which::AllBut(&["head"]), NO_NAMES).unwrap();
    assert_eq!(loaded.loaded, ["conv", "bn"]);
    let skipped: Vec<&str> = loaded.skipped.iter().map(|(layer, _)| layer.as_str()).collect();
    assert_eq!(skipped, ["head", "predictions"]);
    assert_eq!(weights.get(&other.parameters()[2]), ramp("bn/gamma", 4));
    assert_eq!(weights.get(&other.parameters()[6]), [0.0; 12]);

    let mut weights = Weights::zeros(&other);
    let error = read_into(&path, &other, &mut weights, Which::All, NO_NAMES).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Mismatch);
    assert!(error.to_string().contains("layer head"), "{error}");
    assert_eq!(weights, Weights::zeros(&other), "a failure changes nothing");

    let mut weights = Weights::zeros(&same);
    read_into(&path, &same, &mut weights, Which::All, NO_NAMES).unwrap();
    assert_eq!(weights, ramps(&same));

    let wider = build(3, "predictions");
    let head = Which::AllBut(&["predictions"]);
    let loaded = read_into(&path, &wider, &mut Weights::zeros(&wider), head, NO_NAMES).unwrap();
    let why = &loaded.skipped[0].1;
    assert!(why.contains("[4, 3]") && why.contains("[4, 10]"), "{why}");
}
