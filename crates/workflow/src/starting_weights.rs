//! What a base starts from, and how it is loaded under a new head.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use graph::{Graph, NodeId, Weights};
use images::Preprocess;
use report::LoadedWeights;
use zoo::{Architecture, InputScaling, Part, Wanted};

use crate::provenance::Provenance;
use crate::run_folder::{instead_of_cross_validation, model_file};
use crate::weights_file::{self, Target, UnknownHead};
use crate::{Error, ErrorKind, Event, Observer, Recipe, Result, published};

/// What a base starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Start {
    /// Random values: everything is trained.
    Nothing,
    /// The weights that were published with the architecture.
    Published,
    /// A file of weights.
    File(PathBuf),
}

/// A network with a new head, whose base is to get weights.
pub(crate) struct Base<'a> {
    pub(crate) architecture: &'static Architecture,
    pub(crate) alpha: f32,
    pub(crate) preprocess: &'a Preprocess,
    pub(crate) graph: &'a Graph,
    /// Where the base ends.
    pub(crate) output: NodeId,
    /// The classes that the head tells apart.
    pub(crate) classes: &'a [String],
}

impl Base<'_> {
    fn wanted(&self) -> Wanted {
        Wanted { alpha: self.alpha, size: self.preprocess.size, part: Part::Base }
    }
}

impl Start {
    /// What `recipe` asks for.
    pub(crate) fn of(recipe: &Recipe, architecture: &Architecture, wanted: &Wanted) -> Result<Self> {
        match recipe.weights.as_str() {
            "none" => Ok(Self::Nothing),
            // An architecture without a published classifier is made for training from nothing.
            "" if !architecture.has_published_top() => Ok(Self::Nothing),
            "" | "imagenet" if is_at_hand(architecture, wanted) => Ok(Self::Published),
            "" | "imagenet" => Err(published::none(
                architecture,
                wanted,
                "use --weights FILE for a file of your own, or --weights none to train everything from nothing",
            )),
            path if model_file(Path::new(path)).is_file() => Ok(Self::File(model_file(Path::new(path)))),
            other => {
                let why = instead_of_cross_validation(Path::new(other)).unwrap_or_else(|| {
                    match Path::new(other).is_dir() {
                        true => "this folder has no best.keras".to_owned(),
                        false => "there is no such file or folder".to_owned(),
                    }
                });
                let words = graph::choices(other, &["imagenet", "none"]);
                Err(Error::usage(format!(
                    "--weights {other}: {why}; {words}, files of weights and runs' folders"
                )))
            }
        }
    }

    /// How the weights want pictures scaled, where that is not the architecture's way.
    pub(crate) fn scaling(&self, architecture: &Architecture, wanted: &Wanted) -> Option<InputScaling> {
        let file = match self {
            Self::Nothing => None,
            Self::Published => published::in_cache(architecture, wanted),
            Self::File(path) => Some(path.clone()),
        };
        file.and_then(|file| weights_file::scaling(&file, architecture))
    }

    /// As a recipe writes it.
    pub(crate) fn as_written(&self) -> String {
        match self {
            Self::Nothing => "none".into(),
            Self::Published => "imagenet".into(),
            Self::File(path) => path.display().to_string(),
        }
    }

    /// For the card and the result: whose work the weights are, as far as their file says it.
    pub(crate) fn describe(&self, base: &Base) -> String {
        let converted = match self {
            Self::Published => published::in_cache(base.architecture, &base.wanted()),
            _ => None,
        };
        let Some(file) = converted else { return self.as_written() };
        Provenance::of(&file).origin().map_or_else(|| file.display().to_string(), str::to_owned)
    }

    /// Fills the base by layer names; its head stays as it is, unless it is of the same classes. Says what was loaded
    /// and what was not.
    ///
    /// # Errors
    /// The file cannot be fetched or read, or lacks a layer of the base or has it in another shape: then it is of
    /// another network.
    pub(crate) fn load(
        &self,
        base: &Base,
        weights: &mut Weights,
        observer: &mut Observer,
        stop: &AtomicBool,
    ) -> Result<Option<LoadedWeights>> {
        let path = match self {
            Self::Nothing => return Ok(None),
            Self::Published => published::ensure(base.architecture, &base.wanted(), observer, stop)?,
            Self::File(path) => path.clone(),
        };
        let head: Vec<&str> =
            base.graph.nodes()[base.output.index() + 1..].iter().map(|node| node.name.as_str()).collect();
        let target = Target {
            architecture: base.architecture,
            graph: base.graph,
            head: &head,
            classes: base.classes,
            of_unknown_classes: UnknownHead::Leave,
        };
        let loaded = target.fill(&path, weights).map_err(|error| self.explain(&error, base))?;
        observer(Event::Loaded(&loaded));
        if let Self::File(file) = self {
            let notes = [
                note_of_head(&loaded, &head),
                note_of_card(&path, base.preprocess),
                note_of_namesake(&path, base.architecture),
            ];
            notes.iter().flatten().for_each(|note| {
                observer(Event::Notice(&format!("{} {note}", file.display())));
            });
        }
        Ok(Some(loaded))
    }

