//! A training that is left at any step and gone on with ends with the same bits as one that was not.

use std::sync::atomic::{AtomicBool, Ordering};

use images::{Augment, Sampling, Segments, Source};
use linnaeus_train::callbacks::{Callback, EarlyStopping, Monitor, ReduceLrOnPlateau, StopWhen, StoreError};
use linnaeus_train::optimizers::{Adam, Averaging, Clip, OptimizerConfig};
use linnaeus_train::{
    Backup, BackupAndRestore, Data, Ended, ErrorKind, Event, History, Model, Observer, Result, Runtime,
    Seconds, Stage, State, fit,
};

use crate::pictures::{network, softmax, source};
use crate::{pool, samples, stage};

/// Keeps the state after every step.
#[derive(Default)]
struct Everything(Vec<State>);

impl Backup for Everything {
    fn is_due(&mut self) -> bool {
        true
    }

    fn keep(&mut self, state: &State, _: &Seconds) -> Result<(), StoreError> {
        self.0.push(state.clone());
        Ok(())
    }
}

const EPOCHS: usize = 5;

/// Everything that remembers something takes part.
fn settings(model: &Model) -> Stage {
    let optimizer = OptimizerConfig {
        weight_decay: 0.01,
        clip: Some(Clip::GlobalNorm(0.5)),
        gradient_accumulation_steps: 2,
        average: Some(Averaging { momentum: 0.8, overwrite_frequency: Some(7) }),
        ..Adam::default().into()
    };
    let schedule = "cosine,warmup_steps=1epochs".parse().unwrap();
    Stage { optimizer, schedule, ..stage(model, EPOCHS) }
}

fn callbacks() -> Vec<Box<dyn Callback>> {
    let plateau = ReduceLrOnPlateau { patience: 1, factor: 0.5, ..ReduceLrOnPlateau::new("val_loss") };
    let early = EarlyStopping::new(Monitor::new("val_accuracy"), EPOCHS).restoring_best();
    let diverging: StopWhen = "diverged=1.001,patience=9".parse().unwrap();
    vec![Box::new(plateau), Box::new(early), Box::new(diverging)]
}

#[derive(Clone)]
struct Trial<'a> {
    train: &'a Source,
    validation: &'a Source,
    augment: Augment,
    freeze: bool,
    steps_per_epoch: Option<usize>,
    sampling: Sampling,
    segments: Segments,
}

impl<'a> Trial<'a> {
    fn new(train: &'a Source, validation: &'a Source) -> Self {
        Self {
            train,
            validation,
            augment: Augment::default(),
            freeze: false,
            steps_per_epoch: None,
            sampling: Sampling::default(),
            segments: Segments::default(),
        }
    }

    fn run(&self, from: Option<&State>, to: Option<&mut Everything>) -> Result<(Model, History)> {
        self.fit((from, to), &AtomicBool::new(false), &mut |_| {})
    }

    /// Stopped once so many things have happened; and how many did.
    fn stopped_after(&self, events: usize, from: Option<&State>, to: &mut AtStop) -> (Model, History, usize) {
        let (stop, mut seen) = (AtomicBool::new(events == 0), 0);
        let mut observer = |_: Event<'_>| {
            seen += 1;
            stop.fetch_or(seen == events, Ordering::Relaxed);
        };
        let (model, history) = self.fit((from, Some(to)), &stop, &mut observer).unwrap();
        (model, history, seen)
    }

    fn fit(
        &self,
        (from, to): (Option<&State>, Option<&mut impl Backup>),
        stop: &AtomicBool,
        observer: &mut Observer<'_>,
    ) -> Result<(Model, History)> {
        let (mut model, base) = network(softmax());
        if self.freeze {
            model.graph.freeze_through(base);
        }
        let data = Data {
            validation: Some(self.validation),
            augment: Some(&self.augment),
            steps_per_epoch: self.steps_per_epoch,
            sampling: self.sampling,
            segments: self.segments,
            seed: 3,
            ..Data::new(self.train, 4)
        };
        let (stage, pool) = (settings(&model), pool());
        let backup = BackupAndRestore { from, to: to.map(|to| to as &mut dyn Backup) };
        let runtime = Runtime { stop, pool: &pool, backup, features: None };
        let history = fit(&mut model, &data, &stage, &mut callbacks(), observer, runtime)?;
        Ok((model, history))
    }
}

