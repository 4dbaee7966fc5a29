//! The training loop: forward, loss, backward, update; validation and callbacks after each epoch.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use engine::{Pool, Predictor, Trainer, TrainerOptions};

use crate::backup::{Backup, BackupAndRestore};
use crate::callbacks::{BatchEnd, Callback, EpochEnd, Flow, TerminateOnNan, TrainBegin, TrainEnd};
use crate::check::check;
use crate::checkpoint::{self, Keeper, Place, Running};
use crate::course::Course;
use crate::fault::Fault;
use crate::frozen_base::{Feeds, feeds};
use crate::history::Lap;
use crate::optimizers::Optimizer;
use crate::predict::ask;
use crate::progress::Progress;
use crate::truth::Truth;
use crate::weighting::Weighting;
use crate::{
    Answer, Data, Ended, EpochRecord, Error, ErrorKind, Event, History, Model, Observer, Predictions, Result,
    Scores, Seconds, Stage, State, evaluate,
};

/// What a training runs with, apart from what it learns.
pub struct Runtime<'a> {
    /// Once set, it ends a stage after the batch that is being computed.
    pub stop: &'a AtomicBool,
    /// Does the arithmetic.
    pub pool: &'a Arc<Pool>,
    /// Where the stage begins, and where its state is kept.
    pub backup: BackupAndRestore<'a>,
}

impl<'a> Runtime<'a> {
    /// From the beginning, and nothing is kept on the way.
    pub fn new(stop: &'a AtomicBool, pool: &'a Arc<Pool>) -> Self {
        Self { stop, pool, backup: BackupAndRestore::default() }
    }
}

/// Trains `model` for one stage. It keeps the last epoch's weights, or those that a callback puts back.
///
/// A stage that goes on from a state that was kept ends with the same bits as one that was not left; its history has the
/// epochs before too. When [`Runtime::stop`] is set, the stage ends after the batch that is being computed; callbacks still put back the best
/// weights. The weights after a stage depend on the seed, the pictures and the settings only, not on the number
/// of threads.
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
    let answer = check(model, data, stage, callbacks)?;
    let Runtime { stop, pool, backup: BackupAndRestore { from, to } } = runtime;
    let mut epochs = Vec::new();
    let place = match from {
        None => Place { epoch: stage.first_epoch + 1, step: 0 },
        Some(state) => checkpoint::restore_model(state, model, stage, data, &mut epochs)?,
    };
    let begin = TrainBegin { graph: &model.graph, first_epoch: place.epoch - 1 };
    for (index, callback) in callbacks.iter_mut().enumerate() {
        callback.on_train_begin(&begin)?;
        if let Some(state) = from {
            callback
                .restore(&state.part(&checkpoint::callback_part(index, callback.name())), &model.graph)?;
        }
    }
    announce(model, data, stage, observer);

    let mut fitting = Fitting::prepare(model, data, stage, answer, observer, stop, pool)?;
    if let Some(state) = from {
        fitting.restore(state)?;
    }
    let ended = fitting.epochs(place, from, to, callbacks, observer, &mut epochs);
    let mut seconds = fitting.seconds;
    model.weights = fitting.trainer.into_weights();

    let mut best_epoch = None;
    let mut lap = Lap::start();
    for callback in callbacks {
        let (graph, weights) = (&model.graph, &mut model.weights);
        callback.on_train_end(&mut TrainEnd { graph, weights, best_epoch: &mut best_epoch }, observer)?;
    }
    lap.add_to(&mut seconds.callbacks);
    seconds.total = started.elapsed().as_secs_f64();
    match ended? {
        Ended::NotANumber(why) if best_epoch.is_none() => Err(Error::new(ErrorKind::Diverged, why)),
        ended => Ok(History { epochs, ended, best_epoch, seconds }),
    }
}

