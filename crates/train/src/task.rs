//! What a stage has to do: what is learned, from which pictures, and how the model answers.

use graph::Graph;

use crate::{Answer, Data, Event, Stage};

/// What the parts of a training need to know of it.
#[derive(Clone, Copy)]
pub(crate) struct Task<'a> {
    pub(crate) data: &'a Data<'a>,
    pub(crate) stage: &'a Stage,
    pub(crate) answer: Answer,
}

impl<'a> Task<'a> {
    /// That it begins, for the model with `graph`.
    pub(crate) fn started(self, graph: &Graph) -> Event<'a> {
        let Self { data, stage, .. } = self;
        Event::StageStarted {
            stage: &stage.name,
            first_epoch: stage.first_epoch + 1,
            last_epoch: stage.last_epoch(),
            steps: data.steps(),
            pictures: data.train.len(),
            validation_pictures: data.validation.map_or(0, images::Source::len),
            trained_parameters: graph.trained_count(),
        }
    }
}
