//! The table: every op, alone and in the company that the plan treats in ways of its own.

use graph::{
    Activation, BatchNorm, Conv2d, Dense, DepthwiseConv2d, Graph, LayerNorm, NodeId, Op, Pool as Window,
    SeparableConv2d,
};

/// A row of the table: what stands after a small trained convolution, so that a gradient must pass through it.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) build: fn(&mut Graph, NodeId) -> graph::Result<NodeId>,
}

macro_rules! rows {
    ($($name:literal: |$graph:ident, $x:ident| $build:expr;)*) => {
        vec![$(Row { name: $name, build: |$graph, $x| $build }),*]
    };
}

pub(super) fn conv(filters: usize, kernel: usize) -> Conv2d {
    Conv2d::new(filters, kernel)
}

pub(super) fn table() -> Vec<Row> {
    rows! {
        "conv valid": |g, x| g.add("op", Op::Conv2d(conv(5, 3)), &[x]);
        "conv same stride 2": |g, x| g.add("op", Op::Conv2d(conv(5, 3).stride(2).same()), &[x]);
        "conv pointwise": |g, x| g.add("op", Op::Conv2d(conv(17, 1)), &[x]);
        "conv pointwise stride 2": |g, x| g.add("op", Op::Conv2d(conv(5, 1).stride(2)), &[x]);
        "conv dilated": |g, x| g.add("op", Op::Conv2d(Conv2d { dilation: [2, 2], ..conv(3, 3) }), &[x]);
        "conv groups": |g, x| g.add("op", Op::Conv2d(Conv2d { groups: 2, ..conv(6, 3).same() }), &[x]);
        "conv oblong": |g, x| g.add("op", Op::Conv2d(Conv2d { kernel: [1, 5], ..conv(3, 1).same() }), &[x]);
        "conv with relu": |g, x| g.add("op", Op::Conv2d(conv(4, 3).activation(Activation::Relu)), &[x]);
        "conv pointwise with tanh": |g, x| g.add("op", Op::Conv2d(conv(4, 1).activation(Activation::Tanh)), &[x]);
        "conv with relu6 that two layers read": |g, x| {
            let x = g.add("op", Op::Conv2d(conv(4, 3).activation(Activation::Relu6)), &[x])?;
            let y = g.add("other", Op::Conv2d(conv(4, 1)), &[x])?;
            g.add("sum", Op::Add, &[x, y])
        };
        "conv that relu and another layer read": |g, x| {
            let x = g.add("op", Op::Conv2d(conv(4, 3)), &[x])?;
            let y = g.add("relu", Op::Activation(Activation::Relu), &[x])?;
            g.add("sum", Op::Add, &[y, x])
        };
        "conv with sigmoid before batch norm": |g, x| {
            let x = g.add("op", Op::Conv2d(conv(4, 1).activation(Activation::Sigmoid)), &[x])?;
            g.add("norm", Op::BatchNorm(BatchNorm::default()), &[x])
        };
        "conv with relu before batch norm": |g, x| {
            let x = g.add("op", Op::Conv2d(conv(4, 3).activation(Activation::Relu)), &[x])?;
            let x = g.add("norm", Op::BatchNorm(BatchNorm::default()), &[x])?;
            g.add("after", Op::Conv2d(conv(3, 3).activation(Activation::Relu)), &[x])
        };
        "conv with swish": |g, x| g.add("op", Op::Conv2d(conv(4, 3).activation(Activation::Swish)), &[x]);
        "conv after zero padding": |g, x| {
            let x = g.add("pad", Op::ZeroPad([0, 1, 2, 1]), &[x])?;
            g.add("op", Op::Conv2d(conv(4, 3).stride(2)), &[x])
        };
        "depthwise 3x3": |g, x| g.add("op", Op::DepthwiseConv2d(DepthwiseConv2d::new(3).same()), &[x]);
        "depthwise 3x3 stride 2": |g, x| {
            g.add("op", Op::DepthwiseConv2d(DepthwiseConv2d::new(3).same().stride(2)), &[x])
        };
        "conv of a group for each channel": |g, x| {
            g.add("op", Op::Conv2d(Conv2d { groups: 4, ..conv(8, 3).same().activation(Activation::Tanh) }), &[x])
        };
        "conv of 1x7 and of 7x1": |g, x| {
            let x = g.add("op", Op::Conv2d(Conv2d { kernel: [1, 7], ..conv(3, 1).same() }), &[x])?;
            g.add("other", Op::Conv2d(Conv2d { kernel: [7, 1], ..conv(3, 1).same() }), &[x])
        };
        "depthwise 7x7": |g, x| g.add("op", Op::DepthwiseConv2d(DepthwiseConv2d::new(7).same()), &[x]);
        "depthwise 7x7 stride 2": |g, x| {
            g.add("op", Op::DepthwiseConv2d(DepthwiseConv2d::new(7).same().stride(2)), &[x])
        };
        "separable": |g, x| g.add("op", Op::SeparableConv2d(SeparableConv2d::new(5, 3)), &[x]);
        "separable with everything": |g, x| {
            let x = g.add("pad", Op::ZeroPad([1, 2, 1, 2]), &[x])?;
            let separable = SeparableConv2d { multiplier: 2, activation: Activation::Tanh, ..SeparableConv2d::new(3, 5) };
            g.add("op", Op::SeparableConv2d(separable.stride(2)), &[x])
        };
        "separable between norms": |g, x| {
            let x = g.add("before_bn", Op::BatchNorm(BatchNorm::default()), &[x])?;
            let x = g.add("tanh", Op::Activation(Activation::Tanh), &[x])?;
            let x = g.add("op", Op::SeparableConv2d(SeparableConv2d::new(5, 3).same().no_bias()), &[x])?;
            g.add("after_bn", Op::BatchNorm(BatchNorm::default()), &[x])
        };
        "depthwise 5x5": |g, x| g.add("op", Op::DepthwiseConv2d(DepthwiseConv2d::new(5).same()), &[x]);
        "depthwise multiplier": |g, x| {
            g.add("op", Op::DepthwiseConv2d(DepthwiseConv2d { multiplier: 3, ..DepthwiseConv2d::new(3) }), &[x])
        };
        "depthwise with relu": |g, x| {
            let depthwise = DepthwiseConv2d { activation: Activation::Relu, ..DepthwiseConv2d::new(3).same() };
            g.add("op", Op::DepthwiseConv2d(depthwise), &[x])
        };
        "depthwise with tanh before batch norm": |g, x| {
            let depthwise = DepthwiseConv2d { activation: Activation::Tanh, ..DepthwiseConv2d::new(3).same() };
            let x = g.add("op", Op::DepthwiseConv2d(depthwise), &[x])?;
            g.add("norm", Op::BatchNorm(BatchNorm::default()), &[x])
        };
        "dense with relu on maps": |g, x| g.add("op", Op::Dense(Dense::new(3).activation(Activation::Relu)), &[x]);
        "hidden layer": |g, x| {
            let x = g.add("flatten", Op::Flatten, &[x])?;
            let x = g.add("op", Op::Dense(Dense::new(70).activation(Activation::Relu)), &[x])?;
            let x = g.add("next", Op::Dense(Dense::new(9).activation(Activation::Tanh)), &[x])?;
            g.add("last", Op::Dense(Dense::new(3)), &[x])
        };
        "dense on maps": |g, x| g.add("op", Op::Dense(Dense::new(7)), &[x]);
        "dense on a row": |g, x| {
            let x = g.add("flatten", Op::Flatten, &[x])?;
            g.add("op", Op::Dense(Dense::new(7)), &[x])
        };
        "dense of many units on a row": |g, x| {
            let x = g.add("flatten", Op::Flatten, &[x])?;
            g.add("op", Op::Dense(Dense::new(70)), &[x])
        };
        "batch norm": |g, x| g.add("op", Op::BatchNorm(BatchNorm::default()), &[x]);
        "batch norm without gamma": |g, x| {
            g.add("op", Op::BatchNorm(BatchNorm { scale: false, ..BatchNorm::default() }), &[x])
        };
        "batch norm without beta": |g, x| {
            g.add("op", Op::BatchNorm(BatchNorm { center: false, ..BatchNorm::default() }), &[x])
        };
        "frozen batch norm": |g, x| {
            let x = g.add("op", Op::BatchNorm(BatchNorm::default()), &[x])?;
            g.set_trainable(x, false);
            Ok(x)
        };
        "relu": |g, x| g.add("op", Op::Activation(Activation::Relu), &[x]);
        "relu6": |g, x| g.add("op", Op::Activation(Activation::Relu6), &[x]);
        "sigmoid": |g, x| {
            let x = g.add("op", Op::Activation(Activation::Sigmoid), &[x])?;
            g.add("after", Op::Dense(Dense::new(3)), &[x])
        };
        "tanh": |g, x| g.add("op", Op::Activation(Activation::Tanh), &[x]);
        "swish": |g, x| g.add("op", Op::Activation(Activation::Swish), &[x]);
        "hard sigmoid": |g, x| g.add("op", Op::Activation(Activation::HardSigmoid), &[x]);
        "hard swish": |g, x| g.add("op", Op::Activation(Activation::HardSwish), &[x]);
        "gelu": |g, x| g.add("op", Op::Activation(Activation::Gelu), &[x]);
        "conv with hard sigmoid": |g, x| {
            let x = g.add("op", Op::Conv2d(conv(4, 3).activation(Activation::HardSigmoid)), &[x])?;
            g.add("after", Op::Dense(Dense::new(3)), &[x])
        };
        "gelu behind a norm, which its reader applies": |g, x| {
            let x = g.add("norm", Op::BatchNorm(BatchNorm::default()), &[x])?;
            let x = g.add("gelu", Op::Activation(Activation::Gelu), &[x])?;
            g.add("op", Op::DepthwiseConv2d(DepthwiseConv2d::new(3)), &[x])
        };
        "hard swish behind a norm, which its reader applies": |g, x| {
            let x = g.add("norm", Op::BatchNorm(BatchNorm::default()), &[x])?;
            let x = g.add("hard_swish", Op::Activation(Activation::HardSwish), &[x])?;
            g.add("op", Op::Conv2d(conv(3, 1)), &[x])
        };
        "softmax": |g, x| {
            let x = g.add("op", Op::Activation(Activation::Softmax), &[x])?;
            g.add("after", Op::Dense(Dense::new(3)), &[x])
        };
        "max pool": |g, x| g.add("op", Op::MaxPool(Window::new(2)), &[x]);
        "max pool overlapping": |g, x| g.add("op", Op::MaxPool(Window::new(3).stride(2).same()), &[x]);
        "max pool after zero padding": |g, x| {
            let x = g.add("pad", Op::ZeroPad([1, 1, 1, 1]), &[x])?;
            g.add("op", Op::MaxPool(Window::new(3).stride(2)), &[x])
        };
        "max pool behind a convolution": |g, x| {
            let x = g.add("widen", Op::Conv2d(conv(12, 1)), &[x])?;
            let x = g.add("op", Op::Conv2d(conv(5, 3).same().activation(Activation::Relu)), &[x])?;
            g.add("pool", Op::MaxPool(Window::new(2)), &[x])
        };
        "max pool behind a convolution that another layer reads": |g, x| {
            let x = g.add("widen", Op::Conv2d(conv(12, 1)), &[x])?;
            let a = g.add("a", Op::Conv2d(conv(4, 3).activation(Activation::Relu6)), &[x])?;
            let b = g.add("b", Op::MaxPool(Window::new(3).stride(2)), &[a])?;
            let c = g.add("c", Op::MaxPool(Window::new(3).stride(2)), &[a])?;
            let c = g.add("d", Op::Activation(Activation::Tanh), &[c])?;
            g.add("op", Op::Add, &[b, c])
        };
        "max pool of one value in four": |g, x| {
            let x = g.add("op", Op::MaxPool(Window::new(1).stride(2)), &[x])?;
            g.add("tanh", Op::Activation(Activation::Tanh), &[x])
        };
        "average pool of stride 1": |g, x| g.add("op", Op::AveragePool(Window::new(3).stride(1).same()), &[x]);
        "global pools that keep their axes": |g, x| {
            let a = g.add("op", Op::GlobalAveragePool { keepdims: true }, &[x])?;
            let b = g.add("highest", Op::GlobalMaxPool { keepdims: true }, &[x])?;
            let x = g.add("both", Op::Concat, &[a, b])?;
            g.add("after", Op::Conv2d(conv(3, 1)), &[x])
        };
        "average pool": |g, x| g.add("op", Op::AveragePool(Window::new(2)), &[x]);
        "average pool overlapping": |g, x| g.add("op", Op::AveragePool(Window::new(3).stride(2).same()), &[x]);
        "global average pool": |g, x| g.add("op", Op::GlobalAveragePool { keepdims: false }, &[x]);
        "global max pool": |g, x| g.add("op", Op::GlobalMaxPool { keepdims: false }, &[x]);
        "add": |g, x| {
            let a = g.add("a", Op::Conv2d(conv(4, 1)), &[x])?;
            let b = g.add("b", Op::Activation(Activation::Tanh), &[a])?;
            g.add("op", Op::Add, &[a, b, x])
        };
        "add with relu": |g, x| {
            let a = g.add("a", Op::Conv2d(conv(4, 1)), &[x])?;
            let y = g.add("sum", Op::Add, &[x, a])?;
            let y = g.add("op", Op::Activation(Activation::Relu), &[y])?;
            g.add("after", Op::Add, &[y, x, a])
        };
        "add of one tensor twice with tanh": |g, x| {
            let x = g.add("op", Op::Add, &[x, x])?;
            g.add("tanh", Op::Activation(Activation::Tanh), &[x])
        };
        "add of one tensor twice": |g, x| g.add("op", Op::Add, &[x, x]);
        "concat": |g, x| {
            let a = g.add("a", Op::Conv2d(conv(3, 1)), &[x])?;
            let b = g.add("b", Op::Activation(Activation::Tanh), &[x])?;
            g.add("op", Op::Concat, &[a, x, b])
        };
        "concat of many": |g, x| {
            let mut branches = vec![x];
            for index in 0..7 {
                branches.push(g.add(format!("branch{index}"), Op::Conv2d(conv(index + 1, 1)), &[x])?);
            }
            branches.push(branches[3]);
            g.add("op", Op::Concat, &branches)
        };
        "layer norm": |g, x| g.add("op", Op::LayerNorm(LayerNorm::default()), &[x]);
        "layer norm without gamma": |g, x| {
            g.add("op", Op::LayerNorm(LayerNorm { scale: false, ..LayerNorm::default() }), &[x])
        };
        "layer norm without beta, behind flatten": |g, x| {
            let x = g.add("flatten", Op::Flatten, &[x])?;
            g.add("op", Op::LayerNorm(LayerNorm { center: false, ..LayerNorm::default() }), &[x])
        };
        "frozen layer norm": |g, x| {
            let x = g.add("op", Op::LayerNorm(LayerNorm::default()), &[x])?;
            g.set_trainable(x, false);
            Ok(x)
        };
        "layer norm beside another reader": |g, x| {
            let y = g.add("op", Op::LayerNorm(LayerNorm::default()), &[x])?;
            g.add("sum", Op::Add, &[x, y])
        };
        "layer scale": |g, x| g.add("op", Op::LayerScale { start: 0.7 }, &[x]);
        "frozen layer scale": |g, x| {
            let x = g.add("op", Op::LayerScale { start: 0.7 }, &[x])?;
            g.set_trainable(x, false);
            Ok(x)
        };
        "product": |g, x| {
            let a = g.add("a", Op::Conv2d(conv(4, 1)), &[x])?;
            g.add("op", Op::Multiply, &[a, x])
        };
        "product of one tensor with itself": |g, x| g.add("op", Op::Multiply, &[x, x]);
        "squeeze and excitation": |g, x| {
            let s = g.add("squeeze", Op::GlobalAveragePool { keepdims: true }, &[x])?;
            let s = g.add("reduce", Op::Conv2d(conv(2, 1).activation(Activation::Swish)), &[s])?;
            let s = g.add("expand", Op::Conv2d(conv(4, 1).activation(Activation::Sigmoid)), &[s])?;
            g.add("op", Op::Multiply, &[x, s])
        };
        "excitation by a dense layer, factors first": |g, x| {
            let s = g.add("squeeze", Op::GlobalMaxPool { keepdims: false }, &[x])?;
            let s = g.add("reshape", Op::Reshape([1, 1, 4].into()), &[s])?;
            let s = g.add("dense", Op::Dense(Dense::new(4).activation(Activation::HardSigmoid)), &[s])?;
            g.add("op", Op::Multiply, &[s, x])
        };
        "factors of a fixed map": |g, x| {
            let s = g.add("squeeze", Op::GlobalAveragePool { keepdims: true }, &[x])?;
            let s = g.add("factors", Op::Conv2d(conv(3, 1)), &[s])?;
            g.add("op", Op::Multiply, &[g.input(), s])
        };
        "sum with a scale": |g, x| {
            let y = g.add("y", Op::Conv2d(conv(4, 3).same()), &[x])?;
            let y = g.add("op", Op::AddScaled(0.17), &[x, y])?;
            g.add("tanh", Op::Activation(Activation::Tanh), &[y])
        };
        "sum of one tensor with itself, scaled": |g, x| g.add("op", Op::AddScaled(-0.5), &[x, x]);
        "cropping": |g, x| g.add("op", Op::Crop([2, 0, 1, 3]), &[x]);
        "cropping beside another reader": |g, x| {
            let y = g.add("op", Op::Crop([1, 1, 1, 1]), &[x])?;
            let y = g.add("pad", Op::ZeroPad([1, 1, 1, 1]), &[y])?;
            g.add("sum", Op::Add, &[x, y])
        };
        "reshape": |g, x| {
            let x = g.add("op", Op::Reshape([6, 14, 2].into()), &[x])?;
            g.add("after", Op::Conv2d(conv(3, 3)), &[x])
        };
        "stochastic depth": |g, x| {
            let y = g.add("branch", Op::Conv2d(conv(4, 1)), &[x])?;
            let y = g.add("op", Op::StochasticDepth(0.4), &[y])?;
            g.add("sum", Op::Add, &[x, y])
        };
        "stochastic depth that is idle": |g, x| {
            let y = g.add("branch", Op::Conv2d(conv(4, 1).no_bias()), &[x])?;
            let y = g.add("norm", Op::BatchNorm(BatchNorm::default()), &[y])?;
            let y = g.add("op", Op::StochasticDepth(0.0), &[y])?;
            g.add("sum", Op::Add, &[x, y])
        };
        "zero padding": |g, x| g.add("op", Op::ZeroPad([2, 0, 1, 3]), &[x]);
        "reversed channels": |g, x| g.add("op", Op::ReverseChannels, &[x]);
        "flatten": |g, x| g.add("op", Op::Flatten, &[x]);
        "dropout": |g, x| g.add("op", Op::Dropout(0.3), &[x]);
        "rescaling": |g, x| g.add("op", Op::Rescaling { scale: 0.5, offset: -1.0 }, &[x]);
        "normalization": |g, x| {
            let (mean, variance) = (vec![0.1, -0.2, 0.3, 0.0], vec![1.0, 2.0, 0.5, 4.0]);
            g.add("op", Op::Normalization { mean, variance }, &[x])
        };
        "batch norm behind a pool, with tanh": |g, x| {
            let x = g.add("pool", Op::AveragePool(Window::new(2)), &[x])?;
            let x = g.add("op", Op::BatchNorm(BatchNorm::default()), &[x])?;
            g.add("tanh", Op::Activation(Activation::Tanh), &[x])
        };
        "batch norm behind flatten": |g, x| {
            let x = g.add("flatten", Op::Flatten, &[x])?;
            g.add("op", Op::BatchNorm(BatchNorm::default()), &[x])
        };
        "flatten and relu beside another reader": |g, x| {
            let a = g.add("flatten", Op::Flatten, &[x])?;
            let a = g.add("relu", Op::Activation(Activation::Relu), &[a])?;
            let b = g.add("flatten_too", Op::Flatten, &[x])?;
            g.add("op", Op::Add, &[a, b])
        };
        "residual block": |g, x| {
            let y = g.add("first", Op::Conv2d(conv(4, 3).same()), &[x])?;
            let y = g.add("first_bn", Op::BatchNorm(BatchNorm::default()), &[y])?;
            let y = g.add("first_tanh", Op::Activation(Activation::Tanh), &[y])?;
            let y = g.add("second", Op::Conv2d(conv(4, 1)), &[y])?;
            let y = g.add("second_bn", Op::BatchNorm(BatchNorm::default()), &[y])?;
            let x = g.add("shortcut", Op::Conv2d(conv(4, 1)), &[x])?;
            let x = g.add("shortcut_bn", Op::BatchNorm(BatchNorm::default()), &[x])?;
            let x = g.add("sum", Op::Add, &[x, y])?;
            let x = g.add("op", Op::Activation(Activation::Relu), &[x])?;
            let y = g.add("next", Op::Conv2d(conv(4, 1)), &[x])?;
            let y = g.add("next_bn", Op::BatchNorm(BatchNorm::default()), &[y])?;
            let x = g.add("next_sum", Op::Add, &[x, y])?;
            g.add("next_tanh", Op::Activation(Activation::Tanh), &[x])
        };
        "inverted residual block": |g, x| {
            let y = g.add("expand", Op::Conv2d(conv(12, 1).no_bias()), &[x])?;
            let y = g.add("expand_bn", Op::BatchNorm(BatchNorm::default()), &[y])?;
            let y = g.add("expand_swish", Op::Activation(Activation::Swish), &[y])?;
            let y = g.add("depthwise", Op::DepthwiseConv2d(DepthwiseConv2d::new(3).same().no_bias()), &[y])?;
            let y = g.add("depthwise_bn", Op::BatchNorm(BatchNorm::default()), &[y])?;
            let y = g.add("depthwise_swish", Op::Activation(Activation::Swish), &[y])?;
            let y = g.add("project", Op::Conv2d(conv(4, 1).no_bias()), &[y])?;
            let y = g.add("project_bn", Op::BatchNorm(BatchNorm::default()), &[y])?;
            g.add("op", Op::Add, &[x, y])
        };
    }
}
