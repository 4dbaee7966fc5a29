//! The three ways in which a picture is put in a record.

use std::str::FromStr;

use super::example::{Label, example};
use super::picture::Held;
use crate::decode::{Decoder, read_file};
use crate::{Channels, Error, Picture, Preprocess, Result, Sample};

/// How a picture is put in a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// The bytes of its file: the smallest, decoded in each pass.
    #[default]
    Compressed,
    /// Its pixels, a byte each.
    Raw,
    /// Its pixels as float32 in 0 to 1, little-endian.
    Normalized,
}

/// What people write.
const NAMES: [(&str, Encoding); 3] =
    [("compressed", Encoding::Compressed), ("raw", Encoding::Raw), ("normalized", Encoding::Normalized)];

impl FromStr for Encoding {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        NAMES
            .iter()
            .find(|(name, _)| *name == text)
            .map(|(_, encoding)| *encoding)
            .ok_or_else(|| Error::value(format!("encoding {text:?}: expected compressed, raw or normalized")))
    }
}

impl Encoding {
    /// The data of a record for `sample`: features `image`, `label` (its class's number) and `shape`. Pixels are made to
    /// fit as `preprocess` says, or stay as they are; a file's bytes always do.
    ///
    /// # Errors
    /// The picture can't be read; or its file is asked for and it has none. The message names no file.
    pub fn record(self, sample: &Sample, preprocess: Option<&Preprocess>) -> Result<Vec<u8>> {
        let mut decoder = Decoder::default();
        let mut bytes = Vec::new();
        let held = match &sample.record {
            None => read_file(&sample.path, &mut bytes).map(|()| Held::File(bytes))?,
            Some(record) => record.read(&mut bytes)?,
        };
        let label = Label::Number(i64::from(sample.label));
        let (picture, file) = match (held, self) {
            (Held::File(bytes), Self::Compressed) => (decoder.whole(&bytes)?, bytes),
            (Held::Pixels { .. }, Self::Compressed) => {
                return Err(Error::value("its record holds pixels and no file: choose raw or normalized"));
            }
            (held, _) => (picture(&mut decoder, sample, held, preprocess)?, Vec::new()),
        };
        let [height, width] = picture.size();
        let shape = [height, width, picture.channels().count()];
        let image = match self {
            Self::Compressed => file,
            Self::Raw => picture.pixels().to_vec(),
            Self::Normalized => {
                let floats = picture.pixels().iter().map(|level| f32::from(*level) / 255.0);
                floats.flat_map(f32::to_le_bytes).collect()
            }
        };
        Ok(example(image, &label, shape))
    }
}

fn picture(
    decoder: &mut Decoder,
    sample: &Sample,
    held: Held,
    preprocess: Option<&Preprocess>,
) -> Result<Picture> {
    match (preprocess, held) {
        (Some(preprocess), _) => {
            let mut pixels = vec![0; preprocess.input_len()];
            decoder.sample(preprocess, sample, &mut pixels)?;
            Picture::new(preprocess.size, preprocess.channels, pixels)
        }
        (None, Held::File(bytes)) => decoder.whole(&bytes),
        (None, Held::Pixels { values, size, channels }) => {
            let channels = if channels == 1 { Channels::Grey } else { Channels::Rgb };
            Picture::new(size, channels, values)
        }
    }
}
