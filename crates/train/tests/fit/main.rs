//! Whole trainings of small networks on small pictures.
#![allow(clippy::unwrap_used)]

mod fault;
#[path = "../../src/golden.rs"]
mod golden;
mod keras;
mod mixed;
mod pictures;
mod rates;
mod resume;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use engine::{BatchStatistics, Pool};
use graph::{Graph, Weights};
use images::{Augment, Sample};
use linnaeus_train::callbacks::{
    BatchEnd, Callback, CsvLogger, EarlyStopping, Existing, Flow, Keep, ModelCheckpoint, Monitor,
    ReduceLrOnPlateau,
};
use linnaeus_train::losses::Targets;
use linnaeus_train::optimizers::{Adam, Averaging, Clip, OptimizerConfig, Sgd};
use linnaeus_train::schedules::Schedule;
use linnaeus_train::{
    Answer, Data, Ended, ErrorKind, Event, History, Model, Predictions, Result, Runtime, Stage, evaluate,
    fit, losses, metrics, predict,
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

#[test]
fn eight_pictures_are_learned_by_heart() {
    let (_folder, samples) = samples(8);
    let train = source(&samples, 1);
    let sgd = OptimizerConfig::from(Sgd { momentum: 0.9, nesterov: true });
    for (head, optimizer, rate) in
        [(softmax(), adam(), 0.02), (sigmoid(), adam(), 0.02), (softmax(), sgd, 0.05)]
    {
        let (mut model, _) = network(head);
        let stage = Stage { optimizer, learning_rate: rate, ..stage(&model, 40) };
        let history = quiet(&mut model, &Data::new(&train, 4), &stage, &mut []).unwrap();
        assert_eq!((history.epochs.len(), history.ended), (40, Ended::Finished));
        let first = history.epochs[0].scores.get("loss").unwrap();
        let scores = evaluate(&predictions(&model, &train), stage.loss, &stage.metrics);
        assert!(scores.get("loss").unwrap() < 0.1 * first, "{scores:?} after {first}");
        for name in ["accuracy", "precision", "recall", "f1"] {
            assert_eq!(scores.get(name), Some(1.0), "{name} with {optimizer:?}");
        }
    }
}

#[test]
fn a_frozen_base_keeps_its_bits_and_features_change_nothing() {
    let (_folder, samples) = samples(11);
    let (train, validation) = (source(&samples[..8], 1), source(&samples[8..], 1));
    let augment: Augment = "flip,rotation=0.1".parse().unwrap();
    let run = |feature_memory, augment| {
        let (mut model, base) = network(softmax());
        model.graph.freeze_through(base);
        let before = model.weights.clone();
        let mut data =
            Data { validation: Some(&validation), augment, feature_memory, ..Data::new(&train, 3) };
        data.seed = 4;
        let stage = stage(&model, 3);
        let mut notices = Vec::new();
        let history = fit(
            &mut model,
            &data,
            &stage,
            &mut [],
            &mut |event| {
                if let Event::Notice(text) = event {
                    notices.push(text.to_owned());
                }
            },
            Runtime::new(&AtomicBool::new(false), &pool()),
        )
        .unwrap();
        for parameter in model.graph.parameters() {
            let same = before.get(parameter) == model.weights.get(parameter);
            assert_eq!(same, !parameter.name.starts_with("predictions"), "{}", parameter.name);
        }
        (history, notices)
    };
    let (kept, notices) = run(usize::MAX, None);
    assert_eq!(notices.len(), 1);
    assert!(notices[0].contains("up to layer gap is frozen and the pictures do not vary, so its features are computed once per picture"), "{notices:?}");
    let (recomputed, notices) = run(0, None);
    assert_eq!(notices.len(), 2);
    assert!(
        notices[0].starts_with("the training features of the frozen base would take 0 MiB"),
        "{notices:?}"
    );
    for (kept, recomputed) in kept.epochs.iter().zip(&recomputed.epochs) {
        for ((name, a), (_, b)) in kept.scores.iter().zip(recomputed.scores.iter()) {
            assert!((a - b).abs() < 1e-4, "epoch {} {name}: {a} and {b}", kept.epoch);
        }
    }
    let (varied, notices) = run(usize::MAX, Some(&augment));
    assert!(notices.is_empty(), "{notices:?}");
    assert_ne!(varied.epochs[2].scores.get("loss"), kept.epochs[2].scores.get("loss"));
}

#[test]
fn the_seed_decides_and_the_number_of_threads_does_not() {
    let (_folder, samples) = samples(10);
    let augment: Augment = "flip,zoom=0.1,brightness=0.1,mixup=0.4,cutmix=1".parse().unwrap();
    let run = |seed, threads| {
        let (train, validation) = (source(&samples[..7], threads), source(&samples[7..], threads));
        let (mut model, _) = network(softmax());
        let data =
            Data { validation: Some(&validation), augment: Some(&augment), seed, ..Data::new(&train, 3) };
        let optimizer = OptimizerConfig {
            weight_decay: 0.1,
            clip: Some(Clip::GlobalNorm(1.0)),
            gradient_accumulation_steps: 2,
            average: Some(Averaging { momentum: 0.9, overwrite_frequency: Some(2) }),
            ..adam()
        };
        let (stage, pool) = (Stage { optimizer, ..stage(&model, 2) }, Arc::new(Pool::new(threads)));
        let history = fit(
            &mut model,
            &data,
            &stage,
            &mut [],
            &mut |_| {},
            Runtime::new(&AtomicBool::new(false), &pool),
        )
        .unwrap();
        let scores: Vec<_> = history.epochs.into_iter().map(|epoch| epoch.scores).collect();
        (model.weights, scores)
    };
    let one = run(3, 1);
    assert_eq!(one, run(3, 2));
    assert_ne!(one, run(4, 1));
}

#[test]
fn an_epochs_loss_is_the_mean_over_its_pictures() {
    let (_folder, samples) = samples(5);
    let train = source(&samples, 1);
    let (mut model, base) = network(softmax());
    model.graph.freeze_through(base);
    model.graph.set_trainable(model.graph.find("dropout").unwrap(), false);
    // A rate of 0: the model stays as it is, so the epoch's figures are those of the model.
    // Figures over all thresholds are exact in validation alone.
    let metrics = ["accuracy", "precision", "recall", "f1"].map(|name| metrics::find(name).unwrap());
    let stage = Stage { learning_rate: 0.0, metrics: metrics.into(), ..stage(&model, 1) };
    for batch_size in [1, 2, 5, 100] {
        let data = Data { validation: Some(&train), ..Data::new(&train, batch_size) };
        let history = quiet(&mut model, &data, &stage, &mut []).unwrap();
        let scores = &history.epochs[0].scores;
        let expected = evaluate(&predictions(&model, &train), stage.loss, &stage.metrics);
        for (name, value) in expected.iter() {
            for name in [name.to_owned(), format!("val_{name}")] {
                let found = scores.get(&name).unwrap();
                assert!((found - value).abs() < 1e-6, "{name} at {batch_size}: {found} instead of {value}");
            }
        }
    }
}

#[test]
fn weights_of_classes_and_pictures_count_in_training_alone() {
    let (_folder, samples) = samples(5);
    let train = source(&samples, 1);
    let (mut model, base) = network(softmax());
    let own = [1.0, 2.0, 3.0, 0.0, 5.0];
    for frozen in [false, true] {
        if frozen {
            model.graph.freeze_through(base);
        }
        model.graph.set_trainable(model.graph.find("dropout").unwrap(), false);
        // A rate of 0, and norms that stand still: the model stays as it is.
        let statistics = BatchStatistics::Moving;
        let class_weights = Some(vec![0.5, 2.0]);
        let stage = Stage { learning_rate: 0.0, statistics, class_weights, ..stage(&model, 1) };
        let seen = predictions(&model, &train);
        let weights: Vec<f32> =
            seen.labels.iter().zip(own).map(|(l, own)| own * [0.5, 2.0][*l as usize]).collect();
        let mean = |weights| stage.loss.mean(&seen.probabilities, Targets::Labels(&seen.labels), weights);
        let data = Data { validation: Some(&train), sample_weights: Some(&own), ..Data::new(&train, 2) };
        let history = quiet(&mut model, &data, &stage, &mut []).unwrap();
        let scores = &history.epochs[0].scores;
        for (name, expected) in [("loss", mean(Some(&weights))), ("val_loss", mean(None))] {
            let found = scores.get(name).unwrap();
            assert!((found - expected).abs() < 1e-5, "{name}, {frozen}: {found} instead of {expected}");
        }
    }
}

#[test]
fn each_epoch_has_its_own_order_and_its_own_dropout() {
    let (_folder, samples) = samples(6);
    let train = source(&samples, 1);
    // A rate of 0: what differs from epoch to epoch is the order and the dropout alone.
    let losses = |train, dropout, batch_size, first_epoch, epochs| {
        let (mut model, base) = network(softmax());
        model.graph.freeze_through(base);
        model.graph.set_trainable(model.graph.find("dropout").unwrap(), dropout);
        let stage = Stage { learning_rate: 0.0, first_epoch, ..stage(&model, epochs) };
        let mut losses = vec![Vec::new(); epochs];
        let mut observer = |event: Event<'_>| {
            if let Event::BatchDone { epoch, scores, .. } = event {
                losses[epoch - first_epoch - 1].push(scores.get("loss").unwrap());
            }
        };
        let (data, stop) = (Data::new(train, batch_size), AtomicBool::new(false));
        fit(&mut model, &data, &stage, &mut [], &mut observer, Runtime::new(&stop, &pool())).unwrap();
        losses
    };
    let orders = losses(&train, false, 1, 0, 2);
    assert_ne!(orders[0], orders[1]);
    assert!(
        (orders[0][5] - orders[1][5]).abs() < 1e-6,
        "the mean over all pictures does not depend on their order"
    );
    let one_picture = source(&samples[..1], 1);
    let dropouts = losses(&one_picture, true, 1, 0, 6);
    assert!(dropouts.iter().any(|epoch| epoch != &dropouts[0]), "{dropouts:?}");
    // A training that is resumed after an epoch sees what it would have seen.
    assert_eq!(losses(&train, true, 4, 1, 1)[0], losses(&train, true, 4, 0, 2)[1]);
}

