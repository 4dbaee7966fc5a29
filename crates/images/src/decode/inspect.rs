//! A close look at a picture: what its bytes are, how it is stored, and what it shows in small.

use super::{Decoder, Stored, check_size, format_of, read_file};
use crate::content::Format;
use crate::duplicates::digest;
use crate::orientation::Orientation;
use crate::tfrecord::Held;
use crate::{Channels, Preprocess, Result, Sample};

/// Looks at pictures, keeping its working memory between them.
pub struct Inspector {
    decoder: Decoder,
    /// How a small picture is made.
    small: Preprocess,
    /// At least so many of a large picture's pixels are decoded.
    ample: Preprocess,
}

/// What a look found out about a file or a record.
#[derive(Debug)]
pub struct Inspection {
    /// SHA-256 of the file's bytes, or of the pixels where a record holds these; none if they can't be read.
    pub digest: Option<[u8; 32]>,
    /// What it holds.
    pub content: Result<Inspected>,
}

/// What a picture is.
#[derive(Debug)]
pub struct Inspected {
    /// By its content; none for pixels in a record.
    pub format: Option<Format>,
    /// Height and width, upright.
    pub size: [usize; 2],
    /// As it is stored.
    pub channels: Channels,
    /// The whole picture at the small size, `[H, W, C]`.
    pub small: Vec<u8>,
}

impl Inspector {
    /// One that brings pictures to the size and the channels of `small`.
    ///
    /// # Errors
    /// The size is none.
    pub fn new(small: &Preprocess) -> Result<Self> {
        // A JPEG that is decoded at a part of its size has means over whole blocks; with twice the pixels, what is left
        // of the blocks' borders does not matter.
        let ample = Preprocess { size: small.size.map(|side| side.saturating_mul(2)), ..small.clone() };
        small.check()?;
        ample.check()?;
        Ok(Self { decoder: Decoder::default(), small: small.clone(), ample })
    }

    /// Reads and decodes the picture once. Messages name no file.
    pub fn inspect(&mut self, sample: &Sample) -> Inspection {
        let mut bytes = std::mem::take(&mut self.decoder.file);
        let held = match &sample.record {
            None => read_file(&sample.path, &mut bytes).map(|()| Held::File(std::mem::take(&mut bytes))),
            Some(record) => record.read(&mut bytes),
        };
        let inspection = match held {
            Err(error) => Inspection { digest: None, content: Err(error) },
            Ok(held) => {
                let digest = digest(&held);
                let content = self.content(&held);
                if let Held::File(used) = held {
                    bytes = used;
                }
                Inspection { digest: Some(digest), content }
            }
        };
        self.decoder.file = bytes;
        inspection
    }

    fn content(&mut self, held: &Held) -> Result<Inspected> {
        let (format, stored) = match held {
            Held::File(bytes) => (Some(format_of(bytes)?), self.decoder.decode(&self.ample, bytes)?),
            Held::Pixels { values, size, channels } => {
                let size = check_size(size[1], size[0])?;
                self.decoder.stored.clone_from(values);
                (None, Stored::whole(size, *channels, Orientation::default()))
            }
        };
        let mut small = vec![0; self.small.input_len()];
        self.decoder.fit(&self.small, &stored, &mut small);
        let channels = if stored.channels == 1 { Channels::Grey } else { Channels::Rgb };
        Ok(Inspected { format, size: stored.orientation.turned(stored.whole), channels, small })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    #[test]
    fn a_picture_is_what_it_is_and_not_what_its_name_says() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("grey.jpg");
        let picture = image::GrayImage::from_fn(90, 40, |x, _| image::Luma([if x < 45 { 10 } else { 200 }]));
        picture.save_with_format(&path, image::ImageFormat::Png).unwrap();
        let small = Preprocess::new([2, 2], Channels::Rgb).unwrap();
        let mut inspector = Inspector::new(&small).unwrap();
        let Inspection { digest, content } = inspector.inspect(&Sample::new(&path, 0));
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(digest, Some(Sha256::digest(&bytes).into()));
        let Inspected { format, size, channels, small } = content.unwrap();
        assert_eq!((format, size, channels), (Some(Format::Png), [40, 90], Channels::Grey));
        assert_eq!(small, [10, 10, 10, 200, 200, 200, 10, 10, 10, 200, 200, 200]);

        std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        let Inspection { digest, content } = inspector.inspect(&Sample::new(&path, 0));
        assert!(digest.is_some() && content.is_err());
        let Inspection { digest, content } = inspector.inspect(&Sample::new(folder.path().join("none"), 0));
        assert!(digest.is_none() && content.is_err());
    }
}
