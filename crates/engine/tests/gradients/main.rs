//! Every op's gradient against finite differences, from one table.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails by a panic and may speak")]

mod table;

use std::sync::Arc;

use graph::{Graph, Op, Weights};
use linnaeus_engine::{BatchStatistics, Pool, Trainer, TrainerOptions, initialize};
use table::{Row, conv, table};

/// Numbers in `-1..1` from a seed (Knuth's linear congruence).
fn numbers(seed: u64, count: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

const PICTURES: usize = 3;

fn trainer(graph: &Graph, weights: &Weights, statistics: BatchStatistics) -> Trainer {
    let options = TrainerOptions { batch: PICTURES, start: None, statistics, seed: 1 };
    Trainer::new(graph, weights.clone(), &options, &Arc::new(Pool::new(2))).unwrap()
}

/// `Σ r · logits`, in float64.
fn loss(trainer: &mut Trainer, input: &[f32], r: &[f32]) -> f64 {
    trainer.input(PICTURES).copy_from_slice(input);
    let output = trainer.forward(PICTURES, 5);
    output.logits.iter().zip(r).map(|(y, r)| f64::from(*y) * f64::from(*r)).sum()
}

fn scale(numeric: f64, found: f64) -> f64 {
    numeric.abs().max(found.abs()).max(0.3)
}

/// The slope of `at` around zero; none where a kink (relu, maximum) lies between the points or in the middle.
fn slope(mut at: impl FnMut(f32) -> f64, step: f32, found: f64) -> Option<f64> {
    let [far_below, below, here, above, far_above] = [-1.0, -0.5, 0.0, 0.5, 1.0].map(|part| at(part * step));
    let step = f64::from(step);
    let (numeric, finer) = ((far_above - far_below) / (2.0 * step), (above - below) / step);
    let (left, right) = ((here - far_below) / step, (far_above - here) / step);
    let scale = scale(numeric, found);
    ((numeric - finer).abs() <= 4e-3 * scale && (right - left).abs() <= 2e-2 * scale).then_some(numeric)
}

fn check(row: &Row, statistics: BatchStatistics) {
    let mut graph = Graph::new("m", "input", [7, 6, 3]).unwrap();
    let x = graph.add("before", Op::Conv2d(conv(4, 3).same()), &[graph.input()]).unwrap();
    (row.build)(&mut graph, x).unwrap();
    let mut weights = initialize(&graph, 3);
    // Not zeros and ones, so that a wrong sign or a missing factor shows.
    for parameter in graph.parameters() {
        let noise = numbers(parameter.offset as u64 + 1, parameter.len());
        weights.get_mut(parameter).iter_mut().zip(noise).for_each(|(w, n)| *w += 0.2 * n);
    }
    let input = numbers(11, PICTURES * graph.input_shape().elements());
    let r = numbers(12, PICTURES * graph.output_shape().elements());
    let mut analytic = trainer(&graph, &weights, statistics);
    loss(&mut analytic, &input, &r);
    analytic.backward(PICTURES, &r);
    let mut probe = trainer(&graph, &weights, statistics);
    for slot in analytic.slots() {
        let parameter = graph.parameter(slot.parameter);
        let length = slot.weights.len();
        let entries: Vec<usize> = (0..length).step_by(length.div_ceil(12)).collect();
        let mut compared = 0;
        for &entry in &entries {
            let mut at = |delta: f32| {
                let mut moved = weights.clone();
                moved.get_mut(parameter)[entry] += delta;
                probe.set_weights(&graph, moved).unwrap();
                loss(&mut probe, &input, &r)
            };
            let found = f64::from(analytic.gradients()[slot.gradients.start + entry]);
            let slopes = [4e-3, 1e-3].map(|step| slope(&mut at, step, found));
            let Some(numeric) = slopes.into_iter().flatten().next() else { continue };
            let scale = scale(numeric, found);
            compared += 1;
            assert!(
                (numeric - found).abs() < 1e-2 * scale,
                "{} ({statistics:?}), {}[{entry}]: finite difference {numeric}, backward {found}",
                row.name,
                parameter.name
            );
        }
        assert!(
            compared * 2 >= entries.len(),
            "{}: {} was compared in {compared} places only",
            row.name,
            parameter.name
        );
    }
}

#[test]
fn every_gradient_agrees_with_finite_differences() {
    for row in table() {
        check(&row, BatchStatistics::Batch);
        check(&row, BatchStatistics::Moving);
    }
}

/// A new op must get its row: the table is held against the list of ops.
#[test]
fn the_table_has_every_op() {
    let mut seen = std::collections::BTreeSet::new();
    for row in table() {
        let mut graph = Graph::new("m", "input", [7, 6, 3]).unwrap();
        let x = graph.add("before", Op::Conv2d(conv(4, 3).same()), &[graph.input()]).unwrap();
        (row.build)(&mut graph, x).unwrap();
        seen.extend(graph.nodes().iter().map(|node| node.op.keras_class()));
    }
    for class in Op::KERAS_CLASSES {
        assert!(seen.contains(class), "{class} has no row");
    }
}
