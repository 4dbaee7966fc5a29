//! Pictures a second from disk to batches, without and with augmentation; nothing is kept in memory.
//!
//! `cargo run --release -p linnaeus-images --example pipeline_bench DIR [SIDE] [WORKERS]`

use std::path::Path;
use std::time::Instant;

use linnaeus_images::{Augment, Channels, Order, Preprocess, Source, SourceOptions, read_folder};

const BATCH_SIZE: usize = 32;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("give a folder of class folders")?;
    let side: usize = arguments.next().map_or(Ok(224), |a| a.parse())?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let workers = arguments.next().map_or(Ok(cores), |a| a.parse())?;
    let samples = read_folder(Path::new(&folder))?.train;
    let preprocess = Preprocess::new([side, side], Channels::Rgb)?;
    let source = Source::new(samples, &preprocess, SourceOptions { memory_limit_bytes: 0, workers });
    let augment: Augment = "flip,rotation=0.1,zoom=0.1".parse()?;
    for (name, augment) in [("decode + resize", None), ("decode + resize + augment", Some(&augment))] {
        measure(&source, augment);
        let (pictures, seconds) = measure(&source, augment);
        show(&format!("{name}: {:.1} pictures/s, {workers} workers", pictures as f64 / seconds));
    }
    Ok(())
}

/// One pass; how many pictures came in how many seconds.
fn measure(source: &Source, augment: Option<&Augment>) -> (usize, f64) {
    let started = Instant::now();
    let pictures = source.batches(Order::Shuffled { seed: 0, epoch: 0 }, augment, 0, BATCH_SIZE);
    let pictures = pictures.map(|batch| batch.len()).sum();
    (pictures, started.elapsed().as_secs_f64())
}

#[expect(clippy::print_stdout, reason = "an example speaks to a person")]
fn show(line: &str) {
    println!("{line}");
}
