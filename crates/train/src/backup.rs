//! Keeping a training's state, and going on from it: Keras's `BackupAndRestore`.

use crate::callbacks::StoreError;
use crate::{Seconds, State};

/// What keeps the state of a training, such as a file.
pub trait Backup {
    /// Whether the state is to be kept now: asked after each step.
    fn is_due(&mut self) -> bool;

    /// Keeps `state`, whole or not at all, in the place of what was kept before: when it is due, and when the training is
    /// stopped from outside. `spent` is what the stage took so far, since it began or went on, without
    /// its total.
    ///
    /// # Errors
    /// Anything: it is said, and training goes on without keeping its state.
    fn keep(&mut self, state: &State, spent: &Seconds) -> Result<(), StoreError>;
}

/// Where a stage begins, and where its state is kept.
#[derive(Default)]
pub struct BackupAndRestore<'a> {
    /// Goes on where this state was kept, in the same stage with the same pictures and settings; at the beginning if
    /// there is none.
    pub from: Option<&'a State>,
    /// Keeps the state on the way, if it is to be kept.
    pub to: Option<&'a mut dyn Backup>,
}
