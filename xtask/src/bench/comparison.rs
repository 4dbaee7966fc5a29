//! Programs that do the same task, run in turn, and the figures that they are compared by.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use super::figure::Figure;
use super::measured::Measured;

/// A task, and who does it.
pub(super) struct Comparison {
    /// As `MobileNetV2, predict, batch 32`.
    pub(super) task: String,
    /// The first is what the task is about.
    pub(super) figures: Vec<Figure>,
    /// Every program runs this many times for each run that is asked for: more than once where a run is very short.
    pub(super) rounds_per_run: usize,
    pub(super) ours: Contender,
    pub(super) peers: Vec<Contender>,
}

/// A program and how it is called for the task.
pub(super) struct Contender {
    /// As `PyTorch, eager`.
    pub(super) name: String,
    pub(super) command: Command,
    /// A folder that the command leaves and that must not be there before.
    pub(super) leaves: Option<PathBuf>,
}

/// One figure of a task, of every program that was measured.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) task: String,
    pub(super) figure: Figure,
    pub(super) ours: Entry,
    pub(super) peers: Vec<Entry>,
}

/// What one program reached, in the order of the rounds.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) program: String,
    /// Which version it says it is; empty if it does not say.
    pub(super) version: String,
    pub(super) values: Vec<f64>,
    /// The highest of all rounds.
    pub(super) peak_bytes: Option<u64>,
}

impl Comparison {
    /// Runs every program once a round, and gives a row for each figure. A peer that fails is left out from then on.
    ///
    /// # Errors
    /// Our program fails, or prints no figure.
    pub(super) fn run(&mut self, runs: usize, left_out: &mut Vec<String>) -> Result<Vec<Row>> {
        let (figures, rounds) = (&self.figures, runs * self.rounds_per_run);
        let mut ours = self.ours.entries(figures);
        let mut peers: Vec<Vec<Entry>> = self.peers.iter().map(|peer| peer.entries(figures)).collect();
        for round in 1..=rounds {
            println!("round {round} of {rounds}");
            self.ours.compete(figures, &mut ours)?;
            let mut index = 0;
            while index < self.peers.len() {
                match self.peers[index].compete(figures, &mut peers[index]) {
                    Ok(()) => index += 1,
                    Err(error) => {
                        println!("  left out: {error:#}");
                        let failed = (self.peers.remove(index), peers.remove(index)).0;
                        let first = error.to_string();
                        let reason = first.lines().next().unwrap_or_default();
                        left_out.push(format!("{} ({}): {reason}", failed.name, self.task));
                    }
                }
            }
        }
        let mut peers: Vec<_> = peers.into_iter().map(Vec::into_iter).collect();
        let rows = figures.iter().zip(ours).map(|(figure, ours)| Row {
            task: self.task.clone(),
            figure: *figure,
            ours,
            peers: peers.iter_mut().filter_map(Iterator::next).collect(),
        });
        Ok(rows.collect())
    }
}

impl Contender {
    /// An entry for each figure, with no value yet.
    fn entries(&self, figures: &[Figure]) -> Vec<Entry> {
        let entry = |_| Entry {
            program: self.name.clone(),
            version: String::new(),
            values: Vec::new(),
            peak_bytes: None,
        };
        figures.iter().map(entry).collect()
    }

    /// One run, added to the entries.
    fn compete(&mut self, figures: &[Figure], entries: &mut [Entry]) -> Result<()> {
        if let Some(folder) = self.leaves.as_ref().filter(|folder| folder.exists()) {
            std::fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
        }
        let run = Measured::run(&mut self.command)?;
        let values = figures.iter().map(|figure| figure.of(&run)).collect::<Result<Vec<f64>>>()?;
        let version = run.json().ok().and_then(|json| Some(json["version"].as_str()?.to_owned()));
        let mut said = Vec::new();
        for ((entry, figure), value) in entries.iter_mut().zip(figures).zip(values) {
            entry.values.push(value);
            entry.version = version.clone().unwrap_or_default();
            entry.peak_bytes = entry.peak_bytes.max(run.peak_bytes);
            said.push(format!("{} {}", figure.unit.show(value), figure.name).trim_end().to_owned());
        }
        said.extend(run.peak_bytes.map(|bytes| format!("peak memory {}", megabytes(bytes))));
        println!("  {:<24} {}  ({:.1} s)", self.name, said.join(", "), run.seconds);
        Ok(())
    }
}

/// As a person reads it.
pub(super) fn megabytes(bytes: u64) -> String {
    format!("{} MB", (bytes + 500_000) / 1_000_000)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::super::figure::{Place, Unit};
    use super::*;

    fn contender(name: &str, script: &str) -> Contender {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Contender { name: name.into(), command, leaves: None }
    }

    fn comparison(ours: &str, peers: &[(&str, &str)]) -> Comparison {
        let figure = |place, unit| Figure { name: "", unit, place };
        Comparison {
            task: "a task".into(),
            figures: vec![
                figure(Place::Output("/rate"), Unit::PicturesPerSecond),
                figure(Place::WallTime, Unit::Seconds),
            ],
            rounds_per_run: 2,
            ours: contender("ours", ours),
            peers: peers.iter().map(|(name, script)| contender(name, script)).collect(),
        }
    }

    #[test]
    fn each_program_runs_in_turn_and_a_peer_that_fails_is_left_out() {
        let folder = workspace_folder("in-turn");
        let log = folder.join("log");
        let says = |name: &str, rate: u32| {
            format!(
                "printf {name} >> '{}'; echo '{{\"rate\": {rate}, \"version\": \"v {rate}\"}}'",
                log.display()
            )
        };
        let peers = [("b", says("b", 20)), ("c", "echo broken >&2; exit 1".to_owned()), ("d", says("d", 40))];
        let peers = peers.each_ref().map(|(name, script)| (*name, script.as_str()));
        let mut left_out = Vec::new();
        let rows = comparison(&says("a", 10), &peers).run(2, &mut left_out).unwrap();

        assert_eq!(std::fs::read_to_string(&log).unwrap(), "abdabdabdabd");
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0].ours.values, [10.0; 4]);
        let peers: Vec<_> = rows[0].peers.iter().map(|p| (p.program.as_str(), p.version.as_str())).collect();
        assert_eq!(peers, [("b", "v 20"), ("d", "v 40")]);
        assert_eq!(rows[0].peers[1].values, [40.0; 4]);
        assert!(rows[1].peers[1].values.iter().all(|seconds| *seconds < 40.0));
        assert_eq!(left_out.len(), 1);
        assert!(left_out[0].starts_with("c (a task): sh: exit status: 1"), "{left_out:?}");
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn our_own_failure_ends_it() {
        let failed = comparison("exit 1", &[]).run(1, &mut Vec::new());
        assert!(failed.unwrap_err().to_string().starts_with("sh: exit status: 1"));
        let silent = comparison("true", &[]).run(1, &mut Vec::new());
        assert!(silent.unwrap_err().to_string().starts_with("the output does not end in JSON"));
    }

    /// What a run left is gone before the next.
    #[test]
    fn a_command_finds_no_folder_of_the_run_before() {
        let folder = workspace_folder("left");
        let made = folder.join("made");
        let mut comparison =
            comparison(&format!("mkdir '{}' && echo '{{\"rate\": 1}}'", made.display()), &[]);
        comparison.ours.leaves = Some(made);
        assert_eq!(comparison.run(1, &mut Vec::new()).unwrap()[0].ours.values.len(), 2);
        std::fs::remove_dir_all(folder).unwrap();
    }

    fn workspace_folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("linnaeus-bench-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }
}
