//! A network of one's own, built layer by layer and trained through the library, on 28×28 grey pictures.
//!
//! usage: own_network DATA EPOCHS      DATA/{train,test}/<class>/*.png
//! The layers are those of the zoo's `plain_cnn`; change them. Adam, batches of 32, a tenth of the training part for
//! validation. Prints each epoch's scores and the accuracy on the test part.
#![allow(clippy::print_stdout, reason = "an example speaks")]

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use linnaeus::engine::{BatchStatistics, Pool, initialize};
use linnaeus::graph::{Activation, Conv2d, Dense, Graph, Op, Pool as Window};
use linnaeus::images::{Channels, Preprocess, Sample, Shares, Source, SourceOptions, Split, read_folder};
use linnaeus::train::optimizers::OptimizerConfig;
use linnaeus::train::schedules::Schedule;
use linnaeus::train::{Answer, Data, Model, Runtime, Stage, evaluate, fit, losses, metrics, predict};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(folder), Some(epochs)) = (arguments.next(), arguments.next()) else {
        return Err("usage: own_network DATA EPOCHS".into());
    };
    let epochs: usize = epochs.parse()?;
    let threads = std::thread::available_parallelism()?.get();
    let listing = read_folder(Path::new(&folder))?;
    let classes = listing.classes.len();
    let Split { train, validation, test, .. } = listing.split(Shares { validation: 0.1, test: 0.1 }, 0)?;
    let [train, validation, test] = [load(train, threads)?, load(validation, threads)?, load(test, threads)?];

    let graph = network(classes)?;
    let weights = initialize(&graph, 0);
    let mut model = Model { graph, weights };
    let (pool, stop) = (Arc::new(Pool::new(threads)), AtomicBool::new(false));
    let loss = losses::for_answer(Answer::of(&model.graph)?);
    let stage = Stage {
        name: "from scratch".to_owned(),
        epochs,
        first_epoch: 0,
        optimizer: OptimizerConfig::find("adam")?,
        learning_rate: 1e-3,
        rate_factors: Vec::new(),
        schedule: Schedule::default(),
        loss,
        class_weights: None,
        metrics: vec![metrics::find("accuracy")?],
        statistics: BatchStatistics::Batch,
        patience: None,
    };
    let data = Data { validation: Some(&validation), ..Data::new(&train, 32) };
    let history = fit(&mut model, &data, &stage, &mut [], &mut |_| {}, Runtime::new(&stop, &pool))?;
    for record in &history.epochs {
        println!("epoch {}: {:.1} s, {:?}", record.epoch, record.seconds, record.scores);
    }
    let predictions = predict(&model, &test, 500, &mut |_| {}, &stop, &pool)?;
    let accuracy = evaluate(&predictions, loss, &stage.metrics).get("accuracy").unwrap_or(0.0);
    println!("test accuracy {accuracy:.4} after {epochs} epochs");
    Ok(())
}

fn load(samples: Vec<Sample>, workers: usize) -> linnaeus::images::Result<Source> {
    let preprocess = Preprocess::new([28, 28], Channels::Grey)?;
    let mut source =
        Source::new(samples, &preprocess, SourceOptions { memory_limit_bytes: 1 << 30, workers });
    source.load()?;
    Ok(source)
}

fn network(classes: usize) -> linnaeus::graph::Result<Graph> {
    let mut graph = Graph::new("own_network", "input", [28, 28, 1])?;
    let conv = |filters| Op::Conv2d(Conv2d::new(filters, 3).activation(Activation::Relu));
    let dense = |units, activation| Op::Dense(Dense::new(units).activation(activation));
    let mut last = graph.input();
    for (name, op) in [
        ("rescaling", Op::Rescaling { scale: 1.0 / 255.0, offset: 0.0 }),
        ("conv1", conv(32)),                                  // [26, 26, 32]
        ("conv2", conv(64)),                                  // [24, 24, 64]
        ("pool", Op::MaxPool(Window::new(2))),                // [12, 12, 64]
        ("flatten", Op::Flatten),                             // [9216]
        ("hidden", dense(128, Activation::Relu)),             // [128]
        ("predictions", dense(classes, Activation::Softmax)), // [classes]
    ] {
        last = graph.add(name, op, &[last])?;
    }
    Ok(graph)
}
