//! The whole job, joining the rooms: a recipe in; a trained, tested classifier and a run's folder out.
//!
//! [`Recipe`] is what was asked for, as written; [`Recipe::check`] makes it a [`Plan`], which [`run`] carries out.
//! [`Classifier`] is a model file that can be asked about pictures. [`published`] brings weights that others trained.

pub mod cache;
pub mod food;
pub mod published;
pub mod tune;

mod begun;
mod callbacks;
mod card;
mod changed_recipe;
mod check;
mod classifier;
mod clock;
mod convert;
mod cross_validation;
mod data;
mod error;
mod event;
mod feeder;
mod fetch;
mod fine_tune;
mod folds;
mod guessing;
mod job;
mod kept_state;
mod lying;
mod machine;
mod needs;
mod network;
mod no_validation;
mod outcome;
mod output_place;
mod own_model;
mod part_record;
mod planned_stage;
mod preview;
mod provenance;
mod recall_hint;
mod recipe;
mod resume;
mod run;
mod run_folder;
mod size;
mod stage_recipe;
mod standardize;
mod starting_weights;
mod starts;
mod threshold;
mod watch;
mod weights_file;
mod zoo_base;

pub use card::{Card, Trained};
pub use check::{Plan, augment};
pub use classifier::{Answer, Classifier};
pub use convert::{Conversion, Converted, convert};
pub use cross_validation::{CrossValidated, cross_validate, is_cross_validation, resume_cross_validation};
pub use error::{Error, ErrorKind, Result};
pub use event::{Event, Observer};
pub use fine_tune::FineTune;
pub use network::architecture;
pub use outcome::{decimal, evaluate};
pub use output_place::{check_file, check_out_folder};
pub use preview::Preview;
pub use recipe::Recipe;
pub use resume::resume;
pub use run::{Finished, run};
pub use run_folder::{instead_of_cross_validation, model_file};
pub use size::Size;
pub use stage_recipe::StageRecipe;
pub use threshold::Threshold;
