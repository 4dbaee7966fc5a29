//! A model of one's own, which is trained as it is: a `.keras` file, a whole model of Keras 2's `.h5`, or the text of
//! `model.to_json()`.
//!
//! Its layers learn as the file marks them (`layer.trainable`), and its last layer answers for the classes of the data.

mod contents;

use std::path::{Path, PathBuf};

use formats::Which;
use formats::weights::NO_NAMES;
use graph::{Graph, NodeId, Weights};
use images::Preprocess;
use report::LoadedWeights;
use train::{Answer, Model, losses};
use zoo::Architecture;

use contents::{Contents, file, read};

use crate::check::choice;
use crate::check::pictures::{self, GREY};
use crate::network::Built;
use crate::planned_stage::Outline;
use crate::provenance::Provenance;
use crate::run_folder::model_file;
use crate::{Card, Error, Event, Observer, Recipe, Result, Trained, weights_file};

/// A model from a file.
#[derive(Debug, Clone)]
pub(crate) struct OwnModel {
    file: PathBuf,
    graph: Graph,
    start: Start,
    /// What a person should know of how it was read.
    notes: Vec<String>,
    /// The network of the zoo that it is, where its card says so.
    architecture: Option<&'static Architecture>,
}

/// What it starts from.
#[derive(Debug, Clone)]
enum Start {
    /// Random values: everything is trained.
    Nothing,
    /// The values in the model's own file.
    Own(Weights),
    /// Another file of weights.
    File(PathBuf),
}

impl Start {
    /// From nothing everything learns, and starts as `recipe` asks for it; what has weights is as its file has it.
    fn prepare(&self, graph: &mut Graph, recipe: &Recipe) -> Result<()> {
        let initializer = choice::initializer(recipe)?;
        if let Self::Nothing = self {
            graph.ids().for_each(|id| graph.set_trainable(id, true));
            if let Some(initializer) = initializer {
                graph.ids().for_each(|id| graph.set_initializer(id, initializer));
            }
            return Ok(());
        }
        match initializer {
            None => Ok(()),
            Some(_) => Err(Error::usage(format!(
                "--initializer {}: {} starts from weights: leave it out, or give --weights none",
                recipe.initializer, recipe.base
            ))),
        }
    }
}

/// Whether `base` names a file or a folder, rather than a network of the zoo.
pub(crate) fn is_meant_by(base: &str) -> bool {
    let path = Path::new(base);
    let endings = ["json", "keras", "h5"];
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    path.exists()
        || ending.is_some_and(|ending| endings.contains(&ending.as_str()))
        || base.contains(std::path::is_separator)
}

impl OwnModel {
    /// The model that `recipe` names; what the model says of pictures, head and loss is filled in there.
    pub(crate) fn check(recipe: &mut Recipe) -> Result<(Self, Preprocess)> {
        refuse_settings_of_a_head(recipe)?;
        let file = file(&recipe.base)?;
        let Contents { mut graph, weights, notes, architecture } = read(&file)?;
        let inside = |e: Error| Error::new(e.kind(), format!("{}: {e}", file.display()));
        let preprocess = Card::of_foreign(&graph).map_err(inside)?.preprocess;
        fill_in_pictures(recipe, &preprocess)?;
        let preprocess = Preprocess { resize: pictures::resize(recipe)?, ..preprocess };
        fill_in_answer(recipe, Answer::of(&graph)?)?;
        let start = start(recipe, weights)?;
        recipe.base = file.display().to_string();
        recipe.weights = match &start {
            Start::Nothing => "none".into(),
            Start::Own(_) => recipe.base.clone(),
            Start::File(path) => path.display().to_string(),
        };
        start.prepare(&mut graph, recipe)?;
        if graph.trained_count() == 0 {
            return Err(Error::usage(format!(
                "{}: every layer is frozen in this file, so there is nothing to train: set `layer.trainable = True` for \
                 some before it is saved",
                file.display()
            )));
        }
        Ok((Self { file, graph, start, notes, architecture }, preprocess))
    }

