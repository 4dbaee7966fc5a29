//! The figures as Markdown: a line for each figure with the best peer, and below it every program.

use std::collections::BTreeSet;
use std::fmt;

use super::comparison::{Entry, Row, megabytes};
use super::figure::Figure;
use super::machine;

const OURS: &str = "Linnaeus";

/// Everything that was measured.
pub(super) struct Report<'a> {
    pub(super) runs: usize,
    pub(super) rows: &'a [Row],
    /// What could not be measured, and why.
    pub(super) left_out: &'a [String],
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let peers = self.rows.iter().flat_map(|row| &row.peers);
        let versions: BTreeSet<&str> = peers.map(|p| p.version.as_str()).filter(|v| !v.is_empty()).collect();
        let versions: Vec<&str> = versions.into_iter().collect();
        writeln!(f, "Measured with `cargo xtask bench --runs {}` on {}.", self.runs, machine::description())?;
        if !versions.is_empty() {
            writeln!(f, "Beside {}.", versions.join(", "))?;
        }
        writeln!(
            f,
            "Each figure is the median of all runs, in brackets the lowest and the highest; programs ran in turn,"
        )?;
        writeln!(f, "and a ratio is the median of those of each round.")?;
        writeln!(f, "\n| | {OURS} | the best other program | times as fast | peak memory |")?;
        writeln!(f, "|---|---|---|---|---|")?;
        for (index, row) in self.rows.iter().enumerate() {
            writeln!(f, "{}", row.against_the_best(index.checked_sub(1).map(|before| &self.rows[before])))?;
        }
        writeln!(f, "\nEvery program:\n")?;
        writeln!(f, "| | program | figure | {OURS} is times as fast | peak memory |")?;
        writeln!(f, "|---|---|---|---|---|")?;
        for row in self.rows {
            for entry in std::iter::once(&row.ours).chain(&row.peers) {
                writeln!(f, "{}", row.line_of(entry))?;
            }
        }
        for reason in self.left_out {
            writeln!(f, "\nLeft out: {reason}.")?;
        }
        Ok(())
    }
}

impl Row {
    /// Task, our figure, the best peer's, the ratio, and, unless the row `before` is of the same task,
    /// the memory of both.
    fn against_the_best(&self, before: Option<&Self>) -> String {
        let Self { figure, ours, .. } = self;
        let best = self.best_peer();
        let beside =
            best.map_or("–".to_owned(), |best| format!("{}: {}", best.program, spread(figure, best)));
        let ratio = best.and_then(|best| self.ratio(best));
        let ratio = ratio.map_or("–".to_owned(), |ratio| format!("**{ratio:.2}**"));
        let memory = match best {
            _ if before.is_some_and(|before| before.task == self.task) => String::new(),
            None => memory(ours),
            Some(best) => format!("{} against {}", memory(ours), memory(best)),
        };
        format!("| {} | {} | {beside} | {ratio} | {memory} |", self.title(), spread(figure, ours))
    }

    fn line_of(&self, entry: &Entry) -> String {
        let ratio = if std::ptr::eq(entry, &self.ours) { None } else { self.ratio(entry) };
        let ratio = ratio.map_or(String::new(), |ratio| format!("{ratio:.2}"));
        let figure = spread(&self.figure, entry);
        format!("| {} | {} | {figure} | {ratio} | {} |", self.title(), entry.program, memory(entry))
    }

    fn title(&self) -> String {
        match self.figure.name {
            "" => self.task.clone(),
            name => format!("{}: {name}", self.task),
        }
    }

    fn best_peer(&self) -> Option<&Entry> {
        self.peers.iter().reduce(|best, peer| {
            let better = self.figure.unit.is_better(median(&peer.values), median(&best.values));
            if better { peer } else { best }
        })
    }

    /// The median of the rounds' ratios: what slows the machine down slows both in the same round.
    fn ratio(&self, peer: &Entry) -> Option<f64> {
        let pairs = self.ours.values.iter().zip(&peer.values);
        let ratios: Option<Vec<f64>> = pairs.map(|(a, b)| self.figure.unit.ratio(*a, *b)).collect();
        ratios.map(|ratios| median(&ratios))
    }
}

