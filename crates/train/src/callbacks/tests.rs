use std::path::Path;
use std::sync::{Arc, Mutex};

use super::*;
use crate::Scores;
use crate::golden::golden;
use graph::{Dense, Op};

/// A model whose four weights all hold the epoch's number.
fn pretend() -> (Graph, Weights) {
    let mut graph = Graph::new("m", "input", [3]).unwrap();
    graph.add("dense", Op::Dense(Dense::new(1)), &[graph.input()]).unwrap();
    let weights = Weights::zeros(&graph);
    (graph, weights)
}

fn record(epoch: usize, scores: &[(&str, f64)]) -> EpochRecord {
    let scores = scores.iter().copied().collect::<Scores>();
    EpochRecord { epoch, stage: "s".to_owned(), learning_rate: 0.5, scores, seconds: 1.0 }
}

/// What a run of scripted epochs came to.
#[derive(Debug, PartialEq)]
struct Outcome {
    stopped: Option<usize>,
    last_weights: usize,
    best_epoch: Option<usize>,
}

/// Shows `callback` epochs from `first` on with these values of `monitor`.
fn run(callback: &mut dyn Callback, monitor: &str, first: usize, values: &[f32]) -> Outcome {
    let (graph, mut weights) = pretend();
    let ignore: &mut Observer<'_> = &mut |_| {};
    callback.check(&[monitor]).unwrap();
    callback.on_train_begin(&TrainBegin { graph: &graph, first_epoch: first - 1, patience: None }).unwrap();
    let mut stopped = None;
    for (index, value) in values.iter().enumerate() {
        let epoch = first + index;
        weights.as_mut_slice().fill(epoch as f32);
        let record = record(epoch, &[(monitor, f64::from(*value))]);
        let end = EpochEnd { record: &record, graph: &graph, weights: &weights, validation: None };
        if callback.on_epoch_end(&end, ignore).unwrap().is_break() {
            stopped = Some(epoch);
            break;
        }
    }
    let mut best_epoch = None;
    let mut end = TrainEnd { graph: &graph, weights: &mut weights, best_epoch: &mut best_epoch };
    callback.on_train_end(&mut end, ignore).unwrap();
    Outcome { stopped, last_weights: weights.as_slice()[0] as usize, best_epoch }
}

/// File names and epochs, as they were saved.
type Saved = Arc<Mutex<Vec<(String, usize)>>>;

/// A checkpoint that notes what it saves.
fn noting(file: &str, monitor: Monitor, keep: Keep) -> (ModelCheckpoint, Saved) {
    let saved = Saved::default();
    let notes = Arc::clone(&saved);
    let store = move |path: &Path, _: &Graph, weights: &Weights| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        notes.lock().unwrap().push((name, weights.as_slice()[0] as usize));
        Ok(())
    };
    (ModelCheckpoint::new(file, monitor, keep, Box::new(store)).unwrap(), saved)
}

#[test]
fn stop_and_save_where_keras_does() {
    for case in 0..7 {
        let get = |what: &str| golden(&format!("callback.{case}.{what}"));
        let settings = get("settings");
        let name = if settings[0] == 1.0 { "val_accuracy" } else { "val_loss" };
        let mut early = EarlyStopping::new(Monitor::new(name), settings[1] as usize).restoring_best();
        early.monitor.min_delta = f64::from(settings[2]);
        early.start_from_epoch = settings[3] as usize;
        let outcome = run(&mut early, name, 1, &get("values"));
        assert_eq!(outcome.stopped.unwrap_or(0), get("stopped")[0] as usize, "case {case}");
        assert_eq!(outcome.last_weights, get("restored")[0] as usize, "case {case}");

        let (mut checkpoint, saved) = noting("best.keras", Monitor::new(name), Keep::BestOnly);
        run(&mut checkpoint, name, 1, &get("values"));
        let epochs: Vec<f32> = saved.lock().unwrap().iter().map(|(_, epoch)| *epoch as f32).collect();
        assert_eq!(epochs, get("saved"), "case {case}");
    }
}

