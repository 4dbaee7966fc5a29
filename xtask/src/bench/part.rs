//! What `cargo xtask bench` is asked for: which parts, and how many runs of each program.

use anyhow::Result;

use super::comparison::Comparison;
use super::workbench::Workbench;
use super::{cnn, engine, pictures, start, workflow};

const RUNS: usize = 3;

/// What can be measured apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// The engine, forward.
    Predict,
    /// The engine, training.
    Train,
    /// An epoch of a tutorial's network on small pictures.
    Cnn,
    /// Reading pictures.
    Pictures,
    /// From class folders to a tested model.
    Workflow,
    /// One photo, the whole process.
    Start,
}

impl Part {
    const ALL: [Self; 6] =
        [Self::Predict, Self::Train, Self::Cnn, Self::Pictures, Self::Workflow, Self::Start];

    /// What one types.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Predict => "predict",
            Self::Train => "train",
            Self::Cnn => "cnn",
            Self::Pictures => "pictures",
            Self::Workflow => "workflow",
            Self::Start => "start",
        }
    }

    /// The names of its comparisons.
    fn tasks(self) -> Vec<String> {
        match self {
            Self::Predict => engine::PREDICT.iter().map(engine::Task::name).collect(),
            Self::Train => engine::TRAIN.iter().map(engine::Task::name).collect(),
            Self::Cnn => vec![cnn::TASK.into()],
            Self::Pictures => vec![pictures::TASK.into()],
            Self::Workflow => vec![workflow::TASK.into()],
            Self::Start => vec![start::TASK.into()],
        }
    }

    /// Its comparisons, with everything fetched that they need.
    pub(super) fn prepare(self, workbench: &mut Workbench) -> Result<Vec<Comparison>> {
        match self {
            Self::Predict => engine::predict(workbench),
            Self::Train => Ok(engine::train(workbench)),
            Self::Cnn => cnn::comparisons(workbench),
            Self::Pictures => pictures::comparisons(workbench),
            Self::Workflow => workflow::comparisons(workbench),
            Self::Start => start::comparisons(workbench),
        }
    }
}

/// The command line, checked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Request {
    /// In the order in which they were named; all of them if none was.
    pub(super) parts: Vec<Part>,
    /// How many times each program is run.
    pub(super) runs: usize,
    /// Only the tasks whose name holds this.
    pub(super) only: String,
}

impl Request {
    /// What the words ask for; the error says which of them is wrong.
    pub(crate) fn parse(words: &[&str]) -> Result<Self, String> {
        let (mut parts, mut runs, mut only) = (Vec::new(), RUNS, String::new());
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match *word {
                "--runs" => runs = number(words.next())?,
                "--only" => {
                    only = (*words.next().ok_or("bench: --only needs a part of a task's name")?).into()
                }
                name => {
                    let part = Part::ALL.iter().find(|part| part.name() == name);
                    parts.push(*part.ok_or_else(|| format!("bench: there is no part or option `{name}`"))?);
                }
            }
        }
        if parts.is_empty() {
            parts = Part::ALL.to_vec();
        }
        // Those without such a task need not be prepared.
        parts.retain(|part| part.tasks().iter().any(|task| task.contains(&only)));
        match parts.is_empty() {
            true => Err(format!("bench: no task of these parts has {only:?} in its name")),
            false => Ok(Self { parts, runs, only }),
        }
    }
}

/// How many runs.
fn number(word: Option<&&str>) -> Result<usize, String> {
    let word = word.ok_or("bench: --runs needs a number")?;
    let wrong = || format!("bench: --runs: expected a number from 1 on, received {word}");
    word.parse().ok().filter(|runs| *runs > 0).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_and_options_come_in_any_order() {
        let request =
            |parts: &[Part], runs, only: &str| Request { parts: parts.to_vec(), runs, only: only.into() };
        let words = ["train", "--runs", "1", "--only", "Efficient", "workflow"];
        assert_eq!(Request::parse(&words), Ok(request(&[Part::Workflow], 1, "Efficient")));
        assert_eq!(Request::parse(&["start", "train"]), Ok(request(&[Part::Start, Part::Train], RUNS, "")));
        assert_eq!(Request::parse(&[]), Ok(request(&Part::ALL, RUNS, "")));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let cases: [(&[&str], &str); 6] = [
            (&["trian"], "`trian`"),
            (&["--runs"], "--runs needs"),
            (&["--runs", "0"], "received 0"),
            (&["--runs", "many"], "received many"),
            (&["--only"], "--only needs"),
            (&["train", "--only", "zzz"], "\"zzz\""),
        ];
        for (words, said) in cases {
            let message = Request::parse(words).unwrap_err();
            assert!(message.contains(said), "{message}");
        }
    }
}
