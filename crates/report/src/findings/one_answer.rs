//! A recall that is 1 because everything is taken for its class: the monitor chose a model that tells nothing apart.

use super::{Finding, FindingKind, Training};
use crate::ClassFigures;

/// Of fewer pictures of other classes, that all are taken for the class may be chance.
const OTHERS: usize = 3;
/// From here on a recall is as good as 1.
const ALL: f64 = 0.99;

pub(super) fn find(training: &Training<'_>) -> Option<Finding> {
    let (monitor, pictures) = (training.monitor?, training.validation?.pictures);
    let class = monitored(training)?;
    let (recall, precision) = (class.recall?, class.precision?);
    let share = class.support as f64 / pictures as f64;
    if class.support + OTHERS > pictures || recall < ALL || precision > share {
        return None;
    }
    let called = match class.predicted == pictures {
        true => "everything is".to_owned(),
        false => format!("{} of {pictures} validation pictures are", class.predicted),
    };
    Some(Finding {
        kind: FindingKind::OneAnswer,
        epoch: None,
        message: format!("{monitor} is {recall:.3} because {called} called {}", class.name),
        advice: format!("{}{}", other_monitor(training), other_weights(training, share)),
    })
}

/// The class whose recall is monitored, with its figures where the plain threshold decides, as in training: one that was
/// chosen afterwards is not what the monitor saw.
fn monitored<'a>(training: &Training<'a>) -> Option<&'a ClassFigures> {
    let evaluation = training.validation?;
    let plain = evaluation.two_classes.as_ref().and_then(|two| two.at_half.as_ref());
    let classes = plain.map_or(&evaluation.classes, |plain| &plain.classes);
    match training.monitor?.strip_prefix("val_recall")? {
        "" => classes.get(1).filter(|_| classes.len() == 2),
        of_class => {
            let name = of_class.strip_prefix('[')?.strip_suffix(']')?;
            classes.iter().find(|class| class.name == name)
        }
    }
}

/// Figures that see the other classes too.
fn other_monitor(training: &Training<'_>) -> String {
    let is_known = |name: &str| {
        training.stages.iter().flat_map(|stage| &stage.epochs).any(|epoch| epoch.metrics.contains_key(name))
    };
    let missing = if is_known("val_auc") { "" } else { " (and auc among --metrics)" };
    format!(
        "--monitor val_auc{missing}, or val_precision_at_recall[0.95] with precision_at_recall[0.95] among --metrics"
    )
}

/// Weights help where the class counts more than the others.
fn other_weights(training: &Training<'_>, share: f64) -> &'static str {
    if share > 0.5 && training.is_uneven() { "; or --class-weights balanced" } else { "" }
}