fn announce(model: &Model, data: &Data<'_>, stage: &Stage, observer: &mut Observer<'_>) {
    observer(Event::StageStarted {
        stage: &stage.name,
        first_epoch: stage.first_epoch + 1,
        last_epoch: stage.last_epoch(),
        steps: data.steps(),
        pictures: data.train.len(),
        validation_pictures: data.validation.map_or(0, images::Source::len),
        trained_parameters: model.graph.trained_count(),
    });
}

/// A stage under way.
struct Fitting<'a> {
    graph: &'a graph::Graph,
    data: &'a Data<'a>,
    stage: &'a Stage,
    answer: Answer,
    feeds: Feeds<'a>,
    course: Course,
    trainer: Trainer,
    optimizer: Optimizer,
    validation: Option<Predictor>,
    /// What was said of the validation pictures, until the callbacks have seen it.
    predictions: Option<Predictions>,
    /// Of the last step.
    learning_rate: f32,
    stop: &'a AtomicBool,
    seconds: Seconds,
}

impl<'a> Fitting<'a> {
    fn prepare(
        model: &'a Model,
        data: &'a Data<'a>,
        stage: &'a Stage,
        answer: Answer,
        observer: &mut Observer<'_>,
        stop: &'a AtomicBool,
        pool: &Arc<Pool>,
    ) -> Result<Self> {
        let mut seconds = Seconds::default();
        let mut lap = Lap::start();
        let feeds = feeds(model, data, observer, stop, pool)?;
        lap.add_to(&mut seconds.features);
        let course = Course::new(data, &feeds.train);
        let Model { graph, weights } = model;
        let options = TrainerOptions {
            batch: course.largest_batch(),
            start: feeds.train.start(),
            statistics: stage.statistics,
            seed: data.seed,
        };
        let trainer = Trainer::new(graph, weights.clone(), &options, pool)?;
        let mut optimizer = stage.optimizer.build(graph, trainer.slots())?;
        for (index, slot) in trainer.slots().iter().enumerate().filter(|_| !stage.rate_factors.is_empty()) {
            optimizer.set_rate_factor(index, stage.rate_factors[slot.parameter.index()]);
        }
        let validation = match &feeds.validation {
            None => None,
            Some(feed) => {
                let batch = data.batch_size.min(feed.len());
                Some(match feed.start() {
                    None => Predictor::new(graph, weights, batch, pool)?,
                    Some(layer) => Predictor::from(graph, weights, layer, batch, pool)?,
                })
            }
        };
        let learning_rate = stage.learning_rate;
        Ok(Self {
            graph,
            data,
            stage,
            answer,
            feeds,
            course,
            trainer,
            optimizer,
            validation,
            predictions: None,
            learning_rate,
            stop,
            seconds,
        })
    }

    /// Goes on as `state` has it.
    fn restore(&mut self, state: &State) -> Result<()> {
        let [batches, learning_rate] = state.array(checkpoint::OPTIMIZER)?;
        let buffers = state.part(checkpoint::OPTIMIZER);
        self.optimizer.restore(batches as u64, |name| buffers.values(name).ok())?;
        self.learning_rate = learning_rate as f32;
        Ok(())
    }

