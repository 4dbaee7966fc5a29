//! A network of the zoo under a new head: checked, built, and its base filled with weights that others trained.

use std::sync::atomic::AtomicBool;

use graph::{Graph, Initializer, NodeId};
use images::Preprocess;
use train::{Answer, Model, losses};
use zoo::{Architecture, Head, HeadActivation, InputScaling, Options, Part, Pooling, Top, Wanted};

use crate::check::choice::{self, choose};
use crate::check::pictures;
use crate::network::Built;
use crate::planned_stage::Outline;
use crate::standardize;
use crate::starting_weights::{Base, Start};
use crate::{Error, ErrorKind, Observer, Recipe, Result, Trained};

/// A base of the zoo and the head that is put on it.
#[derive(Debug, Clone)]
pub(crate) struct ZooBase {
    architecture: &'static Architecture,
    alpha: f32,
    start: Start,
    /// How the weights want pictures scaled, where that is not the architecture's way.
    scaling: Option<InputScaling>,
    activation: HeadActivation,
    /// `None` for what suits the architecture.
    pooling: Option<Pooling>,
    dropout: f32,
    /// Of the new head's kernels, and of all where nothing was trained before; `None` for each layer's own.
    initializer: Option<Initializer>,
}

impl ZooBase {
    /// What `recipe` says of it; the recipe's size, weights, head and loss are filled in where they are not given.
    pub(crate) fn check(
        recipe: &mut Recipe,
        architecture: &'static Architecture,
    ) -> Result<(Self, Preprocess)> {
        let [height, width, _] = architecture.default_input;
        let preprocess = pictures::preprocess(recipe, [height, width])?;
        recipe.image_size = preprocess.size.to_vec();
        let alpha = recipe.alpha as f32;
        let wanted = Wanted { alpha, size: preprocess.size, part: Part::Base };
        let start = Start::of(recipe, architecture, &wanted)?;
        let scaling = match recipe.standardize {
            true => Some(standardized(recipe, &start)?),
            false => start.scaling(architecture, &wanted),
        };
        recipe.weights = start.as_written();
        let (activation, pooling) = (head(recipe)?, pooling(recipe)?);
        let (dropout, initializer) = (recipe.dropout as f32, choice::initializer(recipe)?);
        let base = Self { architecture, alpha, start, scaling, activation, pooling, dropout, initializer };
        Ok((base, preprocess))
    }

    pub(crate) fn starts_from_nothing(&self) -> bool {
        self.start == Start::Nothing
    }

    /// Fails for a size, a width or a number of channels that the network does not take.
    pub(crate) fn outline(&self, preprocess: &Preprocess) -> Result<Outline> {
        let (graph, base_output) = self.graph(preprocess, 2)?;
        Ok(Outline::new(graph, Some(base_output), Some(self.architecture)))
    }

    pub(crate) fn build(
        &self,
        recipe: &Recipe,
        preprocess: &Preprocess,
        classes: &[String],
        observer: &mut Observer,
        stop: &AtomicBool,
    ) -> Result<Built> {
        let (graph, output) = self.graph(preprocess, classes.len())?;
        let mut weights = engine::initialize(&graph, recipe.seed);
        let Self { architecture, alpha, .. } = *self;
        let base = Base { architecture, alpha, preprocess, graph: &graph, output, classes };
        let loaded = self.start.load(&base, &mut weights, observer, stop)?;
        let trained = Trained::now(architecture.name, &self.start.describe(&base));
        Ok(Built { model: Model { graph, weights }, base_output: Some(output), loaded, trained })
    }

    /// The network for so many classes, and the last layer of its base.
    fn graph(&self, preprocess: &Preprocess, classes: usize) -> Result<(Graph, NodeId)> {
        let [height, width] = preprocess.size;
        let head = Head::new(classes).dropout(self.dropout).activation(self.activation);
        let top = Top::Head(Head { pooling: self.pooling, ..head });
        let input = [height, width, preprocess.channels.count()];
        let options = Options { scaling: self.scaling, ..Options::new(input, top).alpha(self.alpha) };
        let mut graph = self.architecture.build(&options).map_err(|e| Error::usage(e.to_string()))?;
        let output = self.architecture.base_output(&graph).ok_or_else(|| {
            let message = format!("{} does not say where its base ends", self.architecture.name);
            Error::new(ErrorKind::Model, message)
        })?;
        if let Some(initializer) = self.initializer {
            let new = graph.ids().filter(|id| *id > output || self.starts_from_nothing());
            new.for_each(|id| graph.set_initializer(id, initializer));
        }
        if !self.starts_from_nothing() {
            graph.freeze_through(output);
        }
        Ok((graph, output))
    }
}

/// Weights were trained with pictures scaled in one way,
/// and only those that are not yet trained can learn with another.
fn standardized(recipe: &Recipe, start: &Start) -> Result<InputScaling> {
    match start {
        Start::Nothing => Ok(standardize::NOT_YET),
        _ => Err(Error::usage(format!(
            "--standardize scales pictures by their own mean and deviation, and the weights that {} starts from were \
             trained with another scaling, which comes with them: leave it out, or train from nothing with --weights none",
            recipe.base
        ))),
    }
}

/// Head and loss say the same thing twice: what is not given follows from the other.
fn head(recipe: &mut Recipe) -> Result<HeadActivation> {
    let is_binary = losses::find(&recipe.loss).is_ok_and(|loss| losses::check(loss, Answer::Sigmoid).is_ok());
    if recipe.head.is_empty() {
        recipe.head = if is_binary { "sigmoid" } else { "softmax" }.into();
    }
    let kinds = [("softmax", HeadActivation::Softmax), ("sigmoid", HeadActivation::Sigmoid)];
    let head = choose("--head", &recipe.head, &kinds)?;
    if recipe.loss.is_empty() {
        let answer = match head {
            HeadActivation::Sigmoid => Answer::Sigmoid,
            // It is the same for any number of classes.
            HeadActivation::Softmax => Answer::Softmax(2),
        };
        recipe.loss = losses::for_answer(answer).name().into();
        return Ok(head);
    }
    match is_binary == (head == HeadActivation::Sigmoid) || losses::find(&recipe.loss).is_err() {
        true => Ok(head),
        false => Err(Error::usage(format!(
            "--head {} does not go with --loss {}: leave one of them out",
            recipe.head, recipe.loss
        ))),
    }
}

fn pooling(recipe: &Recipe) -> Result<Option<Pooling>> {
    let kinds = [("avg", Pooling::Average), ("max", Pooling::Max), ("flatten", Pooling::Flatten)];
    match recipe.pooling.as_str() {
        "" => Ok(None),
        name => choose("--pooling", name, &kinds).map(Some),
    }
}
