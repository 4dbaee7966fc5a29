//! After the first step of an epoch, no step allocates: nor forward, loss, backward, update, metrics, events.
//!
//! Counted on the training's own thread, with a pool of that thread alone: the room of each further thread grows when
//! it first meets a piece of work that needs more.
//! The threads that prepare pictures reuse their batches and are not counted.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use engine::{BatchStatistics, Pool, initialize};
use graph::{
    Activation, BatchNorm, Conv2d, Dense, DepthwiseConv2d, Graph, LayerNorm, NodeId, Op, Pool as Window,
    SeparableConv2d,
};
use images::{Channels, Preprocess, Sample, Source, SourceOptions};
use kernels::allocations::Counting;
use linnaeus_train::optimizers::{Adam, Averaging, Clip, NAMES, OptimizerConfig, Sgd};
use linnaeus_train::schedules::Schedule;
use linnaeus_train::{Answer, Data, Event, Model, Runtime, Stage, fit, losses, metrics};

#[global_allocator]
static COUNTING: Counting = Counting;

const SIDE: usize = 12;
const PICTURES: usize = 22;

/// Grey pictures of two classes.
fn source(folder: &Path) -> Source {
    let one = |index: usize| {
        let path = folder.join(format!("{index}.png"));
        let pixels: Vec<u8> = (0..SIDE * SIDE).map(|at| (at * (index + 3) * 41 % 251) as u8).collect();
        let picture = image::GrayImage::from_vec(SIDE as u32, SIDE as u32, pixels).unwrap();
        picture.save(&path).unwrap();
        Sample::new(path, index as u32 % 2)
    };
    let preprocess = Preprocess::new([SIDE, SIDE], Channels::Grey).unwrap();
    let options = SourceOptions { memory_limit_bytes: 1 << 20, workers: 1 };
    let mut source = Source::new((0..PICTURES).map(one).collect(), &preprocess, options);
    source.load().unwrap();
    source
}

/// Each kind of weighted step that learns, and what stands between them: norms that the layers around apply, that a sum
/// applies and that stand alone, sums, pools of every kind, joined maps, dropout. Also what the head reads.
fn network() -> (Graph, NodeId) {
    let mut g = Graph::new("m", "input", [SIDE, SIDE, 1]).unwrap();
    let (input, relu) = (g.input(), Activation::Relu);
    let mut add = |name: &str, op: Op, inputs: &[NodeId]| g.add(name, op, inputs).unwrap();
    let norm = || Op::BatchNorm(BatchNorm::default());
    let x = add("rescaling", Op::Rescaling { scale: 1.0 / 255.0, offset: 0.0 }, &[input]);
    let x = add("conv1", Op::Conv2d(Conv2d::new(12, 3).same().activation(relu)), &[x]);
    let x = add("conv2", Op::Conv2d(Conv2d::new(8, 3).same().activation(relu)), &[x]);
    let x = add("pool", Op::MaxPool(Window::new(2)), &[x]); // [6, 6, 8]
    let x = add("conv3", Op::Conv2d(Conv2d::new(16, 1).no_bias()), &[x]);
    let x = add("norm3", norm(), &[x]);
    let x = add("swish3", Op::Activation(Activation::Swish), &[x]); // read twice
    let y = add("depthwise", Op::DepthwiseConv2d(DepthwiseConv2d::new(3).same()), &[x]);
    let y = add("norm4", norm(), &[y]);
    let y = add("relu4", Op::Activation(relu), &[y]);
    let y = add("conv4", Op::Conv2d(Conv2d::new(16, 3).same().no_bias()), &[y]); // by Winograd
    let y = add("norm5", norm(), &[y]);
    let x = add("sum", Op::Add, &[x, y]);
    let x = add("relu5", Op::Activation(relu), &[x]);
    let highest = add("highest", Op::MaxPool(Window::new(2)), &[x]); // [3, 3, 16]
    let mean = add("mean", Op::AveragePool(Window::new(2)), &[x]);
    let both = add("both", Op::Add, &[highest, mean]);
    let x = add("maps", Op::Concat, &[highest, mean, both]); // [3, 3, 48]
    let x = add("norm6", norm(), &[x]);
    let x = modern_layers(&mut add, x);
    let flat = add("flatten", Op::Flatten, &[x]);
    let highest = add("highest_of_all", Op::GlobalMaxPool { keepdims: false }, &[x]);
    let mean = add("mean_of_all", Op::GlobalAveragePool { keepdims: false }, &[x]);
    let features = add("features", Op::Concat, &[flat, highest, mean]);
    let x = add("hidden", Op::Dense(Dense::new(70).activation(relu)), &[features]);
    let x = add("dropout", Op::Dropout(0.2), &[x]);
    add("predictions", Op::Dense(Dense::new(2).activation(Activation::Softmax)), &[x]);
    (g, features)
}

