//! What a model learns from mixed pictures.

use engine::{BatchStatistics, Predictor};
use images::{Augment, Order};
use linnaeus_train::optimizers::OptimizerConfig;
use linnaeus_train::{Data, Stage, evaluate, metrics};

use crate::pictures::{network, sigmoid, softmax, source};
use crate::{pool, predictions, quiet, samples, stage};

/// An epoch's figures over the batches as they come, in double precision: `−Σ shareᶜ ln pᶜ` with smoothed shares, each
/// times its class's weight, and the accuracy by the class of the larger share.
#[test]
fn loss_and_accuracy_are_those_of_shares() {
    let (_folder, samples) = samples(11);
    let train = source(&samples, 2);
    let (class_weights, smoothing) = ([0.5, 2.0], 0.1);
    for text in ["mixup=0.6", "flip,cutmix=1", "mixup=0.4,cutmix=1"] {
        let augment: Augment = text.parse().unwrap();
        for head in [softmax(), sigmoid()] {
            let (mut model, _) = network(head);
            model.graph.set_trainable(model.graph.find("dropout").unwrap(), false);
            // A rate of 0, and norms that stand still: the model stays as it is.
            let plain = stage(&model, 1);
            let stage = Stage {
                learning_rate: 0.0,
                statistics: BatchStatistics::Moving,
                class_weights: Some(class_weights.map(|weight| weight as f32).to_vec()),
                loss: plain.loss.smoothed(smoothing as f32),
                metrics: vec![metrics::find("accuracy").unwrap()],
                ..plain
            };
            let data = Data { augment: Some(&augment), seed: 9, ..Data::new(&train, 4) };
            let history = quiet(&mut model, &data, &stage, &mut []).unwrap();

            let mut predictor = Predictor::new(&model.graph, &model.weights, 4, &pool()).unwrap();
            let (mut loss, mut right, mut mixed) = (0.0, 0.0, 0);
            for batch in train.batches(Order::Shuffled { seed: 9, epoch: 1 }, Some(&augment), 9, 4) {
                predictor.input(batch.len()).copy_from_slice(&batch.pixels);
                let values = predictor.run(batch.len());
                for (place, values) in values.chunks_exact(values.len() / batch.len()).enumerate() {
                    let p: Vec<f64> = match values {
                        [second] => vec![1.0 - f64::from(*second), f64::from(*second)],
                        all => all.iter().map(|p| f64::from(*p)).collect(),
                    };
                    let (mix, mut shares) = (batch.mixes[place], [0.0; 2]);
                    shares[batch.labels[place] as usize] += f64::from(mix.share);
                    shares[batch.labels[mix.partner] as usize] += 1.0 - f64::from(mix.share);
                    let weight: f64 = shares.iter().zip(class_weights).map(|(s, w)| s * w).sum();
                    let of =
                        |class: usize| -(shares[class] * (1.0 - smoothing) + smoothing / 2.0) * p[class].ln();
                    loss += weight * (of(0) + of(1));
                    right += f64::from(u8::from((p[1] > p[0]) == (shares[1] > shares[0])));
                    mixed += usize::from(shares.iter().all(|share| *share > 0.0));
                }
            }
            assert!(mixed >= 3, "{mixed} of 11 are of two classes");
            let scores = &history.epochs[0].scores;
            let found = (scores.get("loss").unwrap(), scores.get("accuracy").unwrap());
            assert!((found.0 - loss / 11.0).abs() < 1e-5, "{text}: {} for {}", found.0, loss / 11.0);
            assert!((found.1 - right / 11.0).abs() < 1e-9, "{text}: {} for {}", found.1, right / 11.0);
        }
    }
}

/// Lines that lie or stand, of which no mixture was seen as it is.
#[test]
fn classes_are_learned_from_mixtures() {
    let (_folder, samples) = samples(32);
    let train = source(&samples[..24], 2);
    let held_out = source(&samples[24..], 1);
    for text in ["mixup=0.2", "cutmix=1", "flip,mixup=0.2,cutmix=1"] {
        let augment: Augment = text.parse().unwrap();
        let (mut model, _) = network(softmax());
        let optimizer = OptimizerConfig::find("adam").unwrap();
        let stage = Stage { optimizer, learning_rate: 0.02, ..stage(&model, 40) };
        let data = Data { augment: Some(&augment), ..Data::new(&train, 8) };
        quiet(&mut model, &data, &stage, &mut []).unwrap();
        let scores = evaluate(&predictions(&model, &held_out), stage.loss, &stage.metrics);
        assert_eq!(scores.get("accuracy"), Some(1.0), "{text}: {scores:?}");
    }
}
