//! What a plan trains: a network of the zoo under a new head, or a model of one's own as it is.

use std::sync::atomic::AtomicBool;

use graph::{Graph, NodeId};
use images::Preprocess;
use report::LoadedWeights;
use train::Model;
use zoo::Architecture;

use crate::own_model::{self, OwnModel};
use crate::planned_stage::Outline;
use crate::zoo_base::ZooBase;
use crate::{Error, Observer, Recipe, Result, Trained};

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
    /// The one that `recipe` asks for, how its pictures become inputs, and where its parts begin. What the recipe
    /// leaves to the network is filled in there.
    pub(crate) fn of(recipe: &mut Recipe) -> Result<(Self, Preprocess, Outline)> {
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
        let outline = network.outline(&preprocess)?;
        Ok((network, preprocess, outline))
    }

    /// Whether everything is trained from random values.
    pub(crate) fn starts_from_nothing(&self) -> bool {
        match self {
            Self::Zoo(base) => base.starts_from_nothing(),
            Self::Own(own) => own.starts_from_nothing(),
        }
    }

    /// What the first stage is called, where `graph` is the network with what is frozen in it.
    pub(crate) fn first_stage(&self, graph: &Graph) -> &'static str {
        let learned = graph.parameters().iter().filter(|parameter| parameter.role.is_learned());
        match learned.map(graph::Parameter::len).sum::<usize>() == graph.trained_count() {
            _ if self.starts_from_nothing() => "from scratch",
            true => "all layers",
            false => "head",
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

    /// A size or a width that the network does not take is refused here, before a picture is read.
    pub(crate) fn outline(&self, preprocess: &Preprocess) -> Result<Outline> {
        match self {
            Self::Zoo(base) => base.outline(preprocess),
            Self::Own(own) => Ok(own.outline()),
        }
    }

    /// Fails for a stage of `layers` that learn without it.
    pub(crate) fn check_untrained(&self, layers: &[NodeId], asked: &str) -> Result<()> {
        match self {
            Self::Zoo(_) => Ok(()),
            Self::Own(own) => own.check_untrained(layers, asked),
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
