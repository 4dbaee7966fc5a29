//! Mirrors half of the pictures, along each chosen axis by itself (Keras's `RandomFlip`).

use super::amount::Amount;
use super::{Affine, Change, Random};
use crate::{Error, Result};

/// Along which axes a picture may be mirrored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flip {
    /// Left and right change places.
    Horizontal,
    /// Top and bottom change places.
    Vertical,
    /// Either, neither or both.
    Both,
}

const WORDS: &[(&str, Flip)] =
    &[("horizontal", Flip::Horizontal), ("vertical", Flip::Vertical), ("both", Flip::Both)];

/// Of no meaning here.
pub(super) const MOST: f32 = 1.0;

pub(super) fn draw(flip: Option<Flip>, random: &mut Random, change: &mut Change) {
    let mut sign = |axis: Flip| {
        let heads = random.coin();
        if heads && (flip == Some(axis) || flip == Some(Flip::Both)) { -1.0 } else { 1.0 }
    };
    let (x, y) = (sign(Flip::Horizontal), sign(Flip::Vertical));
    change.affine = change.affine.then(Affine::linear([[x, 0.0], [0.0, y]]));
}

impl Amount for Option<Flip> {
    fn read(name: &str, text: Option<&str>, _: f32) -> Result<Self> {
        let Some(text) = text else { return Ok(Some(Flip::Horizontal)) };
        match WORDS.iter().find(|(word, _)| *word == text) {
            Some((_, flip)) => Ok(Some(*flip)),
            None => Err(Error::value(format!(
                "the augmentation {name:?} takes \"horizontal\" (which is meant if nothing is said), \
                 \"vertical\" or \"both\"; received {text:?}"
            ))),
        }
    }

    fn word(&self, name: &str) -> Option<String> {
        match (*self)? {
            Flip::Horizontal => Some(name.to_owned()),
            other => WORDS.iter().find(|(_, flip)| *flip == other).map(|(word, _)| format!("{name}={word}")),
        }
    }
}
