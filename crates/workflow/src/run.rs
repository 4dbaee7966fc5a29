//! The job itself: pictures, model, one or two stages, the test, and everything written down.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use engine::{BatchStatistics, Pool};
use graph::{Graph, NodeId, Weights};
use report::Outcome;
use train::callbacks::{
    Callback, CsvLogger, EarlyStopping, Existing, Keep, ModelCheckpoint, Store, TensorBoard,
};
use train::metrics::Entry;
use train::{BackupAndRestore, Data, Ended, History, Model, Runtime, Stage, State};

use crate::data::{Listed, Pictures};
use crate::feeder::Feeding;
use crate::fine_tune::Tunable;
use crate::kept_state::{KeptState, StateFile, fingerprint};
use crate::needs::StageGraph;
use crate::network::{Built, first_stage};
use crate::outcome::{Facts, outcome};
use crate::run_folder::RunFolder;
use crate::{Card, Classifier, Error, ErrorKind, Event, Observer, Plan, Recipe, Result};

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
    /// Whether it was stopped before its end; the best so far is kept.
    pub interrupted: bool,
}

/// Carries out a plan. `stop`, once set, ends training after the batch that is being computed.
///
/// # Errors
/// The pictures, the weights or the output folder cannot be used, or training fails.
pub fn run(plan: &Plan, observer: &mut Observer, stop: &AtomicBool) -> Result<Finished> {
    let folder = RunFolder::create(&plan.recipe)?;
    let finished = run_in(&folder, plan, None, observer, stop);
    if finished.is_err() {
        folder.discard_if_empty();
    }
    finished
}

/// Goes on with the run in `folder`, which was left before its end, by its own recipe: from the last state that was kept, to
/// the same bits as if it had not been left. Where the pictures are other ones now, it goes on with them from the beginning
/// of the epoch.
///
/// # Errors
/// As [`run`]; there is no such run, it was finished, or its state is damaged.
pub fn resume(folder: &Path, observer: &mut Observer, stop: &AtomicBool) -> Result<Finished> {
    let place = RunFolder::left(folder)?;
    let plan = Recipe { out: folder.to_path_buf(), ..Recipe::read(&place.recipe())? }.check()?;
    let kept = KeptState::read(&place.state())?;
    if kept.is_none() {
        observer(Event::Notice("no state was kept before the run was left, so it begins anew"));
    }
    run_in(&place, &plan, kept, observer, stop)
}

fn run_in(
    folder: &RunFolder,
    plan: &Plan,
    mut kept: Option<KeptState>,
    observer: &mut Observer,
    stop: &AtomicBool,
) -> Result<Finished> {
    let mut clock = Clock::start();
    let listed = Listed::read(&plan.recipe.data, &plan.division, observer)?;
    check_monitor(plan, &listed)?;
    let told_apart = ToldApart::of(plan, &listed)?;
    let fingerprint = fingerprint(&listed.split);
    if let Some(kept) = kept.as_mut().filter(|kept| kept.pictures != fingerprint) {
        kept.state.begin_epoch_anew();
        observer(Event::Notice(
            "the pictures are others than when the run was left: it goes on with them from the beginning of the epoch",
        ));
    }
    let Built { model, base_output, loaded, trained } = build(plan, &listed, observer, stop)?;
    let card = Card::new(listed.classes.clone(), plan.preprocess.clone(), trained);
    let mut classifier = Classifier { model, card, left_out: Vec::new() };
    clock.lap("weights");
    let stages = stage_graphs(plan, &classifier.model, base_output)?;
    let feeding = Feeding::of(plan, &listed.split, &stages)?;
    drop(stages);
    observer(Event::Notice(&feeding.line));
    let pictures = listed.load(&plan.preprocess, (&feeding, plan.threads), observer, stop)?;
    clock.lap("decode");
    // Without its folder, so that the recipe can be run again.
    let recipe = Recipe { out: PathBuf::new(), ..plan.recipe.clone() };
    files::write(&folder.recipe(), recipe.to_toml()?)?;
    observer(Event::RunFolder(folder.path()));
    let pool = Arc::new(Pool::new(plan.threads));
    let existing = if kept.is_some() { Existing::Continue } else { Existing::Replace };
    let mut callbacks = callbacks(plan, &classifier, folder, existing)?;
    let (state, histories) = kept.map_or((None, Vec::new()), |kept| (Some(kept.state), kept.finished));
    let mut job = Job {
        plan,
        told_apart,
        pictures: &pictures,
        feeding: &feeding,
        pool: &pool,
        stop,
        state,
        fingerprint,
        folder,
        histories,
    };
    job.train(&mut classifier.model, base_output, &mut callbacks, observer)?;
    drop(callbacks);
    let (histories, interrupted) = job.finish()?;
    clock.skip();
    classifier.save(&folder.best())?;
    files::remove(&folder.state())?;
    let facts = Facts { plan, pictures: &pictures, classifier: &classifier, loaded, histories: &histories };
    let outcome = conclude(folder, &facts, &pool, clock, observer)?;
    Ok(Finished {
        folder: folder.path().to_path_buf(),
        model: folder.best(),
        report: folder.report(),
        outcome,
        interrupted,
    })
}