#[test]
fn validation_sees_the_weights_of_its_epoch() {
    let (_folder, samples) = samples(9);
    let (train, validation) = (source(&samples[..6], 1), source(&samples[6..], 1));
    for last_frozen in [None, Some("gap"), Some("bn1")] {
        let (mut model, _) = network(sigmoid());
        if let Some(name) = last_frozen {
            let last = model.graph.find(name).unwrap();
            model.graph.freeze_through(last);
        }
        let data = Data { validation: Some(&validation), ..Data::new(&train, 2) };
        let stage = stage(&model, 3);
        let history = quiet(&mut model, &data, &stage, &mut []).unwrap();
        let seen = predictions(&model, &validation);
        assert_eq!((seen.indices.as_slice(), seen.labels.as_slice()), (&[0, 1, 2][..], &[0, 1, 0][..]));
        for (name, value) in evaluate(&seen, stage.loss, &stage.metrics).iter() {
            let found = history.epochs[2].scores.get(&format!("val_{name}")).unwrap();
            assert!((found - value).abs() < 1e-5, "{name} after {last_frozen:?}: {found} instead of {value}");
        }
    }
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

#[test]
fn stopped_in_the_middle_of_an_epoch_the_best_is_kept() {
    let (_folder, samples) = samples(8);
    let train = source(&samples, 1);
    let (mut model, _) = network(softmax());
    let (checkpoint, saved) = keeping("loss");
    let early: Box<dyn Callback> = Box::new(EarlyStopping::new(Monitor::new("loss"), 100).restoring_best());
    let stop = AtomicBool::new(false);
    let mut interrupted = 0;
    let mut steps = Vec::new();
    let mut observer = |event: Event<'_>| match event {
        Event::BatchDone { epoch, step, .. } => {
            steps.push((epoch, step));
            stop.store((epoch, step) == (3, 1), Ordering::Relaxed);
        }
        Event::Interrupted => interrupted += 1,
        _ => {}
    };
    let (data, stage) = (Data::new(&train, 3), stage(&model, 9));
    let history =
        fit(&mut model, &data, &stage, &mut [checkpoint, early], &mut observer, Runtime::new(&stop, &pool()))
            .unwrap();
    assert_eq!((history.ended, history.epochs.len(), interrupted), (Ended::Interrupted, 2, 1));
    assert_eq!(steps, [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3), (3, 1)]);
    assert_eq!(Some(&model.weights), saved.lock().unwrap().last());
    let best =
        history.epochs.iter().min_by(|a, b| a.scores.get("loss").partial_cmp(&b.scores.get("loss")).unwrap());
    assert_eq!(history.best_epoch, best.map(|record| record.epoch));
}

