//! Says what a training's figures show while it goes on, each thing once.

use report::{Finding, FindingKind, Training, is_thrown_up};
use train::History;

use crate::guessing::Guessing;
use crate::outcome::{epoch, stage};
use crate::{Event, Observer};

/// Steps of an epoch after which its mean loss says something.
const STEPS: usize = 20;

/// Sees a training's events on their way to whoever draws them.
pub(crate) struct Watch {
    stages: Vec<report::Stage>,
    guessing: Guessing,
    said: Vec<FindingKind>,
}

impl Watch {
    /// Over the stage after those of `histories`.
    pub(crate) fn new(name: &str, histories: &[(String, History)], guessing: Guessing) -> Self {
        let mut stages: Vec<_> = histories.iter().map(|(name, history)| stage(name, history)).collect();
        let mut watch = Self { stages: Vec::new(), guessing, said: Vec::new() };
        // What earlier stages showed was said then.
        watch.said = watch.early(&stages).iter().map(|finding| finding.kind).collect();
        stages.push(report::Stage { name: name.into(), ..report::Stage::default() });
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
        let Guessing { chance, constant } = self.guessing;
        let training = Training {
            stages,
            chance_loss: chance,
            constant_loss: constant,
            diverged: None,
            evaluation: None,
        };
        training.early()
    }

    /// In a long epoch nobody need wait for its end.
    fn thrown_up(&self, loss: Option<f64>) -> Vec<Finding> {
        let chance = self.guessing.chance;
        let Some(loss) = loss.filter(|loss| is_thrown_up(*loss, chance)) else { return Vec::new() };
        vec![Finding {
            kind: FindingKind::RateTooHigh,
            epoch: None,
            message: format!("the training loss is {loss:.3} so far, and guessing has {chance:.3}"),
            advice: "a smaller --learning-rate, or the one that `linnaeus tune lr` finds".into(),
        }]
    }
}