    /// All epochs from `place` on, or as many as it takes until something ends them.
    fn epochs(
        &mut self,
        place: Place,
        from: Option<&State>,
        mut to: Option<&mut dyn Backup>,
        callbacks: &mut [Box<dyn Callback>],
        observer: &mut Observer<'_>,
        records: &mut Vec<EpochRecord>,
    ) -> Result<Ended> {
        for epoch in place.epoch..=self.stage.last_epoch() {
            if self.stop.load(Ordering::Relaxed) {
                return Ok(announced(Ended::Interrupted, observer));
            }
            let started = Instant::now();
            self.optimizer.show_weights(self.trainer.update().weights);
            let mut progress = Progress::new(self.stage, self.answer);
            let mut first = 0;
            if let Some(state) = from.filter(|_| epoch == place.epoch && place.step > 0) {
                progress.restore(&state.part(checkpoint::PROGRESS))?;
                first = place.step;
            }
            let mut keeper = Keeper { to: &mut to, records };
            let learned = self.learn(epoch, (first, progress), &mut keeper, callbacks, observer)?;
            // Whoever looks at the model from here on sees the averages of its weights, where there are any.
            self.optimizer.show_averages(self.trainer.update().weights);
            let mut scores = match learned {
                ControlFlow::Continue(scores) => scores,
                ControlFlow::Break(ended) => return Ok(announced(ended, observer)),
            };
            match self.validate(observer)? {
                ControlFlow::Continue(validation) => scores.push_validation(&validation),
                ControlFlow::Break(ended) => return Ok(announced(ended, observer)),
            }
            let (stage, learning_rate) = (self.stage.name.clone(), self.learning_rate);
            let seconds = started.elapsed().as_secs_f64();
            let record = EpochRecord { epoch, stage, learning_rate, scores, seconds };
            observer(Event::EpochDone(&record));
            let flow = self.call_back(&record, callbacks, observer);
            records.push(record);
            if let ControlFlow::Break(ended) = flow? {
                return Ok(announced(ended, observer));
            }
        }
        Ok(Ended::Finished)
    }

    /// One epoch over training pictures: the means of loss and metrics over them.
    fn learn(
        &mut self,
        epoch: usize,
        (first, mut progress): (usize, Progress),
        keeper: &mut Keeper<'_, '_>,
        callbacks: &mut [Box<dyn Callback>],
        observer: &mut Observer<'_>,
    ) -> Result<ControlFlow<Ended, Scores>> {
        let Self { graph, data, stage, answer, course, trainer, optimizer, learning_rate, seconds, .. } =
            self;
        let steps = course.steps();
        let earlier_steps = (epoch - stage.first_epoch - 1) * steps;
        observer(Event::EpochStarted { epoch, last_epoch: stage.last_epoch(), steps });
        let started = Instant::now();
        let mut lap = Lap::start();
        let (mut gradient, mut probabilities) = (Vec::new(), Vec::new());
        let mut weighting = Weighting::new(stage, data);
        let mut truth = Truth::new(answer.classes());
        for inputs in self.feeds.train.drawn_from(first, course.draws(epoch), data.batch_size) {
            lap.add_to(&mut seconds.waiting);
            let index = inputs.number();
            let pictures = inputs.len();
            inputs.write_to(trainer.input(pictures));
            let output = trainer.forward(pictures, random_stream(epoch, index));
            gradient.resize(output.logits.len(), 0.0);
            let (targets, labels) = truth.of(&inputs);
            let loss = stage.loss.learn(&output, targets, weighting.of(&inputs, targets), &mut gradient);
            probabilities.clear();
            answer.expand(output.values, &mut probabilities);
            lap.add_to(&mut seconds.forward);
            *learning_rate = step_rate(stage, earlier_steps + index, steps, callbacks);
            let batch = BatchEnd { epoch, step: index + 1, loss, learning_rate: *learning_rate };
            if let ControlFlow::Break(ended) = batch_end(&batch, callbacks) {
                let (first_epoch, random_stream) = (stage.first_epoch + 1, random_stream(epoch, index));
                let feed = &self.feeds.train;
                let fault = Fault { graph, data, feed, course, epoch, first_epoch, random_stream };
                return Ok(ControlFlow::Break(fault.told(ended, trainer, &inputs)));
            }
            trainer.backward(pictures, &gradient);
            lap.add_to(&mut seconds.backward);
            optimizer.step(*learning_rate, trainer.update());
            lap.add_to(&mut seconds.update);
            progress.add(loss, &probabilities, labels);
            let images_per_second = progress.pictures as f64 / started.elapsed().as_secs_f64().max(1e-9);
            let scores = progress.scores();
            observer(Event::BatchDone { epoch, step: index + 1, steps, scores, images_per_second });
            if keeper.is_due() {
                let running = Running { trainer, optimizer, learning_rate: *learning_rate };
                if let Err(why) = keeper.keep(
                    &running,
                    Place { epoch, step: index + 1 },
                    &progress,
                    callbacks,
                    (stage, data),
                ) {
                    observer(Event::Notice(&format!(
                        "the state cannot be kept, so a run that is left cannot go on from here: {why}"
                    )));
                }
                lap.add_to(&mut seconds.callbacks);
            }
            if self.stop.load(Ordering::Relaxed) {
                return Ok(ControlFlow::Break(Ended::Interrupted));
            }
        }
        match progress.pictures {
            0 => Err(Error::pictures("not one of the training pictures can be read")),
            _ => Ok(ControlFlow::Continue(progress.scores().clone())),
        }
    }

