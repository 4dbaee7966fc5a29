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
    /// What the words ask for; `None` if they say nothing that is known.
    pub(crate) fn parse(words: &[&str]) -> Option<Self> {
        let (mut parts, mut runs, mut only) = (Vec::new(), RUNS, String::new());
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match *word {
                "--runs" => runs = words.next()?.parse().ok().filter(|runs| *runs > 0)?,
                "--only" => only = (*words.next()?).to_owned(),
                name => parts.push(*Part::ALL.iter().find(|part| part.name() == name)?),
            }
        }
        if parts.is_empty() {
            parts = Part::ALL.to_vec();
        }
        Some(Self { parts, runs, only })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_and_options_come_in_any_order() {
        let request =
            |parts: &[Part], runs, only: &str| Request { parts: parts.to_vec(), runs, only: only.into() };
        let words = ["train", "--runs", "1", "--only", "ResNet50", "start"];
        assert_eq!(Request::parse(&words), Some(request(&[Part::Train, Part::Start], 1, "ResNet50")));
        assert_eq!(Request::parse(&[]), Some(request(&Part::ALL, RUNS, "")));
        for wrong in [&["trian"][..], &["--runs"], &["--runs", "0"], &["--runs", "many"], &["--only"]] {
            assert_eq!(Request::parse(wrong), None, "{wrong:?}");
        }
    }
}
