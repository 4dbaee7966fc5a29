//! What a plan trains: a network of the zoo under a new head, or a model of one's own as it is.

use std::sync::atomic::AtomicBool;

use graph::{Graph, NodeId};
use images::Preprocess;
use report::LoadedWeights;
use train::Model;
use zoo::Architecture;

use crate::own_model::{self, OwnModel};
use crate::zoo_base::ZooBase;
use crate::{Error, FineTune, Observer, Recipe, Result, Trained};

/// What is trained.
#[derive(Debug, Clone)]
pub(crate) enum Network {
    /// A network of the zoo under a new head.
    Zoo(Box<ZooBase>),
    /// A model of one's own.
    Own(Box<OwnModel>),
}

/// The network for the classes of the data, with the weights that it starts from.
pub(crate) struct Built {
    pub(crate) model: Model,
    /// The last layer of the base, where a new head stands on it.
    pub(crate) base_output: Option<NodeId>,
    /// What of a file of weights was taken.
    pub(crate) loaded: Option<LoadedWeights>,
    /// For the model's card.
    pub(crate) trained: Trained,
}

impl Network {
    /// The one that `recipe` asks for, and how its pictures become inputs. What the recipe leaves to the network is filled
    /// in there.
    pub(crate) fn of(recipe: &mut Recipe) -> Result<(Self, Preprocess)> {
        let (network, preprocess) = match architecture(&recipe.base) {
            Ok(architecture) => {
                let (base, preprocess) = ZooBase::check(recipe, architecture)?;
                (Self::Zoo(Box::new(base)), preprocess)
            }
            Err(_) if own_model::is_meant_by(&recipe.base) => {
                let (own, preprocess) = OwnModel::check(recipe)?;
                (Self::Own(Box::new(own)), preprocess)
            }
            Err(unknown) => return Err(unknown),
        };
        if recipe.fine_tune.is_asked_for() && network.starts_from_nothing() {
            return Err(Error::usage(format!(
                "--fine-tune {} unfreezes layers that were trained before, and with --weights none everything is trained \
                 from the start: leave one of them out",
                recipe.fine_tune
            )));
        }
        network.check(&preprocess, &recipe.fine_tune)?;
        Ok((network, preprocess))
    }

    /// Whether everything is trained from random values.
    pub(crate) fn starts_from_nothing(&self) -> bool {
        match self {
            Self::Zoo(base) => base.starts_from_nothing(),
            Self::Own(own) => own.starts_from_nothing(),
        }
    }

    /// The network for these classes, with its weights.
    pub(crate) fn build(
        &self,
        recipe: &Recipe,
        preprocess: &Preprocess,
        classes: &[String],
        observer: &mut Observer,
        stop: &AtomicBool,
    ) -> Result<Built> {
        match self {
            Self::Zoo(base) => base.build(recipe, preprocess, classes, observer, stop),
            Self::Own(own) => own.build(recipe, classes, observer),
        }
    }

    /// A size or a width that the network does not take, or a layer that it does not have, is refused before a picture is
    /// read.
    fn check(&self, preprocess: &Preprocess, fine_tune: &FineTune) -> Result<()> {
        match self {
            Self::Zoo(base) => base.check_fine_tune(preprocess, fine_tune),
            Self::Own(own) => own.check_fine_tune(fine_tune),
        }
    }
}

/// The zoo's architecture called `name`.
///
/// # Errors
/// There is none; the message names those that are called alike.
pub fn architecture(name: &str) -> Result<&'static Architecture> {
    zoo::find(name).map_err(|error| {
        let message = error.to_string();
        let comma = if message.ends_with('?') { "" } else { ";" };
        Error::usage(format!("{message}{comma} `linnaeus models` lists all"))
    })
}

/// What the first stage is called, of a network with these layers frozen.
pub(crate) fn first_stage(graph: &Graph, starts_from_nothing: bool) -> &'static str {
    let learned = graph.parameters().iter().filter(|parameter| parameter.role.is_learned());
    match learned.map(graph::Parameter::len).sum::<usize>() == graph.trained_count() {
        _ if starts_from_nothing => "from scratch",
        true => "all layers",
        false => "head",
    }
}