    /// The means of loss and metrics over the validation pictures; none without such pictures.
    fn validate(&mut self, observer: &mut Observer<'_>) -> Result<ControlFlow<Ended, Scores>> {
        let (Some(predictor), Some(feed)) = (&mut self.validation, &self.feeds.validation) else {
            return Ok(ControlFlow::Continue(Scores::new()));
        };
        let mut lap = Lap::start();
        predictor.refresh(self.trainer.weights());
        let predictions = ask(predictor, self.answer, feed, observer, self.stop);
        let scores = match &predictions {
            None => ControlFlow::Break(Ended::Interrupted),
            Some(predictions) if predictions.is_empty() => {
                return Err(Error::pictures("not one of the validation pictures can be read"));
            }
            Some(predictions) => {
                ControlFlow::Continue(evaluate(predictions, self.stage.loss, &self.stage.metrics))
            }
        };
        lap.add_to(&mut self.seconds.validation);
        self.predictions = predictions;
        Ok(scores)
    }

    /// Every callback sees the epoch, also when one of them ends the training.
    fn call_back(
        &mut self,
        record: &EpochRecord,
        callbacks: &mut [Box<dyn Callback>],
        observer: &mut Observer<'_>,
    ) -> Result<Flow> {
        let mut lap = Lap::start();
        let predictions = self.predictions.take();
        let (graph, weights) = (self.graph, self.trainer.weights());
        let end = EpochEnd { record, graph, weights, validation: predictions.as_ref() };
        let mut flow = Flow::Continue(());
        for callback in callbacks {
            let one = callback.on_epoch_end(&end, observer)?;
            if flow.is_continue() {
                flow = one;
            }
        }
        lap.add_to(&mut self.seconds.callbacks);
        Ok(flow)
    }
}

/// A number for each step that no other step has, even when an epoch of another stage has more steps.
fn random_stream(epoch: usize, index: usize) -> u64 {
    (epoch as u64) << 32 | index as u64
}

/// The rate of the stage's `step`, counted from 0: as scheduled, and what callbacks make of it.
fn step_rate(stage: &Stage, step: usize, steps_per_epoch: usize, callbacks: &[Box<dyn Callback>]) -> f32 {
    let span = stage.span(steps_per_epoch);
    let scheduled = stage.schedule.rate(stage.learning_rate.into(), step as u64, span);
    callbacks.iter().fold(scheduled, |rate, callback| callback.learning_rate(rate))
}

/// The first callback that ends the training, a loss that is no number before all.
fn batch_end(batch: &BatchEnd, callbacks: &mut [Box<dyn Callback>]) -> Flow {
    TerminateOnNan.on_batch_end(batch)?;
    callbacks.iter_mut().try_for_each(|callback| callback.on_batch_end(batch))
}

fn announced(ended: Ended, observer: &mut Observer<'_>) -> Ended {
    match &ended {
        Ended::StoppedEarly(why) | Ended::Reached(why) => observer(Event::StoppedEarly { why }),
        Ended::NotANumber(why) | Ended::Diverged(why) => observer(Event::Diverged { why }),
        Ended::Interrupted => observer(Event::Interrupted),
        Ended::Finished => {}
    }
    ended
}