/// Layer norms and scales, excited channels, separable and grouped convolutions, scaled sums, pictures dropped whole.
fn modern_layers(add: &mut impl FnMut(&str, Op, &[NodeId]) -> NodeId, x: NodeId) -> NodeId {
    let y = add("layer_norm", Op::LayerNorm(LayerNorm::default()), &[x]); // [3, 3, 48]
    let y = add("pointwise", Op::Dense(Dense::new(48).activation(Activation::Gelu)), &[y]);
    let y = add("layer_scale", Op::LayerScale { start: 0.1 }, &[y]);
    let y = add("drop_path", Op::StochasticDepth(0.2), &[y]);
    let x = add("residual", Op::AddScaled(0.5), &[x, y]);
    let x = add("separable", Op::SeparableConv2d(SeparableConv2d::new(48, 3).same()), &[x]);
    let squeezed = add("squeeze", Op::GlobalAveragePool { keepdims: true }, &[x]);
    let gate = Conv2d::new(48, 1).activation(Activation::HardSigmoid);
    let gate = add("gate", Op::Conv2d(gate), &[squeezed]);
    let x = add("excite", Op::Multiply, &[x, gate]);
    let x = add("grouped", Op::Conv2d(Conv2d { groups: 12, ..Conv2d::new(48, 3).same() }), &[x]);
    let x = add("hard_swish", Op::Activation(Activation::HardSwish), &[x]);
    add("cropped", Op::Crop([0, 1, 1, 0]), &[x]) // [2, 2, 48]
}

/// Counts over the steps of each of two epochs, the first step left out.
fn allocations(graph: Graph, optimizer: OptimizerConfig) -> Vec<usize> {
    let folder = tempfile::tempdir().unwrap();
    let source = source(folder.path());
    let weights = initialize(&graph, 5);
    let mut model = Model { graph, weights };
    let stage = Stage {
        name: "test".to_owned(),
        epochs: 2,
        first_epoch: 0,
        optimizer,
        learning_rate: 0.01,
        rate_factors: Vec::new(),
        schedule: Schedule::default(),
        loss: losses::for_answer(Answer::of(&model.graph).unwrap()),
        class_weights: None,
        metrics: metrics::all(),
        statistics: BatchStatistics::Batch,
        patience: None,
    };
    // Five whole batches and a smaller one.
    let data = Data { validation: Some(&source), ..Data::new(&source, 4) };
    let (mut counts, mut after_first) = (Vec::with_capacity(2), 0);
    let mut observer = |event: Event<'_>| {
        if let Event::BatchDone { step, steps, .. } = event {
            match step {
                1 => after_first = Counting::of_this_thread(),
                _ if step == steps => counts.push(Counting::of_this_thread() - after_first),
                _ => {}
            }
        }
    };
    let (stop, pool) = (AtomicBool::new(false), Arc::new(Pool::new(1)));
    fit(&mut model, &data, &stage, &mut [], &mut observer, Runtime::new(&stop, &pool)).unwrap();
    counts
}

#[test]
fn steps_allocate_nothing() {
    let sgd = |momentum| OptimizerConfig::from(Sgd { momentum, nesterov: true });
    let found = NAMES.iter().map(|name| OptimizerConfig::find(name).unwrap());
    let busy = |optimizer| OptimizerConfig {
        clip: Some(Clip::GlobalNorm(1.0)),
        gradient_accumulation_steps: 2,
        average: Some(Averaging { momentum: 0.9, overwrite_frequency: Some(2) }),
        ..optimizer
    };
    for optimizer in found.chain([sgd(0.9), busy(sgd(0.9)), busy(Adam::default().into())]) {
        assert_eq!(allocations(network().0, optimizer), [0, 0], "{optimizer:?}");
    }
}

#[test]
fn steps_on_kept_features_allocate_nothing() {
    let (mut graph, features) = network();
    for id in graph.ids().filter(|&id| id <= features).collect::<Vec<_>>() {
        graph.set_trainable(id, false);
    }
    assert_eq!(allocations(graph, OptimizerConfig::from(Adam::default())), [0, 0]);
}

#[test]
fn what_is_allocated_is_counted() {
    let before = Counting::of_this_thread();
    let some: Vec<usize> = (0..std::hint::black_box(100)).collect();
    assert!(Counting::of_this_thread() > before && some.len() == 100);
}
