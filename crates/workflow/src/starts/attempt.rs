//! One start under way: the stages that only prepare, as a whole, then so many epochs of the first one that is judged.

use std::sync::atomic::Ordering;

use train::callbacks::{Callback, Existing, Monitor, Rank, Standing};
use train::{BackupAndRestore, History, KeptFeatures, Model, Runtime, Seconds, Stage, State};

use super::pause::pause;
use super::{Ground, build};
use crate::callbacks::callbacks;
use crate::job::{data, is_last};
use crate::kept_state::{KeptState, StateFile};
use crate::planned_stage::{Outline, PlannedStage, first_judged};
use crate::run_folder::RunFolder;
use crate::{Card, Classifier, Event, Observer, Plan, Result};

/// A start, where it was left.
pub(super) struct Attempt<'a> {
    ground: &'a Ground<'a>,
    /// With its seed.
    plan: Plan,
    folder: RunFolder,
    outline: Outline,
    model: Model,
    watching: Vec<Box<dyn Callback>>,
    state: Option<State>,
    finished: Vec<(String, History)>,
}

impl<'a> Attempt<'a> {
    /// That of the seed in `plan`.
    pub(super) fn new(ground: &'a Ground<'a>, plan: Plan) -> Result<Self> {
        let folder = ground.folder.of_start(plan.recipe.seed);
        files::create_folder(folder.path())?;
        let kept = KeptState::read(&folder.state())?.map(|kept| kept.of_pictures(ground.fingerprint));
        let existing = if kept.is_some() { Existing::Continue } else { Existing::Replace };
        let built = build(ground, &plan)?;
        let outline = Outline::of(&built);
        let card = Card::new(ground.classes.to_vec(), plan.preprocess.clone(), built.trained);
        let classifier = Classifier { model: built.model, card, left_out: Vec::new() };
        let watching = callbacks(&plan, &classifier, &folder, existing)?;
        let (state, finished) = kept.map_or((None, Vec::new()), |kept| (Some(kept.state), kept.finished));
        Ok(Self { ground, plan, folder, outline, model: classifier.model, watching, state, finished })
    }

    /// How good it is after so many epochs of the first stage that is judged; `None` where the loss was no number. One
    /// that ends before is as good as it was then.
    pub(super) fn train(
        mut self,
        epochs: usize,
        features: &mut KeptFeatures,
        observer: &mut Observer,
    ) -> Result<Option<Standing>> {
        let judged = first_judged(&self.plan.stages);
        let stages = self.plan.stages.clone();
        for (place, planned) in stages.iter().enumerate().take(judged + 1).skip(self.finished.len()) {
            let first_epoch = self.finished.iter().map(|(_, history)| history.epochs.len()).sum();
            let stage = planned.stage(&self.plan, self.ground.told_apart, &self.outline)?;
            let stage = Stage { first_epoch, ..stage };
            let last = if place == judged { first_epoch + epochs } else { stage.last_epoch() };
            self.model.graph = planned.graph(&self.outline)?;
            let history = match self.fit((planned, &stage), last, &mut *features, observer) {
                Ok(history) => history,
                Err(error) if error.kind() == train::ErrorKind::Diverged => return Ok(None),
                Err(error) => return Err(error.into()),
            };
            if place == judged || is_last(&history) || self.ground.stop.load(Ordering::Relaxed) {
                return Ok(best(&history, last, &among_starts(&self.plan.monitor)));
            }
            // The clock counts it among the starts.
            self.finished.push((stage.name, History { seconds: Seconds::default(), ..history }));
        }
        Ok(None)
    }

    /// One stage until epoch `last` is over.
    fn fit(
        &mut self,
        (planned, stage): (&PlannedStage, &Stage),
        last: usize,
        features: &mut KeptFeatures,
        observer: &mut Observer,
    ) -> train::Result<History> {
        let Ground { pictures, feeding, pool, clock, stop, fingerprint, .. } = *self.ground;
        let Self { plan, folder, model, watching, state, finished, .. } = self;
        let file = StateFile::new(folder.state(), clock, (finished, fingerprint), plan.recipe.save_freq);
        let (pause, mut file) = pause(last, file);
        watching.push(Box::new(pause));
        let from = state.take();
        let backup = BackupAndRestore { from: from.as_ref(), to: Some(&mut file) };
        let runtime = Runtime { stop, pool, backup, features: Some(features) };
        let name = match planned.settings.prepares {
            true => format!("start with seed {}, {}", plan.recipe.seed, stage.name),
            false => format!("start with seed {}", plan.recipe.seed),
        };
        let mut observe = |event: train::Event<'_>| {
            if let Some(event) = progress(event, &name, last) {
                observer(Event::Train(event));
            }
        };
        let history =
            train::fit(model, &data(plan, pictures, feeding), stage, watching, &mut observe, runtime);
        // The next stage has one of its own.
        watching.pop();
        history
    }
}

/// Among starts any difference counts.
pub(super) fn among_starts(monitor: &Monitor) -> Monitor {
    Monitor { min_delta: 0.0, ..monitor.clone() }
}

/// The best of a stage's epochs up to this one.
fn best(history: &History, last: usize, monitor: &Monitor) -> Option<Standing> {
    let epochs = history.epochs.iter().filter(|record| record.epoch <= last);
    epochs.filter_map(|record| Standing::of(&record.scores, monitor)).fold(None, |best, epoch| match monitor
        .rank(epoch, best)
    {
        Rank::NoBetter => best,
        Rank::Better | Rank::SmallerLoss => Some(epoch),
    })
}

/// What shows how a start of this name comes on until it pauses; what it keeps is said of all of them together.
fn progress<'a>(event: train::Event<'a>, name: &'a str, last: usize) -> Option<train::Event<'a>> {
    use train::Event as E;
    match event {
        E::StageStarted { first_epoch, steps, pictures, validation_pictures, trained_parameters, .. } => {
            Some(E::StageStarted {
                stage: name,
                first_epoch,
                last_epoch: last,
                steps,
                pictures,
                validation_pictures,
                trained_parameters,
            })
        }
        E::EpochStarted { epoch, .. } if epoch > last => None,
        E::EpochStarted { epoch, steps, .. } => Some(E::EpochStarted { epoch, last_epoch: last, steps }),
        E::BatchDone { .. } | E::EpochDone(_) | E::FeaturesProgress { .. } => Some(event),
        _ => None,
    }
}
