//! What of a stage under way goes into its state, and how it comes back.

use crate::backup::Backup;
use crate::callbacks::{Callback, StoreError};
use crate::learner::Learner;
use crate::progress::Progress;
use crate::task::Task;
use crate::{Data, EpochRecord, Error, ErrorKind, Model, Result, Scores, Seconds, Stage, State};

/// Names in a state.
pub(crate) const PROGRESS: &str = "epoch so far";
pub(crate) const OPTIMIZER: &str = "optimizer";
const PLACE: &str = "place";
const WEIGHTS: &str = "weights";
const RECORDS: &str = "epochs before";

/// Where a training stands: the epoch, and how many of its batches are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) epoch: usize,
    pub(crate) step: usize,
}

/// The part of the state that is this callback's.
pub(crate) fn callback_part(index: usize, name: &str) -> String {
    format!("callback {index} {name}")
}

/// Keeps states on the way.
pub(crate) struct Keeper<'a, 'b> {
    /// `None` once a state could not be kept.
    pub(crate) to: &'a mut Option<&'b mut dyn Backup>,
    pub(crate) records: &'a [EpochRecord],
    pub(crate) task: Task<'a>,
}

impl Keeper<'_, '_> {
    pub(crate) fn is_due(&mut self) -> bool {
        self.to.as_mut().is_some_and(|backup| backup.is_due())
    }

    /// Keeps the state at `place`, while the weights are in their place. What cannot be kept is not tried again: a full
    /// disk ends no training whose model may still fit.
    pub(crate) fn keep(
        &mut self,
        learner: &Learner<'_>,
        place: Place,
        (progress, spent): (&Progress, &Seconds),
        callbacks: &[Box<dyn Callback>],
    ) -> Result<(), StoreError> {
        let Some(backup) = &mut self.to else { return Ok(()) };
        let mut state = State::default();
        state.put_numbers(PLACE, &[place.epoch as f64, place.step as f64]);
        state.put_values(WEIGHTS, learner.trainer.weights().as_slice());
        state.put_numbers(OPTIMIZER, &[learner.optimizer.batches() as f64, learner.learning_rate.into()]);
        for (name, values) in learner.optimizer.buffers() {
            state.put_values(format!("{OPTIMIZER}/{name}"), values);
        }
        state.put_part(PROGRESS, progress.state());
        state.put_numbers(RECORDS, &written(self.records, self.task.stage, self.task.data));
        for (index, callback) in callbacks.iter().enumerate() {
            state.put_part(&callback_part(index, callback.name()), callback.state());
        }
        let kept = backup.keep(&state, spent);
        if kept.is_err() {
            *self.to = None;
        }
        kept
    }
}

/// Why there is no state to go on from, for a person.
pub(crate) fn not_kept(why: &StoreError) -> String {
    format!("the state cannot be kept, so a run that is left cannot go on from here: {why}")
}

/// Puts back what belongs to the model and its history; where to go on.
pub(crate) fn restore_model(
    state: &State,
    model: &mut Model,
    stage: &Stage,
    data: &Data<'_>,
    records: &mut Vec<EpochRecord>,
) -> Result<Place> {
    let wrong =
        |what: &str| Error::new(ErrorKind::Model, format!("the training's state is of another {what}"));
    let [epoch, step] = state.array(PLACE)?.map(|number| number as usize);
    if !(stage.first_epoch + 1..=stage.last_epoch()).contains(&epoch) {
        return Err(wrong("stage"));
    }
    let weights = state.values(WEIGHTS)?;
    if weights.len() != model.weights.as_slice().len() {
        return Err(wrong("model"));
    }
    model.weights.as_mut_slice().copy_from_slice(weights);
    records.extend(read(state.numbers(RECORDS)?, stage, data).ok_or_else(|| wrong("set of metrics"))?);
    Ok(Place { epoch, step })
}

/// The epoch and the step that a state was kept at.
pub(crate) fn place(state: &State) -> Option<(usize, usize)> {
    let [epoch, step] = state.array(PLACE).ok()?;
    Some((epoch as usize, step as usize))
}

/// Sets a state back to the beginning of its epoch.
pub(crate) fn begin_epoch_anew(state: &mut State) {
    if let Ok([epoch, _]) = state.array(PLACE) {
        state.put_numbers(PLACE, &[epoch, 0.0]);
        state.remove_part(PROGRESS);
    }
}

/// Numbers of a record, apart from its figures.
const OTHERS: usize = 3;

/// Each record as its epoch, its rate, its seconds and its figures in the order of [`Stage::score_names`].
fn written(records: &[EpochRecord], stage: &Stage, data: &Data<'_>) -> Vec<f64> {
    let names = stage.score_names(data);
    let of_record = |record: &EpochRecord| {
        let others = [record.epoch as f64, record.learning_rate.into(), record.seconds];
        let figures = names.iter().map(|name| record.scores.get(name).unwrap_or(f64::NAN));
        others.into_iter().chain(figures).collect::<Vec<f64>>()
    };
    records.iter().flat_map(of_record).collect()
}

fn read(numbers: &[f64], stage: &Stage, data: &Data<'_>) -> Option<Vec<EpochRecord>> {
    let names = stage.score_names(data);
    let records = numbers.chunks(OTHERS + names.len()).map(|numbers| {
        let [epoch, learning_rate, seconds, figures @ ..] = numbers else { return None };
        let scores: Scores = names.iter().cloned().zip(figures.iter().copied()).collect();
        (figures.len() == names.len()).then(|| EpochRecord {
            epoch: *epoch as usize,
            stage: stage.name.clone(),
            learning_rate: *learning_rate as f32,
            scores,
            seconds: *seconds,
        })
    });
    records.collect()
}
