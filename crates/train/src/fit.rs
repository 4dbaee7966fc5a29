//! The training loop: forward, loss, backward, update; validation and callbacks after each epoch.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use engine::{Pool, Predictor, TrainerOptions};
use graph::Graph;

use crate::backup::{Backup, BackupAndRestore};
use crate::beginning::Beginning;
use crate::callbacks::{BatchEnd, Callback, EpochEnd, Flow};
use crate::check::check;
use crate::checkpoint::{self, Keeper, Place};
use crate::course::Course;
use crate::fault::Fault;
use crate::frozen_base::{Feeds, feeds};
use crate::history::Lap;
use crate::learner::Learner;
use crate::predict::ask;
use crate::progress::Progress;
use crate::task::Task;
use crate::watchers::Watchers;
use crate::{
    Data, Ended, EpochRecord, Error, Event, History, KeptFeatures, Model, Observer, Predictions, Result,
    Scores, Seconds, Stage, evaluate,
};

/// What a training runs with, apart from what it learns.
pub struct Runtime<'a> {
    /// Once set, it ends a stage after the batch that is being computed.
    pub stop: &'a AtomicBool,
    /// Does the arithmetic.
    pub pool: &'a Arc<Pool>,
    /// Where the stage begins, and where its state is kept.
    pub backup: BackupAndRestore<'a>,
    /// The features of a frozen base, where several trainings are to share them: no bit depends on it.
    pub features: Option<&'a mut KeptFeatures>,
}

impl<'a> Runtime<'a> {
    /// From the beginning, nothing is kept on the way, and nothing is shared.
    pub fn new(stop: &'a AtomicBool, pool: &'a Arc<Pool>) -> Self {
        Self { stop, pool, backup: BackupAndRestore::default(), features: None }
    }
}

/// Trains `model` for one stage. It keeps the last epoch's weights, or those that a callback puts back.
///
/// A stage that goes on from a state that was kept ends with the same bits as one that was not left; its history has
/// the epochs before too. When [`Runtime::stop`] is set, the stage ends after the batch that is being computed and its
/// state is kept, so that it can go on from there; callbacks still put back the best weights. The weights after a stage
/// depend on the seed, the pictures and the settings only, not on the number of threads.
///
/// # Errors
/// Something does not fit before the first step; a callback can't write its file; the loss is no number and no
/// callback has weights to go back to. The model is then as the last batch left it.
pub fn fit(
    model: &mut Model,
    data: &Data<'_>,
    stage: &Stage,
    callbacks: &mut [Box<dyn Callback>],
    observer: &mut Observer<'_>,
    runtime: Runtime<'_>,
) -> Result<History> {
    let started = Instant::now();
    let task = Task { data, stage, answer: check(model, data, stage, callbacks)? };
    let mut watchers = Watchers { callbacks, observer };
    let Runtime { stop, pool, backup: BackupAndRestore { from, to }, features } = runtime;
    let mut epochs = Vec::new();
    let place = match from {
        None => Place { epoch: stage.first_epoch + 1, step: 0 },
        Some(state) => checkpoint::restore_model(state, model, stage, data, &mut epochs)?,
    };
    let beginning = Beginning { place, from };
    beginning.tell(watchers.callbacks, &model.graph, stage)?;
    watchers.tell(task.started(&model.graph));

    let mut fitting = Fitting::prepare(model, task, features, &mut watchers, (stop, pool))?;
    if let Some(state) = from {
        fitting.learner.restore(state)?;
    }
    let ended = fitting.epochs(beginning, to, &mut watchers, &mut epochs);
    let mut seconds = fitting.seconds;
    model.weights = fitting.learner.trainer.into_weights();

    let mut lap = Lap::start();
    let (ended, best_epoch) = watchers.end(model, ended)?;
    lap.add_to(&mut seconds.callbacks);
    seconds.total = started.elapsed().as_secs_f64();
    Ok(History { epochs, ended, best_epoch, seconds })
}

/// A stage under way.
struct Fitting<'a> {
    graph: &'a Graph,
    task: Task<'a>,
    feeds: Feeds<'a>,
    course: Course,
    learner: Learner<'a>,
    validation: Option<Predictor>,
    /// What was said of the validation pictures, until the callbacks have seen it.
    predictions: Option<Predictions>,
    stop: &'a AtomicBool,
    seconds: Seconds,
}