/// As `431 /s (420 /s to 440 /s)`; of one value, itself alone.
fn spread(figure: &Figure, entry: &Entry) -> String {
    let show = |value| figure.unit.show(value);
    let middle = show(median(&entry.values));
    if entry.values.len() < 2 {
        return middle;
    }
    let lowest = entry.values.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = entry.values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    format!("{middle} ({} to {})", show(lowest), show(highest))
}

fn memory(entry: &Entry) -> String {
    entry.peak_bytes.map_or("–".to_owned(), megabytes)
}

/// The middle value, or the mean of the two in the middle; NaN of none.
fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match (sorted.len() / 2, sorted.len() % 2) {
        (0, 0) => f64::NAN,
        (half, 0) => f64::midpoint(sorted[half - 1], sorted[half]),
        (half, _) => sorted[half],
    }
}

#[cfg(test)]
mod tests {
    use super::super::figure::{Place, Unit};
    use super::*;

    fn entry(program: &str, values: &[f64], megabytes: u64) -> Entry {
        Entry {
            program: program.into(),
            version: format!("{program} 1.0"),
            values: values.to_vec(),
            peak_bytes: (megabytes > 0).then_some(megabytes * 1_000_000),
        }
    }

    fn row(name: &'static str, unit: Unit, ours: Entry, peers: Vec<Entry>) -> Row {
        Row { task: "pictures".into(), figure: Figure { name, unit, place: Place::WallTime }, ours, peers }
    }

    #[test]
    fn medians_of_odd_and_even_counts() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 10.0]), 3.0);
        assert_eq!(median(&[7.0]), 7.0);
        assert!(median(&[]).is_nan());
    }

    /// The machine is half as fast in the second round: the ratio stays, though the medians' quotient would not.
    #[test]
    fn a_ratio_compares_what_ran_side_by_side() {
        let ours = entry("ours", &[200.0, 100.0, 190.0], 0);
        let row = row("", Unit::PicturesPerSecond, ours, vec![entry("slow", &[100.0, 50.0, 40.0], 0)]);
        assert_eq!(row.ratio(&row.peers[0]), Some(2.0));
    }

    #[test]
    fn the_best_peer_is_the_one_that_a_user_would_take() {
        let peers = || vec![entry("a", &[3.0], 0), entry("b", &[2.0], 0)];
        let best =
            |unit| row("", unit, entry("ours", &[1.0], 0), peers()).best_peer().unwrap().program.clone();
        assert_eq!(best(Unit::Seconds), "b");
        assert_eq!(best(Unit::PicturesPerSecond), "a");
        assert_eq!(best(Unit::Accuracy), "a");
    }

    #[test]
    fn the_report_has_a_line_for_each_figure_and_each_program() {
        let rows = [
            row(
                "plain",
                Unit::PicturesPerSecond,
                entry("Linnaeus", &[400.0, 410.0, 390.0], 180),
                vec![entry("tf.data", &[200.0, 205.0, 300.0], 500), entry("torchvision", &[50.0; 3], 0)],
            ),
            row("accuracy", Unit::Accuracy, entry("Linnaeus", &[0.9], 180), vec![]),
        ];
        let left_out = ["ONNX Runtime: no network".to_owned()];
        let report = Report { runs: 3, rows: &rows, left_out: &left_out }.to_string();
        let lines: Vec<&str> = report.lines().collect();
        for expected in [
            "Beside tf.data 1.0, torchvision 1.0.",
            "| pictures: plain | 400 /s (390 /s to 410 /s) | tf.data: 205 /s (200 /s to 300 /s) | **2.00** | \
             180 MB against 500 MB |",
            "| pictures: accuracy | 0.900 | – | – |  |",
            "| pictures: plain | Linnaeus | 400 /s (390 /s to 410 /s) |  | 180 MB |",
            "| pictures: plain | torchvision | 50.0 /s (50.0 /s to 50.0 /s) | 8.00 | – |",
            "Left out: ONNX Runtime: no network.",
        ] {
            assert!(lines.contains(&expected), "no line {expected:?} in\n{report}");
        }
        assert!(lines[0].starts_with("Measured with `cargo xtask bench --runs 3` on "), "{report}");
    }
}
