//! What a run gave, as numbers, as text and as one page to show to a colleague.
//!
//! 1. [`Evaluation`] judges a model's probabilities against the true classes;
//! 2. [`Outcome`] holds it together with how the model came about, and is what `result.json` contains;
//! 3. [`text`] draws either of them for a terminal;
//! 4. [`html`] draws an outcome as one self-contained page.

mod confusion_picture;
mod error;
mod evaluation;
pub mod html;
mod lossy_path;
pub mod numbers;
mod outcome;
#[cfg(test)]
mod sample;
mod shorten;
pub mod text;
mod thumbnail;

pub use confusion_picture::ConfusionPicture;
pub use error::{Error, ErrorKind, Result};
pub use evaluation::{
    Aim, Aimed, Average, Calibration, CalibrationBin, ClassFigures, Evaluation, Example, Figure, Mistake,
    OperatingPoint, Settings, TwoClasses,
};
pub use outcome::{
    Best, Epoch, Found, ImageFacts, LoadedWeights, ModelFacts, Outcome, Part, Seconds, SkippedLayer,
    SkippedPicture, SkippedPictures, Stage, Start, Throughput,
};
pub use shorten::visible;
pub use thumbnail::{LONGER_SIDE, Thumbnail};
