//! Those who watch a training: callbacks, which may change or end it, and an observer, who is told of it.

use graph::Graph;

use crate::callbacks::{BatchEnd, Callback, EpochEnd, Flow, TerminateOnNan, TrainEnd};
use crate::checkpoint::{Keeper, Place, not_kept};
use crate::learner::Learner;
use crate::progress::Progress;
use crate::{Ended, Error, ErrorKind, Event, Model, Observer, Result, Seconds};

/// All of them, in the order in which they are called.
pub(crate) struct Watchers<'a, 'b> {
    pub(crate) callbacks: &'a mut [Box<dyn Callback>],
    pub(crate) observer: &'a mut Observer<'b>,
}

impl Watchers<'_, '_> {
    /// Tells the observer.
    pub(crate) fn tell(&mut self, event: Event<'_>) {
        (self.observer)(event);
    }

    /// What they make of the rate that is scheduled for a step.
    pub(crate) fn learning_rate(&self, scheduled: f32) -> f32 {
        self.callbacks.iter().fold(scheduled, |rate, callback| callback.learning_rate(rate))
    }

    /// The first callback that ends the training, a loss that is no number before all.
    pub(crate) fn batch_end(&mut self, batch: &BatchEnd) -> Flow {
        TerminateOnNan.on_batch_end(batch)?;
        self.callbacks.iter_mut().try_for_each(|callback| callback.on_batch_end(batch))
    }

    /// Every callback sees the epoch, also when one of them ends the training.
    pub(crate) fn epoch_end(&mut self, end: &EpochEnd<'_>) -> Result<Flow> {
        let mut flow = Flow::Continue(());
        for callback in self.callbacks.iter_mut() {
            let one = callback.on_epoch_end(end, self.observer)?;
            if flow.is_continue() {
                flow = one;
            }
        }
        Ok(flow)
    }

    /// Has `keeper` keep the state at `place`, and says so where that fails.
    pub(crate) fn keep(
        &mut self,
        keeper: &mut Keeper<'_, '_>,
        learner: &Learner<'_>,
        place: Place,
        so_far: (&Progress, &Seconds),
    ) {
        let kept = keeper.keep(learner, place, so_far, self.callbacks);
        kept.unwrap_or_else(|why| self.tell(Event::Notice(&not_kept(&why))));
    }

    /// Has the callbacks end the stage of `model`, which `ended` so: that,
    /// and the epoch whose weights one of them put back.
    ///
    /// # Errors
    /// That of a callback, or else of the stage; the loss is no number, and there are no weights to go back to.
    pub(crate) fn end(&mut self, model: &mut Model, ended: Result<Ended>) -> Result<(Ended, Option<usize>)> {
        // Where there are no weights to go back to, the error tells that the loss is no number.
        let is_number = !matches!(ended, Ok(Ended::NotANumber(_)));
        if let Ok(ended) = &ended
            && is_number
        {
            self.say(ended);
        }
        let Model { graph, weights } = model;
        let graph: &Graph = graph;
        let mut best_epoch = None;
        for callback in self.callbacks.iter_mut() {
            let mut end = TrainEnd { graph, weights, best_epoch: &mut best_epoch };
            callback.on_train_end(&mut end, self.observer)?;
        }
        match ended? {
            Ended::NotANumber(why) if best_epoch.is_none() => Err(Error::new(ErrorKind::Diverged, why)),
            ended => {
                if !is_number {
                    self.say(&ended);
                }
                Ok((ended, best_epoch))
            }
        }
    }

    /// Says why a stage ended before its last epoch.
    fn say(&mut self, ended: &Ended) {
        match ended {
            Ended::StoppedEarly(why) | Ended::Reached(why) => self.tell(Event::StoppedEarly { why }),
            Ended::NotANumber(why) | Ended::Diverged(why) => self.tell(Event::Diverged { why }),
            Ended::Interrupted => self.tell(Event::Interrupted),
            Ended::Finished => {}
        }
    }
}