    /// What to do about weights that do not fit.
    fn explain(&self, error: &formats::Error, base: &Base) -> Error {
        if error.kind() != formats::ErrorKind::Mismatch {
            return error.clone().into();
        }
        let name = base.architecture.name;
        let advice = match (self, base.graph.input_shape().channels()) {
            (Self::Published, 1) => {
                ": it was trained on colour, so leave --color-mode at rgb; grey pictures are read as three equal channels"
                    .to_string()
            }
            (Self::File(_), _) => {
                format!("; --base {name} needs weights of {name} with the same --alpha and number of colours")
            }
            _ => String::new(),
        };
        Error::new(ErrorKind::Model, format!("{error}{advice}"))
    }
}

/// A head that was trained before is no new one.
fn note_of_head(loaded: &LoadedWeights, head: &[&str]) -> Option<String> {
    let taken: Vec<&str> =
        loaded.loaded.iter().map(String::as_str).filter(|name| weights_file::is_of(name, head)).collect();
    (!taken.is_empty())
        .then(|| format!("tells the same classes apart, so its head comes along too ({})", taken.join(", ")))
}

/// What a file's own card says of pictures counts for the file's own classifier alone.
fn note_of_card(file: &Path, ours: &Preprocess) -> Option<String> {
    let provenance = Provenance::of(file);
    let theirs = &provenance.card()?.preprocess;
    (theirs != ours).then(|| {
        let ([height, width], [our_height, our_width]) = (theirs.size, ours.size);
        format!(
            "was trained on pictures made ready in its own way ({height} × {width}, {:?}, {:?}): that is left out, and \
             they are made ready as the recipe says ({our_height} × {our_width}, {:?}, {:?})",
            theirs.channels, theirs.resize, ours.channels, ours.resize
        )
    })
}

/// timm has EfficientNets of the authors, called `tf_…`, which are ours, and others whose tensors have the same names
/// and shapes, but which pad evenly. Nothing in a file tells them apart but what people call it.
fn note_of_namesake(file: &Path, architecture: &Architecture) -> Option<String> {
    let is_known = file.file_name().is_some_and(|name| name.to_string_lossy().contains("tf_"));
    let is_meant = architecture.name.starts_with("efficientnet") && !architecture.name.contains("lite");
    let is_of_torch = || formats::weights::is_of_torch(file).unwrap_or(false);
    (is_meant && !is_known && is_of_torch()).then(|| {
        let name = architecture.name;
        format!(
            "does not say which of two networks of timm it is: weights of tf_{name} belong here, and those of {name}, whose \
             tensors are called the same, were trained with another padding and answer worse here"
        )
    })
}

/// Published weights can be fetched, or were imported.
fn is_at_hand(architecture: &Architecture, wanted: &Wanted) -> bool {
    !architecture.published_for(wanted).is_empty() || published::in_cache(architecture, wanted).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_that_may_be_a_namesake_s_are_said() {
        let folder = tempfile::tempdir().unwrap();
        // How a file of `torch.save` begins.
        let torch = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
        for (file, network, is_said) in [
            ("efficientnet_b0_ra-3dd342df.pth", "efficientnet_b0", true),
            ("tf_efficientnet_b0_ns.pth", "efficientnet_b0", false),
            ("efficientnet_b0.pth", "vgg16", false),
        ] {
            let path = folder.path().join(file);
            std::fs::write(&path, torch).unwrap();
            let note = note_of_namesake(&path, zoo::find(network).unwrap());
            assert_eq!(note.is_some(), is_said, "{file}: {note:?}");
            assert!(note.is_none_or(|note| note.contains("weights of tf_efficientnet_b0 belong here")));
        }
        let keras = folder.path().join("model.keras");
        std::fs::write(&keras, "PK").unwrap();
        assert_eq!(note_of_namesake(&keras, zoo::find("efficientnet_b0").unwrap()), None);
    }
}
