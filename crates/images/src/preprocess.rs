//! How a picture becomes a model's input: defined here once, stored with the model, used by all.

use std::cell::RefCell;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::decode::Decoder;
use crate::{Error, Picture, Result, Sample};

/// What [`Preprocess`] is written as. A reader that meets another number refuses it.
const VERSION: u32 = 1;

/// The longest side of an input, in pixels.
const LONGEST_SIDE: usize = 8192;

/// How a picture becomes a model's input.
///
/// Scaling to the network's range is no part of it: that is a layer of the model.
/// As JSON it is `{"version": 1, "size": [224, 224], "channels": "rgb", "resize": "stretch"}` and, where they
/// differ from the default, `"exif"`, `"pad"` and `"background"`. Unknown fields are errors, since an input
/// made in another way than in training gives wrong answers without a word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Preprocess {
    /// Height and width of the input, in pixels.
    pub size: [usize; 2],
    /// Grey or colour.
    pub channels: Channels,
    /// How a picture of another shape is made to fit.
    pub resize: Resize,
    /// Whether the camera's note on how it was held counts.
    pub exif: Exif,
    /// The value of the pixels beside the picture under [`Resize::Pad`]: 0, black, unless said otherwise.
    pub pad: u8,
    /// The grey that shows through transparent pixels: 255, white, unless said otherwise.
    pub background: u8,
}

/// Grey or colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channels {
    /// One channel: luma as ITU-R BT.601 weighs it, as JPEG, Pillow and TensorFlow do.
    Grey,
    /// Three channels.
    Rgb,
}

impl Channels {
    /// How many.
    pub fn count(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::Rgb => 3,
        }
    }
}

/// How a picture of another shape is made to fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resize {
    /// Each axis by its own factor; the whole picture is seen, perhaps squeezed.
    #[default]
    Stretch,
    /// Both axes by one factor and the rest filled; the whole picture is seen, centred.
    Pad,
    /// Both axes by one factor; what sticks out at two sides is cut off.
    Crop,
}

/// Whether the orientation that a camera noted is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exif {
    /// Turn the picture as it is meant to be seen.
    #[default]
    Apply,
    /// Take the pixels as they are stored.
    Ignore,
}

thread_local! {
    /// Decoding one picture needs some megabytes of scratch memory; each thread keeps its own.
    static DECODER: RefCell<Decoder> = RefCell::default();
}

impl Preprocess {
    /// Inputs of `size` (height, width), stretched, everything else as it is by default.
    ///
    /// # Errors
    /// A side is zero or beyond reason.
    pub fn new(size: [usize; 2], channels: Channels) -> Result<Self> {
        let written = Written { size, channels, ..Written::default() };
        written.try_into()
    }

    /// Whether the size is sensible, for one that was changed by hand.
    ///
    /// # Errors
    /// A side is zero or beyond reason.
    pub fn check(&self) -> Result<()> {
        if self.size.iter().all(|side| (1..=LONGEST_SIDE).contains(side)) {
            return Ok(());
        }
        Err(Error::value(format!(
            "an input of {} × {} pixels: each side must be 1 to {LONGEST_SIDE}",
            self.size[0], self.size[1]
        )))
    }

    /// How many values one input has.
    pub fn input_len(&self) -> usize {
        self.size[0] * self.size[1] * self.channels.count()
    }

    /// Reads the picture at `path` and makes it fit. Its content says what format it is in, not its name.
    ///
    /// # Errors
    /// The file can't be read; it is empty, cut off, damaged, in a format that is not read, or has more than 128
    /// million pixels. The message names the file.
    pub fn decode(&self, path: &Path) -> Result<Picture> {
        self.check()?;
        let mut pixels = vec![0; self.input_len()];
        let decoded = DECODER.with_borrow_mut(|decoder| decoder.file(self, path, &mut pixels));
        decoded.map_err(|e| e.within(path.display()))?;
        Picture::new(self.size, self.channels, pixels)
    }

