//! What is seen where a moved picture has no pixels (Keras's `fill_mode`).

use super::amount::Amount;
use super::{Change, Random};
use crate::{Error, Result};

/// What goes on beyond a picture's edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fill {
    /// The picture's mirror image: `dcba|abcd|dcba`.
    #[default]
    Reflect,
    /// The pixel at the edge: `aaaa|abcd|dddd`.
    Nearest,
    /// The picture again: `abcd|abcd|abcd`.
    Wrap,
    /// Black.
    Constant,
}

const WORDS: &[(&str, Fill)] = &[
    ("reflect", Fill::Reflect),
    ("nearest", Fill::Nearest),
    ("wrap", Fill::Wrap),
    ("constant", Fill::Constant),
];

/// Of no meaning here.
pub(super) const MOST: f32 = 1.0;

/// A change begins with it: whatever is moved needs it.
pub(super) fn draw(_: Fill, _: &mut Random, _: &mut Change) {}

impl Fill {
    /// Which pixel of a side stands at `position`; none for black.
    pub(crate) fn pixel(self, position: i64, length: usize) -> Option<usize> {
        let length = length as i64;
        let at = match self {
            Self::Reflect => {
                let folded = position.rem_euclid(2 * length);
                if folded < length { folded } else { 2 * length - 1 - folded }
            }
            Self::Nearest => position.clamp(0, length - 1),
            Self::Wrap => position.rem_euclid(length),
            Self::Constant if !(0..length).contains(&position) => return None,
            Self::Constant => position,
        };
        Some(at as usize)
    }
}

impl Amount for Fill {
    fn read(name: &str, text: Option<&str>, _: f32) -> Result<Self> {
        let known = WORDS.iter().find(|(word, _)| text == Some(word));
        known.map(|(_, fill)| *fill).ok_or_else(|| {
            let words: Vec<&str> = WORDS.iter().map(|(word, _)| *word).collect();
            if text.is_some_and(|text| text.starts_with("constant=")) {
                return Error::value(format!(
                    "{name:?}: what a constant fills is black: write fill=constant"
                ));
            }
            let received = text.map_or("nothing".to_owned(), |text| format!("{text:?}"));
            Error::value(format!("{name:?} takes one of {}; received {received}", words.join(", ")))
        })
    }

    fn word(&self, name: &str) -> Option<String> {
        let word = WORDS.iter().find(|(_, fill)| fill == self).map(|(word, _)| *word)?;
        (*self != Self::default()).then(|| format!("{name}={word}"))
    }
}
