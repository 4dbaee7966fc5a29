//! The job itself: pictures, model, its stages, the test, and everything written down.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use engine::Pool;
use graph::Graph;
use report::{LoadedWeights, Outcome};
use train::callbacks::Existing;
use train::{History, KeptFeatures};

use crate::callbacks::{callbacks, conclude_tensorboard};
use crate::clock::Clock;
use crate::data::{Listed, Pictures};
use crate::feeder::Feeding;
use crate::job::{Job, ToldApart};
use crate::kept_state::{KeptState, fingerprint};
use crate::needs::StageGraph;
use crate::network::Built;
use crate::no_validation::{check_monitor, why};
use crate::outcome::{Facts, outcome};
use crate::part_record::Root;
use crate::planned_stage::{Outline, PlannedStage};
use crate::recall_hint::recall_hint;
use crate::resume::Left;
use crate::run_folder::RunFolder;
use crate::standardize::Standardization;
use crate::starts::{self, Chosen, Ground};
use crate::{Card, Classifier, Event, Observer, Plan, Result};

/// What a run left behind.
#[derive(Debug)]
pub struct Finished {
    /// Its folder.
    pub folder: PathBuf,
    /// The best model, `best.keras`.
    pub model: PathBuf,
    /// The page to look at.
    pub report: PathBuf,
    /// Everything that was measured, as in `result.json`.
    pub outcome: Outcome,
    /// Whether it was stopped before its end; the best so far is kept, and [`crate::resume`] goes on.
    pub interrupted: bool,
}

/// Carries out a plan. `stop`, once set, ends training after the batch that is being computed: the best so far is tested and
/// reported, and [`crate::resume`] goes on from that batch.
///
/// # Errors
/// The pictures, the weights or the output folder cannot be used, or training fails.
pub fn run(plan: &Plan, observer: &mut Observer, stop: &AtomicBool) -> Result<Finished> {
    let folder = RunFolder::create(&plan.recipe)?;
    // First of all, so that it can go on whenever it is killed.
    folder.write_recipe(&plan.recipe)?;
    if let Some(hint) = recall_hint(plan) {
        observer(Event::Notice(&hint));
    }
    let finished = run_in((&folder, plan), None, &mut KeptFeatures::default(), observer, stop);
    finished.map_err(|error| {
        let advice = after_stop(&folder);
        folder.discard_if_not_begun();
        error.if_stopped(advice)
    })
}

/// What to do after something was stopped that has nothing to keep.
pub(crate) const BEGINS_AGAIN: &str =
    "nothing was begun that could be kept, and the same command begins again";

/// What to do after what was begun in `folder` was stopped.
pub(crate) fn after_stop(folder: &RunFolder) -> String {
    match folder.has_learned() {
        true => goes_on(folder),
        false => BEGINS_AGAIN.to_owned(),
    }
}

/// What to do with the run in `folder` after it was stopped.
pub(crate) fn goes_on(folder: &RunFolder) -> String {
    format!("`linnaeus train --resume {}` goes on", folder.path().display())
}

/// The run in `folder`, from what was kept of it. `features` are of a frozen base, for other runs too.
pub(crate) fn run_in(
    (folder, plan): (&RunFolder, &Plan),
    left: Option<Left>,
    features: &mut KeptFeatures,
    observer: &mut Observer,
    stop: &AtomicBool,
) -> Result<Finished> {
    let mut clock = Clock::start(folder);
    let mut ready = Ready::of((folder, plan), left, (features, &mut clock), observer, stop)?;
    observer(Event::RunFolder(folder.path()));
    folder.remove_result()?;
    let Chosen { plan: seeded, starts, folder: of_start } =
        ready.hold_starts((folder, plan), &mut clock, observer, stop)?;
    let own = of_start.as_ref().unwrap_or(folder);
    let (histories, interrupted) = ready.train((own, &seeded), &clock, observer, stop)?;
    clock.turn_to(Some("evaluation"));
    let Ready { mut classifier, pictures, loaded, outline, pool, .. } = ready;
    let chosen =
        plan.threshold.apply(&mut classifier, &pictures.validation, plan.recipe.batch_size, &pool)?;
    classifier.save(&folder.best())?;
    let facts = Facts {
        plan,
        seed: seeded.recipe.seed,
        starts,
        pictures: &pictures,
        classifier: &classifier,
        loaded,
        histories: &histories,
        chosen,
        outline: &outline,
    };
    let outcome = conclude((folder, own), &facts, &pool, clock, observer)?;
    // What a run goes on from is there until there is nothing left to do.
    if !interrupted {
        folder.forget()?;
    }
    Ok(Finished {
        folder: folder.path().to_path_buf(),
        model: folder.best(),
        report: folder.report(),
        outcome,
        interrupted,
    })
}