#[test]
fn stopped_before_the_first_epoch_nothing_changes() {
    let (_folder, samples) = samples(8);
    let train = source(&samples, 1);
    let (mut model, base) = network(softmax());
    model.graph.freeze_through(base);
    let (before, stage) = (model.weights.clone(), stage(&model, 2));
    let stop = AtomicBool::new(true);
    let history =
        fit(&mut model, &Data::new(&train, 3), &stage, &mut [], &mut |_| {}, Runtime::new(&stop, &pool()))
            .unwrap();
    assert_eq!((history.epochs.len(), history.ended), (0, Ended::Interrupted));
    assert_eq!(model.weights, before);
}

#[test]
fn rates_follow_the_schedule_and_the_plateau() {
    let (_folder, samples) = samples(6);
    let train = source(&samples, 1);
    let (model, _) = network(softmax());
    let run = |first_epoch, schedule: &str, plateau: Option<ReduceLrOnPlateau>| {
        let rates = Rates::default();
        let mut callbacks: Vec<Box<dyn Callback>> = vec![Box::new(rates.clone())];
        callbacks.extend(plateau.map(|plateau| Box::new(plateau) as Box<dyn Callback>));
        let stage = Stage {
            schedule: schedule.parse().unwrap(),
            learning_rate: 0.5,
            first_epoch,
            optimizer: Sgd::default().into(),
            ..stage(&model, 3)
        };
        let history = quiet(&mut model.clone(), &Data::new(&train, 3), &stage, &mut callbacks).unwrap();
        let epochs: Vec<f32> = history.epochs.iter().map(|epoch| epoch.learning_rate).collect();
        let steps = rates.0.lock().unwrap().clone();
        (steps, epochs)
    };
    // A stage counts its own steps: two an epoch here.
    for first_epoch in [0, 7] {
        let (steps, epochs) =
            run(first_epoch, "exponential=0.25,staircase,warmup_steps=2,warmup_start=0.5", None);
        assert_eq!(steps, [0.25, 0.375, 0.5, 0.5, 0.125, 0.125]);
        assert_eq!(epochs, [0.375, 0.5, 0.125]);
    }
    // No change is large enough, so the rate halves after the second epoch.
    let monitor = Monitor { min_delta: 1e9, ..Monitor::new("loss") };
    let plateau = ReduceLrOnPlateau { monitor, patience: 1, factor: 0.5, ..ReduceLrOnPlateau::new("loss") };
    assert_eq!(run(0, "constant", Some(plateau)).1, [0.5, 0.5, 0.25]);
}

