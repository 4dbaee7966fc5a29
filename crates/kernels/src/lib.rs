//! The arithmetic of Linnaeus: slices in, slices out, float32, NHWC.
//!
//! Each op is a folder or file: its door checks lengths and chooses the instruction set; a plain reference loop
//! stands beside every fast path and is compared with it forever. Work is cut in pieces whose size depends on the
//! problem alone and reduced in a fixed order, so the number of threads never changes a bit of the result.
//! This is the only crate with `unsafe`. It knows no graph.

pub mod activation;
#[cfg(feature = "count-allocations")]
pub mod allocations;
pub mod channel_scale;
pub mod columns;
pub mod conv;
pub mod depthwise;
pub mod elementwise;
pub mod gemm;
pub mod huge_pages;
pub mod kept;
pub mod layer_norm;
pub mod norm;
pub mod optimizers;
pub mod pooled_conv;
pub mod pooling;
pub mod roofline;
pub mod softmax;
pub mod strips;

mod aligned;
mod disjoint;
mod epilogue;
mod held;
mod isa;
mod lanes;
mod taps;
#[cfg(test)]
mod testing;
mod threads;
mod window;

pub use epilogue::{Epilogue, Write};
pub use isa::{Isa, Level};
pub use threads::Pool;
pub use window::Window;
