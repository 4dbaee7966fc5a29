//! `linnaeus bench`: the engine on random input in memory, or the pictures' way alone.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use engine::{BatchStatistics, Pool, Predictor, StepProfile, Trainer, TrainerOptions, initialize};
use images::{Augment, Channels, Order, Preprocess, Source, SourceOptions, read_folder};
use serde_json::{Value, json};
use train::optimizers::{Optimizer, OptimizerConfig};
use workflow::{Error, ErrorKind};
use zoo::{Architecture, Head, Options, Top};

use crate::arguments::{Bench, Mode};
use crate::commands::profile::{self, Limits};
use crate::commands::{print_json, threads};
use crate::memory;
use crate::output;

/// Classes of the new head, as in the scripts that other frameworks are measured with.
const CLASSES: usize = 6;

pub(crate) fn run(arguments: &Bench, json: bool) -> anyhow::Result<ExitCode> {
    let measured = match (arguments.model.as_str(), &arguments.data) {
        ("pipeline", Some(data)) => pipeline(arguments, data)?,
        ("pipeline", None) => {
            let message = "bench pipeline needs pictures: give a folder of class folders";
            return Err(Error::new(ErrorKind::Usage, message).into());
        }
        (name, _) => {
            let architecture = zoo::find(name).map_err(|e| Error::new(ErrorKind::Usage, e.to_string()))?;
            if arguments.profile {
                return profiled(arguments, architecture, json);
            }
            let (images_per_second, arena) = speed(arguments, architecture)?;
            json!({
                "model": name,
                "mode": format!("{:?}", arguments.mode).to_lowercase(),
                "batch_size": arguments.batch_size,
                "image_size": arguments.image_size,
                "steps": arguments.steps,
                "threads": threads(arguments.threads),
                "images_per_second": images_per_second,
                "arena_bytes": arena,
                "peak_memory_bytes": memory::peak_bytes(),
            })
        }
    };
    match json {
        true => print_json(&measured)?,
        false => output::result(in_words(&measured))?,
    }
    Ok(ExitCode::SUCCESS)
}

fn profiled(arguments: &Bench, architecture: &Architecture, json: bool) -> anyhow::Result<ExitCode> {
    let mut plan = Plan::new(arguments, architecture)?;
    let limits = Limits::measure(&plan.pool);
    plan.step();
    let passes = profile::medians((0..arguments.steps).map(|_| plan.profile()).collect());
    match json {
        true => print_json(&profile::as_json(&passes, &limits))?,
        false => output::result(profile::table(&passes, &limits))?,
    }
    Ok(ExitCode::SUCCESS)
}

fn in_words(measured: &Value) -> String {
    let words = measured.as_object().into_iter().flatten().map(|(name, value)| match value.as_f64() {
        Some(bytes) if name.ends_with("_bytes") => {
            format!("{} {:.0} MiB", name.trim_end_matches("_bytes"), bytes / 1048576.0)
        }
        Some(rate) if name.contains("per_second") => format!("{name} {rate:.1}"),
        _ => format!("{name} {}", value.to_string().trim_matches('"')),
    });
    words.collect::<Vec<_>>().join(", ").replace('_', " ")
}

/// A network with random weights, ready to predict or to train on pictures of noise.
struct Plan {
    engine: Engine,
    pool: Arc<Pool>,
    batch: usize,
}

enum Engine {
    Predict(Box<Predictor>),
    Train(Box<Trainer>, Box<dyn Optimizer>),
}

impl Plan {
    fn new(arguments: &Bench, architecture: &Architecture) -> anyhow::Result<Self> {
        let batch = arguments.batch_size;
        let input = [arguments.image_size, arguments.image_size, 3];
        let mut graph = architecture
            .build(&Options::new(input, Top::Head(Head::new(CLASSES))))
            .map_err(|e| Error::new(ErrorKind::Usage, e.to_string()))?;
        if let (Mode::Frozen, Some(base_output)) = (arguments.mode, architecture.base_output(&graph)) {
            graph.freeze_through(base_output);
        }
        let (weights, pool) = (initialize(&graph, 0), Arc::new(Pool::new(threads(arguments.threads))));
        let engine = if arguments.mode == Mode::Predict {
            Engine::Predict(Box::new(Predictor::new(&graph, &weights, batch, &pool)?))
        } else {
            let options = TrainerOptions { batch, start: None, statistics: BatchStatistics::Batch, seed: 0 };
            let trainer = Trainer::new(&graph, weights, &options, &pool)?;
            let optimizer = OptimizerConfig::find("adam")?.build(trainer.gradients().len())?;
            Engine::Train(Box::new(trainer), optimizer)
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

/// Pictures a second after one step that is not counted, and the bytes of the plan's buffers.
fn speed(arguments: &Bench, architecture: &Architecture) -> anyhow::Result<(f64, usize)> {
    let mut plan = Plan::new(arguments, architecture)?;
    plan.step();
    let begun = Instant::now();
    (0..arguments.steps).for_each(|_| plan.step());
    let pictures = (arguments.batch_size * arguments.steps) as f64;
    Ok((pictures / begun.elapsed().as_secs_f64(), plan.arena_bytes()))
}

/// Read, decode, resize and (second figure) augment, with nothing kept in memory between passes.
fn pipeline(arguments: &Bench, data: &Path) -> anyhow::Result<Value> {
    let listing = read_folder(data)?;
    let side = arguments.image_size;
    let preprocess = Preprocess::new([side, side], Channels::Rgb)?;
    let options = SourceOptions { memory_limit_bytes: 0, workers: threads(arguments.threads) };
    let source = Source::new(listing.train, &preprocess, options);
    let augment: Augment =
        arguments.augment.parse().map_err(|e: images::Error| Error::new(ErrorKind::Usage, e.to_string()))?;
    let pass = |augment: Option<&Augment>, epoch: u64| {
        let batches = source.batches(Order::Shuffled { seed: 0, epoch }, augment, 0, arguments.batch_size);
        batches.map(|batch| batch.labels.len()).sum::<usize>()
    };
    let speed = |augment: Option<&Augment>| {
        pass(augment, 0);
        let begun = Instant::now();
        pass(augment, 1) as f64 / begun.elapsed().as_secs_f64()
    };
    Ok(json!({
        "pictures": source.len(),
        "threads": options.workers,
        "plain_images_per_second": speed(None),
        "augmented_images_per_second": speed(Some(&augment)),
        "peak_memory_bytes": memory::peak_bytes(),
    }))
}
