//! What can never come to pass in the stages that are planned: a warm-up that is longer, a checkpoint after the last epoch,
//! a least rate that none is above.

use train::callbacks::{Keep, ReduceLrOnPlateau};
use train::schedules::Span;

use super::Checkpoint;
use crate::planned_stage::PlannedStage;
use crate::{Error, Plan, Result};

/// Fails for a checkpoint that is due after the last epoch alone.
pub(super) fn checkpoint(checkpoint: Option<&Checkpoint>, stages: &[PlannedStage]) -> Result<()> {
    let epochs: usize = stages.iter().map(|stage| stage.epochs).sum();
    match checkpoint.map(|checkpoint| checkpoint.keep) {
        Some(Keep::EveryNth(every)) if every > epochs => {
            let expected = format!("at most {epochs}, the epochs of all stages");
            Err(Error::setting("--checkpoint-every", expected, every))
        }
        _ => Ok(()),
    }
}

/// Fails for a least rate from which no stage could fall.
pub(super) fn plateau(plateau: Option<&ReduceLrOnPlateau>, stages: &[PlannedStage]) -> Result<()> {
    let lists_rates = stages.iter().any(|stage| stage.schedule.lists_rates());
    let Some(plateau) = plateau.filter(|_| !lists_rates) else { return Ok(()) };
    let largest = stages.iter().map(|stage| stage.learning_rate).fold(0.0, f64::max);
    match plateau.min_lr < largest {
        true => Ok(()),
        false => Err(Error::setting(
            "--reduce-lr-on-plateau",
            format!("a min_lr below the learning rate, {largest}, from which it is to fall"),
            plateau.min_lr,
        )),
    }
}

impl Plan {
    /// Fails for a warm-up that is longer than its stage, with so many pictures to learn from.
    pub(crate) fn check_warmups(&self, pictures: usize) -> Result<()> {
        let steps = self.steps_per_epoch(pictures);
        self.stages.iter().try_for_each(|stage| {
            let wrong = |error: train::Error| Error::usage(format!("{}: {error}", stage.schedule_option));
            stage.schedule.check_warmup(Span::new(stage.epochs, steps)).map_err(wrong)
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::Recipe;

    #[test]
    fn a_warmup_is_over_before_its_stage() {
        let check = |schedule: &str, epochs, pictures| {
            let recipe = Recipe {
                data: "photos".into(),
                base: "small_cnn".into(),
                batch_size: 10,
                schedule: schedule.into(),
                epochs,
                ..Recipe::default()
            };
            recipe.check().unwrap().check_warmups(pictures).map_err(|error| error.to_string())
        };
        for (schedule, epochs) in [
            ("cosine,warmup_steps=2epochs", 2),
            ("cosine,warmup_steps=10", 1),
            ("cosine,warmup_steps=whole", 3),
        ] {
            check(schedule, epochs, 95).unwrap();
        }
        let message = check("cosine,warmup_steps=3epochs", 2, 95).unwrap_err();
        let expected = "a warm-up of 3epochs is 30 steps, and the stage has 20 in all: give a shorter one";
        assert!(
            message.starts_with("--schedule: schedule cosine") && message.ends_with(expected),
            "{message}"
        );
        assert!(check("constant,warmup_steps=101", 10, 95).is_err());
    }
}
