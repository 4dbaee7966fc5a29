//! Each network of the zoo learns eight pictures by heart: the whole way down and up again works.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails by a panic and may speak")]

use std::sync::Arc;

use engine::{BatchStatistics, Pool, Trainer, TrainerOptions, initialize};
use train::Answer;
use train::losses::{for_answer, learn};
use train::optimizers::OptimizerConfig;
use zoo::{Architecture, Head, Options, Top};

const PICTURES: usize = 8;
const CLASSES: usize = 4;
const MOST_STEPS: u64 = 120;

/// Noise, another one each picture (a multiplicative hash of the position).
fn noise(input: &mut [f32]) {
    for (index, value) in input.iter_mut().enumerate() {
        *value = ((index as u32).wrapping_mul(2_654_435_761) >> 24) as f32;
    }
}

/// The loss after each step, until it is small.
fn losses(architecture: &Architecture) -> Vec<f64> {
    let side = architecture.minimum_size.max(32);
    let options = Options::new([side, side, 3], Top::Head(Head::new(CLASSES)));
    let graph = architecture.build(&options).unwrap();
    let loss = for_answer(Answer::of(&graph).unwrap());
    let options =
        TrainerOptions { batch: PICTURES, start: None, statistics: BatchStatistics::Batch, seed: 0 };
    let pool = Arc::new(Pool::new(2));
    let mut trainer = Trainer::new(&graph, initialize(&graph, 1), &options, &pool).unwrap();
    let mut optimizer = OptimizerConfig::find("adam").unwrap().build(trainer.gradients().len()).unwrap();
    let labels: Vec<u32> = (0..PICTURES).map(|picture| (picture % CLASSES) as u32).collect();
    let mut gradient = vec![0.0; PICTURES * CLASSES];
    let mut losses = Vec::new();
    for step in 0..MOST_STEPS {
        noise(trainer.input(PICTURES));
        losses.push(learn(loss, &trainer.forward(PICTURES, step), &labels, None, &mut gradient));
        if losses[losses.len() - 1] < 0.02 {
            break;
        }
        trainer.backward(PICTURES, &gradient);
        optimizer.step(1e-3, trainer.update());
    }
    losses
}

#[test]
fn every_network_learns_eight_pictures_by_heart() {
    for architecture in zoo::all() {
        let losses = losses(architecture);
        let (first, last) = (losses[0], losses[losses.len() - 1]);
        println!("{}: loss {first:.3} to {last:.3} in {} steps", architecture.name, losses.len());
        assert!(first > 0.5 && last < 0.02, "{}: {losses:?}", architecture.name);
    }
}