/// The test, and everything that was measured, written down.
fn conclude(
    folder: &RunFolder,
    facts: &Facts,
    pool: &Arc<Pool>,
    mut clock: Clock,
    observer: &mut Observer,
) -> Result<Outcome> {
    let mut outcome = outcome(facts, pool, &folder.best(), observer)?;
    clock.lap("evaluation");
    outcome.seconds.parts.extend(clock.parts);
    outcome.seconds.total = clock.begun.elapsed().as_secs_f64();
    outcome.write(&folder.result())?;
    report::html::write(&outcome, &folder.report())?;
    Ok(outcome)
}

/// A figure of the validation part needs such a part.
fn check_monitor(plan: &Plan, listed: &Listed) -> Result<()> {
    let name = &plan.monitor.name;
    match listed.split.validation.is_empty() && name.starts_with("val_") {
        false => Ok(()),
        true => Err(Error::usage(format!(
            "--monitor {name} needs validation pictures, and there are none: give --validation-split a share, or \
             monitor {}",
            name.trim_start_matches("val_")
        ))),
    }
}

/// Seconds of the parts of a job.
struct Clock {
    begun: Instant,
    last: Instant,
    parts: Vec<(String, f64)>,
}

impl Clock {
    fn start() -> Self {
        let begun = Instant::now();
        Self { begun, last: begun, parts: Vec::new() }
    }

    fn lap(&mut self, part: &str) {
        self.parts.push((part.into(), self.last.elapsed().as_secs_f64()));
        self.last = Instant::now();
    }

    /// Training keeps its own account.
    fn skip(&mut self) {
        self.last = Instant::now();
    }
}

/// The model with its weights in place.
fn build(plan: &Plan, listed: &Listed, observer: &mut Observer, stop: &AtomicBool) -> Result<Built> {
    let built = plan.network.build(&plan.recipe, &plan.preprocess, &listed.classes, observer, stop)?;
    let graph = &built.model.graph;
    let (name, parameters, trained) = (graph.name(), graph.parameter_count(), graph.trained_count());
    observer(Event::Model { name, parameters, trained });
    Ok(built)
}

/// What each stage trains, to plan the memory by.
fn stage_graphs(plan: &Plan, model: &Model, base_output: Option<NodeId>) -> Result<Vec<StageGraph>> {
    let graph = || model.graph.clone();
    let mut stages = vec![StageGraph { graph: graph(), statistics: BatchStatistics::Batch }];
    if plan.recipe.fine_tune.is_asked_for() {
        let layers = Tunable { graph: &model.graph, base_output }.layers(&plan.recipe.fine_tune)?;
        let mut graph = graph();
        layers.into_iter().for_each(|id| graph.set_trainable(id, true));
        stages.push(StageGraph { graph, statistics: plan.fine_tune_statistics });
    }
    Ok(stages)
}

fn callbacks(
    plan: &Plan,
    classifier: &Classifier,
    folder: &RunFolder,
    existing: Existing,
) -> Result<Vec<Box<dyn Callback>>> {
    let card = classifier.card.to_value()?;
    let store: Box<dyn Store> = Box::new(move |path: &Path, graph: &Graph, weights: &Weights| {
        formats::keras::write(path, graph, weights, Some(&card)).map_err(Into::into)
    });
    let monitor = plan.monitor.clone();
    let checkpoint = ModelCheckpoint::new(folder.best(), monitor.clone(), Keep::BestOnly, store)?;
    Ok(vec![
        Box::new(CsvLogger::new(folder.history(), existing)),
        Box::new(TensorBoard::new(folder.tensorboard())),
        Box::new(checkpoint),
        Box::new(EarlyStopping::new(monitor, plan.recipe.patience).restoring_best()),
    ])
}

/// What a plan says by classes' names, with the classes found.
struct ToldApart {
    metrics: Vec<Entry>,
    class_weights: Option<Vec<f32>>,
}

