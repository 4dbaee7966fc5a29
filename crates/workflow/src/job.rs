//! A job while it trains: its stages, each from what the one before left.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use engine::Pool;
use train::callbacks::Callback;
use train::metrics::Entry;
use train::{BackupAndRestore, Data, Ended, History, KeptFeatures, Model, Runtime, Stage, State};

use crate::clock::Clock;
use crate::data::{Listed, Pictures};
use crate::feeder::Feeding;
use crate::guessing::guessing;
use crate::kept_state::StateFile;
use crate::planned_stage::{Outline, PlannedStage};
use crate::run_folder::RunFolder;
use crate::watch::Watch;
use crate::{Error, ErrorKind, Event, Observer, Plan, Result};

/// What a plan says by classes' names, with the classes found.
#[derive(Debug, Clone)]
pub(crate) struct ToldApart {
    pub(crate) metrics: Vec<Entry>,
    pub(crate) class_weights: Option<Vec<f32>>,
}

impl ToldApart {
    /// Fails for a class that the data does not have.
    pub(crate) fn of(plan: &Plan, listed: &Listed) -> Result<Self> {
        let classes: Vec<&str> = listed.classes.iter().map(String::as_str).collect();
        let unknown = |error: train::Error| Error::usage(error.to_string());
        let metrics = plan.metrics.iter().map(|metric| metric.clone().resolve(&classes));
        let labels = listed.split.train.iter().map(|sample| sample.label);
        Ok(Self {
            metrics: metrics.collect::<Result<_, _>>().map_err(unknown)?,
            class_weights: plan.class_weights.resolve(&classes, labels).map_err(unknown)?,
        })
    }
}

/// The pictures, as every stage goes through them.
pub(crate) fn data<'a>(plan: &'a Plan, pictures: &'a Pictures, feeding: &Feeding) -> Data<'a> {
    Data {
        validation: Some(&pictures.validation).filter(|source| !source.is_empty()),
        augment: plan.augment.as_ref(),
        steps_per_epoch: plan.recipe.steps_per_epoch,
        sampling: plan.sampling,
        segments: feeding.segments,
        seed: plan.recipe.seed,
        feature_memory: feeding.features,
        ..Data::new(&pictures.train, plan.recipe.batch_size)
    }
}

/// Whether no stage follows after this one, as it ended.
pub(crate) fn is_last(history: &History) -> bool {
    matches!(
        history.ended,
        Ended::Interrupted | Ended::NotANumber(_) | Ended::Diverged(_) | Ended::Reached(_)
    )
}

/// Where a training goes on, as `going on in stage 2 of 3, at epoch 5 of 11, after step 12 of 40`.
fn going_on(state: &State, (stage, stages): (usize, usize), steps: usize, last_epoch: usize) -> String {
    let (epoch, step) = state.place().unwrap_or((1, 0));
    let stage = if stages > 1 { format!("in stage {stage} of {stages}, ") } else { String::new() };
    let within = match step {
        0 => "at its beginning".to_owned(),
        step => format!("after step {step} of {steps}"),
    };
    format!("going on {stage}at epoch {epoch} of {last_epoch}, {within}")
}

/// A job while it trains.
pub(crate) struct Job<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) told_apart: ToldApart,
    pub(crate) pictures: &'a Pictures,
    pub(crate) feeding: &'a Feeding,
    pub(crate) pool: &'a Arc<Pool>,
    pub(crate) clock: &'a Clock,
    pub(crate) stop: &'a AtomicBool,
    pub(crate) folder: &'a RunFolder,
    pub(crate) classes: &'a [String],
    /// Of the pictures.
    pub(crate) fingerprint: String,
    /// Where the next stage goes on, if it was left.
    pub(crate) state: Option<State>,
    pub(crate) histories: Vec<(String, History)>,
    /// Of a base that stages leave frozen.
    pub(crate) features: &'a mut KeptFeatures,
}

