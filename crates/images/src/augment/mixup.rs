//! That the pictures of a batch are blended (Keras's `MixUp`); [`crate::mixing`] does it when they are all there.

use super::{Change, Random};

/// What the paper goes up to. From about 4 on nearly all pictures are blended half and half.
pub(super) const MOST: f32 = 32.0;

pub(super) fn draw(_: f32, _: &mut Random, _: &mut Change) {}