/// Notes the rate of each step.
#[derive(Clone, Default)]
struct Rates(Arc<Mutex<Vec<f32>>>);

impl Callback for Rates {
    fn name(&self) -> &'static str {
        "Rates"
    }

    fn on_batch_end(&mut self, batch: &BatchEnd) -> Flow {
        self.0.lock().unwrap().push(batch.learning_rate);
        Flow::Continue(())
    }
}

#[test]
fn averages_are_what_is_validated_saved_and_kept() {
    let (_folder, samples) = samples(6);
    let train = source(&samples, 1);
    let run = |average, epochs| {
        let (mut model, _) = network(softmax());
        model.graph.set_trainable(model.graph.find("dropout").unwrap(), false);
        let optimizer = OptimizerConfig { average, ..adam() };
        let stage = Stage { optimizer, ..stage(&model, epochs) };
        let (checkpoint, saved) = keeping("val_loss");
        let data = Data { validation: Some(&train), ..Data::new(&train, 3) };
        let history = quiet(&mut model, &data, &stage, &mut [checkpoint]).unwrap();
        let last = history.epochs.last().unwrap().scores.clone();
        let saved = saved.lock().unwrap().clone();
        (model, last, saved)
    };
    let averaging = Averaging { momentum: 0.9, overwrite_frequency: None };
    let (plain, scores, _) = run(None, 4);
    let (averaged, averaged_scores, saved) = run(Some(averaging), 4);
    // The steps are the same: what differs is which weights are looked at.
    assert_eq!(averaged_scores.get("loss"), scores.get("loss"));
    assert_ne!(averaged.weights, plain.weights);
    let seen = evaluate(&predictions(&averaged, &train), losses::for_answer(Answer::Softmax(2)), &[]);
    let found = averaged_scores.get("val_loss").unwrap();
    assert!((found - seen.get("loss").unwrap()).abs() < 1e-5, "{found} instead of {seen:?}");
    let one = run(Some(averaging), 1);
    assert_eq!(one.2, [one.0.weights]);
    assert!(!saved.is_empty());
}

