//! The whole job, joining the rooms: a recipe in; a trained, tested classifier and a run's folder out.
//!
//! [`Recipe`] is what was asked for, as written; [`Recipe::check`] makes it a [`Plan`], which [`run`] carries out.
//! [`Classifier`] is a model file that can be asked about pictures. [`published`] brings weights that others trained.

pub mod cache;
pub mod food;
pub mod published;

mod card;
mod check;
mod classifier;
mod data;
mod error;
mod event;
mod fetch;
mod outcome;
mod provenance;
mod recipe;
mod run;
mod run_folder;
mod starting_weights;
mod weights_file;

pub use card::{Card, Trained};
pub use check::Plan;
pub use classifier::{Answer, Classifier};
pub use error::{Error, ErrorKind, Result};
pub use event::{Event, Observer};
pub use outcome::evaluate;
pub use recipe::Recipe;
pub use run::{Finished, run};
