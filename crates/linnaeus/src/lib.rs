//! Pictures in, a tested classifier out.
//!
//! ```no_run
//! use std::sync::atomic::AtomicBool;
//!
//! use linnaeus::prelude::*;
//!
//! fn main() -> Result<()> {
//!     let recipe = Recipe { data: "photos".into(), augment: "flip,rotation=0.1".into(), ..Recipe::default() };
//!     let finished = run(&recipe.check()?, &mut |_| {}, &AtomicBool::new(false))?;
//!     println!("the report is at {}", finished.report.display());
//!     Ok(())
//! }
//! ```

pub use {doctor, engine, formats, graph, images, report, train, workflow, zoo};

/// What most programs need.
pub mod prelude {
    pub use workflow::{
        Classifier, Error, Event, FineTune, Plan, Recipe, Result, StageRecipe, evaluate, run,
    };
}
