//! The same training as Keras's, figure by figure.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use engine::BatchStatistics;
use graph::{Activation, BatchNorm, Conv2d, Dense, Graph, Op, Weights};
use images::{Channels, Preprocess, Sample, Source, SourceOptions};
use linnaeus_train::optimizers::{Adam, OptimizerConfig, Sgd};
use linnaeus_train::schedules::Schedule;
use linnaeus_train::{Data, Model, Runtime, Stage, fit, losses, metrics};

use crate::golden::{assert_close, golden, golden_labels};
use crate::pictures::bitmap;

/// The network of `golden/make.py`.
fn network() -> Model {
    let mut g = Graph::new("m", "input", [4, 4, 3]).unwrap();
    let x = g.add("rescaling", Op::Rescaling { scale: 1.0 / 64.0, offset: -1.0 }, &[g.input()]).unwrap();
    let x = g.add("conv", Op::Conv2d(Conv2d::new(4, 3).same().no_bias()), &[x]).unwrap();
    let x = g.add("bn", Op::BatchNorm(BatchNorm { momentum: 0.8, ..BatchNorm::default() }), &[x]).unwrap();
    let x = g.add("relu", Op::Activation(Activation::Relu), &[x]).unwrap();
    let x = g.add("gap", Op::GlobalAveragePool { keepdims: false }, &[x]).unwrap();
    g.add("predictions", Op::Dense(Dense::new(3).activation(Activation::Softmax)), &[x]).unwrap();
    let mut weights = Weights::zeros(&g);
    weights.as_mut_slice().copy_from_slice(&golden("fit.start"));
    Model { graph: g, weights }
}

fn source(folder: &Path, part: std::ops::Range<usize>) -> Source {
    let (values, labels) = (golden("fit.pictures"), golden_labels("fit.labels"));
    let sample = |index: usize| {
        let path = folder.join(format!("{index}.bmp"));
        let pixel = |y, x, channel| values[((index * 4 + y) * 4 + x) * 3 + channel] as u8;
        std::fs::write(&path, bitmap(4, pixel)).unwrap();
        Sample::new(path, labels[index])
    };
    let preprocess = Preprocess::new([4, 4], Channels::Rgb).unwrap();
    let options = SourceOptions { memory_limit_bytes: 1 << 20, workers: 1 };
    Source::new(part.map(sample).collect(), &preprocess, options)
}

#[test]
fn a_training_goes_as_keras_goes() {
    let folder = tempfile::tempdir().unwrap();
    let (train, validation) = (source(folder.path(), 0..6), source(folder.path(), 6..8));
    let adam = OptimizerConfig::from(Adam::default());
    let sgd = OptimizerConfig::from(Sgd { momentum: 0.9, nesterov: true });
    for (name, optimizer, learning_rate, statistics) in [
        ("adam", adam, 0.02, BatchStatistics::Batch),
        ("sgd", sgd, 0.1, BatchStatistics::Batch),
        ("moving", adam, 0.02, BatchStatistics::Moving),
    ] {
        let mut model = network();
        let stage = Stage {
            name: name.to_owned(),
            epochs: 5,
            first_epoch: 0,
            optimizer,
            learning_rate,
            rate_factors: Vec::new(),
            schedule: Schedule::default(),
            loss: losses::find("sparse_categorical_crossentropy").unwrap(),
            class_weights: None,
            metrics: vec![metrics::find("accuracy").unwrap()],
            statistics,
            patience: None,
        };
        let data = Data { validation: Some(&validation), ..Data::new(&train, 6) };
        let stop = AtomicBool::new(false);
        let history =
            fit(&mut model, &data, &stage, &mut [], &mut |_| {}, Runtime::new(&stop, &crate::pool()))
                .unwrap();
        for figure in ["loss", "accuracy", "val_loss", "val_accuracy"] {
            let found: Vec<f32> =
                history.epochs.iter().map(|e| e.scores.get(figure).unwrap() as f32).collect();
            assert_close(&found, &golden(&format!("fit.{name}.{figure}")), 2e-5, &format!("{name} {figure}"));
        }
        let expected = golden(&format!("fit.{name}.end"));
        assert_close(model.weights.as_slice(), &expected, 2e-5, &format!("{name} weights"));
    }
}