impl<'a> Fitting<'a> {
    /// Computes the features of a frozen base where they can be kept, and makes room for everything else.
    fn prepare(
        model: &'a Model,
        task: Task<'a>,
        features: Option<&mut KeptFeatures>,
        watchers: &mut Watchers<'_, '_>,
        (stop, pool): (&'a AtomicBool, &Arc<Pool>),
    ) -> Result<Self> {
        let Task { data, stage, .. } = task;
        let Model { graph, weights } = model;
        let mut seconds = Seconds::default();
        let mut lap = Lap::start();
        let feeds = feeds(model, data, features, watchers.observer, (stop, pool))?;
        lap.add_to(&mut seconds.features);
        let course = Course::new(data, &feeds.train);
        let options = TrainerOptions {
            batch: course.largest_batch(),
            start: feeds.train.start(),
            statistics: stage.statistics,
            seed: data.seed,
        };
        let learner = Learner::new(model, task, &options, pool)?;
        let validation = feeds.validation.as_ref().map(|feed| {
            let batch = data.batch_size.min(feed.len());
            match feed.start() {
                None => Predictor::new(graph, weights, batch, pool),
                Some(layer) => Predictor::from(graph, weights, layer, batch, pool),
            }
        });
        let validation = validation.transpose()?;
        let predictions = None;
        Ok(Self { graph, task, feeds, course, learner, validation, predictions, stop, seconds })
    }

    /// All epochs from the beginning on, or as many as it takes until something ends them.
    fn epochs(
        &mut self,
        beginning: Beginning<'_>,
        mut to: Option<&mut dyn Backup>,
        watchers: &mut Watchers<'_, '_>,
        records: &mut Vec<EpochRecord>,
    ) -> Result<Ended> {
        let stage = self.task.stage;
        for epoch in beginning.place.epoch..=stage.last_epoch() {
            let (done, mut progress) = beginning.within(epoch, self.task)?;
            let mut keeper = Keeper { to: &mut to, records, task: self.task };
            if self.stop.load(Ordering::Relaxed) {
                if !beginning.is_kept(epoch) {
                    self.leave(Place { epoch, step: 0 }, &progress, &mut keeper, watchers);
                }
                return Ok(Ended::Interrupted);
            }
            let scores = match self.epoch(epoch, (done, &mut progress), &mut keeper, watchers)? {
                ControlFlow::Continue(scores) => scores,
                ControlFlow::Break(ended) => return Ok(ended),
            };
            let (name, learning_rate) = (stage.name.clone(), self.learner.learning_rate);
            let seconds = progress.seconds();
            let record = EpochRecord { epoch, stage: name, learning_rate, scores, seconds };
            watchers.tell(Event::EpochDone(&record));
            let flow = self.call_back(&record, watchers);
            records.push(record);
            if let ControlFlow::Break(ended) = flow? {
                return Ok(ended);
            }
        }
        Ok(Ended::Finished)
    }

    /// One epoch and its validation: the figures of both.
    fn epoch(
        &mut self,
        epoch: usize,
        (done, progress): (usize, &mut Progress),
        keeper: &mut Keeper<'_, '_>,
        watchers: &mut Watchers<'_, '_>,
    ) -> Result<ControlFlow<Ended, Scores>> {
        self.learner.show_weights();
        let learned = self.learn(epoch, (done, &mut *progress), keeper, watchers)?;
        self.learner.show_averages();
        let ControlFlow::Continue(mut scores) = learned else { return Ok(learned) };
        let validated = self.validate(watchers.observer)?;
        let ControlFlow::Continue(validation) = &validated else {
            self.leave(Place { epoch, step: self.course.steps() }, progress, keeper, watchers);
            return Ok(validated);
        };
        scores.push_validation(validation);
        Ok(ControlFlow::Continue(scores))
    }

    /// One epoch over training pictures, of whose batches so many are done: the means of loss and metrics over them.
    fn learn(
        &mut self,
        epoch: usize,
        (first, progress): (usize, &mut Progress),
        keeper: &mut Keeper<'_, '_>,
        watchers: &mut Watchers<'_, '_>,
    ) -> Result<ControlFlow<Ended, Scores>> {
        let Self { graph, task: Task { data, stage, .. }, feeds, course, learner, seconds, .. } = self;
        let steps = course.steps();
        watchers.tell(Event::EpochStarted { epoch, last_epoch: stage.last_epoch(), steps });
        let mut lap = Lap::start();
        for inputs in feeds.train.drawn_from(first, course.draws(epoch), data.batch_size) {
            lap.add_to(&mut seconds.waiting);
            let (step, random_stream) = (inputs.number() + 1, random_stream(epoch, inputs.number()));
            let loss = learner.forward(&inputs, random_stream);
            lap.add_to(&mut seconds.forward);
            let scheduled = scheduled_rate(stage, (epoch, inputs.number()), steps);
            learner.learning_rate = watchers.learning_rate(scheduled);
            let batch = BatchEnd { epoch, step, loss, learning_rate: learner.learning_rate };
            if let ControlFlow::Break(ended) = watchers.batch_end(&batch) {
                let (feed, first_epoch) = (&feeds.train, stage.first_epoch + 1);
                let fault = Fault { graph, data, feed, course, epoch, first_epoch, random_stream };
                return Ok(ControlFlow::Break(fault.told(ended, &mut learner.trainer, &inputs)));
            }
            learner.backward(inputs.len());
            lap.add_to(&mut seconds.backward);
            learner.update();
            lap.add_to(&mut seconds.update);
            learner.count(&inputs, loss, progress);
            watchers.tell(progress.batch_done(epoch, step, steps));
            let is_stopped = self.stop.load(Ordering::Relaxed);
            if keeper.is_due() || is_stopped {
                watchers.keep(keeper, learner, Place { epoch, step }, (&*progress, &*seconds));
                lap.add_to(&mut seconds.callbacks);
            }
            if is_stopped {
                return Ok(ControlFlow::Break(Ended::Interrupted));
            }
        }
        match progress.pictures {
            0 => Err(Error::pictures("not one of the training pictures can be read")),
            _ => Ok(ControlFlow::Continue(progress.scores().clone())),
        }
    }

    /// Keeps the state of a training that is stopped between two steps.
    fn leave(
        &mut self,
        place: Place,
        progress: &Progress,
        keeper: &mut Keeper<'_, '_>,
        watchers: &mut Watchers<'_, '_>,
    ) {
        self.learner.show_weights();
        watchers.keep(keeper, &self.learner, place, (progress, &self.seconds));
        self.learner.show_averages();
    }

    /// The means of loss and metrics over the validation pictures; none without such pictures.
    fn validate(&mut self, observer: &mut Observer<'_>) -> Result<ControlFlow<Ended, Scores>> {
        let (Some(predictor), Some(feed)) = (&mut self.validation, &self.feeds.validation) else {
            return Ok(ControlFlow::Continue(Scores::new()));
        };
        let Task { stage, answer, .. } = self.task;
        let mut lap = Lap::start();
        predictor.refresh(self.learner.trainer.weights());
        let predictions = ask(predictor, answer, feed, observer, self.stop);
        let scores = match &predictions {
            None => ControlFlow::Break(Ended::Interrupted),
            Some(predictions) if predictions.is_empty() => {
                return Err(Error::pictures("not one of the validation pictures can be read"));
            }
            Some(predictions) => ControlFlow::Continue(evaluate(predictions, stage.loss, &stage.metrics)),
        };
        lap.add_to(&mut self.seconds.validation);
        self.predictions = predictions;
        Ok(scores)
    }

    /// Shows the epoch to the callbacks.
    fn call_back(&mut self, record: &EpochRecord, watchers: &mut Watchers<'_, '_>) -> Result<Flow> {
        let mut lap = Lap::start();
        let predictions = self.predictions.take();
        let (graph, weights) = (self.graph, self.learner.trainer.weights());
        let flow =
            watchers.epoch_end(&EpochEnd { record, graph, weights, validation: predictions.as_ref() })?;
        lap.add_to(&mut self.seconds.callbacks);
        Ok(flow)
    }
}

/// A number for each step that no other step has, even when an epoch of another stage has more steps.
fn random_stream(epoch: usize, index: usize) -> u64 {
    (epoch as u64) << 32 | index as u64
}

/// The rate of batch `index` of `epoch`, with so many batches an epoch, as the stage has it.
fn scheduled_rate(stage: &Stage, (epoch, index): (usize, usize), steps: usize) -> f32 {
    let step = (epoch - stage.first_epoch - 1) * steps + index;
    stage.schedule.rate(stage.learning_rate.into(), step as u64, stage.span(steps))
}
