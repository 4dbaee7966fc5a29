//! `linnaeus models`: the zoo as a table, or the layers of one network.

use std::process::ExitCode;

use serde_json::{Value, json};
use workflow::{Error, ErrorKind, published};
use zoo::{Architecture, Head, Options, Top};

use crate::arguments::Models;
use crate::commands::print_json;
use crate::output;

pub(crate) fn run(arguments: &Models, json: bool) -> anyhow::Result<ExitCode> {
    match (&arguments.name, json) {
        (Some(name), false) => {
            let graph = graph_of(find(name)?)?;
            output::result(graph.summary())?;
        }
        (Some(name), true) => print_json(&facts(find(name)?)?)?,
        (None, true) => print_json(&zoo::all().map(facts).collect::<anyhow::Result<Vec<_>>>()?)?,
        (None, false) => {
            output::result(format_args!(
                "{:<18} {:>10} {:>7} {:>11}  weights at hand",
                "name", "parameters", "GFLOPs", "input"
            ))?;
            for architecture in zoo::all() {
                output::result(row(architecture)?)?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn find(name: &str) -> Result<&'static Architecture, Error> {
    zoo::find(name).map_err(|e| Error::new(ErrorKind::Usage, e.to_string()))
}

/// The network with the 1000 classes of ImageNet, as papers count it.
fn graph_of(architecture: &Architecture) -> anyhow::Result<graph::Graph> {
    let top = match architecture.has_published_top() {
        true => Top::Published { classes: 1000 },
        false => Top::Head(Head::new(1000)),
    };
    Ok(architecture.build(&Options::new(architecture.default_input, top))?)
}

fn row(architecture: &Architecture) -> anyhow::Result<String> {
    let graph = graph_of(architecture)?;
    let [height, width, channels] = architecture.default_input;
    let input = format!("{height}×{width}×{channels}");
    let (name, parameters, flops) =
        (architecture.name, graph.parameter_count(), zoo::flops(&graph) as f64 / 1e9);
    Ok(format!("{name:<18} {parameters:>10} {flops:>7.2} {input:>11}  {}", weights(architecture)))
}

fn weights(architecture: &Architecture) -> &'static str {
    let is_here = published::path(architecture).is_ok_and(|path| path.is_file());
    match (&architecture.published, is_here) {
        (_, true) => "imagenet, in the cache",
        (Some(_), false) => "imagenet, to be fetched",
        (None, false) if !architecture.has_published_top() => "none: train from nothing",
        (None, false) => "none: see `weights import`",
    }
}

fn facts(architecture: &Architecture) -> anyhow::Result<Value> {
    let graph = graph_of(architecture)?;
    Ok(json!({
        "name": architecture.name,
        "title": architecture.title,
        "description": architecture.description,
        "paper": architecture.paper,
        "parameters": graph.parameter_count(),
        "trainable_parameters": graph.trained_count(),
        "flops": zoo::flops(&graph),
        "input": architecture.default_input,
        "minimum_size": architecture.minimum_size,
        "published": architecture.published.as_ref().map(|p| json!({
            "package": p.package, "license": p.license, "source": p.source, "sha256": p.wheel_sha256,
        })),
        "weights": weights(architecture),
    }))
}