    pub(crate) fn starts_from_nothing(&self) -> bool {
        matches!(self.start, Start::Nothing)
    }

    /// All of it counts as the base.
    pub(crate) fn outline(&self) -> Outline {
        Outline::new(self.graph.clone(), None, None)
    }

    /// Fails for layers that learn in the first stage already.
    pub(crate) fn check_untrained(&self, layers: &[NodeId], asked: &str) -> Result<()> {
        let waits = |id: &NodeId| !self.graph.node(*id).trainable;
        match layers.is_empty() || self.starts_from_nothing() || layers.iter().any(waits) {
            true => Ok(()),
            false => {
                let file = self.file.display();
                let instead = self.head_alone().unwrap_or_else(|| {
                    "set `layer.trainable = False` for those that are to wait before the model is saved"
                        .into()
                });
                Err(Error::usage(format!(
                    "{asked}: {file} marks all these layers as trainable, so the first stage trains them already: leave \
                     it out, or {instead}"
                )))
            }
        }
    }

    /// How a new head is trained on the same base alone, where its card says of which it is.
    fn head_alone(&self) -> Option<String> {
        let provenance = Provenance::of(&self.file);
        let Card { trained: Trained { architecture, .. }, preprocess, .. } = provenance.card()?;
        let (file, [height, width]) = (self.file.display(), preprocess.size);
        let size = if height == width { height.to_string() } else { format!("{height},{width}") };
        (!architecture.is_empty()).then(|| {
            format!("train a new head first with --base {architecture} --weights {file} --image-size {size}")
        })
    }

    pub(crate) fn build(
        &self,
        recipe: &Recipe,
        classes: &[String],
        observer: &mut Observer,
    ) -> Result<Built> {
        self.check_classes(classes.len(), &recipe.data)?;
        if let Some(others) = Provenance::of(&self.file).classes().filter(|others| *others != classes) {
            let (file, others, classes) = (self.file.display(), others.join(", "), classes.join(", "));
            observer(Event::Notice(&format!(
                "{file} tells {others} apart, and from now on learns {classes} in their place, in this order"
            )));
        }
        self.notes.iter().for_each(|note| observer(Event::Notice(note)));
        let (weights, loaded) = self.weights(recipe.seed)?;
        if let Some(loaded) = &loaded {
            observer(Event::Loaded(loaded));
        }
        let model = Model { graph: self.graph.clone(), weights };
        Ok(Built { model, base_output: None, loaded, trained: Trained::now("", &recipe.weights) })
    }

    fn check_classes(&self, classes: usize, data: &Path) -> Result<()> {
        let (answer, file) = (Answer::of(&self.graph)?, self.file.display());
        if answer.classes() == classes {
            return Ok(());
        }
        let advice = match self.architecture {
            Some(Architecture { name, .. }) => {
                format!("--base {name} --weights {file} puts a new head on it")
            }
            None => format!(
                "give its last layer, {}, {classes} units and a softmax, and save it again",
                self.graph.node(self.graph.output()).name
            ),
        };
        let (own, data) = (answer.classes(), data.display());
        Err(Error::usage(format!("{file} answers for {own} classes, and {data} has {classes}: {advice}")))
    }

    fn weights(&self, seed: u64) -> Result<(Weights, Option<LoadedWeights>)> {
        let file = match &self.start {
            Start::Nothing => return Ok((engine::initialize(&self.graph, seed), None)),
            Start::Own(weights) => return Ok((weights.clone(), None)),
            Start::File(file) => file,
        };
        let mut weights = engine::initialize(&self.graph, seed);
        let (own, others) = (Provenance::of(&self.file), Provenance::of(file));
        // A head that tells other classes apart stays in its file.
        let is_same = others.classes().is_none_or(|classes| own.classes().is_none_or(|own| own == classes));
        let head = self.head();
        let which = if is_same { Which::AllBut(&head) } else { Which::Without(&head) };
        let loaded = formats::weights::read_into(file, &self.graph, &mut weights, which, NO_NAMES)?;
        Ok((weights, Some(weights_file::for_report(file, loaded))))
    }

