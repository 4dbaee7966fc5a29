//! Each network of the zoo learns eight pictures by heart: the whole way down and up again works.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test fails by a panic and may speak"
)]

#[path = "../../zoo/tests/golden/table.rs"]
mod table;

use std::sync::Arc;

use engine::{BatchStatistics, Pool, Trainer, TrainerOptions, initialize};
use linnaeus_train::Answer;
use linnaeus_train::losses::{Targets, for_answer};
use linnaeus_train::optimizers::OptimizerConfig;
use zoo::{Architecture, Head, Options, Top};

const PICTURES: usize = 8;
const CLASSES: usize = 4;
const MOST_STEPS: u64 = 120;
/// The second where the first is too bold: for VGG, which has no norms.
const RATES: [f32; 2] = [1e-3, 1e-4];
/// The mean cross-entropy of pictures that are known by heart.
const LEARNED: f64 = 0.02;

/// Noise, another one each picture (a multiplicative hash of the position).
fn noise(input: &mut [f32]) {
    for (index, value) in input.iter_mut().enumerate() {
        *value = ((index as u32).wrapping_mul(2_654_435_761) >> 24) as f32;
    }
}

/// The loss before each step at `rate`, until it is small.
fn losses(architecture: &Architecture, rate: f32) -> Vec<f64> {
    let side = architecture.minimum_size.max(32);
    let options = Options::new([side, side, 3], Top::Head(Head::new(CLASSES)));
    let graph = architecture.build(&options).unwrap();
    let loss = for_answer(Answer::of(&graph).unwrap());
    let options =
        TrainerOptions { batch: PICTURES, start: None, statistics: BatchStatistics::Batch, seed: 0 };
    let pool = Arc::new(Pool::new(2));
    let mut trainer = Trainer::new(&graph, initialize(&graph, 1), &options, &pool).unwrap();
    let mut optimizer = OptimizerConfig::find("adam").unwrap().build(&graph, trainer.slots()).unwrap();
    let labels: Vec<u32> = (0..PICTURES).map(|picture| (picture % CLASSES) as u32).collect();
    let mut gradient = vec![0.0; PICTURES * CLASSES];
    let mut losses = Vec::new();
    for step in 0..MOST_STEPS {
        noise(trainer.input(PICTURES));
        let output = trainer.forward(PICTURES, step);
        losses.push(loss.learn(&output, Targets::Labels(&labels), None, &mut gradient));
        if losses[losses.len() - 1] < LEARNED {
            break;
        }
        trainer.backward(PICTURES, &gradient);
        optimizer.step(rate, trainer.update());
    }
    losses
}

/// All networks where the table of the zoo is made, else the first of each family: the others differ in numbers alone.
fn tried() -> Vec<&'static Architecture> {
    let of_family = if table::is_wanted() { usize::MAX } else { 1 };
    zoo::families().flat_map(|family| family.iter().take(of_family)).collect()
}

#[test]
fn every_network_learns_eight_pictures_by_heart() {
    let (mut cells, mut wrong) = (Vec::new(), Vec::new());
    for architecture in tried() {
        let name = architecture.name;
        let learned = RATES.iter().any(|rate| {
            let losses = losses(architecture, *rate);
            let (first, last, steps) = (losses[0], losses[losses.len() - 1], losses.len() - 1);
            println!("{name}: loss {first:.3} to {last:.3} in {steps} steps of {rate}");
            cells.push((name.to_owned(), format!("{steps} steps of {rate}")));
            first > 0.5 && last < LEARNED
        });
        if !learned {
            wrong.push(name);
        }
    }
    assert!(wrong.is_empty(), "{wrong:?} did not learn");
    table::record("by_heart", cells);
}
