//! Training goes on improving while validation gets worse.

use super::curve::Curve;
use super::{Finding, FindingKind, Training};

/// Epochs after the best one that early stopping may take without there being anything to say.
const EPOCHS: usize = 5;
/// The training loss has fallen to this part of what it was in the best epoch.
const FALLEN: f64 = 0.7;
/// The validation loss has risen by this factor since; or, after many epochs, not improved.
const RISEN: f64 = 1.15;
/// Many epochs.
const MANY: usize = 20;
/// Below this part of guessing's loss there is nothing to gain.
const SMALL: f64 = 0.1;
/// Validation must be so much worse than training, or the two have simply converged.
const APART: f64 = 1.5;

pub(super) fn find(training: &Training<'_>) -> Option<Finding> {
    let stages = training.judged();
    let (loss, validation) = (Curve::of(stages, "loss"), Curve::of(stages, "val_loss"));
    let (best, least) = validation.least()?;
    let since = validation.points.iter().filter(|(epoch, _)| *epoch > best).count();
    let (then, now, later) = (loss.at(best)?, loss.end(3)?, validation.end(3)?);
    // Classes' weights count in one of them only: each beside its own guessing.
    let guessing = training.guessing;
    let is_apart = later / guessing.validation > APART * now / guessing.training;
    let goes_on = now < FALLEN * then && is_apart && later > SMALL * guessing.validation;
    let worse = later > RISEN * least || (since >= MANY && 2 * since >= validation.len());
    if since < EPOCHS || !goes_on || !worse {
        return None;
    }
    let fewer =
        training.base().map(|base| format!(", or fewer layers in {}", base.layers.trim_end_matches(" =")));
    let validation_goes = if later > RISEN * least { "rises" } else { "does not improve" };
    Some(Finding {
        kind: FindingKind::Overfitting,
        epoch: Some(best + 1),
        message: format!(
            "overfitting since epoch {}: the training loss goes on falling, from {then:.4} to {now:.4}, while the \
             validation loss {validation_goes}, from {least:.4} to {later:.4}",
            best + 1
        ),
        advice: format!(
            "more pictures, or more variation with --augment flip,rotation=0.1,zoom=0.1; --dropout 0.3, \
             --weight-decay 0.01{}; a small --patience stops near the best epoch",
            fewer.unwrap_or_default()
        ),
    })
}
