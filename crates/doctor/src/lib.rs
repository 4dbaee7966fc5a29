//! What is wrong with a set of pictures, before anything is trained on it.
//!
//! 1. [`examine`] decodes every picture once and makes an [`Examination`] of it: [`Finding`]s, the most serious first;
//! 2. [`text()`] draws it for a terminal, [`html::page`] with the pictures side by side,
//!    [`Examination::json`] for machines;
//! 3. [`Quarantine`] moves away what nobody can use, and writes down from where and why;
//! 4. [`quick()`] says in a line each what can be known before training without decoding anything.

mod checks;
mod error;
mod examination;
mod finding;
mod groups;
mod hash;
pub mod html;
mod kind;
mod likeness;
mod look;
mod neighbours;
mod quarantine;
mod quick;
mod set;
mod storage;
mod text;
mod threads;
mod turn;

pub use error::{Error, ErrorKind, Result};
pub use examination::{Examination, Options, examine};
pub use finding::{Finding, Severity};
pub use kind::Kind;
pub use quarantine::{Moved, Quarantine};
pub use quick::quick;
pub use set::Subject;
pub use storage::Storage;
pub use text::text;
