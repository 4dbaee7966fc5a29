//! Watches a range test: a callback that hands on each step's rate and loss, and ends it in time.

use std::sync::mpsc::Sender;

use train::Ended;
use train::callbacks::{BatchEnd, Callback, Flow};

use super::range_test::Curve;
use crate::decimal;

/// See the file.
pub(super) struct Recorder {
    steps_left: usize,
    curve: Curve,
    to: Sender<(f64, f64)>,
}

impl Recorder {
    /// Ends after so many steps, or when the loss has diverged.
    pub(super) fn new(steps: usize, to: Sender<(f64, f64)>) -> Self {
        Self { steps_left: steps, curve: Curve::default(), to }
    }
}

impl Callback for Recorder {
    fn name(&self) -> &'static str {
        "LearningRateFinder"
    }

    fn on_batch_end(&mut self, batch: &BatchEnd) -> Flow {
        let rate = decimal(batch.learning_rate);
        // Nobody listens any more only when the range test was given up.
        let _ = self.to.send((rate, batch.loss));
        self.curve.push(rate, batch.loss);
        self.steps_left = self.steps_left.saturating_sub(1);
        match self.steps_left == 0 || self.curve.has_diverged() {
            true => Flow::Break(Ended::StoppedEarly("the range test is over".into())),
            false => Flow::Continue(()),
        }
    }
}