/// Shows `callback` epochs of a stage with these recalls and losses: the epoch whose weights stay, and the last.
fn watch_recall(callback: &mut dyn Callback, first: usize, epochs: &[(f64, f64)]) -> (usize, usize) {
    let (graph, mut weights) = pretend();
    let ignore: &mut Observer<'_> = &mut |_| {};
    callback.on_train_begin(&TrainBegin { graph: &graph, first_epoch: first - 1, patience: None }).unwrap();
    let mut last = first;
    for (index, (recall, loss)) in epochs.iter().enumerate() {
        last = first + index;
        weights.as_mut_slice().fill(last as f32);
        let record = record(last, &[("val_recall", *recall), ("val_loss", *loss)]);
        let end = EpochEnd { record: &record, graph: &graph, weights: &weights, validation: None };
        if callback.on_epoch_end(&end, ignore).unwrap().is_break() {
            break;
        }
    }
    let mut best_epoch = None;
    let mut end = TrainEnd { graph: &graph, weights: &mut weights, best_epoch: &mut best_epoch };
    callback.on_train_end(&mut end, ignore).unwrap();
    assert_eq!(best_epoch.unwrap(), weights.as_slice()[0] as usize);
    (best_epoch.unwrap(), last)
}

/// The first epoch calls everything ill, later ones find all ill among others.
#[test]
fn of_equally_good_epochs_the_one_with_the_smallest_loss_is_kept() {
    let first = [(1.0, 1.9), (0.9, 0.5), (1.0, 0.6), (1.0, 0.7), (1.0, 0.4)];
    let monitor = || Monitor::new("val_recall");
    let mut early = EarlyStopping::new(monitor(), 4).restoring_best();
    // Patience counts improvements, as in Keras: the fifth epoch is the fourth without one.
    assert_eq!(watch_recall(&mut early, 1, &[&first[..], &[(1.0, 0.1)]].concat()), (5, 5));
    // Over stages, and over a run that was left between them.
    let (graph, _) = pretend();
    let mut resumed = EarlyStopping::new(monitor(), 4).restoring_best();
    resumed.restore(&early.state(), &graph).unwrap();
    for mut early in [early, resumed] {
        assert_eq!(watch_recall(&mut early, 6, &[(0.99, 0.1), (1.0, 0.41)]), (5, 7));
        assert_eq!(watch_recall(&mut early, 8, &[(1.0, 0.3)]), (8, 8));
    }
    let (mut checkpoint, saved) = noting("best.keras", monitor(), Keep::BestOnly);
    checkpoint.restore = Restore::Best;
    watch_recall(&mut checkpoint, 1, &first);
    assert_eq!(saved.lock().unwrap().iter().map(|(_, epoch)| *epoch).collect::<Vec<_>>(), [1, 3, 5]);
}

/// A stage bears what it says itself, and the next one what the callback says again.
#[test]
fn a_stage_has_a_patience_of_its_own() {
    let (graph, weights) = pretend();
    let mut early = EarlyStopping::new(Monitor::new("val_loss"), 3);
    let mut waited = |first: usize, patience: Option<usize>| {
        early.on_train_begin(&TrainBegin { graph: &graph, first_epoch: first - 1, patience }).unwrap();
        let ended = (first..).find(|epoch| {
            let record = record(*epoch, &[("val_loss", *epoch as f64)]);
            let end = EpochEnd { record: &record, graph: &graph, weights: &weights, validation: None };
            early.on_epoch_end(&end, &mut |_| {}).unwrap().is_break()
        });
        ended.unwrap() + 1 - first
    };
    // The first of all epochs is an improvement.
    assert_eq!([waited(1, Some(1)), waited(10, Some(5)), waited(20, None)], [2, 5, 3]);
}

#[test]
fn the_rate_falls_where_keras_s_does() {
    let (graph, weights) = pretend();
    for case in 0..8 {
        let get = |what: &str| golden(&format!("plateau.{case}.{what}"));
        let settings: Vec<f64> = get("settings").into_iter().map(f64::from).collect();
        let name = if settings[0] == 1.0 { "val_accuracy" } else { "val_loss" };
        let mut plateau = ReduceLrOnPlateau {
            factor: settings[1],
            patience: settings[2] as usize,
            cooldown: settings[3] as usize,
            min_lr: settings[4],
            ..ReduceLrOnPlateau::new(name)
        };
        plateau.monitor.min_delta = settings[5];
        plateau.check(&[name]).unwrap();
        plateau.on_train_begin(&TrainBegin { graph: &graph, first_epoch: 0, patience: None }).unwrap();
        let mut notices = 0;
        for (index, (value, expected)) in get("values").iter().zip(get("rates")).enumerate() {
            let learning_rate = plateau.learning_rate(0.1);
            assert!(
                (learning_rate / expected - 1.0).abs() < 1e-6,
                "{case}, {index}: {learning_rate}, not {expected}"
            );
            let record = EpochRecord { learning_rate, ..record(index + 1, &[(name, f64::from(*value))]) };
            let end = EpochEnd { record: &record, graph: &graph, weights: &weights, validation: None };
            // One that starts with what another has seen goes on as that one would.
            plateau = ReduceLrOnPlateau { state: plateau.state, ..plateau.clone() };
            assert!(plateau.on_epoch_end(&end, &mut |_| notices += 1).unwrap().is_continue());
        }
        let mut rates = get("rates");
        rates.dedup();
        assert!(notices + 1 >= rates.len(), "{case}");
    }
    let growing = ReduceLrOnPlateau { factor: 2.0, ..ReduceLrOnPlateau::new("loss") };
    assert!(growing.check(&["loss"]).unwrap_err().to_string().contains("less than 1, received 2"));
    assert!(growing.check(&["val_loss"]).is_err());
}

