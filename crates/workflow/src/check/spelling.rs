//! Keras's spellings of names and settings. A name of Keras's, as `Adam` or `val_acc`, becomes ours, and so do objects that
//! are one of our words, as `AUC(curve="PR")`; of a constructor whose arguments have other places here, as
//! `Adam(learning_rate=1e-3)`, it is said how it is written.

mod advice;
mod initializer;
mod loss;
mod metric;
mod optimizer;
mod plateau;
mod schedule;

use train::callbacks::StopWhen;
use train::metrics;

use super::augmentation::augment;
use crate::Recipe;
pub(super) use initializer::initializer;
pub(super) use loss::LOSS;
pub(super) use metric::metric;
pub(super) use optimizer::OPTIMIZER;
pub(super) use plateau::plateau;
pub(super) use schedule::SCHEDULE;

/// Our names in the place of Keras's, in everything that `recipe` calls by a name; what is not known stays as it is, and so
/// does what is refused where it is read.
pub(super) fn normalize(recipe: &mut Recipe) {
    let stages = recipe.stage.iter_mut();
    let (optimizers, schedules): (Vec<_>, Vec<_>) =
        stages.map(|stage| (&mut stage.optimizer, &mut stage.schedule)).unzip();
    let schedules = schedules.into_iter().chain([&mut recipe.schedule, &mut recipe.fine_tune_schedule]);
    optimizers.into_iter().chain([&mut recipe.optimizer]).for_each(|text| *text = OPTIMIZER.ours(text));
    schedules.for_each(|text| *text = SCHEDULE.ours(text));
    recipe.loss = LOSS.ours(&recipe.loss);
    if let Ok(ours) = initializer(&recipe.initializer) {
        recipe.initializer = ours;
    }
    if let Ok(augment) = augment(&recipe.augment) {
        recipe.augment = augment.to_string();
    }
    let ours = |text: String| metrics::figure(&metric(&text).unwrap_or(text));
    recipe.metrics = metric::rejoined(&recipe.metrics).into_iter().map(ours).collect();
    recipe.monitor = metrics::figure(&recipe.monitor);
    for objective in &mut recipe.stop_when {
        if let Ok(read) = objective.parse::<StopWhen>() {
            *objective = read.to_string();
        }
    }
    if let Ok(Some(settings)) = plateau(&recipe.reduce_lr_on_plateau) {
        recipe.reduce_lr_on_plateau = settings;
    }
    let setting = |word: &str| match word.split_once('=') {
        Some(("monitor", name)) => format!("monitor={}", metrics::figure(name)),
        _ => word.to_owned(),
    };
    let plateau: Vec<String> = recipe.reduce_lr_on_plateau.split(',').map(setting).collect();
    recipe.reduce_lr_on_plateau = plateau.join(",");
}

/// `text`, which is a name and settings, with the name that is known as its own; a constructor stays as it is.
fn renamed(text: &str, known_as: impl Fn(&str) -> Option<&'static str>) -> String {
    let end = text.find([',', '=']).unwrap_or(text.len());
    match known_as(&text[..end]) {
        Some(name) if !text.contains('(') => format!("{name}{}", &text[end..]),
        _ => text.to_owned(),
    }
}

impl advice::Spelling {
    fn ours(&self, text: &str) -> String {
        renamed(text, self.known_as)
    }
}

#[cfg(test)]
mod tests;
