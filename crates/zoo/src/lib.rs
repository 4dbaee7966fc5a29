//! Architectures, their preprocessing and where their published weights are. No files are read here.
//!
//! [`find`] gives an [`Architecture`]; [`Architecture::build`] makes its [`graph::Graph`] for [`Options`]: the size
//! of the pictures, the width, and what stands on top.

mod alike;
mod architecture;
mod architectures;
mod block;
mod efficientnet_stages;
mod efficientnet_timm_names;
mod flops;
mod imagenet;
mod inception;
mod mbconv;
mod options;
mod published;
mod scaling;
mod stack;
mod top;
mod torch_names;
mod width;

pub use alike::plain as plain_name;
pub use architecture::Architecture;
pub use architectures::{all, families, find};
pub use block::Block;
pub use flops::flops;
pub use graph::{Error, ErrorKind, Result};
pub use options::{Head, HeadActivation, Options, Pooling, Top};
pub use published::{Algorithm, Checksum, Part, Place, Published, Wanted, classes};
pub use scaling::InputScaling;
pub use top::HeadPooling;