#[test]
fn the_best_of_both_stages_is_kept() {
    let mut early = EarlyStopping::new(Monitor::new("val_loss"), 2).restoring_best();
    let (mut checkpoint, saved) = noting("best.keras", Monitor::new("val_loss"), Keep::BestOnly);
    for callback in [&mut early as &mut dyn Callback, &mut checkpoint] {
        run(callback, "val_loss", 1, &[0.5, 0.3, 0.4]);
    }
    let outcome = run(&mut early, "val_loss", 4, &[0.6, 0.5, 0.2]);
    assert_eq!(outcome, Outcome { stopped: Some(5), last_weights: 2, best_epoch: Some(2) });
    run(&mut checkpoint, "val_loss", 4, &[0.6, 0.5, 0.2]);
    let epochs: Vec<usize> = saved.lock().unwrap().iter().map(|(_, epoch)| *epoch).collect();
    assert_eq!(epochs, [1, 2, 6]);
}

#[test]
fn a_checkpoint_can_put_the_best_back() {
    let (checkpoint, _) = noting("best.keras", Monitor::new("accuracy"), Keep::BestOnly);
    let outcome = run(&mut checkpoint.restoring_best(), "accuracy", 1, &[0.5, 0.9, 0.7]);
    assert_eq!(outcome, Outcome { stopped: None, last_weights: 2, best_epoch: Some(2) });
    let (mut checkpoint, _) = noting("best.keras", Monitor::new("accuracy"), Keep::BestOnly);
    let outcome = run(&mut checkpoint, "accuracy", 1, &[0.5, 0.9, 0.7]);
    assert_eq!(outcome, Outcome { stopped: None, last_weights: 3, best_epoch: None });
}

#[test]
fn every_epoch_gets_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("new").join("{epoch:02d}-{val_loss:.2f}.keras");
    let (mut checkpoint, saved) = noting(file.to_str().unwrap(), Monitor::new("val_loss"), Keep::EveryEpoch);
    run(&mut checkpoint, "val_loss", 1, &[0.5, 0.75]);
    let expected = [("01-0.50.keras".to_owned(), 1), ("02-0.75.keras".to_owned(), 2)];
    assert_eq!(*saved.lock().unwrap(), expected);
    assert!(folder.path().join("new").is_dir());
}

#[test]
fn a_save_that_fails_ends_the_training_with_its_reason() {
    let store = |_: &Path, _: &Graph, _: &Weights| Err("disk full".into());
    let monitor = Monitor::new("loss");
    let mut checkpoint = ModelCheckpoint::new("m.keras", monitor, Keep::EveryEpoch, Box::new(store)).unwrap();
    let (graph, weights) = pretend();
    let record = record(1, &[("loss", 1.0)]);
    let end = EpochEnd { record: &record, graph: &graph, weights: &weights, validation: None };
    let error = checkpoint.on_epoch_end(&end, &mut |_| {}).unwrap_err();
    assert_eq!(error.to_string(), "the model was not saved to m.keras: disk full");
}

#[test]
fn every_second_epoch_gets_its_file() {
    let (mut checkpoint, saved) = noting("{epoch:02d}.keras", Monitor::new("val_loss"), Keep::EveryNth(2));
    run(&mut checkpoint, "val_loss", 1, &[0.5, 0.75, 0.6]);
    run(&mut checkpoint, "val_loss", 4, &[0.5, 0.75]);
    let expected = [("02.keras".to_owned(), 2), ("04.keras".to_owned(), 4)];
    assert_eq!(*saved.lock().unwrap(), expected);
    let (never, _) = noting("m.keras", Monitor::new("loss"), Keep::EveryNth(0));
    assert!(never.check(&["loss"]).unwrap_err().to_string().contains("expected 1 or more, received 0"));
}

