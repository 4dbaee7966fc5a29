//! Times blocks as networks have them, pass by pass: milliseconds, GFLOP/s, and GB/s of the tensors read and written.
//!
//! `cargo run --release -p linnaeus-engine --example block_bench -- [block=conv_next] [batch=8] [threads=2]
//! [mode=predict|train]`

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a table on standard output is what it is for")]

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use graph::{
    Activation, BatchNorm, Conv2d, Dense, DepthwiseConv2d, Graph, LayerNorm, NodeId, Op, SeparableConv2d,
};
use linnaeus_engine::{
    BatchStatistics, Pass, Pool, Predictor, StepProfile, Trainer, TrainerOptions, initialize, roofline,
};

const ROUNDS: usize = 7;

type Build = fn(&mut Graph, &str, NodeId) -> NodeId;

/// Name, input of the block, and the block. EfficientNet-B0's and ConvNeXt Tiny's at 224, ResNeXt50's, Xception's.
const BLOCKS: [(&str, [usize; 3], Build); 13] = [
    ("conv_next 56", [56, 56, 96], conv_next),
    ("conv_next 28", [28, 28, 192], conv_next),
    ("conv_next 14", [14, 14, 384], conv_next),
    ("conv_next 7", [7, 7, 768], conv_next),
    ("mb_conv 112", [112, 112, 16], |g, name, x| mb_conv(g, name, 24, [3, 2], x)),
    ("mb_conv 56", [56, 56, 24], |g, name, x| mb_conv(g, name, 24, [3, 1], x)),
    ("mb_conv 28", [28, 28, 40], |g, name, x| mb_conv(g, name, 40, [5, 1], x)),
    ("mb_conv 14", [14, 14, 112], |g, name, x| mb_conv(g, name, 112, [5, 1], x)),
    ("mb_conv 7", [7, 7, 192], |g, name, x| mb_conv(g, name, 192, [5, 1], x)),
    ("resnext 56", [56, 56, 256], |g, name, x| resnext(g, name, 4, x)),
    ("resnext 28", [28, 28, 512], |g, name, x| resnext(g, name, 8, x)),
    ("resnext 14", [14, 14, 1024], |g, name, x| resnext(g, name, 16, x)),
    ("xception 19", [19, 19, 728], xception),
];

fn add(g: &mut Graph, name: String, op: Op, inputs: &[NodeId]) -> NodeId {
    g.add(name, op, inputs).unwrap()
}

fn normed(g: &mut Graph, name: String, op: Op, x: NodeId, activation: Activation) -> NodeId {
    let x = add(g, name.clone(), op, &[x]);
    let x = add(g, format!("{name}_bn"), Op::BatchNorm(BatchNorm::default()), &[x]);
    add(g, format!("{name}_activation"), Op::Activation(activation), &[x])
}

/// Liu et al. 2022.
fn conv_next(g: &mut Graph, name: &str, x: NodeId) -> NodeId {
    let channels = g.node(x).shape.channels();
    let wide = Conv2d { groups: channels, ..Conv2d::new(channels, 7).same() };
    let y = add(g, format!("{name}_depthwise"), Op::Conv2d(wide), &[x]);
    let y = add(g, format!("{name}_norm"), Op::LayerNorm(LayerNorm::default()), &[y]);
    let y = add(g, format!("{name}_pointwise_1"), Op::Dense(Dense::new(4 * channels)), &[y]);
    let y = add(g, format!("{name}_gelu"), Op::Activation(Activation::Gelu), &[y]);
    let y = add(g, format!("{name}_pointwise_2"), Op::Dense(Dense::new(channels)), &[y]);
    let y = add(g, format!("{name}_scale"), Op::LayerScale { start: 1e-6 }, &[y]);
    let y = add(g, format!("{name}_drop"), Op::StochasticDepth(0.1), &[y]);
    add(g, format!("{name}_add"), Op::Add, &[x, y])
}

/// Tan & Le 2019.
fn mb_conv(g: &mut Graph, name: &str, filters: usize, [kernel, stride]: [usize; 2], x: NodeId) -> NodeId {
    let channels = g.node(x).shape.channels();
    let swish = Activation::Swish;
    let expand = Op::Conv2d(Conv2d::new(6 * channels, 1).no_bias());
    let y = normed(g, format!("{name}_expand"), expand, x, swish);
    let depthwise = DepthwiseConv2d::new(kernel).stride(stride).same().no_bias();
    let y = normed(g, format!("{name}_depthwise"), Op::DepthwiseConv2d(depthwise), y, swish);
    let s = add(g, format!("{name}_squeeze"), Op::GlobalAveragePool { keepdims: true }, &[y]);
    let reduce = Conv2d::new((channels / 4).max(1), 1).activation(swish);
    let s = add(g, format!("{name}_reduce"), Op::Conv2d(reduce), &[s]);
    let gate = Conv2d::new(6 * channels, 1).activation(Activation::Sigmoid);
    let s = add(g, format!("{name}_gate"), Op::Conv2d(gate), &[s]);
    let y = add(g, format!("{name}_excite"), Op::Multiply, &[y, s]);
    let project = Op::Conv2d(Conv2d::new(filters, 1).no_bias());
    let y = normed(g, format!("{name}_project"), project, y, Activation::Linear);
    if g.node(x).shape != g.node(y).shape {
        return y;
    }
    let y = add(g, format!("{name}_drop"), Op::StochasticDepth(0.1), &[y]);
    add(g, format!("{name}_add"), Op::Add, &[x, y])
}

