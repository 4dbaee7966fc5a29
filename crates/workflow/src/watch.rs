//! Says what a training's figures show while it goes on, each thing once.

use report::{Finding, FindingKind, Guessing, Training, is_thrown_up};
use train::History;

use crate::outcome::{epoch, stage};
use crate::planned_stage::PlannedStage;
use crate::{Event, Observer};

/// Steps of an epoch after which its mean loss says something.
const STEPS: usize = 20;

/// Sees a training's events on their way to whoever draws them.
pub(crate) struct Watch {
    stages: Vec<report::Stage>,
    guessing: Guessing,
    steps_per_epoch: usize,
    said: Vec<FindingKind>,
}

impl Watch {
    /// Over the stage after those of `histories`, of all that are planned, with the losses of guessing and the steps of an
    /// epoch.
    pub(crate) fn new(
        name: &str,
        planned: &[PlannedStage],
        histories: &[(String, History)],
        (guessing, steps_per_epoch): (Guessing, usize),
    ) -> Self {
        let done = histories.iter().zip(planned);
        let mut stages: Vec<_> =
            done.map(|((name, history), planned)| stage(name, history, &planned.settings)).collect();
        let mut watch = Self { stages: Vec::new(), guessing, steps_per_epoch, said: Vec::new() };
        // What earlier stages showed was said then.
        watch.said = watch.early(&stages).iter().map(|finding| finding.kind).collect();
        let settings = planned.get(histories.len()).map(|planned| planned.settings.clone());
        let settings = settings.unwrap_or_default();
        stages.push(report::Stage { name: name.into(), settings, ..report::Stage::default() });
        watch.stages = stages;
        watch
    }

    /// Hands `event` on, and after it what is to be said.
    pub(crate) fn show(&mut self, event: train::Event<'_>, observer: &mut Observer) {
        observer(Event::Train(event));
        let found = match event {
            train::Event::EpochDone(record) => {
                if let Some(stage) = self.stages.last_mut() {
                    stage.epochs.push(epoch(record));
                }
                self.early(&self.stages)
            }
            train::Event::BatchDone { step, scores, .. } if step >= STEPS => {
                self.thrown_up(scores.get("loss"))
            }
            _ => Vec::new(),
        };
        for Finding { kind, message, advice, .. } in found {
            if !self.said.contains(&kind) {
                self.said.push(kind);
                observer(Event::Notice(&format!("{message}; to change: {advice}")));
            }
        }
    }

    fn early(&self, stages: &[report::Stage]) -> Vec<Finding> {
        let Self { guessing, steps_per_epoch, .. } = *self;
        Training { stages, steps_per_epoch, guessing, not_a_number: None, validation: None, monitor: None }
            .early()
    }

    /// In a long epoch nobody need wait for its end.
    fn thrown_up(&self, loss: Option<f64>) -> Vec<Finding> {
        let chance = self.guessing.training;
        let settings = self.stages.last().map(|stage| &stage.settings).filter(|settings| !settings.prepares);
        let (Some(loss), Some(settings)) = (loss.filter(|loss| is_thrown_up(*loss, chance)), settings) else {
            return Vec::new();
        };
        let setting = settings.rate_setting();
        vec![Finding {
            kind: FindingKind::RateTooHigh,
            epoch: None,
            message: format!("the training loss is {loss:.3} so far, and guessing has {chance:.3}"),
            advice: format!("a smaller rate, {setting}, or the one that `linnaeus tune lr` finds"),
        }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Recipe;

    /// What is said of the first stage in a recipe, whose loss is 400 in the middle of an epoch.
    fn said(recipe: Recipe) -> Vec<String> {
        let plan = recipe.check().unwrap();
        let guessing = Guessing { training: 0.7, constant: 0.7, validation: 0.7 };
        let mut watch = Watch::new("head", &plan.stages, &[], (guessing, 40));
        let mut scores = train::Scores::new();
        scores.push("loss", 400.0);
        let mut notices = Vec::new();
        let event = train::Event::BatchDone {
            epoch: 1,
            step: STEPS,
            steps: 40,
            scores: &scores,
            images_per_second: 1.0,
        };
        watch.show(event, &mut |event| {
            if let Event::Notice(notice) = event {
                notices.push(notice.to_owned());
            }
        });
        notices
    }

    #[test]
    fn a_loss_that_is_thrown_up_names_the_setting_of_its_stage() {
        let from_nothing = |text: &str| {
            let text = format!("data = \"photos\"\nbase = \"small_cnn\"\nweights = \"none\"\n{text}");
            said(Recipe::parse(&text).unwrap())
        };
        let of_main = from_nothing("");
        assert!(of_main.len() == 1 && of_main[0].contains("a smaller rate, --learning-rate,"), "{of_main:?}");
        let listed = from_nothing("[[stage]]\nlayers = \"all\"\nepochs = 2\n");
        assert!(listed[0].contains("a smaller rate, stage 1, learning_rate,"), "{listed:?}");
        assert_eq!(from_nothing("initial_epochs = 2\n"), [""; 0]);
    }
}
