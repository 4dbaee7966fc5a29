//! Which part of a picture is seen, and where in the input it lands.

use crate::orientation::Orientation;
use crate::{Exif, Preprocess, Resize};

/// How a stored picture becomes an input.
pub(crate) struct Fit {
    /// How it is turned, after it was resized.
    pub(crate) turn: Orientation,
    /// Where it goes, upright.
    pub(crate) place: Placement,
    /// What is seen of it as it is stored: `[height, width]` around its centre.
    pub(crate) seen: [f64; 2],
    /// To how many rows and columns that is resized, not yet turned.
    pub(crate) covers: [usize; 2],
}

impl Fit {
    pub(crate) fn new(preprocess: &Preprocess, picture: [usize; 2], noted: Orientation) -> Self {
        let turn = match preprocess.exif {
            Exif::Apply => noted,
            Exif::Ignore => Orientation::default(),
        };
        let place = Placement::new(preprocess.resize, turn.turned(picture), preprocess.size);
        Self { turn, place, seen: turn.turned(place.seen), covers: turn.turned(place.covers) }
    }
}

/// Positions and lengths along both axes are in pixels of the upright picture and of the input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Placement {
    /// What is seen of the picture: `[height, width]` around its centre. Parts of a pixel count.
    pub(crate) seen: [f64; 2],
    /// The first row and column of the input that it covers.
    pub(crate) at: [usize; 2],
    /// How many rows and columns of the input it covers.
    pub(crate) covers: [usize; 2],
}

impl Placement {
    pub(crate) fn new(resize: Resize, picture: [usize; 2], input: [usize; 2]) -> Self {
        let whole = picture.map(|side| side as f64);
        let factors = [input[0] as f64 / whole[0], input[1] as f64 / whole[1]];
        match resize {
            Resize::Stretch => Self { seen: whole, at: [0, 0], covers: input },
            Resize::Crop => {
                let factor = factors[0].max(factors[1]);
                let seen = [0, 1].map(|axis| (input[axis] as f64 / factor).min(whole[axis]));
                Self { seen, at: [0, 0], covers: input }
            }
            Resize::Pad => {
                let factor = factors[0].min(factors[1]);
                let covers =
                    [0, 1].map(|axis| ((whole[axis] * factor).round() as usize).clamp(1, input[axis]));
                let at = [0, 1].map(|axis| (input[axis] - covers[axis]) / 2);
                Self { seen: whole, at, covers }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_picture_in_a_square() {
        let wide = [300, 600];
        let place = |resize| Placement::new(resize, wide, [100, 100]);
        assert_eq!(
            place(Resize::Stretch),
            Placement { seen: [300.0, 600.0], at: [0, 0], covers: [100, 100] }
        );
        assert_eq!(place(Resize::Crop), Placement { seen: [300.0, 300.0], at: [0, 0], covers: [100, 100] });
        assert_eq!(place(Resize::Pad), Placement { seen: [300.0, 600.0], at: [25, 0], covers: [50, 100] });
    }

    #[test]
    fn a_line_is_still_seen() {
        let line = Placement::new(Resize::Pad, [1, 10_000], [224, 224]);
        assert_eq!((line.at, line.covers), ([111, 0], [1, 224]));
        let crop = Placement::new(Resize::Crop, [1, 10_000], [224, 224]);
        assert_eq!(crop.seen, [1.0, 1.0]);
    }
}
