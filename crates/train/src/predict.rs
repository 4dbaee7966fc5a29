//! What a model says about pictures, and what they are.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use engine::{Pool, Predictor};
use images::{Order, Source};

use crate::check::check_pictures;
use crate::feed::Feed;
use crate::{Answer, Error, ErrorKind, Event, Model, Observer, Result};

/// One probability a class for each picture of a source.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Predictions {
    /// `[pictures, classes]`; a sigmoid unit stands as two classes.
    pub probabilities: Vec<f32>,
    /// The number of classes.
    pub classes: usize,
    /// The true class of each picture.
    pub labels: Vec<u32>,
    /// Each picture's number in its source.
    pub indices: Vec<usize>,
}

impl Predictions {
    /// The number of pictures.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no picture.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The probabilities of the picture at `position`, one a class.
    pub fn row(&self, position: usize) -> &[f32] {
        &self.probabilities[position * self.classes..][..self.classes]
    }

    /// The most probable class of each picture; the first of equal ones.
    pub fn predicted(&self) -> Vec<u32> {
        crate::metrics::most_probable(&self.probabilities, self.classes).collect()
    }
}

/// What `model` says about every picture of `source` that can be read, in the source's order.
///
/// # Errors
/// The model is no classifier or does not fit the pictures, no picture can be read, or `stop` was set
/// ([`ErrorKind::Interrupted`]).
pub fn predict(
    model: &Model,
    source: &Source,
    batch_size: usize,
    observer: &mut Observer<'_>,
    stop: &AtomicBool,
    pool: &Arc<Pool>,
) -> Result<Predictions> {
    let answer = Answer::of(&model.graph)?;
    check_pictures(&model.graph, answer, source)?;
    let batch_size = batch_size.clamp(1, source.len());
    let mut predictor = Predictor::new(&model.graph, &model.weights, batch_size, pool)?;
    let feed = Feed::Pictures { source, augment: None, seed: 0 };
    match ask(&mut predictor, answer, &feed, observer, stop) {
        None => Err(Error::new(ErrorKind::Interrupted, "stopped before all pictures were seen")),
        Some(predictions) if predictions.is_empty() => {
            Err(Error::pictures("not one of the pictures can be read"))
        }
        Some(predictions) => Ok(predictions),
    }
}

/// As [`predict`], with a predictor that starts where `feed` does; `None` when it was stopped.
pub(crate) fn ask(
    predictor: &mut Predictor,
    answer: Answer,
    feed: &Feed<'_>,
    observer: &mut Observer<'_>,
    stop: &AtomicBool,
) -> Option<Predictions> {
    let mut predictions = Predictions { classes: answer.classes(), ..Predictions::default() };
    for inputs in feed.pass(Order::Sequential, predictor.batch()) {
        inputs.write_to(predictor.input(inputs.len()));
        answer.expand(predictor.run(inputs.len()), &mut predictions.probabilities);
        predictions.labels.extend_from_slice(inputs.labels());
        inputs.indices_to(&mut predictions.indices);
        observer(Event::PredictProgress { done: predictions.len(), total: feed.len() });
        if stop.load(Ordering::Relaxed) {
            return None;
        }
    }
    Some(predictions)
}
