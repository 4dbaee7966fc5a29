//! That a box of one picture is put over another (Keras's `CutMix`); [`crate::mixing`] does it when both are there.

use super::{Change, Random};

/// As of `mixup`.
pub(super) const MOST: f32 = 32.0;

pub(super) fn draw(_: f32, _: &mut Random, _: &mut Change) {}
