//! Before training: which learning rate to take, and whether pretrained weights help.

mod candidates;
mod ground;
mod mcnemar;
mod range_test;
mod rates;
mod recorder;
mod transfer;
mod verdict;

pub use rates::{Rates, rates};
pub use transfer::transfer;
