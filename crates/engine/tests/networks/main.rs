//! Training steps of blocks as networks have them, against the plainest loops.
//!
//! The blocks are as wide as in networks, because kernels choose their way by the shape: Winograd's transforms, strips
//! of rows, bands of pictures are not met by the small shapes whose gradients finite differences can tell.
#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

mod reference;

use std::sync::Arc;

use graph::{
    Activation, BatchNorm, Conv2d, Dense, DepthwiseConv2d, Graph, LayerNorm, NodeId, Op, SeparableConv2d,
};
use linnaeus_engine::{BatchStatistics, Pool, Trainer, TrainerOptions, initialize};

const PICTURES: usize = 2;
/// As a part of the whole: float32 gives 1e-6 to 1e-5 here.
const TOLERANCE: f64 = 1e-4;

/// A graph that grows by weighted layers with norm and activation behind them.
struct Network(Graph);

impl Network {
    fn new(input: [usize; 3]) -> Self {
        Self(Graph::new("m", "input", input).unwrap())
    }

    fn normed(&mut self, name: &str, op: Op, x: NodeId, activation: Option<Activation>) -> NodeId {
        let x = self.0.add(name, op, &[x]).unwrap();
        let x = self.0.add(format!("{name}_bn"), Op::BatchNorm(BatchNorm::default()), &[x]).unwrap();
        activation.map_or(x, |function| {
            self.0.add(format!("{name}_{}", function.name()), Op::Activation(function), &[x]).unwrap()
        })
    }

    fn conv(&mut self, name: &str, conv: Conv2d, x: NodeId, activation: Option<Activation>) -> NodeId {
        self.normed(name, Op::Conv2d(conv.same().no_bias()), x, activation)
    }

    fn op(&mut self, name: &str, op: Op, inputs: &[NodeId]) -> NodeId {
        self.0.add(name, op, inputs).unwrap()
    }

    /// Hu et al. 2018: a factor a channel from the channels' means.
    fn excite(&mut self, name: &str, inside: usize, functions: [Activation; 2], x: NodeId) -> NodeId {
        let channels = self.0.node(x).shape.channels();
        let squeeze = Op::GlobalAveragePool { keepdims: true };
        let s = self.op(&format!("{name}_squeeze"), squeeze, &[x]);
        let reduce = Conv2d::new(inside, 1).activation(functions[0]);
        let s = self.op(&format!("{name}_reduce"), Op::Conv2d(reduce), &[s]);
        let expand = Conv2d::new(channels, 1).activation(functions[1]);
        let s = self.op(&format!("{name}_expand"), Op::Conv2d(expand), &[s]);
        self.op(&format!("{name}_excite"), Op::Multiply, &[x, s])
    }

    /// Tan & Le 2019: an inverted residual with squeeze-and-excitation.
    fn mb_conv(
        &mut self,
        name: &str,
        filters: usize,
        depthwise: DepthwiseConv2d,
        functions: [Activation; 3],
        x: NodeId,
    ) -> NodeId {
        let [function, reduce, gate] = functions;
        let channels = self.0.node(x).shape.channels();
        let y = self.conv(&format!("{name}_expand"), Conv2d::new(6 * channels, 1), x, Some(function));
        let depthwise = Op::DepthwiseConv2d(depthwise.same().no_bias());
        let y = self.normed(&format!("{name}_dwconv"), depthwise, y, Some(function));
        let y = self.excite(&format!("{name}_se"), channels / 4, [reduce, gate], y);
        let y = self.conv(&format!("{name}_project"), Conv2d::new(filters, 1), y, None);
        match self.0.node(x).shape == self.0.node(y).shape {
            true => self.add(&format!("{name}_add"), [x, y]),
            false => y,
        }
    }

    /// Liu et al. 2022.
    fn conv_next(&mut self, name: &str, x: NodeId) -> NodeId {
        let channels = self.0.node(x).shape.channels();
        let wide = Conv2d { groups: channels, ..Conv2d::new(channels, 7).same() };
        let y = self.op(&format!("{name}_depthwise"), Op::Conv2d(wide), &[x]);
        let norm = LayerNorm { epsilon: 1e-6, ..LayerNorm::default() };
        let y = self.op(&format!("{name}_norm"), Op::LayerNorm(norm), &[y]);
        let y = self.op(&format!("{name}_pointwise_1"), Op::Dense(Dense::new(4 * channels)), &[y]);
        let y = self.op(&format!("{name}_gelu"), Op::Activation(Activation::Gelu), &[y]);
        let y = self.op(&format!("{name}_pointwise_2"), Op::Dense(Dense::new(channels)), &[y]);
        let y = self.op(&format!("{name}_scale"), Op::LayerScale { start: 0.5 }, &[y]);
        let y = self.op(&format!("{name}_drop"), Op::Activation(Activation::Linear), &[y]);
        self.add(&format!("{name}_add"), [x, y])
    }