/// What a run has before its first step: its pictures and its network, and where it goes on.
struct Ready<'a> {
    classifier: Classifier,
    outline: Outline,
    loaded: Option<LoadedWeights>,
    pictures: Pictures,
    feeding: Feeding,
    told_apart: ToldApart,
    standardization: Option<Standardization>,
    /// Of the pictures.
    fingerprint: String,
    kept: Option<KeptState>,
    /// Of a frozen base, for starts, for the run that goes on from one of them, and for other folds.
    features: &'a mut KeptFeatures,
    pool: Arc<Pool>,
}

impl<'a> Ready<'a> {
    fn of(
        (folder, plan): (&RunFolder, &Plan),
        left: Option<Left>,
        (features, clock): (&'a mut KeptFeatures, &mut Clock),
        observer: &mut Observer,
        stop: &AtomicBool,
    ) -> Result<Self> {
        clock.turn_to(Some("weights"));
        let goes_on = left.is_some();
        let (kept, begun) = left.map_or((None, None), |left| (left.kept, Some(left.begun)));
        let listed = Listed::of_run(&plan.recipe, &plan.division, (folder, begun), observer)?;
        folder.write_recipe(&plan.recipe)?;
        check_pictures(plan, &listed)?;
        let told_apart = ToldApart::of(plan, &listed)?;
        let fingerprint = fingerprint(&listed.split, &Root::of(&plan.recipe));
        if kept.as_ref().is_some_and(|kept| kept.pictures != fingerprint) {
            observer(Event::Notice(
                "the pictures are others than when the run was left: it goes on with them from the beginning of the epoch",
            ));
        }
        let (mut classifier, mut outline, loaded) = build(plan, &listed, observer, stop)?;
        clock.turn_to(Some("decode"));
        let feeding = Feeding::of(plan, &listed.split, &stage_graphs(plan, &outline)?)?;
        observer(Event::Notice(&feeding.line));
        let pictures = listed.load(&plan.preprocess, (&feeding, plan.threads), observer, stop)?;
        clock.turn_to(None);
        let known = if goes_on { Standardization::read(&folder.standardization())? } else { None };
        let graphs = [&mut classifier.model.graph, &mut outline.graph];
        let standardization = standardize((folder, plan), known, &pictures, graphs, observer, stop)?;
        let kept = kept.map(|kept| kept.of_pictures(&fingerprint));
        Ok(Self {
            classifier,
            outline,
            loaded,
            pictures,
            feeding,
            told_apart,
            standardization,
            fingerprint,
            kept,
            features,
            pool: Arc::new(Pool::new(plan.threads)),
        })
    }

    /// Tries the starts that are asked for: the one that goes on, whose weights and state are then here. A single one is it.
    fn hold_starts(
        &mut self,
        (folder, plan): (&RunFolder, &Plan),
        clock: &mut Clock,
        observer: &mut Observer,
        stop: &AtomicBool,
    ) -> Result<Chosen> {
        if plan.recipe.starts == 1 {
            return Ok(Chosen { plan: plan.clone(), starts: Vec::new(), folder: None });
        }
        clock.turn_to(Some("starts"));
        let ground = Ground {
            plan,
            classes: &self.classifier.card.classes,
            told_apart: &self.told_apart,
            pictures: &self.pictures,
            feeding: &self.feeding,
            pool: &self.pool,
            clock,
            stop,
            folder,
            fingerprint: &self.fingerprint,
            standardization: self.standardization.as_ref(),
        };
        let won = starts::hold(&ground, self.features, observer)?;
        clock.turn_to(None);
        (self.classifier.model, self.kept) = (won.model, won.kept);
        Ok(won.chosen)
    }

    /// All stages, or what is left of them: what they did, and whether they were interrupted.
    fn train(
        &mut self,
        (folder, plan): (&RunFolder, &Plan),
        clock: &Clock,
        observer: &mut Observer,
        stop: &AtomicBool,
    ) -> Result<(Vec<(String, History)>, bool)> {
        let kept = self.kept.take();
        let Self { classifier, outline, pictures, feeding, told_apart, fingerprint, features, pool, .. } =
            self;
        let existing = if kept.is_some() { Existing::Continue } else { Existing::Replace };
        let mut callbacks = callbacks(plan, classifier, folder, existing)?;
        let (state, histories) = kept.map_or((None, Vec::new()), |kept| (Some(kept.state), kept.finished));
        let mut job = Job {
            plan,
            told_apart: told_apart.clone(),
            pictures,
            feeding,
            pool,
            clock,
            stop,
            state,
            fingerprint: fingerprint.clone(),
            folder,
            classes: &classifier.card.classes,
            histories,
            features,
        };
        job.train(&mut classifier.model, outline, &mut callbacks, observer)?;
        drop(callbacks);
        job.finish()
    }
}

/// What a plan asks of pictures, held against those that were found.
fn check_pictures(plan: &Plan, listed: &Listed) -> Result<()> {
    check_monitor(plan, &listed.split)?;
    plan.check_warmups(listed.split.train.len())?;
    plan.threshold.check(&listed.classes, &listed.split.validation, || why(plan, &listed.split))
}

/// Mean and deviation of the training pictures, measured, or as the run that goes on had them, into `graphs`, if they are
/// asked for.
fn standardize(
    (folder, plan): (&RunFolder, &Plan),
    known: Option<Standardization>,
    pictures: &Pictures,
    graphs: [&mut Graph; 2],
    observer: &mut Observer,
    stop: &AtomicBool,
) -> Result<Option<Standardization>> {
    if !plan.recipe.standardize {
        return Ok(None);
    }
    let figures = match known {
        Some(known) => known,
        None => Standardization::measure(&pictures.train, observer, stop)?,
    };
    figures.write(&folder.standardization())?;
    observer(Event::Notice(&figures.describe()));
    graphs.into_iter().try_for_each(|graph| figures.put_into(graph))?;
    Ok(Some(figures))
}

/// The test, and everything that was measured, written down.
fn conclude(
    (folder, own): (&RunFolder, &RunFolder),
    facts: &Facts,
    pool: &Arc<Pool>,
    mut clock: Clock,
    observer: &mut Observer,
) -> Result<Outcome> {
    let mut outcome = outcome(facts, pool, &folder.best(), observer)?;
    clock.turn_to(None);
    outcome.seconds = clock.seconds(facts.histories.iter().map(|(_, history)| &history.seconds));
    report::html::write(&outcome, &folder.report())?;
    conclude_tensorboard(own, &outcome)?;
    // Last of all: by it a run is over.
    outcome.write(&folder.result())?;
    Ok(outcome)
}

/// The classifier with its weights in place, its network before the first stage, and what of a file it started from.
fn build(
    plan: &Plan,
    listed: &Listed,
    observer: &mut Observer,
    stop: &AtomicBool,
) -> Result<(Classifier, Outline, Option<LoadedWeights>)> {
    let built = plan.network.build(&plan.recipe, &plan.preprocess, &listed.classes, observer, stop)?;
    let graph = &built.model.graph;
    let (name, parameters, trained) = (graph.name(), graph.parameter_count(), graph.trained_count());
    observer(Event::Model { name, parameters, trained });
    let outline = Outline::of(&built);
    let Built { model, loaded, trained, .. } = built;
    let card = Card::new(listed.classes.clone(), plan.preprocess.clone(), trained);
    Ok((Classifier { model, card, left_out: Vec::new() }, outline, loaded))
}

/// What each stage trains, to plan the memory by.
pub(crate) fn stage_graphs(plan: &Plan, outline: &Outline) -> Result<Vec<StageGraph>> {
    let of =
        |stage: &PlannedStage| Ok(StageGraph { graph: stage.graph(outline)?, statistics: stage.statistics });
    plan.stages.iter().map(of).collect()
}
