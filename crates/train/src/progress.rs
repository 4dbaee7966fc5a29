//! Loss and metrics of an epoch so far: means over its pictures.

use std::time::Instant;

use crate::metrics::Meter;
use crate::{Answer, Event, Result, Scores, Stage, State};

/// Gathers them batch by batch.
pub(crate) struct Progress {
    loss: f64,
    pub(crate) pictures: usize,
    meter: Meter,
    scores: Scores,
    /// Seconds that were spent on the epoch before it was left.
    earlier: f64,
    since: Instant,
}

impl Progress {
    pub(crate) fn new(stage: &Stage, answer: Answer) -> Self {
        Self {
            loss: 0.0,
            pictures: 0,
            meter: Meter::new(&stage.metrics, answer.classes()),
            scores: Scores::new(),
            earlier: 0.0,
            since: Instant::now(),
        }
    }

    /// What the epoch took so far.
    pub(crate) fn seconds(&self) -> f64 {
        self.earlier + self.since.elapsed().as_secs_f64()
    }

    /// Counts a batch with the mean loss `loss`.
    pub(crate) fn add(&mut self, loss: f64, probabilities: &[f32], labels: &[u32]) {
        self.loss += loss * labels.len() as f64;
        self.pictures += labels.len();
        self.meter.add(probabilities, labels);
        self.write();
    }

    /// What is told after batch `step` of so many.
    pub(crate) fn batch_done(&self, epoch: usize, step: usize, steps: usize) -> Event<'_> {
        let images_per_second = self.pictures as f64 / self.seconds().max(1e-9);
        Event::BatchDone { epoch, step, steps, scores: self.scores(), images_per_second }
    }

    /// What was counted.
    pub(crate) fn state(&self) -> State {
        let mut state = self.meter.state();
        state.put_numbers("loss and pictures", &[self.loss, self.pictures as f64]);
        state.put_numbers("seconds", &[self.seconds()]);
        state
    }

    /// Goes on from what was counted.
    ///
    /// # Errors
    /// `state` is of another stage.
    pub(crate) fn restore(&mut self, state: &State) -> Result<()> {
        let [loss, pictures] = state.array("loss and pictures")?;
        (self.loss, self.pictures) = (loss, pictures as usize);
        [self.earlier] = state.array("seconds")?;
        self.meter.restore(state)?;
        if self.pictures > 0 {
            self.write();
        }
        Ok(())
    }

    fn write(&mut self) {
        self.scores.set("loss", self.loss / self.pictures.max(1) as f64);
        self.meter.write_to(&mut self.scores);
    }

    /// The figures over everything counted.
    pub(crate) fn scores(&self) -> &Scores {
        &self.scores
    }
}
