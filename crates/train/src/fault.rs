//! Where a loss that is no number came from: the first layer in order whose weights, gradient or output are not finite,
//! and the pictures of the batch that made them so. Looked for once, after the fact: ordinary steps pay nothing.

use engine::{NotFinite, Trainer};
use graph::Graph;

use crate::course::Course;
use crate::feed::{Feed, Inputs};
use crate::{Data, Ended};

/// A forward whose loss is no number, as it stands: the weights have not changed since.
pub(crate) struct Fault<'a> {
    pub(crate) graph: &'a Graph,
    pub(crate) data: &'a Data<'a>,
    pub(crate) feed: &'a Feed<'a>,
    pub(crate) course: &'a Course,
    /// The epoch, counted from 1.
    pub(crate) epoch: usize,
    /// The stage's first epoch.
    pub(crate) first_epoch: usize,
    /// The number under which the forward drew what is random.
    pub(crate) random_stream: u64,
}

/// So many pictures are named.
const SHOWN: usize = 8;

impl Fault<'_> {
    /// Adds what is to blame to the reason why a loss is no number; another end stays as it is.
    pub(crate) fn told(&self, ended: Ended, trainer: &mut Trainer, inputs: &Inputs<'_>) -> Ended {
        match ended {
            Ended::NotANumber(why) => Ended::NotANumber(format!("{why}; {}", self.explain(trainer, inputs))),
            ended => ended,
        }
    }

    /// What is to blame, as a part of a sentence.
    fn explain(&self, trainer: &mut Trainer, inputs: &Inputs<'_>) -> String {
        if let Some((layer, what)) = self.weights_or_gradient(trainer) {
            let step = match self.batch_before(inputs.number()) {
                None => "from the start".to_owned(),
                Some(pictures) => format!("since the step before, on {}", self.named(&pictures)),
            };
            return format!("the first layer in order is {layer}, whose {what} not finite {step}");
        }
        let mut indices = Vec::new();
        inputs.indices_to(&mut indices);
        let named =
            |rows: Vec<usize>| self.named(&rows.into_iter().map(|row| indices[row]).collect::<Vec<_>>());
        let input = trainer.input(inputs.len());
        inputs.write_to(input);
        let wrong = wrong_rows(input, inputs.len());
        if !wrong.is_empty() {
            let what = match self.feed.start() {
                None => "the values of its pictures are".to_owned(),
                Some(layer) => {
                    format!("the output of the frozen part, up to layer {}, is", self.graph.node(layer).name)
                }
            };
            return format!("{what} not finite for {}", named(wrong));
        }
        match trainer.first_not_finite(inputs.len(), self.random_stream) {
            None => format!(
                "the output of every layer is finite, but too large for the loss; the batch was {}",
                self.named(&indices)
            ),
            Some(NotFinite { layer, pictures }) => {
                format!(
                    "the first layer in order whose output is not finite is {layer}, for {}",
                    named(pictures)
                )
            }
        }
    }

    /// The first layer whose weights or their gradient are not finite. The moving figures of norms do not count: they
    /// follow a batch in its forward.
    fn weights_or_gradient(&self, trainer: &Trainer) -> Option<(&str, &'static str)> {
        let is_wrong = |values: &[f32]| values.iter().any(|value| !value.is_finite());
        self.graph.nodes().iter().find_map(|node| {
            let learned = node.parameters.iter().filter(|id| self.graph.parameter(**id).role.is_learned());
            let mut weights = learned.map(|id| trainer.weights().get(self.graph.parameter(*id)));
            let slots = trainer.slots().iter().filter(|slot| node.parameters.contains(&slot.parameter));
            let mut gradients = slots.map(|slot| &trainer.gradients()[slot.gradients.clone()]);
            let what = match (weights.any(is_wrong), gradients.any(is_wrong)) {
                (true, true) => "gradient and weights are",
                (true, false) => "weights are",
                (false, true) => "gradient is",
                (false, false) => return None,
            };
            Some((node.name.as_str(), what))
        })
    }

    /// The pictures of the batch before number `index` of this epoch; `None` where no step was taken in this stage.
    fn batch_before(&self, index: usize) -> Option<Vec<usize>> {
        let (epoch, number) = match index.checked_sub(1) {
            Some(before) => (self.epoch, before),
            None if self.epoch > self.first_epoch => (self.epoch - 1, self.course.steps().checked_sub(1)?),
            None => return None,
        };
        let draws = self.course.draws(epoch);
        let inputs = self.feed.drawn_from(number, draws, self.data.batch_size).next()?;
        let mut indices = Vec::new();
        inputs.indices_to(&mut indices);
        Some(indices)
    }

    /// The files of pictures by their numbers.
    fn named(&self, pictures: &[usize]) -> String {
        let samples = self.data.train.samples();
        let name = |index: &usize| samples.get(*index).map(|sample| sample.path.display().to_string());
        let mut names: Vec<String> = pictures.iter().take(SHOWN).filter_map(name).collect();
        if pictures.len() > SHOWN {
            names.push(format!("and {} more", pictures.len() - SHOWN));
        }
        names.join(", ")
    }
}

/// The pictures, each with as many values, some of whose values are not finite.
fn wrong_rows(values: &[f32], pictures: usize) -> Vec<usize> {
    let rows = values.chunks_exact((values.len() / pictures.max(1)).max(1)).enumerate();
    let is_wrong = |row: &[f32]| row.iter().any(|value| !value.is_finite());
    rows.filter(|(_, row)| is_wrong(row)).map(|(row, _)| row).collect()
}
