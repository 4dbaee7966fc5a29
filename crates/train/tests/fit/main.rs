//! Whole trainings of small networks on small pictures.
#![allow(clippy::unwrap_used)]

mod ending;
mod epochs;
mod fault;
#[path = "../../src/golden.rs"]
mod golden;
mod keras;
mod learning;
mod mixed;
mod pictures;
mod rates;
mod refusal;
mod resume;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use engine::{BatchStatistics, Pool};
use graph::{Graph, Weights};
use images::{Augment, Preprocess, Resize, Sample, Source, SourceOptions};
use linnaeus_train::callbacks::{
    BatchEnd, Callback, CsvLogger, EarlyStopping, Existing, Flow, Keep, ModelCheckpoint, Monitor,
    ReduceLrOnPlateau, StopWhen,
};
use linnaeus_train::losses::Targets;
use linnaeus_train::optimizers::{Adam, Averaging, Clip, OptimizerConfig, Sgd};
use linnaeus_train::schedules::Schedule;
use linnaeus_train::{
    Answer, Data, Ended, ErrorKind, Event, History, KeptFeatures, Model, Predictions, Result, Runtime, Stage,
    evaluate, feature_bytes, fit, kept_layer, losses, metrics, predict,
};
use pictures::{network, sigmoid, softmax, source, stripes};

fn pool() -> Arc<Pool> {
    Arc::new(Pool::new(2))
}

fn adam() -> OptimizerConfig {
    OptimizerConfig::from(Adam::default())
}

fn stage(model: &Model, epochs: usize) -> Stage {
    Stage {
        name: "test".to_owned(),
        epochs,
        first_epoch: 0,
        optimizer: adam(),
        learning_rate: 0.01,
        rate_factors: Vec::new(),
        schedule: Schedule::default(),
        loss: losses::for_answer(Answer::of(&model.graph).unwrap()),
        class_weights: None,
        metrics: metrics::all(),
        statistics: BatchStatistics::Batch,
        patience: None,
    }
}

/// A training that nobody watches or stops.
fn quiet(
    model: &mut Model,
    data: &Data<'_>,
    stage: &Stage,
    callbacks: &mut [Box<dyn Callback>],
) -> Result<History> {
    fit(model, data, stage, callbacks, &mut |_| {}, Runtime::new(&AtomicBool::new(false), &pool()))
}

fn predictions(model: &Model, source: &images::Source) -> Predictions {
    predict(model, source, 3, &mut |_| {}, &AtomicBool::new(false), &pool()).unwrap()
}

/// In a folder that lives as long as the samples are used.
fn samples(count: usize) -> (tempfile::TempDir, Vec<Sample>) {
    let folder = tempfile::tempdir().unwrap();
    let samples = stripes(folder.path(), count);
    (folder, samples)
}

/// A checkpoint that keeps what it is given.
fn keeping(monitor: &str) -> (Box<dyn Callback>, Arc<Mutex<Vec<Weights>>>) {
    let saved = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&saved);
    let store = move |_: &Path, _: &Graph, weights: &Weights| {
        keep.lock().unwrap().push(weights.clone());
        Ok(())
    };
    let checkpoint =
        ModelCheckpoint::new("best.keras", Monitor::new(monitor), Keep::BestOnly, Box::new(store));
    (Box::new(checkpoint.unwrap()), saved)
}

/// A model for other pictures.
fn small() -> Model {
    let mut graph = Graph::new("small", "input", [7, 7, 3]).unwrap();
    let flat = graph.add("flatten", graph::Op::Flatten, &[graph.input()]).unwrap();
    graph.add("predictions", softmax(), &[flat]).unwrap();
    let weights = engine::initialize(&graph, 1);
    Model { graph, weights }
}