    /// Chollet 2017, the middle flow.
    fn separable(&mut self, name: &str, x: NodeId) -> NodeId {
        let channels = self.0.node(x).shape.channels();
        let mut y = x;
        for part in 1..4 {
            y = self.op(&format!("{name}_{part}_act"), Op::Activation(Activation::Relu), &[y]);
            let separable = SeparableConv2d::new(channels, 3).same().no_bias();
            y = self.normed(&format!("{name}_{part}"), Op::SeparableConv2d(separable), y, None);
        }
        self.add(&format!("{name}_add"), [x, y])
    }

    fn add(&mut self, name: &str, summands: [NodeId; 2]) -> NodeId {
        self.0.add(name, Op::Add, &summands).unwrap()
    }

    /// He et al. 2015, figure 5, with the shortcut's convolution where the filters change.
    fn bottleneck(&mut self, name: &str, filters: usize, stride: usize, x: NodeId) -> NodeId {
        let relu = Some(Activation::Relu);
        let conv = |filters, kernel| Conv2d::new(filters, kernel);
        let y = self.conv(&format!("{name}_1"), conv(filters, 1).stride(stride), x, relu);
        let y = self.conv(&format!("{name}_2"), conv(filters, 3), y, relu);
        let y = self.conv(&format!("{name}_3"), conv(4 * filters, 1), y, None);
        let shortcut = match self.0.node(x).shape.channels() == 4 * filters && stride == 1 {
            true => x,
            false => self.conv(&format!("{name}_0"), conv(4 * filters, 1).stride(stride), x, None),
        };
        let sum = self.add(&format!("{name}_add"), [shortcut, y]);
        self.0.add(format!("{name}_out"), Op::Activation(Activation::Relu), &[sum]).unwrap()
    }

    /// Sandler et al. 2018, expanded six times; the residual where the shapes agree.
    fn inverted(
        &mut self,
        name: &str,
        filters: usize,
        depthwise: DepthwiseConv2d,
        activation: Activation,
        x: NodeId,
    ) -> NodeId {
        let inside = 6 * self.0.node(x).shape.channels();
        let y = self.conv(&format!("{name}_expand"), Conv2d::new(inside, 1), x, Some(activation));
        let depthwise = Op::DepthwiseConv2d(depthwise.same().no_bias());
        let y = self.normed(&format!("{name}_depthwise"), depthwise, y, Some(activation));
        let y = self.conv(&format!("{name}_project"), Conv2d::new(filters, 1), y, None);
        match self.0.node(x).shape == self.0.node(y).shape {
            true => self.add(&format!("{name}_add"), [x, y]),
            false => y,
        }
    }
}

/// Numbers in `-1..1` from a seed (Knuth's linear congruence).
fn numbers(seed: u64, count: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

fn length(values: &[f64]) -> f64 {
    values.iter().map(|value| value * value).sum::<f64>().sqrt()
}

/// How far ours are from the reference, as a part of the reference's length or of `least`.
fn apart(ours: &[f32], reference: &[f64], least: f64) -> f64 {
    let difference: Vec<f64> = ours.iter().zip(reference).map(|(a, b)| f64::from(*a) - b).collect();
    length(&difference) / length(reference).max(least)
}

/// Output and every parameter's gradient agree.
#[track_caller]
fn judge(graph: &Graph) {
    let mut weights = initialize(graph, 3);
    for parameter in graph.parameters().iter().filter(|p| p.shape.dims().len() == 1) {
        let noise = numbers(parameter.offset as u64 + 1, parameter.len());
        weights.get_mut(parameter).iter_mut().zip(noise).for_each(|(w, n)| *w += 0.3 * n);
    }
    let input = numbers(11, PICTURES * graph.input_shape().elements());
    let r = numbers(12, PICTURES * graph.output_shape().elements());
    let reference = reference::step(graph, &weights, PICTURES, &input, &r);
    let options =
        TrainerOptions { batch: PICTURES, start: None, statistics: BatchStatistics::Batch, seed: 1 };
    let mut trainer = Trainer::new(graph, weights, &options, &Arc::new(Pool::new(2))).unwrap();
    trainer.input(PICTURES).copy_from_slice(&input);
    let output = apart(trainer.forward(PICTURES, 0).values, &reference.output, 0.0);
    assert!(output < TOLERANCE, "output: {output:.1e} apart");
    trainer.backward(PICTURES, &r);
    // A norm takes away what a beta before it adds to all rows alike: its gradient is rounding alone.
    let least = 1e-3 * length(&reference.gradients);
    let gradients = trainer.slots().iter().map(|slot| {
        let ours = &trainer.gradients()[slot.gradients.clone()];
        let apart = apart(ours, &reference.gradients[slot.weights.clone()], least);
        (apart, format!("{}: {apart:.1e}", graph.parameter(slot.parameter).name))
    });
    let wrong = gradients.filter(|(apart, _)| apart.is_nan() || *apart > TOLERANCE).map(|(_, named)| named);
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "gradients that are far from the reference's: {wrong:#?}");
}

