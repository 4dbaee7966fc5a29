//! After the first step of an epoch, no step allocates: nor forward, loss, backward, update, metrics, events.
//!
//! Counted on the training's own thread, with a pool of that thread alone. The threads that prepare pictures reuse
//! their batches and are not counted.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use engine::{BatchStatistics, Pool, initialize};
use graph::{Activation, BatchNorm, Conv2d, Dense, DepthwiseConv2d, Graph, NodeId, Op, Pool as Window};
use images::{Channels, Preprocess, Sample, Source, SourceOptions};
use kernels::allocations::Counting;
use linnaeus_train::optimizers::{Adam, OptimizerConfig, Sgd};
use linnaeus_train::{Answer, Data, Event, Model, Stage, fit, losses, metrics};

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
        Sample { path, label: index as u32 % 2 }
    };
    let preprocess = Preprocess::new([SIDE, SIDE], Channels::Grey).unwrap();
    let options = SourceOptions { memory_limit_bytes: 1 << 20, workers: 1 };
    let mut source = Source::new((0..PICTURES).map(one).collect(), &preprocess, options);
    source.load().unwrap();
    source
}

/// Every kind of step that learns; also the layer before the head.
fn network() -> (Graph, NodeId) {
    let mut g = Graph::new("m", "input", [SIDE, SIDE, 1]).unwrap();
    let relu = Activation::Relu;
    let mut last = g.input();
    for (name, op) in [
        ("rescaling", Op::Rescaling { scale: 1.0 / 255.0, offset: 0.0 }),
        ("conv1", Op::Conv2d(Conv2d::new(12, 3).same().activation(relu))),
        ("conv2", Op::Conv2d(Conv2d::new(8, 3).same().activation(relu))),
        ("pool", Op::MaxPool(Window::new(2))),
        ("conv3", Op::Conv2d(Conv2d::new(16, 1).no_bias())),
        ("norm", Op::BatchNorm(BatchNorm::default())),
        ("swish", Op::Activation(Activation::Swish)),
        ("depthwise", Op::DepthwiseConv2d(DepthwiseConv2d::new(3).same())),
        ("pool2", Op::MaxPool(Window::new(2))),
        ("flatten", Op::Flatten),
        ("hidden", Op::Dense(Dense::new(70).activation(relu))),
        ("dropout", Op::Dropout(0.2)),
        ("predictions", Op::Dense(Dense::new(2).activation(Activation::Softmax))),
    ] {
        last = g.add(name, op, &[last]).unwrap();
    }
    let hidden = g.find("flatten").unwrap();
    (g, hidden)
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
        loss: losses::for_answer(Answer::of(&model.graph).unwrap()),
        metrics: metrics::ALL.to_vec(),
        statistics: BatchStatistics::Batch,
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
    fit(&mut model, &data, &stage, &mut [], &mut observer, &stop, &pool).unwrap();
    counts
}

#[test]
fn steps_allocate_nothing() {
    let sgd = |momentum| OptimizerConfig::Sgd(Sgd { momentum, nesterov: true });
    for optimizer in [OptimizerConfig::Adam(Adam::default()), sgd(0.0), sgd(0.9)] {
        assert_eq!(allocations(network().0, optimizer), [0, 0], "{optimizer:?}");
    }
}

#[test]
fn steps_on_kept_features_allocate_nothing() {
    let (mut graph, hidden) = network();
    for id in graph.ids().filter(|&id| id <= hidden).collect::<Vec<_>>() {
        graph.set_trainable(id, false);
    }
    assert_eq!(allocations(graph, OptimizerConfig::Adam(Adam::default())), [0, 0]);
}

#[test]
fn what_is_allocated_is_counted() {
    let before = Counting::of_this_thread();
    let some: Vec<usize> = (0..std::hint::black_box(100)).collect();
    assert!(Counting::of_this_thread() > before && some.len() == 100);
}
