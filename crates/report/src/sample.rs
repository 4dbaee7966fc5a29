//! A small outcome for tests, with an ill case in each part: a class that is never predicted (and a finding that says
//! so), a loss that is not a number, a skipped picture, two stages.

use serde_json::json;

use crate::{
    Best, Epoch, Evaluation, Finding, FindingKind, ImageFacts, ModelFacts, Outcome, Part, RangePoint,
    RangeTest, RateSearch, RateTrial, Seconds, Settings, SkippedPicture, SkippedPictures, Stage, Start,
    Throughput,
};

/// Exact in binary, so that they survive JSON to the bit.
const PROBABILITIES: [f32; 15] =
    [0.75, 0.25, 0.0, 0.5, 0.375, 0.125, 0.125, 0.875, 0.0, 0.25, 0.625, 0.125, 0.0625, 0.9375, 0.0];

pub(crate) fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

pub(crate) fn evaluation(class_names: &[String]) -> Evaluation {
    let paths: Vec<_> = (0..5).map(|picture| format!("/data/foods/{picture}.jpg")).collect();
    Evaluation::new(class_names, &PROBABILITIES, &[0, 0, 1, 2, 2], &paths, &Settings::default()).unwrap()
}

fn epoch(epoch: usize, loss: f64, validation_loss: Option<f64>) -> Epoch {
    let metrics = [("loss".to_owned(), Some(loss)), ("val_loss".to_owned(), validation_loss)];
    Epoch { epoch, seconds: 1.5, learning_rate: Some(0.001), metrics: metrics.into() }
}

pub(crate) fn outcome() -> Outcome {
    outcome_of(&names(&["fruit", "fish", "nuts"]))
}

pub(crate) fn outcome_of(classes: &[String]) -> Outcome {
    let stopped = Some("val_loss did not get better for 2 epochs".to_owned());
    let part = |name: &str, classes: [usize; 3]| Part {
        name: name.into(),
        pictures: classes.iter().sum(),
        classes: classes.into(),
    };
    let skipped = SkippedPicture { path: "/data/foods/nuts/text.jpg".into(), reason: "not a picture".into() };
    Outcome {
        name: "foods".into(),
        created: Some("2026-11-21".into()),
        seed: Some(7),
        model: ModelFacts {
            architecture: "small_cnn".into(),
            weights: Some("none".into()),
            loaded: None,
            input: Some([32, 32, 3]),
            classes: classes.to_vec(),
            parameters: 12_345,
            trained_parameters: 12_000,
            size_bytes: Some(54_321),
            file: Some("best.keras".into()),
        },
        images: ImageFacts {
            source: Some("/data/foods".into()),
            parts: vec![part("train", [6, 3, 6]), part("test", [2, 1, 2])],
            skipped: SkippedPictures { count: 1, list: vec![skipped] },
        },
        seconds: Seconds {
            total: 43.75,
            parts: [("decode".to_owned(), 6.125), ("forward".to_owned(), 20.5)].into(),
        },
        images_per_second: Throughput { train: Some(61.5), predict: Some(108.25) },
        starts: vec![
            Start { seed: 7, epochs: 2, value: Some(1.25), went_on: true },
            Start { seed: 8, epochs: 1, value: None, went_on: false },
        ],
        stages: vec![
            Stage {
                name: "head".into(),
                epochs: vec![epoch(1, 1.5, Some(1.25)), epoch(2, 1.0, None)],
                layers: Some("the new head".into()),
                learning_rate: Some(1e-3),
                optimizer: Some("adam".into()),
                trained_parameters: Some(195),
                ..Stage::default()
            },
            Stage {
                name: "fine-tune".into(),
                layers: Some("the last 4 layers of the base small_cnn".into()),
                learning_rate: Some(1e-5),
                layer_decay: Some(0.75),
                optimizer: Some("adam".into()),
                trained_parameters: Some(1234),
                epochs: vec![epoch(3, 0.5, Some(0.75))],
                stopped,
                ..Stage::default()
            },
        ],
        best: Some(Best {
            epoch: 3,
            stage: Some("fine-tune".into()),
            monitor: "val_loss".into(),
            value: Some(0.75),
        }),
        test: Some(evaluation(classes)),
        findings: vec![Finding {
            kind: FindingKind::NeverPredicted,
            epoch: Some(2),
            message: "never predicted on the 8 validation pictures: nuts".into(),
            advice: "--class-weights balanced".into(),
        }],
        recipe: json!({ "base": "small_cnn", "augment": { "rotation": 0.125 }, "metrics": ["accuracy", "recall"] }),
        versions: [("linnaeus".to_owned(), "0.1.0".to_owned())].into(),
        ..Outcome::default()
    }
}

/// A search for a learning rate, of which one try diverged.
pub(crate) fn rate_search() -> RateSearch {
    let trials = [(1e-4, Some(1.5)), (1e-3, Some(0.7)), (3.2e-3, Some(0.5)), (1e-2, Some(0.9)), (0.1, None)];
    let points = (0..60).map(|step| {
        let power = -5.0 + 5.0 * f64::from(step) / 59.0;
        let smoothed = 1.6 - 0.9 / (1.0 + (-4.0 * (power + 3.0)).exp()) + 10_f64.powf(2.0 * (power + 0.7));
        RangePoint { learning_rate: 10_f64.powf(power), loss: smoothed, smoothed }
    });
    RateSearch {
        name: "foods".into(),
        architecture: "small_cnn".into(),
        pictures: 158,
        monitor: "val_loss".into(),
        epochs: 3,
        trials: trials.map(|(learning_rate, loss)| RateTrial { learning_rate, loss }).into(),
        range_test: RangeTest {
            points: points.collect(),
            steepest: Some(1e-3),
            valley: Some(2e-3),
            diverges: Some(0.4),
        },
        learning_rate: 3.2e-3,
        why: "it has the least validation loss".into(),
        seconds: 12.0,
    }
}
