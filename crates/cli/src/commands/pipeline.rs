//! `linnaeus bench pipeline`: pictures from their files to batches, with no network.

use std::path::Path;
use std::time::{Duration, Instant};

use images::{Augment, Channels, Listing, Order, Preprocess, Source, SourceOptions, read_folder};
use report::numbers::count;
use serde_json::{Value, json};
use workflow::{Error, ErrorKind};

use crate::arguments::Bench;
use crate::commands::threads;
use crate::{memory, output};

const AUGMENT: &str = "flip,rotation=0.1,zoom=0.1";
/// Passes are timed until they have lasted so long,
const LEAST_TIME: Duration = Duration::from_secs(1);
/// and until there are so many, so that the middle one means something,
const LEAST_PASSES: usize = 3;
/// but no more of them after so long.
const LONG_TIME: Duration = Duration::from_secs(10);

/// Read, decode, resize and (second figure) augment, with nothing kept in memory between passes.
pub(crate) fn measure(arguments: &Bench, data: &Path) -> anyhow::Result<Value> {
    let usage = |e: images::Error| Error::new(ErrorKind::Usage, e.to_string());
    let augment = workflow::augment(arguments.augment.as_deref().unwrap_or(AUGMENT))?;
    let side = arguments.image_size;
    let preprocess = Preprocess::new([side, side], Channels::Rgb).map_err(usage)?;
    let listing = read_folder(data).map_err(Error::from)?;
    say_what_is_left_out(&listing);
    let options = SourceOptions { memory_limit_bytes: 0, workers: threads(arguments.threads) };
    let source = Source::new(listing.train, &preprocess, options);
    let speed = |augment| median_speed(|epoch| pass(&source, augment, epoch, arguments.batch_size));
    Ok(json!({
        "pictures": source.len(),
        "batch_size": arguments.batch_size,
        "image_size": side,
        "threads": options.workers,
        "plain_images_per_second": speed(None),
        "augmented_images_per_second": speed(Some(&augment)),
        "peak_memory_bytes": memory::peak_bytes(),
    }))
}

/// Only the training part is read, as in training.
fn say_what_is_left_out(listing: &Listing) {
    for (name, part) in [("validation", &listing.validation), ("test", &listing.test)] {
        if let Some(part) = part {
            let left_out = count(
                part.len(),
                &format!("{name} picture is left out"),
                &format!("{name} pictures are left out"),
            );
            output::tell(format_args!("note: only the training part is read; {left_out}"));
        }
    }
    if !listing.skipped.is_empty() {
        let (one, many) = ("file is no picture and is left out", "files are no pictures and are left out");
        output::tell(format_args!("note: {}", count(listing.skipped.len(), one, many)));
    }
}

/// All pictures once; how many there were.
fn pass(source: &Source, augment: Option<&Augment>, epoch: u64, batch: usize) -> usize {
    let batches = source.batches(Order::Shuffled { seed: 0, epoch }, augment, 0, batch);
    batches.map(|batch| batch.labels.len()).sum()
}

/// Pictures a second in the middle one of the passes that follow one that is not timed.
fn median_speed(mut pass: impl FnMut(u64) -> usize) -> f64 {
    pass(0);
    let begun = Instant::now();
    let mut speeds = Vec::new();
    while begun.elapsed() < LEAST_TIME || (speeds.len() < LEAST_PASSES && begun.elapsed() < LONG_TIME) {
        let one = Instant::now();
        let pictures = pass(1 + speeds.len() as u64);
        speeds.push(pictures as f64 / one.elapsed().as_secs_f64());
    }
    speeds.sort_by(f64::total_cmp);
    speeds[speeds.len() / 2]
}