#[test]
fn validation_pictures_that_vanish_are_an_error() {
    let (_folder, samples) = samples(4);
    let options = images::SourceOptions { memory_limit_bytes: 0, workers: 1 };
    let train = source(&samples[..2], 1);
    let validation = images::Source::new(samples[2..].to_vec(), train.preprocess(), options);
    samples[2..].iter().for_each(|sample| std::fs::remove_file(&sample.path).unwrap());
    let (mut model, base) = network(softmax());
    for frozen in [false, true] {
        if frozen {
            model.graph.freeze_through(base);
        }
        let (data, stage) =
            (Data { validation: Some(&validation), ..Data::new(&train, 2) }, stage(&model, 1));
        let message = quiet(&mut model, &data, &stage, &mut []).unwrap_err().to_string();
        assert_eq!(message, "not one of the validation pictures can be read");
    }
}

#[test]
fn a_training_that_diverges_says_so() {
    let (_folder, samples) = samples(8);
    let train = source(&samples, 1);
    let (mut model, _) = network(softmax());
    let diverging = Stage {
        optimizer: OptimizerConfig::from(Sgd::default()),
        learning_rate: 1e38,
        first_epoch: 1,
        ..stage(&model, 5)
    };
    let error = quiet(&mut model.clone(), &Data::new(&train, 4), &diverging, &mut []).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Diverged);
    let message = error.to_string();
    assert!(
        message.starts_with("epoch 2, step ") && message.contains("a smaller learning rate than"),
        "{message}"
    );

    let mut callbacks: [Box<dyn Callback>; 1] =
        [Box::new(EarlyStopping::new(Monitor::new("loss"), 9).restoring_best())];
    let stage = stage(&model, 1);
    quiet(&mut model, &Data::new(&train, 4), &stage, &mut callbacks).unwrap();
    let good = model.weights.clone();
    let history = quiet(&mut model, &Data::new(&train, 4), &diverging, &mut callbacks).unwrap();
    assert!(matches!(history.ended, Ended::Diverged(_)), "{:?}", history.ended);
    assert_eq!((model.weights, history.best_epoch), (good, Some(1)));
}

