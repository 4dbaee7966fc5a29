//! The table of `linnaeus bench MODEL --profile`: each layer's time beside what the machine could do at most.

use std::time::Duration;

use engine::{Pass, Pool, StepProfile, roofline};
use serde_json::{Value, json};

/// How long each limit is measured.
const MEASURED: Duration = Duration::from_millis(300);

/// What the machine does at most, measured just now.
pub(crate) struct Limits {
    operations_per_second: f64,
    bytes_per_second: f64,
}

impl Limits {
    pub(crate) fn measure(pool: &Pool) -> Self {
        Self {
            operations_per_second: roofline::peak_operations(pool, MEASURED),
            bytes_per_second: roofline::copy_bandwidth(pool, MEASURED),
        }
    }

    /// The least seconds for so much work, by the slower of arithmetic and memory.
    fn least_seconds(&self, pass: &StepProfile) -> f64 {
        let arithmetic = pass.operations as f64 / self.operations_per_second;
        arithmetic.max(pass.bytes as f64 / self.bytes_per_second)
    }
}

/// The median time of each pass over several runs of one plan.
pub(crate) fn medians(mut runs: Vec<Vec<StepProfile>>) -> Vec<StepProfile> {
    let Some(mut passes) = runs.pop() else { return Vec::new() };
    for (index, pass) in passes.iter_mut().enumerate() {
        let mut seconds: Vec<f64> = runs.iter().map(|run| run[index].seconds).collect();
        seconds.push(pass.seconds);
        seconds.sort_by(f64::total_cmp);
        pass.seconds = seconds[seconds.len() / 2];
    }
    passes
}

/// The table for people.
pub(crate) fn table(passes: &[StepProfile], limits: &Limits) -> String {
    let names = passes.iter().map(|pass| pass.layer.chars().count()).max().unwrap_or(0).max(5);
    let whole: f64 = passes.iter().map(|pass| pass.seconds).sum();
    let mut lines = vec![
        format!(
            "this machine: {:.0} GFLOP/s, {:.1} GB/s copied",
            limits.operations_per_second / 1e9,
            limits.bytes_per_second / 1e9
        ),
        format!(
            "{:<names$} {:<8} {:>9} {:>6} {:>8} {:>7} {:>8}",
            "layer", "pass", "ms", "share", "GFLOP/s", "GB/s", "of limit"
        ),
    ];
    let rate = |amount: usize, seconds: f64, digits: usize| match amount {
        0 => String::new(),
        _ => format!("{:.digits$}", amount as f64 / seconds / 1e9),
    };
    for pass in passes {
        lines.push(format!(
            "{:<names$} {:<8} {:>9.3} {:>5.1}% {:>8} {:>7} {:>7.0}%",
            pass.layer,
            word(pass.pass),
            1e3 * pass.seconds,
            100.0 * pass.seconds / whole,
            rate(pass.operations, pass.seconds, 0),
            rate(pass.bytes, pass.seconds, 1),
            100.0 * limits.least_seconds(pass) / pass.seconds,
        ));
    }
    let least: f64 = passes.iter().map(|pass| limits.least_seconds(pass)).sum();
    lines.push(format!(
        "{:<names$} {:<8} {:>9.3} {:>5}% {:>8} {:>7} {:>7.0}%",
        "all",
        "",
        1e3 * whole,
        100,
        "",
        "",
        100.0 * least / whole,
    ));
    lines.join("\n")
}

/// The same for machines.
pub(crate) fn as_json(passes: &[StepProfile], limits: &Limits) -> Value {
    let rows = passes.iter().map(|pass| {
        json!({
            "layer": pass.layer,
            "pass": word(pass.pass),
            "seconds": pass.seconds,
            "operations": pass.operations,
            "bytes": pass.bytes,
            "share_of_limit": limits.least_seconds(pass) / pass.seconds,
        })
    });
    json!({
        "operations_per_second": limits.operations_per_second,
        "bytes_per_second": limits.bytes_per_second,
        "passes": rows.collect::<Vec<_>>(),
    })
}

fn word(pass: Pass) -> &'static str {
    match pass {
        Pass::Load => "load",
        Pass::Forward => "forward",
        Pass::Backward => "backward",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pass(seconds: f64) -> StepProfile {
        StepProfile {
            layer: "conv".into(),
            pass: Pass::Forward,
            seconds,
            operations: 2_000_000_000,
            bytes: 500_000_000,
        }
    }

    #[test]
    fn the_slower_of_arithmetic_and_memory_limits() {
        let limits = Limits { operations_per_second: 1e9, bytes_per_second: 1e9 };
        assert_eq!(limits.least_seconds(&pass(4.0)), 2.0);
        let text = table(&[pass(4.0)], &limits);
        assert!(text.lines().nth(2).is_some_and(|line| line.ends_with(" 50%")), "{text}");
    }

    #[test]
    fn the_middle_run_counts() {
        let runs = [3.0, 1.0, 2.0].map(|seconds| vec![pass(seconds)]);
        assert_eq!(medians(runs.to_vec())[0].seconds, 2.0);
    }
}