    /// The last layer that has parameters: weights of another file may leave it as it is, as they do with a new head.
    fn head(&self) -> Vec<&str> {
        let last = self.graph.nodes().iter().rfind(|node| !node.parameters.is_empty());
        last.map(|node| node.name.as_str()).into_iter().collect()
    }
}

/// A model of one's own has its head and its width in it.
fn refuse_settings_of_a_head(recipe: &Recipe) -> Result<()> {
    let given = [
        ("--alpha", recipe.alpha != 1.0),
        ("--pooling", !recipe.pooling.is_empty()),
        ("--dropout", recipe.dropout != 0.0),
        ("--standardize", recipe.standardize),
    ];
    match given.iter().find(|(_, is_given)| *is_given) {
        None => Ok(()),
        Some((option, _)) => Err(Error::usage(format!(
            "{option} is for networks of the zoo, and {} is trained as it is: leave it out",
            recipe.base
        ))),
    }
}

/// The size and the colours of its pictures are part of a model; a recipe may say them again.
fn fill_in_pictures(recipe: &mut Recipe, own: &Preprocess) -> Result<()> {
    let [height, width] = own.size;
    let wrong = |option: &str, received: String| {
        let channels = own.channels.count();
        Err(Error::usage(format!(
            "{option} {received}: {} takes pictures of {height} × {width} × {channels}, and is trained as it is: leave it \
             out",
            recipe.base
        )))
    };
    if !recipe.image_size.is_empty() && pictures::preprocess(recipe, own.size)?.size != own.size {
        let sides: Vec<String> = recipe.image_size.iter().map(ToString::to_string).collect();
        return wrong("--image-size", sides.join(","));
    }
    if recipe.color_mode == GREY && pictures::channels(recipe)? != own.channels {
        return wrong("--color-mode", recipe.color_mode.clone());
    }
    pictures::channels(recipe)?;
    if own.channels.count() == 1 {
        recipe.color_mode = GREY.into();
    }
    recipe.image_size = own.size.to_vec();
    Ok(())
}

/// How it ends says which loss it learns by; a recipe may say both again.
fn fill_in_answer(recipe: &mut Recipe, answer: Answer) -> Result<()> {
    let own = match answer {
        Answer::Softmax(_) => "softmax",
        Answer::Sigmoid => "sigmoid",
    };
    if !recipe.head.is_empty() && recipe.head != own {
        return Err(Error::usage(format!(
            "--head {}: {} ends in {own}, and is trained as it is: leave it out",
            recipe.head, recipe.base
        )));
    }
    recipe.head = own.into();
    match recipe.loss.is_empty() {
        true => recipe.loss = losses::for_answer(answer).name().into(),
        false => {
            losses::check(losses::find(&recipe.loss)?, answer).map_err(|e| Error::usage(e.to_string()))?
        }
    }
    Ok(())
}

fn start(recipe: &Recipe, own: Option<Weights>) -> Result<Start> {
    let weights = recipe.weights.as_str();
    match (weights, own) {
        ("none", _) | ("", None) => Ok(Start::Nothing),
        ("", Some(own)) => Ok(Start::Own(own)),
        ("imagenet", _) => Err(Error::usage(format!(
            "--weights imagenet: weights were published for networks of the zoo, and {} is a model of your own: leave it \
             out, or give a file",
            recipe.base
        ))),
        (path, _) => match model_file(Path::new(path)) {
            file if file.is_file() => Ok(Start::File(file)),
            _ => Err(Error::setting(
                "--weights",
                "`none`, a file of weights or a run's folder that exists",
                path,
            )),
        },
    }
}

#[cfg(test)]
mod tests;