/// Of an epoch: its number, its rate, and the bits of its scores.
type Figures = (usize, f32, Vec<(String, u64)>);

/// All but the clock's figures.
fn figures(history: &History) -> Vec<Figures> {
    let bits = |(name, value): (&str, f64)| (name.to_owned(), value.to_bits());
    let of_epoch = |record: &linnaeus_train::EpochRecord| {
        (record.epoch, record.learning_rate, record.scores.iter().map(bits).collect())
    };
    history.epochs.iter().map(of_epoch).collect()
}

#[test]
fn a_training_goes_on_from_every_step_to_the_same_bits() {
    let (_folder, samples) = samples(19);
    let (train, validation) = (source(&samples[..14], 2), source(&samples[14..], 1));
    let mut in_segments = source(&samples[..14], 2);
    in_segments.keep_segments_of(5);
    let plain = Trial::new(&train, &validation);
    let varied = Trial { augment: "flip,rotation=0.1".parse().unwrap(), ..plain.clone() };
    let segments = Segments { count: 3, epochs: 2 };
    let hybrid = Trial { train: &in_segments, segments, ..varied.clone() };
    let mixed =
        Trial { augment: "flip,randaugment=2:5,mixup=0.4,cutmix=1".parse().unwrap(), ..plain.clone() };
    let trials = [
        (mixed.clone(), 4),
        (Trial { freeze: true, ..mixed }, 4),
        (varied.clone(), 4),
        (Trial { freeze: true, ..plain.clone() }, 4),
        (Trial { sampling: Sampling::Balanced, ..varied.clone() }, 4),
        (Trial { steps_per_epoch: Some(5), ..varied }, 5),
        (Trial { steps_per_epoch: Some(3), freeze: true, sampling: Sampling::Balanced, ..plain }, 3),
        (Trial { sampling: Sampling::Balanced, ..hybrid.clone() }, 4),
        (hybrid, 4),
    ];
    for (trial, steps) in trials {
        let freeze = trial.freeze;
        let mut kept = Everything::default();
        let (model, history) = trial.run(None, Some(&mut kept)).unwrap();
        assert_eq!(kept.0.len(), EPOCHS * steps, "a state a step");
        let quiet = trial.run(None, None).unwrap();
        assert_eq!(
            (&quiet.0.weights, figures(&quiet.1)),
            (&model.weights, figures(&history)),
            "keeping changes nothing"
        );
        for (step, state) in kept.0.iter().enumerate() {
            let (again, same) = trial.run(Some(state), None).unwrap();
            assert!(again.weights == model.weights, "from step {step} on, frozen {freeze}");
            assert_eq!(figures(&same), figures(&history), "from step {step} on, frozen {freeze}");
            assert_eq!((&same.ended, same.best_epoch), (&history.ended, history.best_epoch));
        }
    }
}

/// Keeps a state only when the training is stopped.
#[derive(Default)]
struct AtStop(Option<State>);

impl Backup for AtStop {
    fn is_due(&mut self) -> bool {
        false
    }

    fn keep(&mut self, state: &State, _: &Seconds) -> Result<(), StoreError> {
        self.0 = Some(state.clone());
        Ok(())
    }
}

