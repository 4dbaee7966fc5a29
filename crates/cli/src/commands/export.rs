//! `linnaeus export`: a model in another form.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use graph::{Graph, Weights};
use serde_json::{Value, json};
use workflow::{Error, ErrorKind};
use zoo::Architecture;

use crate::arguments::{Export, Format};
use crate::commands::model::{self, Named};
use crate::commands::{models, print_json};
use crate::output::{self, Form};

pub(crate) fn run(arguments: &Export, form: Form) -> anyhow::Result<ExitCode> {
    let named = Named::find(&arguments.model)?;
    let written = Targets::of(&named, arguments)?.files(&arguments.to)?;
    let Model { graph, weights } = Model::read(&named, &arguments.to)?;
    let mut listed: Vec<Value> = Vec::new();
    for (format, path) in &written {
        write(*format, path, &graph, weights.as_ref())?;
        let bytes = std::fs::metadata(path)?.len();
        listed.push(json!({"format": format.name(), "path": path, "bytes": bytes}));
    }
    match form {
        Form::Json => print_json(&listed)?,
        Form::Text => written.iter().try_for_each(|(_, path)| output::result(path.display()))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// What is written.
struct Model {
    graph: Graph,
    /// `None` where no format needs them.
    weights: Option<Weights>,
}

impl Model {
    fn read(named: &Named, formats: &[Format]) -> anyhow::Result<Self> {
        let file = match named {
            Named::File(file) => file.clone(),
            Named::Network(architecture) if formats.contains(&Format::Safetensors) => {
                published(architecture)?
            }
            Named::Network(architecture) => {
                return Ok(Self { graph: models::whole(architecture)?, weights: None });
            }
        };
        let contents = formats::keras::read(&file).map_err(Error::from)?;
        model::say_left_out(&contents.left_out);
        Ok(Self { graph: contents.graph, weights: Some(contents.weights) })
    }
}

fn published(architecture: &Architecture) -> anyhow::Result<PathBuf> {
    model::published(architecture).with_context(|| {
        format!("--to safetensors writes weights, and of {} these are the published ones", architecture.name)
    })
}

fn write(format: Format, path: &Path, graph: &Graph, weights: Option<&Weights>) -> anyhow::Result<()> {
    match (format, weights) {
        (Format::Json, _) => {
            let text = formats::keras::to_json(graph).map_err(Error::from)?;
            files::write(path, text).map_err(Error::from)?;
        }
        (Format::Safetensors, Some(weights)) => {
            formats::safetensors::write(path, graph, weights).map_err(Error::from)?;
        }
        (Format::Safetensors, None) => anyhow::bail!("{}: there are no weights to write", graph.name()),
    }
    Ok(())
}

/// Where the files go.
enum Targets {
    /// To this file.
    File(PathBuf),
    /// To this folder, under this name and the format's ending.
    Folder(PathBuf, String),
}

impl Targets {
    fn of(named: &Named, arguments: &Export) -> Result<Self, Error> {
        let (beside, name) = match named {
            Named::Network(architecture) => (PathBuf::new(), architecture.name.to_owned()),
            Named::File(file) => {
                let name =
                    file.file_stem().map_or("model".into(), |stem| stem.to_string_lossy().into_owned());
                (file.parent().unwrap_or(Path::new("")).to_path_buf(), name)
            }
        };
        let Some(out) = &arguments.out else { return Ok(Self::Folder(beside, name)) };
        match arguments.to.as_slice() {
            _ if out.is_dir() || out.extension().is_none() => Ok(Self::Folder(out.clone(), name)),
            [_] => Ok(Self::File(out.clone())),
            several => Err(Error::new(
                ErrorKind::Usage,
                format!(
                    "--out {}: {} formats do not fit in one file: give a folder",
                    out.display(),
                    several.len()
                ),
            )),
        }
    }

    /// The file of each format. None of them is there yet, and their folder is.
    fn files(&self, formats: &[Format]) -> Result<Vec<(Format, PathBuf)>, Error> {
        let path = |format: &Format| match self {
            Self::File(file) => file.clone(),
            Self::Folder(folder, name) => folder.join(format!("{name}.{}", format.name())),
        };
        let mut written: Vec<(Format, PathBuf)> = Vec::new();
        for format in formats {
            if !written.iter().any(|(known, _)| known == format) {
                written.push((*format, path(format)));
            }
        }
        if let Some((_, path)) = written.iter().find(|(_, path)| path.exists()) {
            let message = format!("{} is there already: choose another place with --out", path.display());
            return Err(Error::new(ErrorKind::Usage, message));
        }
        let folder = match self {
            Self::File(file) => file.parent().unwrap_or(Path::new("")),
            Self::Folder(folder, _) => folder,
        };
        if !folder.as_os_str().is_empty() {
            files::create_folder(folder)?;
        }
        Ok(written)
    }
}
