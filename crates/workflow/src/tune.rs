//! Before training: which learning rate to take, and whether pretrained weights help.

mod candidates;
mod mcnemar;
mod range_test;
mod rates;
mod recorder;
mod shared;
mod transfer;
mod verdict;

pub use rates::{Rates, rates};
pub use transfer::transfer;
pub use verdict::{FINE_TUNED, FROM_SCRATCH, FROZEN};
