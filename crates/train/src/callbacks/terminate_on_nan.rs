//! Ends a training whose loss is infinite or no number: Keras's `TerminateOnNaN`. [`crate::fit`] always has one.

use super::{BatchEnd, Callback, Flow};
use crate::Ended;

/// See the file.
#[derive(Debug, Clone, Copy, Default)]
pub struct TerminateOnNan;

impl Callback for TerminateOnNan {
    fn name(&self) -> &'static str {
        "TerminateOnNaN"
    }

    fn on_batch_end(&mut self, batch: &BatchEnd) -> Flow {
        if batch.loss.is_finite() {
            return Flow::Continue(());
        }
        let BatchEnd { epoch, step, loss, learning_rate } = batch;
        Flow::Break(Ended::NotANumber(format!(
            "epoch {epoch}, step {step}: the loss is {loss}; a smaller learning rate than {learning_rate} may help"
        )))
    }
}
