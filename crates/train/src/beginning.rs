//! Where a stage begins: at its first step, or where a state was kept.

use graph::Graph;

use crate::callbacks::{Callback, TrainBegin};
use crate::checkpoint::{self, Place};
use crate::progress::Progress;
use crate::task::Task;
use crate::{Result, Stage, State};

/// Where a stage begins, and the state that it goes on from, if it was left there.
#[derive(Clone, Copy)]
pub(crate) struct Beginning<'a> {
    pub(crate) place: Place,
    pub(crate) from: Option<&'a State>,
}

impl Beginning<'_> {
    /// Tells the callbacks, which go on as they were left.
    pub(crate) fn tell(
        self,
        callbacks: &mut [Box<dyn Callback>],
        graph: &Graph,
        stage: &Stage,
    ) -> Result<()> {
        let begin = TrainBegin { graph, first_epoch: self.place.epoch - 1, patience: stage.patience };
        for (index, callback) in callbacks.iter_mut().enumerate() {
            callback.on_train_begin(&begin)?;
            if let Some(state) = self.from {
                callback.restore(&state.part(&checkpoint::callback_part(index, callback.name())), graph)?;
            }
        }
        Ok(())
    }

    /// Whether a state at the beginning of `epoch`, or later in it, is kept already: the one that the stage goes on from.
    pub(crate) fn is_kept(self, epoch: usize) -> bool {
        self.from.is_some() && epoch == self.place.epoch
    }

    /// How many batches of `epoch` are done, and what they came to.
    pub(crate) fn within(self, epoch: usize, task: Task<'_>) -> Result<(usize, Progress)> {
        let mut progress = Progress::new(task.stage, task.answer);
        let Place { epoch: first_epoch, step } = self.place;
        match self.from {
            Some(state) if epoch == first_epoch && step > 0 => {
                progress.restore(&state.part(checkpoint::PROGRESS))?;
                Ok((step, progress))
            }
            _ => Ok((0, progress)),
        }
    }
}
