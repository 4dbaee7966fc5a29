//! Weights from a file of any format that is known, and what of it was taken.

use std::path::Path;

use formats::keras::Glance;
use formats::weights::{Names, is_of_torch};
use formats::{Error, ErrorKind, Loaded, Matching, Result, Scaling, Which};
use graph::{Graph, Op, Weights};
use report::{Found, LoadedWeights, SkippedLayer};
use zoo::{Architecture, InputScaling, Options, Pooling, Top};

use crate::provenance::Provenance;

/// A network that is to get weights from a file.
pub(crate) struct Target<'a> {
    pub(crate) architecture: &'a Architecture,
    pub(crate) graph: &'a Graph,
    /// Layers behind the base: they may be missing in the file or of another shape, and then stay as they are.
    pub(crate) head: &'a [&'a str],
    /// The classes that the head tells apart.
    pub(crate) classes: &'a [String],
    /// What to do with the head of a file that does not say which classes are its own.
    pub(crate) of_unknown_classes: UnknownHead,
}

/// What to do with a head whose classes nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnknownHead {
    /// Where its shape fits, its classes are the wanted ones too.
    Take,
    /// It stays in the file.
    Leave,
}

impl Target<'_> {
    /// Fills `weights` of the graph from `file`. A head comes along only where it tells the same classes apart.
    ///
    /// # Errors
    /// The file cannot be read, or is of another network; then `weights` are unchanged.
    pub(crate) fn fill(&self, file: &Path, weights: &mut Weights) -> Result<LoadedWeights> {
        let provenance = Provenance::of(file);
        let (which, why_left) = self.which(&provenance);
        let loaded = match provenance.another(self.architecture) {
            None => self.read(file, weights, which)?,
            Some(other) => {
                let mut filled = weights.clone();
                let loaded = self.read(file, &mut filled, which)?;
                if loaded.matching == Matching::ByOrder {
                    let (file, name) = (file.display(), self.architecture.name);
                    let message =
                        format!("{file} is of {other}, and its layers are not called as those of {name}");
                    return Err(Error::new(ErrorKind::Mismatch, message));
                }
                *weights = filled;
                loaded
            }
        };
        let mut loaded = for_report(file, loaded);
        if let Some(why) = why_left {
            let of_head = loaded.skipped.iter_mut().filter(|skipped| is_of(&skipped.name, self.head));
            of_head.for_each(|skipped| skipped.why.clone_from(&why));
        }
        Ok(loaded)
    }

    /// Which layers to take, and why the head is left where it is.
    fn which(&self, provenance: &Provenance) -> (Which<'_>, Option<String>) {
        let why = match (provenance.classes(), self.of_unknown_classes) {
            (Some(classes), _) if classes == self.classes => return (Which::AllBut(self.head), None),
            (None, UnknownHead::Take) => return (Which::AllBut(self.head), None),
            (Some(classes), _) => format!("the file's classes are others ({})", some(classes)),
            (None, UnknownHead::Leave) => {
                "the file does not say which classes its own tells apart".to_owned()
            }
        };
        (Which::Without(self.head), Some(why))
    }

    fn read(&self, file: &Path, weights: &mut Weights, which: Which<'_>) -> Result<Loaded> {
        let names: Vec<Names<'_>> = self.architecture.torch_names.iter().map(|names| names as _).collect();
        formats::weights::read_into(file, self.graph, weights, which, &names)
    }
}

/// What was `loaded` from `file`, as a run's result says it.
pub(crate) fn for_report(file: &Path, loaded: Loaded) -> LoadedWeights {
    let skipped = loaded.skipped.into_iter().map(|(name, why)| SkippedLayer { name, why });
    let found = match loaded.matching {
        Matching::ByName => Found::ByName,
        Matching::ByOrder => Found::ByOrder,
    };
    let file = file.display().to_string();
    LoadedWeights { file, found, loaded: loaded.loaded, skipped: skipped.collect() }
}

/// Whether `name` is one of the `layers`, or a parameter of one.
pub(crate) fn is_of(name: &str, layers: &[&str]) -> bool {
    let layer = name.split_once('/').map_or(name, |(layer, _)| layer);
    layers.contains(&layer)
}

/// The first names of a list.
fn some(names: &[String]) -> String {
    const SHOWN: usize = 4;
    let rest = if names.len() > SHOWN { ", …" } else { "" };
    names[..names.len().min(SHOWN)].join(", ") + rest
}

/// How the weights in `file` want their pictures scaled, where that is not the way of `architecture`: those that were
/// trained in PyTorch bring PyTorch's, as does a model that scales so itself.
pub(crate) fn scaling(file: &Path, architecture: &Architecture) -> Option<InputScaling> {
    let (own, torch) = (architecture.scaling, architecture.torch_scaling());
    // A file that cannot be read is refused where it is read into a network.
    let wants_torch =
        || is_of_torch(file).unwrap_or(false) || scales_as(file, architecture, torch).unwrap_or(false);
    match own != torch && wants_torch() {
        true => Some(torch),
        false => standardization(file, architecture),
    }
}

/// What a model that was trained with `--standardize` does to pictures. Of a file without our card nobody knows which
/// levels its figures are for.
fn standardization(file: &Path, architecture: &Architecture) -> Option<InputScaling> {
    Provenance::of(file).card()?;
    let model = Glance::at(file).ok()?.architecture().ok()?.graph;
    let first = model.ids().nth(1).map(|id| &model.node(id).op);
    if !matches!(first, Some(Op::Normalization { .. }))
        || scales_as(file, architecture, architecture.scaling).ok()?
    {
        return None;
    }
    let (mean, variance) = Scaling::of(&model).figures()?;
    let three = |figures: Vec<f32>| {
        let each = |channel: usize| figures.get(channel).or(figures.last()).copied();
        Some([each(0)?, each(1)?, each(2)?])
    };
    Some(InputScaling::Standardization { mean: three(mean)?, variance: three(variance)? })
}

/// Whether the model in a `.keras` file does to pictures what `scaling` does, by its figures and in whichever layers.
/// Figures that were adapted lie among its weights, and are no network's that others trained.
fn scales_as(file: &Path, architecture: &Architecture, scaling: InputScaling) -> Result<bool> {
    let model = Glance::at(file)?.architecture()?.graph;
    let [side, ..] = architecture.default_input;
    let input = [side, side, model.input_shape().channels()];
    let ours = architecture.build(&Options::new(input, Top::Features(Pooling::None)).scaling(scaling))?;
    Ok(Scaling::of(&model).agrees(&Scaling::of(&ours)))
}

#[cfg(test)]
mod tests;
