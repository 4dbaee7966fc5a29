//! The picture in a record: a file's bytes, raw pixels, or normalized floats.

use super::example::{Entry, Stored};
use crate::content;
use crate::{Error, Result};

/// A record's picture, of `data` or made from it.
pub(crate) enum Held {
    /// A picture's file: JPEG, PNG and so on.
    File(Vec<u8>),
    /// `[height, width, channels]`
    Pixels { values: Vec<u8>, size: [usize; 2], channels: usize },
}

/// What the numbers of a set's normalized pictures lie between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum Values {
    /// 0 and 1.
    #[default]
    Unit,
    /// −1 and 1.
    Signed,
    /// 0 and 255.
    Levels,
}

impl Values {
    /// The narrowest that holds all from `least` to `most`. What resizing and rounding lift a little beyond an end is meant
    /// as the end; a set whose largest value lies between 1 and 2 is neither normalized nor made of levels.
    pub(super) fn holding(least: f32, most: f32) -> Option<Self> {
        const BEYOND: f32 = 0.01;
        match (least, most) {
            _ if least >= -BEYOND && most <= 1.0 + BEYOND => Some(Self::Unit),
            _ if least >= -1.0 - BEYOND && most <= 1.0 + BEYOND => Some(Self::Signed),
            _ if least >= -1.0 && (2.0..=256.0).contains(&most) => Some(Self::Levels),
            _ => None,
        }
    }

    fn level(self, value: f32) -> u8 {
        let level = match self {
            Self::Unit => value * 255.0,
            Self::Signed => (value + 1.0) * 127.5,
            Self::Levels => value,
        };
        level.clamp(0.0, 255.0).round() as u8
    }
}

impl Raw {
    /// The least and the largest of normalized values.
    ///
    /// # Errors
    /// One is infinite or no number.
    pub(super) fn range(&self) -> Result<Option<(f32, f32)>> {
        let Self::Floats { values, .. } = self else { return Ok(None) };
        match values.iter().all(|value| value.is_finite()) {
            true => {
                Ok(Some(values.iter().fold((f32::MAX, f32::MIN), |(least, most), value| {
                    (least.min(*value), most.max(*value))
                })))
            }
            false => Err(Error::damaged("one of its values is infinite or no number")),
        }
    }
}

/// The picture as it is in the record, floats not yet levels.
pub(super) enum Raw {
    File(Vec<u8>),
    Pixels { values: Vec<u8>, size: [usize; 2], channels: usize },
    Floats { values: Vec<f32>, size: [usize; 2], channels: usize },
}

impl Raw {
    /// What bytes are is told by their number: as many as the shape has values are pixels, four times as many floats.
    pub(super) fn of(entry: Entry) -> Result<Self> {
        let shape = extents(&entry.shape);
        let values =
            shape.and_then(|([height, width], channels)| height.checked_mul(width)?.checked_mul(channels));
        match (entry.image, shape, values) {
            (Stored::Floats(floats), Some((size, channels)), Some(values)) if floats.len() == values => {
                Ok(Self::Floats { values: floats, size, channels })
            }
            (Stored::Floats(floats), ..) => Err(Error::damaged(format!(
                "{} values do not make a picture of shape {:?}: expected height, width and 1 or 3 channels",
                floats.len(),
                entry.shape
            ))),
            (Stored::Bytes(bytes), Some((size, channels)), Some(values)) if bytes.len() == values => {
                Ok(Self::Pixels { values: bytes, size, channels })
            }
            (Stored::Bytes(bytes), Some((size, channels)), Some(values))
                if Some(bytes.len()) == values.checked_mul(4) =>
            {
                let floats = bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
                Ok(Self::Floats { values: floats.collect(), size, channels })
            }
            (Stored::Bytes(bytes), ..) if content::Content::of(&bytes) != content::Content::Other => {
                Ok(Self::File(bytes))
            }
            (Stored::Bytes(bytes), ..) => Err(Error::damaged(format!(
                "{} bytes are no file of a picture, nor the pixels or the float32 values of one of shape {:?}",
                bytes.len(),
                entry.shape
            ))),
        }
    }
}

/// Height and width, and channels.
fn extents(shape: &[i64]) -> Option<([usize; 2], usize)> {
    let (height, width, channels) = match *shape {
        [height, width] => (height, width, 1),
        [height, width, channels @ (1 | 3)] => (height, width, channels),
        _ => return None,
    };
    let extent = |value: i64| usize::try_from(value).ok().filter(|value| *value > 0);
    Some(([extent(height)?, extent(width)?], extent(channels)?))
}

impl Held {
    /// Of a record's data, in a set whose floats lie as `values` says.
    pub(crate) fn of(data: &[u8], values: Values) -> Result<Self> {
        Ok(match Raw::of(Entry::of(data)?)? {
            Raw::File(bytes) => Self::File(bytes),
            Raw::Pixels { values, size, channels } => Self::Pixels { values, size, channels },
            Raw::Floats { values: floats, size, channels } => Self::Pixels {
                values: floats.into_iter().map(|value| values.level(value)).collect(),
                size,
                channels,
            },
        })
    }
}