impl Job<'_> {
    /// The stages that are not finished, each from what the one before left.
    pub(crate) fn train(
        &mut self,
        model: &mut Model,
        outline: &Outline,
        callbacks: &mut [Box<dyn Callback>],
        observer: &mut Observer,
    ) -> Result<()> {
        let stages = &self.plan.stages;
        for (place, planned) in stages.iter().enumerate().skip(self.histories.len()) {
            if self.histories.last().is_some_and(|(_, history)| is_last(history)) {
                break;
            }
            let (layers, said) = planned.layers(outline)?;
            if !layers.is_empty() && !self.plan.network.starts_from_nothing() {
                let learn = outline.tunable(&planned.option).learning(&layers);
                let note = format!("fine-tuning {said}; {learn} of them have something to learn");
                observer(Event::Notice(&note));
            }
            model.graph = planned.graph(outline)?;
            let first_epoch = self.histories.iter().map(|(_, history)| history.epochs.len()).sum();
            let stage = Stage { first_epoch, ..planned.stage(self.plan, &self.told_apart, outline)? };
            let epochs_after = stages[place + 1..].iter().map(|later| later.epochs).sum();
            if let Some(state) = &self.state {
                let steps = self.plan.steps_per_epoch(self.pictures.train.len());
                let last = stage.last_epoch() + epochs_after;
                observer(Event::Notice(&going_on(state, (place + 1, stages.len()), steps, last)));
            }
            observer(Event::Stage { number: place + 1, stages: stages.len(), epochs_after });
            self.fit(model, stage, callbacks, observer).map_err(|error| self.explained(error, planned))?;
        }
        Ok(())
    }

    fn fit(
        &mut self,
        model: &mut Model,
        stage: Stage,
        callbacks: &mut [Box<dyn Callback>],
        observer: &mut Observer,
    ) -> train::Result<()> {
        let guessing = guessing(self.plan, self.classes, self.pictures);
        let steps_per_epoch = self.plan.steps_per_epoch(self.pictures.train.len());
        let mut watch =
            Watch::new(&stage.name, &self.plan.stages, &self.histories, (guessing, steps_per_epoch));
        let mut observe = |event: train::Event<'_>| watch.show(event, observer);
        let state = self.state.take();
        let data = data(self.plan, self.pictures, self.feeding);
        let frequency = self.plan.recipe.save_freq;
        let before = (self.histories.as_slice(), self.fingerprint.as_str());
        let mut file = StateFile::new(self.folder.state(), self.clock, before, frequency);
        let backup = BackupAndRestore { from: state.as_ref(), to: Some(&mut file) };
        let features = Some(&mut *self.features);
        let runtime = Runtime { stop: self.stop, pool: self.pool, backup, features };
        let history = train::fit(model, &data, &stage, callbacks, &mut observe, runtime)?;
        self.histories.push((stage.name, history));
        Ok(())
    }

    /// With what can be done where the loss was no number before there were weights to keep.
    fn explained(&self, error: train::Error, planned: &PlannedStage) -> Error {
        if error.kind() != train::ErrorKind::Diverged {
            return error.into();
        }
        let rate = planned.settings.other_rate(Some(planned.learning_rate), 0.1);
        Error::new(
            ErrorKind::Training,
            format!(
                "{error}. There are no earlier weights to keep, and --resume comes to the same: begin again with \
                 a smaller rate, {rate}, or the one that `linnaeus tune lr` finds"
            ),
        )
    }

    /// What the stages did, and whether they were interrupted.
    pub(crate) fn finish(self) -> Result<(Vec<(String, History)>, bool)> {
        let interrupted = self.histories.iter().any(|(_, history)| history.ended == Ended::Interrupted);
        match self.histories.iter().all(|(_, history)| history.epochs.is_empty()) {
            true => Err(Error::new(
                ErrorKind::Stopped,
                "training was stopped before its first epoch was over, so there is no model yet",
            )),
            false => Ok((self.histories, interrupted)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_it_goes_on_is_said_in_its_numbers() {
        let at = |epoch: f64, step: f64| {
            let mut state = State::default();
            state.put_numbers("place", &[epoch, step]);
            state
        };
        assert_eq!(
            going_on(&at(4.0, 12.0), (1, 1), 40, 10),
            "going on at epoch 4 of 10, after step 12 of 40"
        );
        let second = going_on(&at(5.0, 0.0), (2, 3), 40, 11);
        assert_eq!(second, "going on in stage 2 of 3, at epoch 5 of 11, at its beginning");
    }
}
