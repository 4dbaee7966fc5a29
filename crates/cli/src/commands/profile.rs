//! The table of `linnaeus bench MODEL --profile`: each layer's time beside what the machine could do at most.

use std::time::Duration;

use engine::{Pass, Pool, StepProfile, roofline};
use serde_json::{Value, json};

/// How long each limit is measured: eight windows of 60 ms.
const MEASURED: Duration = Duration::from_millis(480);

/// Said under the table where a row does more than the limit.
const ABOVE_LIMIT: &str = "more than 100 %: Winograd's convolutions are counted by their direct operations,\n\
                           and small tensors stay in the caches, which are faster than memory";

/// Seconds below which a pass did nothing to speak of.
const LEAST_SHOWN: f64 = 5e-7;

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

/// The table for people: a row for each pass that took any time, then each kind of pass together.
pub(crate) fn table(passes: &[StepProfile], limits: &Limits) -> String {
    let names = passes.iter().map(|pass| pass.layer.chars().count()).max().unwrap_or(0).max(5);
    let whole = Total::of(passes, limits);
    let machine = format!(
        "this machine: {:.0} GFLOP/s, {:.1} GB/s copied",
        limits.operations_per_second / 1e9,
        limits.bytes_per_second / 1e9
    );
    let head = format!(
        "{:<names$} {:<8} {:>9} {:>6} {:>8} {:>7} {:>8}",
        "layer", "pass", "ms", "share", "GFLOP/s", "GB/s", "of limit"
    );
    let row = |name: &str, word: &str, passes: &[StepProfile]| {
        let total = Total::of(passes, limits);
        format!(
            "{name:<names$} {word:<8} {:>9.3} {:>5.1}% {:>8} {:>7} {:>7.0}%",
            1e3 * total.seconds,
            100.0 * total.seconds / whole.seconds,
            rate(total.operations, total.seconds, 0),
            rate(total.bytes, total.seconds, 1),
            100.0 * total.least_seconds / total.seconds,
        )
    };
    let took_time: Vec<&StepProfile> = passes.iter().filter(|pass| pass.seconds >= LEAST_SHOWN).collect();
    let is_above = took_time.iter().any(|pass| limits.least_seconds(pass) > pass.seconds);
    let layers =
        took_time.into_iter().map(|pass| row(&pass.layer, word(pass.pass), std::slice::from_ref(pass)));
    let kinds = [Pass::Load, Pass::Forward, Pass::Backward].map(|kind| {
        let passes: Vec<StepProfile> = passes.iter().filter(|pass| pass.pass == kind).cloned().collect();
        (!passes.is_empty()).then(|| row("all", word(kind), &passes))
    });
    let lines = [machine, head].into_iter().chain(layers).chain(kinds.into_iter().flatten());
    let lines = lines.chain([row("all", "", passes)]).chain(is_above.then(|| ABOVE_LIMIT.to_owned()));
    lines.collect::<Vec<_>>().join("\n")
}

/// Billions a second; nothing where nothing was counted.
fn rate(amount: usize, seconds: f64, digits: usize) -> String {
    if amount == 0 { String::new() } else { format!("{:.digits$}", amount as f64 / seconds / 1e9) }
}

/// Several passes together.
#[derive(Default)]
struct Total {
    seconds: f64,
    least_seconds: f64,
    operations: usize,
    bytes: usize,
}

impl Total {
    fn of(passes: &[StepProfile], limits: &Limits) -> Self {
        passes.iter().fold(Self::default(), |total, pass| Self {
            seconds: total.seconds + pass.seconds,
            least_seconds: total.least_seconds + limits.least_seconds(pass),
            operations: total.operations + pass.operations,
            bytes: total.bytes + pass.bytes,
        })
    }
}

/// The same for machines, after what was asked for.
pub(crate) fn as_json(mut settings: Value, passes: &[StepProfile], limits: &Limits) -> Value {
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
    settings["operations_per_second"] = json!(limits.operations_per_second);
    settings["bytes_per_second"] = json!(limits.bytes_per_second);
    settings["passes"] = rows.collect();
    settings
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
    fn a_row_above_the_limit_is_explained() {
        let limits = Limits { operations_per_second: 1e9, bytes_per_second: 1e9 };
        assert!(table(&[pass(1.0)], &limits).ends_with(ABOVE_LIMIT));
        assert!(!table(&[pass(2.0)], &limits).contains(ABOVE_LIMIT));
    }

    #[test]
    fn the_middle_run_counts() {
        let runs = [3.0, 1.0, 2.0].map(|seconds| vec![pass(seconds)]);
        assert_eq!(medians(runs.to_vec())[0].seconds, 2.0);
    }
}
