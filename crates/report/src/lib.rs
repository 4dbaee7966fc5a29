//! What a run gave, as numbers, as text and as one page to show to a colleague.
//!
//! 1. [`Evaluation`] judges a model's probabilities against the true classes;
//! 2. [`Outcome`] holds it together with how the model came about, and is what `result.json` contains;
//! 3. [`Training::findings`] says in words what went wrong in a training;
//! 4. [`text`] draws either of them for a terminal;
//! 5. [`html`] draws an outcome as one self-contained page;
//! 6. [`CrossValidation`] puts the outcomes of several folds together, with a text and a page of its own.

mod confusion_picture;
mod cross_validation;
mod error;
mod evaluation;
mod findings;
pub mod html;
mod lossy_path;
pub mod numbers;
mod outcome;
mod rate_search;
#[cfg(test)]
mod sample;
mod shorten;
mod sources;
mod stage_settings;
pub mod text;
mod thumbnail;
mod transfer_probe;

pub use confusion_picture::ConfusionPicture;
pub use cross_validation::{CrossValidation, FoldFigures, Spread};
pub use error::{Error, ErrorKind, Result};
pub use evaluation::{
    Aim, Aimed, Average, Calibration, CalibrationBin, ClassFigures, Evaluation, Example, Figure, Mistake,
    OperatingPoint, Settings, TwoClasses, wilson,
};
pub use findings::{Finding, FindingKind, Guessing, Training, is_thrown_up};
pub use outcome::{
    Best, Epoch, Found, ImageFacts, LoadedWeights, ModelFacts, Outcome, Part, Seconds, SkippedLayer,
    SkippedPicture, SkippedPictures, Stage, Start, Throughput,
};
pub use rate_search::{RangePoint, RangeTest, RateSearch, RateTrial};
pub use shorten::visible;
pub use stage_settings::{BaseSettings, StageSettings};
pub use thumbnail::{LONGER_SIDE, Thumbnail};
pub use transfer_probe::{Transfer, TransferProbe, TransferWay};
