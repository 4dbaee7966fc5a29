//! A graph as the lines that `data/golden.py` writes for a model of Keras.

use graph::{Activation, Graph, Node, Op, Shape};

/// Keras's models have no scaling of their own: their first layer reads the input.
const BEFORE_THE_BASE: [&str; 5] = ["input", "rescaling", "bgr", "centering", "normalization"];

/// The lines that `data/golden.py` writes for a model.
pub(crate) fn lines(graph: &Graph) -> Vec<String> {
    let nodes = graph.nodes().iter().filter(|node| !BEFORE_THE_BASE.contains(&node.name.as_str()));
    nodes.map(|node| line(graph, node)).collect()
}

fn line(graph: &Graph, node: &Node) -> String {
    let dims = |shape: &Shape| shape.dims().iter().map(ToString::to_string).collect::<Vec<_>>().join("x");
    let name = |id| match graph.node(id).name.as_str() {
        name if BEFORE_THE_BASE.contains(&name) => "input",
        name => name,
    };
    let inputs: Vec<&str> = node.inputs.iter().map(|&id| name(id)).collect();
    let parameters: Vec<String> =
        node.parameters.iter().map(|&id| dims(&graph.parameter(id).shape)).collect();
    let cells = [
        node.name.clone(),
        node.op.keras_class().to_string(),
        inputs.join(" "),
        dims(&node.shape),
        parameters.join(" "),
        settings(&node.op),
    ];
    cells.join(" | ")
}

fn settings(op: &Op) -> String {
    match op {
        Op::Conv2d(c) => {
            let groups = if c.groups == 1 { String::new() } else { format!(" groups={}", c.groups) };
            let window = format!("stride={},{} {}", c.stride[0], c.stride[1], c.padding.name());
            window + &groups + &ends_in(c.activation)
        }
        Op::DepthwiseConv2d(c) => format!("stride={},{} {}", c.stride[0], c.stride[1], c.padding.name()),
        Op::SeparableConv2d(c) => format!("stride={},{} {}", c.stride[0], c.stride[1], c.padding.name()),
        Op::BatchNorm(b) => format!("momentum={} epsilon={}", b.momentum, b.epsilon),
        Op::Activation(Activation::Relu6) => "max=6".into(),
        Op::Activation(Activation::Relu) => String::new(),
        Op::Activation(activation) => activation.name().into(),
        Op::LayerNorm(norm) => format!("epsilon={}", decimals(norm.epsilon)),
        Op::LayerScale { start } => format!("start={}", decimals(*start)),
        Op::Dropout(rate) | Op::StochasticDepth(rate) => format!("rate={}", decimals(*rate)),
        Op::MaxPool(p) => format!("size={},{} stride={},{}", p.size[0], p.size[1], p.stride[0], p.stride[1]),
        Op::AveragePool(p) => {
            let ([height, width], [down, right]) = (p.size, p.stride);
            format!("size={height},{width} stride={down},{right} {}", p.padding.name())
        }
        Op::ZeroPad([top, bottom, left, right]) => format!("zeros={top},{bottom},{left},{right}"),
        Op::Crop([top, bottom, left, right]) => format!("cut={top},{bottom},{left},{right}"),
        Op::AddScaled(scale) => format!("scale={scale:?}"),
        Op::Dense(dense) => dense.activation.name().into(),
        _ => String::new(),
    }
}

/// The activation that a convolution ends in.
fn ends_in(activation: Activation) -> String {
    if activation == Activation::Linear { String::new() } else { format!(" {}", activation.name()) }
}

fn decimals(value: f32) -> String {
    format!("{value:.6}")
}