/// A training that was left may go on with more files: what was better before is known to all.
#[test]
fn another_file_has_epochs_of_its_own() {
    let (mut first, _) = noting("best.keras", Monitor::new("val_loss"), Keep::BestOnly);
    run(&mut first, "val_loss", 1, &[0.5, 0.75]);
    let (second, saved) = noting("best.keras", Monitor::new("val_loss"), Keep::BestOnly);
    let second = second.also("{epoch}.keras", Keep::EveryNth(2)).unwrap();
    let mut second = second.also("better-{epoch}.keras", Keep::BestOnly).unwrap();
    second.restore(&first.state(), &pretend().0).unwrap();
    run(&mut second, "val_loss", 3, &[0.6, 0.55, 0.4]);
    let expected =
        [("4.keras".to_owned(), 4), ("best.keras".to_owned(), 5), ("better-5.keras".to_owned(), 5)];
    assert_eq!(*saved.lock().unwrap(), expected);
    let never = second.also("never.keras", Keep::EveryNth(0)).unwrap();
    assert!(never.check(&["val_loss"]).is_err());
}

#[test]
fn a_plateau_s_settings_are_read_under_keras_s_names() {
    let monitor = Monitor { mode: Mode::Max, ..Monitor::new("val_recall") };
    let read = |text| ReduceLrOnPlateau::parse(text, &monitor);
    let default = ReduceLrOnPlateau {
        monitor: Monitor { min_delta: 1e-4, ..monitor.clone() },
        ..ReduceLrOnPlateau::new("val_recall")
    };
    assert_eq!(read("factor=0.1").unwrap(), default);
    let all = "factor=0.5,patience=3,monitor=val_loss,mode=min,min_delta=0.01,cooldown=2,min_lr=1e-6";
    let expected = ReduceLrOnPlateau {
        monitor: Monitor { name: "val_loss".into(), mode: Mode::Min, min_delta: 0.01 },
        factor: 0.5,
        patience: 3,
        cooldown: 2,
        min_lr: 1e-6,
        state: PlateauState::default(),
    };
    assert_eq!(read(all).unwrap(), expected);
    for (text, expected) in [
        (
            "patiense=3",
            "option of ReduceLROnPlateau called patiense; did you mean patience? There are factor, ",
        ),
        ("factor=1", "factor: expected 0 or more and less than 1, received 1"),
        ("factor=0", "factor: expected more than 0, for nothing learns at a rate of 0, received 0"),
        ("patience=-1", "patience: expected a whole number, 0 or more, received -1"),
        ("mode=up", "mode: expected auto, min or max, received up"),
        ("factor=0.1,factor=0.2", "factor is given twice"),
        ("", "option of ReduceLROnPlateau called"),
    ] {
        let message = read(text).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn an_objective_ends_the_training_and_keeps_its_epoch() {
    let mut stop: StopWhen = "val_recall>=0.9".parse().unwrap();
    let reached = run(&mut stop, "val_recall", 1, &[0.5, 0.89, 0.92, 0.99]);
    assert_eq!(reached, Outcome { stopped: Some(3), last_weights: 3, best_epoch: Some(3) });
    let not = run(&mut stop, "val_recall", 4, &[0.5, 0.6]);
    assert_eq!(not, Outcome { stopped: None, last_weights: 5, best_epoch: None });

    // It chose before, so the best by another figure does not take its place.
    let (graph, mut weights) = pretend();
    weights.as_mut_slice().fill(3.0);
    let mut early = EarlyStopping::new(Monitor::new("val_recall"), 9).restoring_best();
    run(&mut early, "val_recall", 1, &[0.5, 0.1]);
    let mut best_epoch = Some(3);
    let mut end = TrainEnd { graph: &graph, weights: &mut weights, best_epoch: &mut best_epoch };
    early.on_train_end(&mut end, &mut |_| {}).unwrap();
    assert_eq!((weights.as_slice()[0], best_epoch), (3.0, Some(3)));
}

#[test]
fn a_training_that_diverges_is_ended_however_often_it_is_left() {
    let losses = [1.0_f32, 0.5, 1.4, 0.4, 1.3, 1.1, 1.3, 1.4, 1.5];
    let mut stop: StopWhen = "diverged=3,patience=3".parse().unwrap();
    // 1.1 is less than 3 × 0.4, so the count begins anew after it.
    assert_eq!(run(&mut stop, "loss", 1, &losses).stopped, Some(9));
    assert_eq!(stop.to_string().parse::<StopWhen>().unwrap().to_string(), "diverged,patience=3");

    let (graph, weights) = pretend();
    let mut again: StopWhen = "diverged=3,patience=3".parse().unwrap();
    again.on_train_begin(&TrainBegin { graph: &graph, first_epoch: 0, patience: None }).unwrap();
    for (index, loss) in losses.iter().enumerate() {
        let mut other: StopWhen = "diverged=3,patience=3".parse().unwrap();
        other.restore(&again.state(), &graph).unwrap();
        again = other;
        let record = record(index + 1, &[("loss", (*loss).into())]);
        let end = EpochEnd { record: &record, graph: &graph, weights: &weights, validation: None };
        match again.on_epoch_end(&end, &mut |_| {}).unwrap() {
            Flow::Continue(()) => assert!(index < 8),
            Flow::Break(Ended::Diverged(why)) => {
                assert_eq!(index, 8);
                assert!(why.contains("loss 1.5000 is more than 3 times 0.4000, its smallest"), "{why}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn what_diverges_is_larger_than_at_first_or_no_number() {
    let (graph, weights) = pretend();
    // In which epoch a stage ends whose first batch had the loss 0.7.
    let ended = |losses: &[f64]| {
        let mut stop: StopWhen = "diverged=2,patience=2,monitor=val_loss".parse().unwrap();
        stop.on_train_begin(&TrainBegin { graph: &graph, first_epoch: 0, patience: None }).unwrap();
        losses.iter().enumerate().find_map(|(index, loss)| {
            let batch = BatchEnd { epoch: index + 1, step: 1, loss: 0.7, learning_rate: 1.0 };
            assert!(stop.on_batch_end(&batch).is_continue());
            let record = record(index + 1, &[("val_loss", *loss)]);
            let end = EpochEnd { record: &record, graph: &graph, weights: &weights, validation: None };
            stop.on_epoch_end(&end, &mut |_| {}).unwrap().is_break().then_some(index + 1)
        })
    };
    let (nan, inf) = (f64::NAN, f64::INFINITY);
    // Twenty times the smallest is no more than was there at first.
    assert_eq!(ended(&[0.6, 0.001, 0.02, 0.02, 0.02]), None);
    assert_eq!(ended(&[0.6, 0.001, 0.8, 0.02, 0.8, 0.8]), Some(6));
    assert_eq!(ended(&[0.6, nan, nan]), Some(3));
    assert_eq!(ended(&[nan, nan]), Some(2));
    assert_eq!(ended(&[nan, 0.6, inf, 0.5, 5.0, nan]), Some(6));
    assert_eq!(ended(&[400.0, 150.0, 500.0, 350.0]), Some(4));
}

#[test]
fn an_objective_that_cannot_be_is_refused() {
    for (text, expected) in [
        (
            "divergd",
            "there is no objective divergd; expected a figure and its bound in quotes, as \"val_recall>=0.95\"",
        ),
        ("val_recall=0.9", "there is no objective val_recall"),
        ("val_recall>=high", "objective val_recall>=high: expected a figure, one of >= > <= < and a number"),
        ("diverged=0.5", "diverged's factor: expected 1 or more, received 0.5"),
        ("diverged,patience=0", "diverged's patience: expected 1 or more, received 0"),
        (
            "diverged,wait=3",
            "option of the objective diverged called wait; there are factor, patience, monitor",
        ),
    ] {
        let message = text.parse::<StopWhen>().unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
    let names = ["loss", "val_loss", "val_recall"];
    for (text, unknown) in [("loss<1 and val_recal>=0.9", "val_recal"), ("diverged,monitor=los", "los")] {
        let message = text.parse::<StopWhen>().unwrap().check(&names).unwrap_err().to_string();
        assert!(message.contains(&format!("called {unknown}; did you mean")), "{message}");
    }
}

#[test]
fn an_unknown_monitor_is_refused_with_the_names_there_are() {
    let names = ["loss", "accuracy", "val_loss", "val_accuracy"];
    let message = EarlyStopping::new(Monitor::new("val_los"), 1).check(&names).unwrap_err().to_string();
    assert!(message.contains("called val_los; did you mean val_loss? There are loss, "), "{message}");
    let (checkpoint, _) = noting("m.keras", Monitor::new("acc"), Keep::BestOnly);
    assert!(checkpoint.check(&names).is_err());
}

#[test]
fn a_loss_that_is_no_number_ends_the_training() {
    let batch = |loss| BatchEnd { epoch: 2, step: 3, loss, learning_rate: 10.0 };
    assert!(TerminateOnNan.on_batch_end(&batch(1e30)).is_continue());
    for loss in [f64::NAN, f64::INFINITY] {
        match TerminateOnNan.on_batch_end(&batch(loss)) {
            Flow::Break(Ended::NotANumber(why)) => {
                assert!(why.starts_with("epoch 2, step 3: the loss is"), "{why}")
            }
            other => panic!("{other:?}"),
        }
    }
}
