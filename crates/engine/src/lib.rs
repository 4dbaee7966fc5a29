//! Runs a graph on the CPU: a plan made once from the graph, forward, backward.
//!
//! A plan is a straight line of steps over numbered buffers that share one arena, placed by when they live.
//! Below the first trainable layer a plan is folded as for inference (batch norm into the convolution before it,
//! activation and residual into its epilogue) and has no backward. Above it a layer keeps its output alone: it applies
//! its activation as it writes, and the norm and the activation behind it are applied where the output is read.
//! A step allocates nothing while it runs, but for the room of a thread of the pool, which grows when the thread first
//! meets a piece of work that needs more.

mod arena;
mod error;
mod footprint;
mod initialize;
mod norms;
mod not_finite;
mod ops;
mod plan;
mod predictor;
mod profile;
mod trainer;

pub use error::{Error, ErrorKind, Result};
pub use footprint::Footprint;
pub use initialize::{initialize, initialize_parameter};
pub use kernels::{Pool, optimizers, roofline};
pub use not_finite::NotFinite;
pub use plan::{BatchStatistics, frozen_frontier};
pub use predictor::Predictor;
pub use profile::{Pass, StepProfile};
pub use trainer::{Output, Slot, Trainer, TrainerOptions, Update};
