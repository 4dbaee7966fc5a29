//! A file of weights, whatever its format, kept as a `.keras` file of ours whose card says where it came from.

use std::path::Path;

use graph::{Graph, Weights};
use images::{Channels, Preprocess};
use report::LoadedWeights;
use zoo::{Architecture, Options, Part, Pooling, Top, Wanted};

use super::Imported;
use super::folders::Folders;
use crate::weights_file::{self, Target, UnknownHead};
use crate::{Card, Error, ErrorKind, Result, Trained};

/// Reads `file` into the published network and keeps it: whole, or its base if that is what the file holds. `origin` is
/// what its card says.
pub(super) fn convert(
    architecture: &Architecture,
    wanted: &Wanted,
    file: &Path,
    origin: &str,
    folders: &Folders,
) -> Result<Imported> {
    let network = Network::build(architecture, wanted, file)?;
    let mut weights = Weights::zeros(&network.graph);
    let loaded = network.fill(architecture, file, &mut weights)?;
    let part = network.part(architecture, &loaded);
    let path = folders.converted(architecture, &Wanted { part, ..*wanted });
    files::create_folder(&folders.weights)?;
    let trained = Trained::now(architecture.name, origin);
    network.write(&path, part, &weights, trained)?;
    Ok(Imported { path, part, loaded })
}

/// A network as it was published.
struct Network {
    /// With its classifier, where it has one.
    graph: Graph,
    base: Graph,
    side: usize,
}

impl Network {
    fn build(architecture: &Architecture, wanted: &Wanted, file: &Path) -> Result<Self> {
        let side = architecture.size_of_published(wanted);
        let input = [side, side, architecture.default_input[2]];
        let scaling = weights_file::scaling(file, architecture);
        let build =
            |top| architecture.build(&Options { scaling, ..Options::new(input, top).alpha(wanted.alpha) });
        let base = build(Top::Features(Pooling::None))?;
        let graph = match architecture.has_published_top() {
            true => build(Top::Published { classes: zoo::classes().len() })?,
            false => base.clone(),
        };
        Ok(Self { graph, base, side })
    }

    /// The layers of the classifier.
    fn top(&self) -> Vec<&str> {
        self.graph.nodes()[self.base.nodes().len()..].iter().map(|node| node.name.as_str()).collect()
    }

    fn fill(&self, architecture: &Architecture, file: &Path, weights: &mut Weights) -> Result<LoadedWeights> {
        let target = Target {
            architecture,
            graph: &self.graph,
            head: &self.top(),
            classes: &classes(),
            of_unknown_classes: UnknownHead::Take,
        };
        Ok(target.fill(file, weights)?)
    }

    /// What of it was in the file.
    fn part(&self, architecture: &Architecture, loaded: &LoadedWeights) -> Part {
        let is_whole = !self.top().iter().any(|layer| loaded.has_skipped(layer));
        if architecture.has_published_top() && is_whole { Part::Whole } else { Part::Base }
    }

    fn write(&self, path: &Path, part: Part, weights: &Weights, trained: Trained) -> Result<()> {
        let preprocess = Preprocess::new([self.side, self.side], Channels::Rgb)?;
        let (graph, weights, classes) = match part {
            Part::Whole => (&self.graph, weights, classes()),
            Part::Base => (&self.base, &self.weights_of_base(weights)?, Vec::new()),
        };
        let card = Card::new(classes, preprocess, trained).to_value()?;
        Ok(formats::keras::write(path, graph, weights, Some(&card))?)
    }

    /// The values of the base, whose layers are the first ones of the graph.
    fn weights_of_base(&self, weights: &Weights) -> Result<Weights> {
        let mut values = Weights::zeros(&self.base);
        for (from, to) in self.graph.parameters().iter().zip(self.base.parameters()) {
            if (&from.name, &from.shape) != (&to.name, &to.shape) {
                let name = self.graph.name();
                let message = format!("{name}: the base's {} is not where it should be", to.name);
                return Err(Error::new(ErrorKind::Model, message));
            }
            values.get_mut(to).copy_from_slice(weights.get(from));
        }
        Ok(values)
    }
}

fn classes() -> Vec<String> {
    zoo::classes().iter().map(ToString::to_string).collect()
}
