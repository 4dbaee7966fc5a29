//! What a base starts from, and how it is loaded under a new head.

use std::path::{Path, PathBuf};

use formats::Which;
use graph::{Graph, NodeId, Weights};
use zoo::Architecture;

use crate::{Error, ErrorKind, Observer, Recipe, Result, published};

/// What a base starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Start {
    /// Random values: everything is trained.
    Nothing,
    /// The weights that were published with the architecture.
    Published,
    /// A `.keras` file.
    File(PathBuf),
}

impl Start {
    /// What `recipe` asks for.
    pub(crate) fn of(recipe: &Recipe, architecture: &Architecture) -> Result<Self> {
        match recipe.weights.as_str() {
            "none" => Ok(Self::Nothing),
            // An architecture without a published classifier is made for training from nothing.
            "" if architecture.top.is_none() => Ok(Self::Nothing),
            "" | "imagenet" if is_at_hand(architecture) => Ok(Self::Published),
            "" | "imagenet" => Err(published::none(
                architecture,
                "use --weights FILE for a file of your own, or --weights none to train everything from nothing",
            )),
            file if Path::new(file).is_file() => Ok(Self::File(file.into())),
            run if Path::new(run).join("best.keras").is_file() => {
                Ok(Self::File(Path::new(run).join("best.keras")))
            }
            other => Err(Error::usage(format!(
                "--weights {other}: expected `imagenet`, `none`, a .keras file or a run's folder, and it is none of them"
            ))),
        }
    }

    /// As a recipe writes it.
    pub(crate) fn as_written(&self) -> String {
        match self {
            Self::Nothing => "none".into(),
            Self::Published => "imagenet".into(),
            Self::File(path) => path.display().to_string(),
        }
    }

    /// For the card and the result.
    pub(crate) fn describe(&self, architecture: &Architecture) -> String {
        match (self, &architecture.published) {
            (Self::Published, Some(published)) => format!("imagenet ({})", published.package),
            _ => self.as_written(),
        }
    }

    /// Fills the base of `graph`, which ends in `base_output`, by layer names.
    ///
    /// # Errors
    /// The file cannot be fetched or read, or lacks a parameter of the base: then it is of another network.
    pub(crate) fn load(
        &self,
        architecture: &Architecture,
        graph: &Graph,
        base_output: NodeId,
        weights: &mut Weights,
        observer: &mut Observer,
    ) -> Result<()> {
        let path = match self {
            Self::Nothing => return Ok(()),
            Self::Published => published::ensure(architecture, observer)?,
            Self::File(path) => path.clone(),
        };
        let loaded = formats::keras::read_weights_into(&path, graph, weights, Which::ByName)?;
        let base =
            || graph.nodes().iter().take(base_output.index() + 1).filter(|node| !node.parameters.is_empty());
        let missing: Vec<&str> = base()
            .map(|node| node.name.as_str())
            .filter(|name| !loaded.loaded.iter().any(|have| have == name))
            .collect();
        let Some(first) = missing.first() else { return Ok(()) };
        let why =
            loaded.skipped.iter().find(|(name, _)| name == first).map_or("not in the file", |(_, why)| why);
        let advice = match (self, graph.input_shape().channels()) {
            (Self::Published, 1) => {
                ": it was trained on colour, so leave --color-mode at rgb; grey pictures are read as three equal channels"
            }
            _ => ": it is of another network",
        };
        Err(Error::new(
            ErrorKind::Model,
            format!(
                "{} does not fit {}: {} of the {} layers of its base cannot be loaded, the first of them {first} ({why}){advice}",
                path.display(),
                architecture.name,
                missing.len(),
                base().count(),
            ),
        ))
    }
}

/// Published weights can be fetched, or were imported.
fn is_at_hand(architecture: &Architecture) -> bool {
    architecture.published.is_some() || published::path(architecture).is_ok_and(|path| path.is_file())
}
