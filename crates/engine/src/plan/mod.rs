//! From a graph to a plan: which part is folded, which steps run, and where their buffers lie.

mod fold;
mod geometry;
mod layout;
mod lower;
mod primitives;
mod region;
mod wire;

pub(crate) use layout::place_forward;
pub(crate) use lower::{Lowered, lower};
pub(crate) use primitives::Primitives;
pub use region::{BatchStatistics, frozen_frontier};
pub(crate) use region::{Region, Regions};
pub(crate) use wire::{Wired, wire};