    /// As [`Preprocess::decode`], of a picture of a set, which may be a record.
    ///
    /// # Errors
    /// As [`Preprocess::decode`].
    pub fn decode_sample(&self, sample: &Sample) -> Result<Picture> {
        self.check()?;
        let mut pixels = vec![0; self.input_len()];
        let decoded = DECODER.with_borrow_mut(|decoder| decoder.sample(self, sample, &mut pixels));
        decoded.map_err(|e| e.within(sample.path.display()))?;
        Picture::new(self.size, self.channels, pixels)
    }

    /// As [`Preprocess::decode`], of a file that is in memory.
    ///
    /// # Errors
    /// As [`Preprocess::decode`]; the message names no file.
    pub fn decode_bytes(&self, bytes: &[u8]) -> Result<Picture> {
        self.check()?;
        let mut pixels = vec![0; self.input_len()];
        DECODER.with_borrow_mut(|decoder| decoder.bytes(self, bytes, &mut pixels))?;
        Picture::new(self.size, self.channels, pixels)
    }
}

/// [`Preprocess`] as it stands in a file, not yet checked.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u32,
    size: [usize; 2],
    channels: Channels,
    resize: Resize,
    #[serde(default, skip_serializing_if = "is_default")]
    exif: Exif,
    #[serde(default, skip_serializing_if = "is_default")]
    pad: u8,
    #[serde(default = "white", skip_serializing_if = "is_white")]
    background: u8,
}

impl Default for Written {
    fn default() -> Self {
        Self {
            version: VERSION,
            size: [224, 224],
            channels: Channels::Rgb,
            resize: Resize::default(),
            exif: Exif::default(),
            pad: 0,
            background: white(),
        }
    }
}

fn white() -> u8 {
    255
}

fn is_white(value: &u8) -> bool {
    *value == white()
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl TryFrom<Written> for Preprocess {
    type Error = Error;

    fn try_from(written: Written) -> Result<Self> {
        let Written { version, size, channels, resize, exif, pad, background } = written;
        if version != VERSION {
            return Err(Error::value(format!(
                "the preprocessing is of version {version}, and this program knows version {VERSION}; \
                 use the program that wrote it, or a newer one"
            )));
        }
        let checked = Self { size, channels, resize, exif, pad, background };
        checked.check()?;
        Ok(checked)
    }
}

impl From<Preprocess> for Written {
    fn from(checked: Preprocess) -> Self {
        let Preprocess { size, channels, resize, exif, pad, background } = checked;
        Self { version: VERSION, size, channels, resize, exif, pad, background }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn travels_as_json() {
        let plain = Preprocess::new([224, 192], Channels::Rgb).unwrap();
        let text = serde_json::to_string(&plain).unwrap();
        assert_eq!(text, r#"{"version":1,"size":[224,192],"channels":"rgb","resize":"stretch"}"#);
        assert_eq!(serde_json::from_str::<Preprocess>(&text).unwrap(), plain);
        let other = Preprocess { resize: Resize::Pad, exif: Exif::Ignore, pad: 128, background: 0, ..plain };
        let text = serde_json::to_string(&other).unwrap();
        assert_eq!(serde_json::from_str::<Preprocess>(&text).unwrap(), other);
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        let refused = |text: &str| serde_json::from_str::<Preprocess>(text).unwrap_err().to_string();
        let with = |size: &str, rest: &str| {
            format!(r#"{{"version":1,"size":{size},"channels":"rgb","resize":"stretch"{rest}}}"#)
        };
        assert!(refused(&with("[0, 224]", "")).contains("0 × 224"));
        assert!(refused(&with("[224, 99999999]", "")).contains("must be 1 to 8192"));
        assert!(refused(&with("[224]", "")).contains("invalid length"));
        assert!(refused(&with("[-1, 1]", "")).contains("invalid value"));
        assert!(refused(&with("[8, 8]", r#","mirror":true"#)).contains("unknown field `mirror`"));
        assert!(refused(&with("[8, 8]", r#","pad":256"#)).contains("invalid value"));
        assert!(refused(&with("[8, 8]", "").replace("stretch", "melt")).contains("unknown variant `melt`"));
        assert!(refused(&with("[8, 8]", "").replace("1,", "2,")).contains("version 2"));
    }
}
