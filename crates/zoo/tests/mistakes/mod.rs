//! What is easily done wrong when a network is written down, for the tests to show that they find it.

use graph::{Activation, BatchNorm, Conv2d, Node, Op, Padding};

/// A mistake, and the op that it puts in a node's place.
pub(crate) type Mistake = (&'static str, fn(&Node) -> Option<Op>);

/// Of networks, the smallest being the one that the guide to a new one shows.
pub(crate) const IN_LAYERS: [(&str, &[Mistake]); 2] =
    [("mobilenet_v2", &IN_MOBILENET_V2), ("plain_cnn", &IN_PLAIN_CNN)];

/// Before the first layer of either.
#[allow(dead_code, reason = "Keras has no layer there to compare with")]
pub(crate) const IN_SCALING: Mistake = ("the input scaled otherwise", |node| match node.op {
    Op::Rescaling { scale, offset } => Some(Op::Rescaling { scale, offset: offset + 1.0 }),
    _ => None,
});

const IN_MOBILENET_V2: [Mistake; 5] = [
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
];

const IN_PLAIN_CNN: [Mistake; 7] = [
    ("another stride", |node| of_conv(node, "conv2", |conv| conv.stride(2))),
    ("zeros around the picture", |node| {
        of_conv(node, "conv1", |conv| Conv2d { padding: Padding::Same, ..conv })
    }),
    ("another window", |node| of_conv(node, "conv1", |conv| Conv2d { kernel: [5, 5], ..conv })),
    ("fewer filters", |node| of_conv(node, "conv2", |conv| Conv2d { filters: 32, ..conv })),
    ("no bias", |node| of_conv(node, "conv2", |conv| Conv2d { use_bias: false, ..conv })),
    ("an activation left out", |node| of_conv(node, "conv2", |conv| conv.activation(Activation::Linear))),
    ("a layer left out", |node| (node.name == "pool").then_some(Op::Activation(Activation::Linear))),
];

/// The convolution of this name, changed.
fn of_conv(node: &Node, name: &str, changed: fn(Conv2d) -> Conv2d) -> Option<Op> {
    match &node.op {
        Op::Conv2d(conv) if node.name == name => Some(Op::Conv2d(changed(conv.clone()))),
        _ => None,
    }
}