#[test]
fn a_second_stage_goes_on_counting_in_the_same_history() {
    let (folder, samples) = samples(8);
    let train = source(&samples, 1);
    let (mut model, base) = network(softmax());
    let path = folder.path().join("history.csv");
    let mut callbacks: [Box<dyn Callback>; 1] = [Box::new(CsvLogger::new(&path, Existing::Replace))];
    model.graph.freeze_through(base);
    let head = Stage { name: "head".to_owned(), ..stage(&model, 2) };
    quiet(&mut model, &Data::new(&train, 4), &head, &mut callbacks).unwrap();
    model.graph.ids().for_each(|id| model.graph.set_trainable(id, true));
    let statistics = BatchStatistics::Moving;
    let tune =
        Stage { name: "fine-tune".to_owned(), first_epoch: 2, learning_rate: 1e-4, statistics, ..head };
    let before = model.weights.clone();
    quiet(&mut model, &Data::new(&train, 4), &tune, &mut callbacks).unwrap();
    for parameter in model.graph.parameters() {
        let same = before.get(parameter) == model.weights.get(parameter);
        assert_eq!(same, !parameter.role.is_learned(), "{}", parameter.name);
    }
    let text = std::fs::read_to_string(&path).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').take(3).collect()).collect();
    assert_eq!(
        rows,
        [
            ["epoch", "stage", "learning_rate"],
            ["1", "head", "0.01"],
            ["2", "head", "0.01"],
            ["3", "fine-tune", "0.0001"],
            ["4", "fine-tune", "0.0001"]
        ]
    );
}

#[test]
fn one_picture_is_enough() {
    let (_folder, samples) = samples(1);
    let train = source(&samples, 1);
    let (mut model, _) = network(softmax());
    let data = Data { validation: Some(&train), ..Data::new(&train, 32) };
    let stage = stage(&model, 2);
    let history = quiet(&mut model, &data, &stage, &mut []).unwrap();
    assert_eq!(history.epochs.len(), 2);
}

#[test]
fn what_does_not_fit_is_refused_before_the_first_step() {
    let (_folder, samples) = samples(4);
    let train = source(&samples, 1);
    let none = images::Source::new(
        Vec::new(),
        train.preprocess(),
        images::SourceOptions { memory_limit_bytes: 0, workers: 1 },
    );
    let mut third = samples.clone();
    third[3].label = 2;
    let third = source(&third, 1);
    let (model, base) = network(softmax());
    let good = || Data::new(&train, 2);
    let refused = |data: Data<'_>, change: &dyn Fn(&mut Model, &mut Stage), part: &str| {
        let mut model = model.clone();
        let mut stage = stage(&model, 1);
        change(&mut model, &mut stage);
        let (mut steps, stop) = (0, AtomicBool::new(false));
        let mut observer = |event: Event<'_>| steps += usize::from(matches!(event, Event::BatchDone { .. }));
        let mut callbacks: [Box<dyn Callback>; 1] = [Box::new(EarlyStopping::new(Monitor::new("loss"), 1))];
        let error =
            fit(&mut model, &data, &stage, &mut callbacks, &mut observer, Runtime::new(&stop, &pool()))
                .unwrap_err();
        assert!(error.to_string().contains(part), "{error} should contain {part}");
        assert_eq!(steps, 0);
    };
    refused(Data::new(&none, 2), &|_, _| {}, "training: there is no picture");
    refused(Data { validation: Some(&none), ..good() }, &|_, _| {}, "validation: there is no picture");
    refused(Data::new(&third, 2), &|_, _| {}, "model m knows 2 classes, numbered from 0; ");
    refused(Data::new(&train, 0), &|_, _| {}, "batch size: expected 1 or more, received 0");
    refused(good(), &|_, stage| stage.epochs = 0, "expected 1 epoch or more");
    refused(
        good(),
        &|_, stage| stage.class_weights = Some(vec![1.0]),
        "class_weights: expected 2 of them, received 1",
    );
    let wrong = Data { sample_weights: Some(&[1.0, 1.0, -1.0, 1.0]), ..good() };
    refused(wrong, &|_, _| {}, "sample_weights: expected 0 or more, received -1");
    refused(good(), &|_, stage| stage.loss = stage.loss.smoothed(2.0), "label_smoothing: expected 0 or more");
    refused(good(), &|_, stage| stage.learning_rate = f32::NAN, "received NaN");
    refused(
        good(),
        &|_, stage| stage.loss = losses::for_answer(Answer::Sigmoid),
        "does not fit a model that ends in",
    );
    refused(
        good(),
        &|_, stage| stage.metrics = vec![metrics::find("recall[2]").unwrap()],
        "metric recall[2]: expected a class below 2, received 2",
    );
    refused(
        good(),
        &|_, stage| stage.metrics.push(stage.metrics[0].clone()),
        "metric accuracy is asked for twice",
    );
    refused(
        good(),
        &|model, _| model.graph.freeze_through(model.graph.output()),
        "there is nothing to train",
    );
    refused(good(), &|model, _| *model = small(), "expects pictures of [7, 7, 3], received [12, 12, 3]");
    assert!(base < model.graph.output());

    let mut callbacks: [Box<dyn Callback>; 1] = [Box::new(EarlyStopping::new(Monitor::new("val_loss"), 1))];
    let mut model = model.clone();
    let stage = stage(&model, 1);
    let error = quiet(&mut model, &good(), &stage, &mut callbacks).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownName);
    let message = error.to_string();
    assert!(message.contains("called val_loss; there are loss, "), "{message}");
}

