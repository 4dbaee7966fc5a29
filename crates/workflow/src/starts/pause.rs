//! Leaving a start after so many epochs, as if it had been killed just after its state was kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use train::callbacks::{BatchEnd, Callback, Flow, StoreError};
use train::{Backup, Ended, Seconds, State};

use crate::kept_state::StateFile;

/// Leaves a training once so many epochs are over and a state of the next one is kept.
pub(super) struct Pause {
    after: usize,
    /// The epoch of the last state that was asked for.
    asked: Option<usize>,
    due: Arc<AtomicBool>,
}

impl Callback for Pause {
    fn name(&self) -> &'static str {
        "Pause"
    }

    fn on_batch_end(&mut self, batch: &BatchEnd) -> Flow {
        let is_over = batch.epoch > self.after;
        if is_over && self.asked.is_some_and(|asked| asked > self.after) {
            return Flow::Break(Ended::StoppedEarly(format!("left after epoch {}", self.after)));
        }
        // One for each epoch, since a callback may end the start before its pause.
        if is_over || batch.step == 1 {
            self.asked = Some(batch.epoch);
            self.due.store(true, Ordering::Relaxed);
        }
        Flow::Continue(())
    }
}

/// What leaves a training after so many epochs, and what keeps its state in `file` then.
pub(super) fn pause(after: usize, file: StateFile<'_>) -> (Pause, AtPause<'_>) {
    let due = Arc::new(AtomicBool::new(false));
    (Pause { after, asked: None, due: Arc::clone(&due) }, AtPause { file, due })
}

/// Keeps the states that [`Pause`] asks for, beside those of any run.
pub(super) struct AtPause<'a> {
    file: StateFile<'a>,
    due: Arc<AtomicBool>,
}

impl Backup for AtPause<'_> {
    fn is_due(&mut self) -> bool {
        self.due.swap(false, Ordering::Relaxed) || self.file.is_due()
    }

    fn keep(&mut self, state: &State, _: &Seconds) -> Result<(), StoreError> {
        // The clock counts it among the starts.
        self.file.keep(state, &Seconds::default())
    }
}
