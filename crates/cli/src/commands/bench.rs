//! `linnaeus bench`: the engine on random input in memory, or the pictures' way alone.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use engine::{BatchStatistics, Pool, Predictor, StepProfile, Trainer, TrainerOptions, initialize};
use serde_json::{Value, json};
use train::optimizers::{Optimizer, OptimizerConfig};
use workflow::{Error, ErrorKind};
use zoo::{Architecture, Head, Options, Top};

use crate::arguments::{Bench, Mode};
use crate::commands::profile::{self, Limits};
use crate::commands::{pipeline, print_json, threads};
use crate::memory;
use crate::output::{self, Form};

/// Classes of the new head, as in the scripts that other frameworks are measured with.
const CLASSES: usize = 6;
/// Steps that are timed, where nobody says how many.
const STEPS: usize = 8;
/// What stands for the pictures' way in the place of a network's name.
const PIPELINE: &str = "pipeline";

pub(crate) fn run(arguments: &Bench, form: Form) -> anyhow::Result<ExitCode> {
    if arguments.model == PIPELINE {
        refuse_foreign_options(arguments)?;
        let data = arguments.data.as_deref().ok_or_else(|| {
            usage("bench pipeline needs pictures: give a folder of class folders, as in `bench pipeline photos`")
        })?;
        return say(&pipeline::measure(arguments, data)?, form);
    }
    let architecture = workflow::architecture(&arguments.model)
        .map_err(|e| usage(format!("{e}; `pipeline` is the pictures' way alone")))?;
    refuse_foreign_options(arguments)?;
    let (steps, mut plan) = (arguments.steps.unwrap_or(STEPS), Plan::new(arguments, architecture)?);
    match arguments.profile {
        true => profiled(&mut plan, settings(arguments, steps), steps, form),
        false => say(&speed(&mut plan, settings(arguments, steps), steps), form),
    }
}

fn usage(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Usage, message)
}

/// An option that has no meaning for what is measured is a mistake, not something to pass over.
fn refuse_foreign_options(arguments: &Bench) -> Result<(), Error> {
    let Bench { model, data, mode, steps, profile, augment, .. } = arguments;
    let given: &[(&str, bool)] = match model.as_str() {
        PIPELINE => &[("--mode", mode.is_some()), ("--steps", steps.is_some()), ("--profile", *profile)],
        _ => &[("a folder of pictures", data.is_some()), ("--augment", augment.is_some())],
    };
    let Some((foreign, _)) = given.iter().find(|(_, is_given)| *is_given) else { return Ok(()) };
    Err(usage(match model.as_str() {
        PIPELINE => format!(
            "bench pipeline runs no network, so {foreign} means nothing there: leave it out, or name a network in \
             place of `pipeline`, as in `bench mobilenet_v2`"
        ),
        network => format!(
            "bench {network} runs on noise in memory, so {foreign} means nothing there: leave it out, or measure the \
             pictures' way with `bench pipeline FOLDER`"
        ),
    }))
}

/// What was asked for, every default filled in.
fn settings(arguments: &Bench, steps: usize) -> Value {
    json!({
        "model": arguments.model,
        "mode": format!("{:?}", arguments.mode.unwrap_or_default()).to_lowercase(),
        "batch_size": arguments.batch_size,
        "image_size": arguments.image_size,
        "steps": steps,
        "threads": threads(arguments.threads),
    })
}

/// Pictures a second after one step that is not counted, and the bytes of the plan's buffers.
fn speed(plan: &mut Plan, mut measured: Value, steps: usize) -> Value {
    plan.step();
    let begun = Instant::now();
    (0..steps).for_each(|_| plan.step());
    let pictures = (plan.batch * steps) as f64;
    measured["images_per_second"] = json!(pictures / begun.elapsed().as_secs_f64());
    measured["arena_bytes"] = json!(plan.arena_bytes());
    measured["peak_memory_bytes"] = json!(memory::peak_bytes());
    measured
}

fn profiled(plan: &mut Plan, settings: Value, steps: usize, form: Form) -> anyhow::Result<ExitCode> {
    let limits = Limits::measure(&plan.pool);
    plan.step();
    let passes = profile::medians((0..steps).map(|_| plan.profile()).collect());
    match form {
        Form::Json => print_json(&profile::as_json(settings, &passes, &limits))?,
        Form::Text => output::result(profile::table(&passes, &limits))?,
    }
    Ok(ExitCode::SUCCESS)
}

