//! How a training ends before its last epoch, and what stays.

use super::*;

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
fn a_loss_that_is_no_number_is_told() {
    let (_folder, samples) = samples(8);
    let train = source(&samples, 1);
    let (mut model, _) = network(softmax());
    let diverging = Stage {
        optimizer: OptimizerConfig::from(Sgd::default()),
        learning_rate: 1e38,
        first_epoch: 1,
        ..stage(&model, 5)
    };
    let mut said = 0;
    let mut observer = |event: Event<'_>| said += usize::from(matches!(event, Event::Diverged { .. }));
    let (never, pool, data) = (AtomicBool::new(false), pool(), Data::new(&train, 4));
    let runtime = Runtime::new(&never, &pool);
    let error = fit(&mut model.clone(), &data, &diverging, &mut [], &mut observer, runtime).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Diverged);
    assert_eq!(said, 0, "the error says it");
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
    assert!(matches!(history.ended, Ended::NotANumber(_)), "{:?}", history.ended);
    assert_eq!((model.weights, history.best_epoch), (good, Some(1)));
}

/// Every loss is finite, and the epoch that ended it is on record.
#[test]
fn a_training_that_diverges_keeps_its_last_epoch() {
    let (_folder, samples) = samples(8);
    let train = source(&samples, 1);
    let (mut model, _) = network(softmax());
    let stop: StopWhen = "diverged=1,patience=2".parse().unwrap();
    let rising =
        Stage { optimizer: OptimizerConfig::from(Sgd::default()), learning_rate: 30.0, ..stage(&model, 60) };
    let mut callbacks: [Box<dyn Callback>; 1] = [Box::new(stop)];
    let mut said = Vec::new();
    let mut observer = |event: Event<'_>| {
        if let Event::Diverged { why } = event {
            said.push(why.to_owned());
        }
    };
    let never = AtomicBool::new(false);
    let data = Data::new(&train, 4);
    let history =
        fit(&mut model, &data, &rising, &mut callbacks, &mut observer, Runtime::new(&never, &pool()))
            .unwrap();
    let losses: Vec<f64> = history.epochs.iter().filter_map(|epoch| epoch.scores.get("loss")).collect();
    assert!(losses.iter().all(|loss| loss.is_finite()), "{losses:?}");
    let why = format!("epoch {}: the training diverges", losses.len());
    assert!(matches!(&history.ended, Ended::Diverged(told) if told.starts_with(&why)), "{:?}", history.ended);
    assert_eq!((said.len(), history.best_epoch), (1, None));
}

#[test]
fn predicting_can_be_stopped() {
    let (_folder, samples) = samples(4);
    let (model, _) = network(softmax());
    let error =
        predict(&model, &source(&samples, 1), 2, &mut |_| {}, &AtomicBool::new(true), &pool()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted);
}
