//! The file of a model of one's own, and what it holds: a whole model, or the text of one.

use std::io::Read;
use std::path::{Path, PathBuf};

use graph::{Graph, Weights};
use zoo::Architecture;

use crate::run_folder::{instead_of_cross_validation, model_file};
use crate::{Error, ErrorKind, Result};

/// The file that `base` means: itself, or the best model of a run's folder.
pub(super) fn file(base: &str) -> Result<PathBuf> {
    let file = model_file(Path::new(base));
    match file.is_file() {
        true => Ok(file),
        false => {
            let what_to_do = instead_of_cross_validation(Path::new(base)).unwrap_or_else(|| {
                "give a .keras file, a run's folder, the text of Keras's to_json, or the name of a network (`linnaeus models` \
                 lists them)"
                    .to_owned()
            });
            Err(Error::usage(format!("--base {base}: there is no file {}; {what_to_do}", file.display())))
        }
    }
}

/// What a file holds.
pub(super) struct Contents {
    pub(super) graph: Graph,
    /// `None` in a text.
    pub(super) weights: Option<Weights>,
    /// What a person should know of how it was read.
    pub(super) notes: Vec<String>,
    /// The network of the zoo that it is, where its card says so.
    pub(super) architecture: Option<&'static Architecture>,
}

/// No more of a text is read, and far less is refused.
const MOST_BYTES: u64 = 64 << 20;

/// Reads a model, told by its content.
pub(super) fn read(file: &Path) -> Result<Contents> {
    if !is_text(file)? {
        let formats::keras::Contents { graph, weights, left_out, card } = formats::keras::read(file)?;
        let notes = left_out.iter().map(|what| without(what)).collect();
        let name = card.as_ref().and_then(|card| card.pointer("/trained/architecture")?.as_str());
        let architecture = name.and_then(|name| zoo::find(name).ok());
        return Ok(Contents { graph, weights: Some(weights), notes, architecture });
    }
    let mut text = String::new();
    let opened = std::fs::File::open(file).map_err(|e| unread(file, &e))?;
    opened.take(MOST_BYTES).read_to_string(&mut text).map_err(|e| unread(file, &e))?;
    let model = formats::keras::from_json(&text).map_err(|e| e.within(file.display()))?;
    let mut notes: Vec<String> = model.left_out.iter().map(|what| without(what)).collect();
    notes.extend(model.without_figures.iter().map(|layer| {
        format!("the text has no figures for the normalization {layer}, which so changes nothing")
    }));
    Ok(Contents { graph: model.graph, weights: None, notes, architecture: None })
}

fn without(what: &str) -> String {
    format!("{what} is left out: it acts in training only, and there is no such thing here")
}

/// JSON begins with a brace, and no other format of models does.
fn is_text(file: &Path) -> Result<bool> {
    const START: u64 = 4096;
    let mut start = Vec::new();
    let opened = std::fs::File::open(file).map_err(|e| unread(file, &e))?;
    opened.take(START).read_to_end(&mut start).map_err(|e| unread(file, &e))?;
    Ok(start.trim_ascii_start().first() == Some(&b'{'))
}

fn unread(file: &Path, error: &std::io::Error) -> Error {
    Error::new(ErrorKind::Model, format!("cannot read {}: {error}", file.display()))
}