/// Xie et al. 2017: 32 groups of `width` channels.
fn resnext(g: &mut Graph, name: &str, width: usize, x: NodeId) -> NodeId {
    let channels = g.node(x).shape.channels();
    let reduce = Op::Conv2d(Conv2d::new(32 * width, 1).no_bias());
    let y = normed(g, format!("{name}_reduce"), reduce, x, Activation::Relu);
    let grouped = Conv2d { groups: 32, ..Conv2d::new(32 * width, 3).same().no_bias() };
    let y = normed(g, format!("{name}_grouped"), Op::Conv2d(grouped), y, Activation::Relu);
    let dense = Conv2d::new(32 * width, 3).same().no_bias();
    let y = normed(g, format!("{name}_dense"), Op::Conv2d(dense), y, Activation::Relu);
    let expand = Op::Conv2d(Conv2d::new(channels, 1).no_bias());
    let y = normed(g, format!("{name}_expand"), expand, y, Activation::Linear);
    let y = add(g, format!("{name}_add"), Op::Add, &[x, y]);
    add(g, format!("{name}_relu"), Op::Activation(Activation::Relu), &[y])
}

/// Chollet 2017.
fn xception(g: &mut Graph, name: &str, x: NodeId) -> NodeId {
    let mut y = x;
    for part in 1..4 {
        y = add(g, format!("{name}_{part}_relu"), Op::Activation(Activation::Relu), &[y]);
        let separable = SeparableConv2d::new(g.node(y).shape.channels(), 3).same().no_bias();
        y = normed(g, format!("{name}_{part}"), Op::SeparableConv2d(separable), y, Activation::Linear);
    }
    add(g, format!("{name}_add"), Op::Add, &[x, y])
}

fn main() {
    let arguments: HashMap<String, String> = std::env::args()
        .skip(1)
        .filter_map(|argument| {
            argument.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()))
        })
        .collect();
    let number =
        |name: &str, default| arguments.get(name).and_then(|value| value.parse().ok()).unwrap_or(default);
    let (batch, pool) = (number("batch", 8), Arc::new(Pool::new(number("threads", 2))));
    let wanted = arguments.get("block").map_or("", String::as_str);
    println!("copy {:.1} GB/s", roofline::copy_bandwidth(&pool, Duration::from_millis(400)) / 1e9);
    for (name, input, build) in BLOCKS.iter().filter(|block| block.0.contains(wanted)) {
        let mut graph = Graph::new("m", "input", *input).unwrap();
        // Two blocks: the first one's input needs no gradient.
        let x = graph.input();
        let channels = input[2];
        let x = add(&mut graph, "before".into(), Op::Conv2d(Conv2d::new(channels, 1)), &[x]);
        build(&mut graph, "block", x);
        for mode in ["predict", "train"] {
            if arguments.get("mode").is_none_or(|wanted| wanted == mode) {
                report(&format!("{name}, {mode}"), &best(&graph, mode, batch, &pool));
            }
        }
    }
}

/// Each pass's shortest time.
fn best(graph: &Graph, mode: &str, batch: usize, pool: &Arc<Pool>) -> Vec<StepProfile> {
    let weights = initialize(graph, 1);
    let values: Vec<f32> =
        (0..batch * graph.input_shape().elements()).map(|i| (i * 37 % 101) as f32 / 50.0 - 1.0).collect();
    let mut rounds: Vec<Vec<StepProfile>> = if mode == "predict" {
        let mut predictor = Predictor::new(graph, &weights, batch, pool).unwrap();
        predictor.input(batch).copy_from_slice(&values);
        (0..ROUNDS).map(|_| predictor.profile(batch)).collect()
    } else {
        let options = TrainerOptions { batch, start: None, statistics: BatchStatistics::Batch, seed: 1 };
        let mut trainer = Trainer::new(graph, weights, &options, pool).unwrap();
        trainer.input(batch).copy_from_slice(&values);
        (0..ROUNDS).map(|_| trainer.profile(batch)).collect()
    };
    let mut best = rounds.pop().unwrap_or_default();
    for round in rounds {
        best.iter_mut().zip(round).for_each(|(best, one)| best.seconds = best.seconds.min(one.seconds));
    }
    best
}

fn report(title: &str, passes: &[StepProfile]) {
    let total: f64 = passes.iter().map(|pass| pass.seconds).sum();
    println!("{title}: {:.2} ms", total * 1e3);
    for one in passes.iter().filter(|one| one.seconds > 0.004 * total) {
        let pass = match one.pass {
            Pass::Load => "load",
            Pass::Forward => "forward",
            Pass::Backward => "backward",
        };
        println!(
            "  {:<44} {pass:<9} {:>8.3} ms {:>7.0} GFLOP/s {:>6.1} GB/s",
            one.layer,
            one.seconds * 1e3,
            one.operations as f64 / one.seconds / 1e9,
            one.bytes as f64 / one.seconds / 1e9
        );
    }
}
