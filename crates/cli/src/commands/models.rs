//! `linnaeus models`: the zoo as a table, or the layers of one network.

use std::process::ExitCode;

use graph::Graph;
use serde_json::{Value, json};
use workflow::{Error, ErrorKind, decimal, published};
use zoo::{Architecture, Head, Options, Part, Top, Wanted};

use crate::arguments::{ImageSize, Models, Pooling};
use crate::commands::print_json;
use crate::numbers::grouped;
use crate::output::{self, Form};

/// The width of what is read by no terminal.
const COLUMNS: usize = 80;

pub(crate) fn run(arguments: &Models, form: Form) -> anyhow::Result<ExitCode> {
    match &arguments.name {
        Some(name) => show(workflow::architecture(name)?, arguments, form)?,
        None => list(form)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn show(architecture: &Architecture, arguments: &Models, form: Form) -> anyhow::Result<()> {
    let graph = build(architecture, &options(architecture, arguments))?;
    if form == Form::Json {
        return print_json(&facts(architecture, &graph));
    }
    let columns = console::Term::stdout().size_checked().map_or(COLUMNS, |(_, columns)| columns.into());
    output::result(graph.summary_within(columns).trim_end())
}

fn list(form: Form) -> anyhow::Result<()> {
    let networks = zoo::all().map(|architecture| whole(architecture).map(|graph| (architecture, graph)));
    if form == Form::Json {
        let rows = networks.map(|one| one.map(|(architecture, graph)| facts(architecture, &graph)));
        return print_json(&rows.collect::<Result<Vec<_>, _>>()?);
    }
    output::result(format_args!(
        "{:<19} {:>11} {:>7} {:>10} {:>7}  {}",
        "name", "parameters", "GFLOPs", "input", "top-1", "weights at hand"
    ))?;
    for network in networks {
        let (architecture, graph) = network?;
        output::result(row(architecture, &graph))?;
    }
    Ok(())
}

/// The network as it was published, with its classifier of ImageNet's classes.
pub(crate) fn whole(architecture: &Architecture) -> Result<Graph, Error> {
    let options = Options::new(architecture.default_input, classifier(architecture, IMAGENET));
    build(architecture, &options)
}

/// How many classes ImageNet has, with which papers count.
const IMAGENET: usize = 1000;

/// The published classifier, or a new one where there is none.
fn classifier(architecture: &Architecture, classes: usize) -> Top {
    match architecture.has_published_top() {
        true => Top::Published { classes },
        false => Top::Head(Head::new(classes)),
    }
}

fn options(architecture: &Architecture, arguments: &Models) -> Options {
    let [height, width, channels] = architecture.default_input;
    let [height, width] = arguments.image_size.as_ref().map_or([height, width], ImageSize::sides);
    let top = match arguments.no_top {
        false => classifier(architecture, arguments.classes),
        true => Top::Features(match arguments.pooling {
            None => zoo::Pooling::None,
            Some(Pooling::Avg) => zoo::Pooling::Average,
            Some(Pooling::Max) => zoo::Pooling::Max,
            Some(Pooling::Flatten) => zoo::Pooling::Flatten,
        }),
    };
    let channels = arguments.channels.unwrap_or(channels);
    Options::new([height, width, channels], top).alpha(arguments.alpha)
}

fn build(architecture: &Architecture, options: &Options) -> Result<Graph, Error> {
    architecture.build(options).map_err(|e| Error::new(ErrorKind::Usage, e.to_string()))
}

fn row(architecture: &Architecture, graph: &Graph) -> String {
    let [height, width, channels] = architecture.default_input;
    let input = format!("{height}×{width}×{channels}");
    let top1 = architecture.top1.map_or(String::new(), |share| format!("{:.1} %", 100.0 * share));
    let (name, parameters, flops) =
        (architecture.name, grouped(graph.parameter_count()), zoo::flops(graph) as f64 / 1e9);
    format!("{name:<19} {parameters:>11} {flops:>7.2} {input:>10} {top1:>7}  {}", weights(architecture))
}

/// In what way somebody comes to its weights.
fn weights(architecture: &Architecture) -> &'static str {
    let is_here = |part| published::in_cache(architecture, &Wanted::of(architecture, part)).is_some();
    if is_here(Part::Whole) {
        "in the cache"
    } else if is_here(Part::Base) {
        "base in the cache"
    } else if architecture.published().next().is_some() {
        "can be fetched"
    } else if architecture.has_published_top() {
        "a file of yours"
    } else {
        "none: train it"
    }
}

fn facts(architecture: &Architecture, graph: &Graph) -> Value {
    json!({
        "name": architecture.name,
        "title": architecture.title,
        "description": architecture.description,
        "paper": architecture.paper,
        "parameters": graph.parameter_count(),
        "trainable_parameters": graph.trained_count(),
        "flops": zoo::flops(graph),
        "input": graph.input_shape().dims(),
        "output": graph.output_shape().dims(),
        "minimum_size": architecture.minimum_size,
        "top1": architecture.top1.map(decimal),
        "weights": weights(architecture),
    })
}
