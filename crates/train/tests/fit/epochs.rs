//! What an epoch is: its order, its means, its rates, the weights that validation sees.

use super::*;

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