fn say(measured: &Value, form: Form) -> anyhow::Result<ExitCode> {
    match form {
        Form::Json => print_json(measured)?,
        Form::Text => output::result(in_words(measured))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// A line for each figure, the values one below the other.
fn in_words(measured: &Value) -> String {
    let lines = measured.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    let lines: Vec<(String, String)> = lines
        .map(|(name, value)| {
            let words = name.trim_end_matches("_bytes").replace('_', " ");
            let shown = match (value.as_f64(), value.as_str()) {
                (Some(bytes), _) if name.ends_with("_bytes") => format!("{:.0} MiB", bytes / 1048576.0),
                (Some(rate), _) if name.ends_with("per_second") => format!("{rate:.1}"),
                (_, Some(text)) => text.to_owned(),
                _ => value.to_string(),
            };
            (words, shown)
        })
        .collect();
    let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let lines = lines.iter().map(|(name, value)| format!("{name:<width$}  {value}"));
    lines.collect::<Vec<_>>().join("\n")
}

/// A network with random weights, ready to predict or to train on pictures of noise.
struct Plan {
    engine: Engine,
    pool: Arc<Pool>,
    batch: usize,
}

enum Engine {
    Predict(Box<Predictor>),
    Train(Box<Trainer>, Box<Optimizer>),
}

impl Plan {
    fn new(arguments: &Bench, architecture: &Architecture) -> anyhow::Result<Self> {
        let batch = arguments.batch_size;
        let input = [arguments.image_size, arguments.image_size, 3];
        let mut graph = architecture
            .build(&Options::new(input, Top::Head(Head::new(CLASSES))))
            .map_err(|e| Error::new(ErrorKind::Usage, e.to_string()))?;
        let mode = arguments.mode.unwrap_or_default();
        if let (Mode::Frozen, Some(base_output)) = (mode, architecture.base_output(&graph)) {
            graph.freeze_through(base_output);
        }
        let (weights, pool) = (initialize(&graph, 0), Arc::new(Pool::new(threads(arguments.threads))));
        let engine = if mode == Mode::Predict {
            Engine::Predict(Box::new(Predictor::new(&graph, &weights, batch, &pool)?))
        } else {
            let options = TrainerOptions { batch, start: None, statistics: BatchStatistics::Batch, seed: 0 };
            let trainer = Trainer::new(&graph, weights, &options, &pool)?;
            let optimizer = OptimizerConfig::find("adam")?.build(&graph, trainer.slots())?;
            Engine::Train(Box::new(trainer), Box::new(optimizer))
        };
        Ok(Self { engine, pool, batch })
    }

    /// One batch, as prediction or training runs it.
    fn step(&mut self) {
        self.fill();
        let batch = self.batch;
        match &mut self.engine {
            Engine::Predict(predictor) => {
                predictor.run(batch);
            }
            Engine::Train(trainer, optimizer) => {
                let mut gradient = trainer.forward(batch, 0).values.to_vec();
                for (picture, row) in gradient.chunks_mut(CLASSES).enumerate() {
                    row[picture % CLASSES] -= 1.0;
                    row.iter_mut().for_each(|g| *g /= batch as f32);
                }
                trainer.backward(batch, &gradient);
                optimizer.step(1e-3, trainer.update());
            }
        }
    }

    /// One batch, each layer timed.
    fn profile(&mut self) -> Vec<StepProfile> {
        self.fill();
        match &mut self.engine {
            Engine::Predict(predictor) => predictor.profile(self.batch),
            Engine::Train(trainer, _) => trainer.profile(self.batch),
        }
    }

    fn fill(&mut self) {
        let input = match &mut self.engine {
            Engine::Predict(predictor) => predictor.input(self.batch),
            Engine::Train(trainer, _) => trainer.input(self.batch),
        };
        input.iter_mut().enumerate().for_each(|(i, v)| *v = (i * 2_654_435_761 % 256) as f32);
    }

    fn arena_bytes(&self) -> usize {
        match &self.engine {
            Engine::Predict(predictor) => predictor.arena_bytes(),
            Engine::Train(trainer, _) => trainer.arena_bytes(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_figure_has_a_line_and_names_stay_whole() {
        let measured = json!({
            "model": "mobilenet_v2", "batch_size": 8, "images_per_second": 12.345, "arena_bytes": 3 << 20,
            "peak_memory_bytes": null,
        });
        let expected = "model              mobilenet_v2\n\
                        batch size         8\n\
                        images per second  12.3\n\
                        arena              3 MiB";
        assert_eq!(in_words(&measured), expected);
    }
}