#[test]
fn every_metric_can_be_monitored() {
    let (_folder, samples) = samples(8);
    let train = source(&samples, 1);
    let (model, _) = network(softmax());
    let named = ["recall[standing]", "f1_macro", "auc[1]", "precision_at_recall[0.5/lying]"];
    let named = named.map(|name| metrics::find(name).unwrap().resolve(&["lying", "standing", "1"]).unwrap());
    let data = Data { validation: Some(&train), ..Data::new(&train, 4) };
    for metric in metrics::all().into_iter().chain(named) {
        let name = metric.name().to_owned();
        let stage = Stage { metrics: vec![metric], ..stage(&model, 2) };
        let fitted = |monitor: &str| {
            let early: Box<dyn Callback> =
                Box::new(EarlyStopping::new(Monitor::new(monitor), 9).restoring_best());
            quiet(&mut model.clone(), &data, &stage, &mut [early])
        };
        if name == "auc[1]" {
            // A third class, which this model does not know.
            assert!(fitted("val_loss").unwrap_err().to_string().contains("expected a class below 2"));
            continue;
        }
        let history = fitted(&format!("val_{name}")).unwrap();
        let value = |epoch: usize| history.epochs[epoch - 1].scores.get(&format!("val_{name}")).unwrap();
        let best = history.best_epoch.unwrap();
        assert!(value(best) >= value(1).max(value(2)), "{name}");
        let message = fitted("val_recal").unwrap_err().to_string();
        assert!(message.contains(&format!("val_{name}")), "{message}");
    }
}

/// A model for other pictures.
fn small() -> Model {
    let mut graph = Graph::new("small", "input", [7, 7, 3]).unwrap();
    let flat = graph.add("flatten", graph::Op::Flatten, &[graph.input()]).unwrap();
    graph.add("predictions", softmax(), &[flat]).unwrap();
    let weights = engine::initialize(&graph, 1);
    Model { graph, weights }
}

#[test]
fn predicting_can_be_stopped() {
    let (_folder, samples) = samples(4);
    let (model, _) = network(softmax());
    let error =
        predict(&model, &source(&samples, 1), 2, &mut |_| {}, &AtomicBool::new(true), &pool()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted);
}