#[test]
fn wide_depthwise_of_5_by_5() {
    let mut network = Network::new([28, 28, 8]);
    let input = network.0.input();
    let x = network.conv("before", Conv2d::new(40, 1), input, None);
    network.inverted("block", 40, DepthwiseConv2d::new(5), Activation::Relu6, x);
    judge(&network.0);
}

#[test]
fn dilated_depthwise() {
    let mut network = Network::new([19, 17, 8]);
    let dilated = DepthwiseConv2d { dilation: [2, 2], ..DepthwiseConv2d::new(3) };
    let input = network.0.input();
    network.inverted("block", 12, dilated, Activation::Relu, input);
    judge(&network.0);
}

#[test]
fn inverted_residuals() {
    let mut network = Network::new([29, 30, 3]);
    let input = network.0.input();
    let depthwise = |kernel| DepthwiseConv2d::new(kernel);
    let x = network.conv("stem", Conv2d::new(16, 3).stride(2), input, Some(Activation::Relu6));
    let x = network.inverted("a", 16, depthwise(3), Activation::Relu6, x);
    let x = network.inverted("b", 24, depthwise(5).stride(2), Activation::Swish, x);
    network.inverted("c", 24, depthwise(5), Activation::Swish, x);
    judge(&network.0);
}

#[test]
fn convolutions_by_winograd() {
    let mut network = Network::new([16, 16, 16]);
    let input = network.0.input();
    let x = network.conv("a", Conv2d::new(24, 3), input, Some(Activation::Relu));
    let x = network.conv("b", Conv2d::new(32, 3), x, Some(Activation::Swish));
    network.conv("c", Conv2d::new(16, 3), x, None);
    judge(&network.0);
}

#[test]
fn bottlenecks() {
    let mut network = Network::new([16, 16, 16]);
    let input = network.0.input();
    let x = network.bottleneck("a", 16, 1, input);
    let x = network.bottleneck("b", 16, 1, x);
    network.bottleneck("c", 32, 2, x);
    judge(&network.0);
}

#[test]
fn squeeze_and_excitation() {
    let mut network = Network::new([28, 27, 8]);
    let input = network.0.input();
    let swish = [Activation::Swish, Activation::Swish, Activation::Sigmoid];
    let hard = [Activation::HardSwish, Activation::Relu, Activation::HardSigmoid];
    let x = network.mb_conv("a", 24, DepthwiseConv2d::new(3).stride(2), swish, input);
    let x = network.mb_conv("b", 24, DepthwiseConv2d::new(5), swish, x);
    network.mb_conv("c", 24, DepthwiseConv2d::new(3), hard, x);
    judge(&network.0);
}

#[test]
fn conv_next_blocks() {
    let mut network = Network::new([14, 15, 3]);
    let input = network.0.input();
    let stem = Conv2d::new(96, 2).stride(2);
    let x = network.op("stem", Op::Conv2d(stem), &[input]);
    let x = network.op("stem_norm", Op::LayerNorm(LayerNorm::default()), &[x]);
    let x = network.conv_next("a", x);
    network.conv_next("b", x);
    judge(&network.0);
}

#[test]
fn separable_residuals() {
    let mut network = Network::new([19, 18, 8]);
    let input = network.0.input();
    let x = network.conv("before", Conv2d::new(40, 1), input, None);
    let x = network.separable("a", x);
    network.separable("b", x);
    judge(&network.0);
}

/// Xie et al. 2017: between the pointwise convolutions one of many groups.
#[test]
fn grouped_bottlenecks() {
    for (width, stride) in [(4, 1), (8, 2), (16, 1)] {
        let mut network = Network::new([15, 14, 8]);
        let (input, relu) = (network.0.input(), Some(Activation::Relu));
        let filters = 8 * width;
        let x = network.conv("reduce", Conv2d::new(filters, 1), input, relu);
        let grouped = Conv2d { groups: 8, ..Conv2d::new(filters, 3).stride(stride) };
        let x = network.conv("grouped", grouped, x, relu);
        network.conv("expand", Conv2d::new(24, 1), x, None);
        judge(&network.0);
    }
}
