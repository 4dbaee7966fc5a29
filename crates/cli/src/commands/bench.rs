//! `linnaeus bench`: the engine on random input in memory, or the pictures' way alone.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use engine::{BatchStatistics, Pool, Predictor, Trainer, TrainerOptions, initialize};
use images::{Augment, Channels, Order, Preprocess, Source, SourceOptions, read_folder};
use serde_json::{Value, json};
use train::optimizers::OptimizerConfig;
use workflow::{Error, ErrorKind};
use zoo::{Architecture, Head, Options, Top};

use crate::arguments::{Bench, Mode};
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
            let (images_per_second, arena) = engine_speed(arguments, architecture)?;
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

/// Pictures a second, and the bytes of the plan's buffers.
fn engine_speed(arguments: &Bench, architecture: &Architecture) -> anyhow::Result<(f64, usize)> {
    let (batch, steps) = (arguments.batch_size, arguments.steps);
    let input = [arguments.image_size, arguments.image_size, 3];
    let mut graph = architecture
        .build(&Options::new(input, Top::Head(Head::new(CLASSES))))
        .map_err(|e| Error::new(ErrorKind::Usage, e.to_string()))?;
    if let (Mode::Frozen, Some(base_output)) = (arguments.mode, architecture.base_output(&graph)) {
        graph.freeze_through(base_output);
    }
    let (weights, pool) = (initialize(&graph, 0), Arc::new(Pool::new(threads(arguments.threads))));
    let pixels = |values: &mut [f32]| {
        values.iter_mut().enumerate().for_each(|(i, v)| *v = (i * 2_654_435_761 % 256) as f32)
    };
    if arguments.mode == Mode::Predict {
        let mut predictor = Predictor::new(&graph, &weights, batch, &pool)?;
        let rate = rate(batch, steps, || {
            pixels(predictor.input(batch));
            predictor.run(batch);
        });
        return Ok((rate, predictor.arena_bytes()));
    }
    let options = TrainerOptions { batch, start: None, statistics: BatchStatistics::Batch, seed: 0 };
    let mut trainer = Trainer::new(&graph, weights, &options, &pool)?;
    let mut optimizer = OptimizerConfig::find("adam")?.build(trainer.gradients().len())?;
    let mut gradient = vec![0.0; batch * CLASSES];
    let rate = rate(batch, steps, || {
        pixels(trainer.input(batch));
        gradient.copy_from_slice(trainer.forward(batch, 0).values);
        for (picture, row) in gradient.chunks_mut(CLASSES).enumerate() {
            row[picture % CLASSES] -= 1.0;
            row.iter_mut().for_each(|g| *g /= batch as f32);
        }
        trainer.backward(batch, &gradient);
        optimizer.step(1e-3, trainer.update());
    });
    Ok((rate, trainer.arena_bytes()))
}

/// Pictures a second over `steps`, after one step that is not counted.
fn rate(batch: usize, steps: usize, mut step: impl FnMut()) -> f64 {
    step();
    let begun = Instant::now();
    (0..steps).for_each(|_| step());
    (batch * steps) as f64 / begun.elapsed().as_secs_f64()
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