impl ToldApart {
    /// Fails for a class that the data does not have.
    fn of(plan: &Plan, listed: &Listed) -> Result<Self> {
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

/// A job while it trains.
struct Job<'a> {
    plan: &'a Plan,
    told_apart: ToldApart,
    pictures: &'a Pictures,
    feeding: &'a Feeding,
    pool: &'a Arc<Pool>,
    stop: &'a AtomicBool,
    folder: &'a RunFolder,
    /// Of the pictures.
    fingerprint: String,
    /// Where the next stage goes on, if it was left.
    state: Option<State>,
    histories: Vec<(String, History)>,
}

impl Job<'_> {
    fn train(
        &mut self,
        model: &mut Model,
        base_output: Option<NodeId>,
        callbacks: &mut [Box<dyn Callback>],
        observer: &mut Observer,
    ) -> Result<()> {
        let Plan { recipe, network, .. } = self.plan;
        let name = first_stage(&model.graph, network.starts_from_nothing());
        let first = self.stage(name, recipe.epochs, recipe.learning_rate, BatchStatistics::Batch);
        if self.histories.is_empty() {
            self.fit(model, first, callbacks, observer)?;
        }
        if !recipe.fine_tune.is_asked_for() || self.was_cut_short() {
            return Ok(());
        }
        let tunable = Tunable { graph: &model.graph, base_output };
        let layers = tunable.layers(&recipe.fine_tune)?;
        observer(Event::Notice(&tunable.describe(&recipe.fine_tune, &layers)));
        layers.into_iter().for_each(|id| model.graph.set_trainable(id, true));
        let (epochs, rate) = (recipe.fine_tune_epochs, recipe.fine_tune_learning_rate);
        let second = self.stage("fine-tune", epochs, rate, self.plan.fine_tune_statistics);
        self.fit(model, second, callbacks, observer)
    }

    fn stage(&self, name: &str, epochs: usize, learning_rate: f64, statistics: BatchStatistics) -> Stage {
        let Plan { schedule, fine_tune_schedule, .. } = self.plan;
        Stage {
            name: name.into(),
            epochs,
            first_epoch: self.histories.iter().map(|(_, history)| history.epochs.len()).sum(),
            optimizer: self.plan.optimizer,
            learning_rate: learning_rate as f32,
            schedule: if self.histories.is_empty() { schedule.clone() } else { fine_tune_schedule.clone() },
            loss: self.plan.loss,
            class_weights: self.told_apart.class_weights.clone(),
            metrics: self.told_apart.metrics.clone(),
            statistics,
        }
    }

    fn fit(
        &mut self,
        model: &mut Model,
        stage: Stage,
        callbacks: &mut [Box<dyn Callback>],
        observer: &mut Observer,
    ) -> Result<()> {
        let recipe = &self.plan.recipe;
        let data = Data {
            train: &self.pictures.train,
            validation: (!self.pictures.validation.is_empty()).then_some(&self.pictures.validation),
            augment: self.plan.augment.as_ref(),
            batch_size: recipe.batch_size,
            steps_per_epoch: recipe.steps_per_epoch,
            sampling: self.plan.sampling,
            segments: self.feeding.segments,
            seed: recipe.seed,
            sample_weights: None,
            feature_memory: self.feeding.features,
        };
        let mut observe = |event: train::Event<'_>| observer(Event::Train(event));
        let state = self.state.take();
        let mut file =
            StateFile::new(self.folder.state(), &self.histories, &self.fingerprint, recipe.save_freq);
        let backup = BackupAndRestore { from: state.as_ref(), to: Some(&mut file) };
        let runtime = Runtime { stop: self.stop, pool: self.pool, backup };
        let history = train::fit(model, &data, &stage, callbacks, &mut observe, runtime)?;
        self.histories.push((stage.name, history));
        Ok(())
    }

    fn was_cut_short(&self) -> bool {
        let last = self.histories.last().map(|(_, history)| &history.ended);
        matches!(last, Some(Ended::Interrupted | Ended::Diverged(_)))
    }

    /// What the stages did, and whether they were interrupted.
    fn finish(self) -> Result<(Vec<(String, History)>, bool)> {
        let interrupted = self.histories.iter().any(|(_, history)| history.ended == Ended::Interrupted);
        match self.histories.iter().all(|(_, history)| history.epochs.is_empty()) {
            true => Err(Error::new(
                ErrorKind::Training,
                "training was stopped before its first epoch was over, so there is nothing to keep",
            )),
            false => Ok((self.histories, interrupted)),
        }
    }
}
