//! What happens during a job, for whoever draws it.

use std::path::Path;

use images::Split;

/// Gets every event as it happens.
pub type Observer<'a> = dyn FnMut(Event<'_>) + 'a;

/// One thing that happened.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Event<'a> {
    /// Something that a person should know, a sentence without its full stop.
    Notice(&'a str),
    /// A longer step begins, as "reading pictures".
    Started(&'a str),
    /// A file is being fetched.
    Fetching {
        /// What came so far.
        bytes: u64,
        /// The whole file, where the server says it.
        total: Option<u64>,
    },
    /// The base got its weights from a file.
    Loaded(&'a report::LoadedWeights),
    /// The pictures were listed and shared out.
    Pictures {
        /// The class names.
        classes: &'a [String],
        /// The three parts.
        split: &'a Split,
    },
    /// Pictures that are left out, with the first reasons.
    Skipped(&'a [images::Skipped]),
    /// The model was built.
    Model {
        /// Its architecture.
        name: &'a str,
        /// All parameters.
        parameters: usize,
        /// Those that the first stage trains.
        trained: usize,
    },
    /// Of a cross-validation, the run that holds out one fold begins.
    Fold {
        /// Counted from 1.
        number: usize,
        /// How many there are.
        folds: usize,
    },
    /// Where everything is written.
    RunFolder(&'a Path),
    /// A stage begins, as training will say.
    Stage {
        /// Counted from 1.
        number: usize,
        /// How many stages there are.
        stages: usize,
        /// Epochs of the stages after it, if none ends before its time.
        epochs_after: usize,
    },
    /// Something of training.
    Train(train::Event<'a>),
    /// The test part is being judged.
    Testing {
        /// Pictures in it.
        pictures: usize,
    },
}