/// Also one that is stopped while it is validated, between two epochs, before its first step, and over and over.
#[test]
fn a_training_that_is_stopped_goes_on_to_the_same_bits() {
    let (_folder, samples) = samples(19);
    let (train, validation) = (source(&samples[..14], 2), source(&samples[14..], 1));
    let plain = Trial::new(&train, &validation);
    let varied = Trial { augment: "flip,rotation=0.1".parse().unwrap(), ..plain.clone() };
    for trial in [varied, Trial { freeze: true, ..plain }] {
        let (model, history) = trial.run(None, None).unwrap();
        let mut events = 0;
        let mut stops = 0;
        loop {
            let mut kept = AtStop::default();
            let (_, stopped, seen) = trial.stopped_after(events, None, &mut kept);
            if stopped.ended != Ended::Interrupted {
                assert!(seen > 3 * EPOCHS && stops > 3 * EPOCHS, "{stops} stops");
                break;
            }
            let state = kept.0.take().expect("a state is kept at the stop");
            assert!(state.place().is_some());
            let (again, same) = trial.run(Some(&state), None).unwrap();
            assert!(again.weights == model.weights, "stopped after event {events}");
            assert_eq!(figures(&same), figures(&history), "stopped after event {events}");
            // Stopped again before it did anything, it goes on from the state that it has.
            let (_, twice, _) = trial.stopped_after(0, Some(&state), &mut kept);
            assert_eq!((twice.ended, kept.0.is_none()), (Ended::Interrupted, true));
            (events, stops) = (events + 1, stops + 1);
        }
    }
}

#[test]
fn the_state_of_another_training_is_refused() {
    let (_folder, samples) = samples(19);
    let (train, validation) = (source(&samples[..14], 1), source(&samples[14..], 1));
    let trial = Trial::new(&train, &validation);
    let mut kept = Everything::default();
    trial.run(None, Some(&mut kept)).unwrap();
    let refused = |change: &dyn Fn(&mut State)| {
        let mut state = kept.0[5].clone();
        change(&mut state);
        let error = trial.run(Some(&state), None).map(|_| ()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Model, "{error}");
        error.to_string()
    };
    assert!(refused(&|state| *state = State::default()).contains("has no place"));
    assert!(refused(&|state| state.put_numbers("place", &[99.0, 0.0])).contains("of another stage"));
    assert!(refused(&|state| state.put_values("weights", &[1.0])).contains("of another model"));
    assert!(refused(&|state| state.put_values("optimizer/average", &[1.0])).contains("expected"));
    assert!(refused(&|state| state.put_numbers("epoch so far/recall", &[1.0])).contains("counts"));
    assert!(
        refused(&|state| state.put_numbers("epochs before", &[1.0])).contains("of another set of metrics")
    );
}

#[test]
fn an_epoch_may_be_begun_anew() {
    let (_folder, samples) = samples(19);
    let (train, validation) = (source(&samples[..14], 1), source(&samples[14..], 1));
    let trial = Trial::new(&train, &validation);
    let mut kept = Everything::default();
    trial.run(None, Some(&mut kept)).unwrap();
    let mut state = kept.0[6].clone(); // in the second epoch
    state.begin_epoch_anew();
    let (_, history) = trial.run(Some(&state), None).unwrap();
    assert_eq!(history.epochs.iter().map(|record| record.epoch).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
}

/// What a segment gives is what the disk gives; and all pictures as one segment are as if there were none.
#[test]
fn feeders_lead_to_the_same_bits() {
    let (_folder, samples) = samples(19);
    let (whole, validation) = (source(&samples[..14], 2), source(&samples[14..], 1));
    let in_segments = |slots| {
        let mut source = source(&samples[..14], 3);
        source.keep_segments_of(slots);
        source
    };
    let segments = |count| Segments { count, epochs: 3 };
    let trial = |train, segments| {
        let augment = "flip,rotation=0.1".parse().unwrap();
        Trial { train, segments, augment, ..Trial::new(train, &validation) }
            .run(None, None)
            .unwrap()
            .0
            .weights
    };
    let (one, five) = (in_segments(14), in_segments(5));
    let in_memory = trial(&whole, Segments::default());
    assert!(trial(&one, segments(1)) == in_memory, "one segment is no segment");
    let from_memory = trial(&whole, segments(3));
    assert!(trial(&five, segments(3)) == from_memory, "a segment's memory changes nothing");
    assert!(from_memory != in_memory, "three segments are another order");
}
