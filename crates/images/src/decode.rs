//! Bytes of a file to an upright picture of the input's size and channels.

mod inspect;
mod jpeg;
mod others;

use std::io::Read;
use std::path::Path;

use crate::content::{self, Content, FORMATS, Format};
use crate::orientation::Orientation;
use crate::placement::Fit;
use crate::resample::{Layout, Pixels, Resampler, Span};
use crate::tfrecord::Held;
use crate::{Channels, Error, ErrorKind, Exif, Picture, Preprocess, Resize, Result, Sample};

pub use inspect::{Inspected, Inspection, Inspector};

/// The largest picture that is decoded, in millions of pixels: no camera's photo is refused for years to
/// come, and a small file that claims to be huge takes neither minutes nor all memory.
pub(crate) const LIMIT_MEGAPIXELS: usize = 128;

/// The largest file that is read, in bytes.
const LIMIT_FILE: u64 = 1 << 30;

/// A decoded picture as it was stored: one or three channels, not yet turned or resized.
pub(crate) struct Stored {
    /// Height and width of the whole picture.
    pub(crate) whole: [usize; 2],
    /// Height and width as it was decoded.
    pub(crate) size: [usize; 2],
    /// The one divided by the other, before that was rounded up to whole pixels.
    pub(crate) factor: f64,
    /// One (grey) or three (colour), whatever the input has.
    pub(crate) channels: usize,
    pub(crate) layout: Layout,
    pub(crate) orientation: Orientation,
}

impl Stored {
    /// One that was decoded in full.
    fn whole(size: [usize; 2], channels: usize, orientation: Orientation) -> Self {
        Self { whole: size, size, factor: 1.0, channels, layout: Layout::Interleaved, orientation }
    }
}

/// Decodes pictures, keeping its working memory between them.
#[derive(Default)]
pub(crate) struct Decoder {
    file: Vec<u8>,
    jpeg: jpeg::Workspace,
    stored: Vec<u8>,
    fitted: Vec<u8>,
    resampler: Resampler,
}

impl Decoder {
    /// The picture in the file at `path`, into `target`. The message names no file.
    pub(crate) fn file(&mut self, preprocess: &Preprocess, path: &Path, target: &mut [u8]) -> Result<()> {
        let mut bytes = std::mem::take(&mut self.file);
        let decoded = read_file(path, &mut bytes).and_then(|()| self.bytes(preprocess, &bytes, target));
        self.file = bytes;
        decoded
    }

    /// The picture of `sample`, a file or a record, into `target`. The message names neither.
    pub(crate) fn sample(
        &mut self,
        preprocess: &Preprocess,
        sample: &Sample,
        target: &mut [u8],
    ) -> Result<()> {
        let Some(record) = &sample.record else { return self.file(preprocess, &sample.path, target) };
        match record.read(&mut self.file)? {
            Held::File(bytes) => self.bytes(preprocess, &bytes, target),
            Held::Pixels { values, size, channels } => {
                let size = check_size(size[1], size[0])?;
                self.stored = values;
                self.fit(preprocess, &Stored::whole(size, channels, Orientation::default()), target);
                Ok(())
            }
        }
    }

    /// The picture in `bytes` as it is: all its pixels, upright, in grey or in colour as they are stored.
    pub(crate) fn whole(&mut self, bytes: &[u8]) -> Result<Picture> {
        let as_it_is = Preprocess {
            size: [LIMIT_MEGAPIXELS * 1_000_000; 2], // no picture is larger, so none is decoded at a part of its size
            channels: Channels::Rgb,
            resize: Resize::Stretch,
            exif: Exif::Apply,
            pad: 0,
            background: 255,
        };
        let stored = self.decode(&as_it_is, bytes)?;
        let size = stored.orientation.turned(stored.whole);
        let channels = if stored.channels == 1 { Channels::Grey } else { Channels::Rgb };
        let mut pixels = vec![0; size[0] * size[1] * stored.channels];
        self.fit(&Preprocess { size, channels, ..as_it_is }, &stored, &mut pixels);
        Picture::new(size, channels, pixels)
    }

    /// The picture in `bytes`, into `target`.
    pub(crate) fn bytes(&mut self, preprocess: &Preprocess, bytes: &[u8], target: &mut [u8]) -> Result<()> {
        let stored = self.decode(preprocess, bytes)?;
        self.fit(preprocess, &stored, target);
        Ok(())
    }

    fn decode(&mut self, preprocess: &Preprocess, bytes: &[u8]) -> Result<Stored> {
        match format_of(bytes)? {
            Format::Jpeg => jpeg::decode(bytes, preprocess, &mut self.jpeg, &mut self.stored),
            format => others::decode(bytes, format, preprocess.background, &mut self.stored),
        }
    }

    /// Resizes what is stored, then turns the result and puts it in its place: the small picture is turned,
    /// not the large one.
    fn fit(&mut self, preprocess: &Preprocess, stored: &Stored, target: &mut [u8]) {
        let Fit { turn, place, seen, covers } = Fit::new(preprocess, stored.whole, stored.orientation);
        let pixels = Pixels {
            bytes: &self.stored,
            size: stored.size,
            channels: stored.channels,
            layout: stored.layout,
        };
        let seen = [0, 1].map(|axis| {
            let start = (stored.whole[axis] as f64 - seen[axis]) / 2.0;
            Span { start: start * stored.factor, length: seen[axis] * stored.factor }
        });
        let channels = preprocess.channels.count();
        if turn.is_upright() && place.covers == preprocess.size && channels == stored.channels {
            self.resampler.resample(pixels, seen, covers, target);
            return;
        }
        self.fitted.clear();
        self.fitted.resize(covers[0] * covers[1] * stored.channels, 0);
        self.resampler.resample(pixels, seen, covers, &mut self.fitted);
        target.fill(preprocess.pad);
        for row in 0..place.covers[0] {
            let start = (place.at[0] + row) * preprocess.size[1] + place.at[1];
            let out = &mut target[start * channels..][..place.covers[1] * channels];
            for (column, out) in out.chunks_exact_mut(channels).enumerate() {
                let (row, column) = turn.stored(covers, row, column);
                let at = (row * covers[1] + column) * stored.channels;
                convert(&self.fitted[at..at + stored.channels], out);
            }
        }
    }
}

/// One pixel from grey or colour to grey or colour.
fn convert(from: &[u8], to: &mut [u8]) {
    match (from, to) {
        ([red, green, blue], [grey]) => *grey = luma(*red, *green, *blue),
        ([grey], to) => to.fill(*grey),
        (from, to) => to.copy_from_slice(from),
    }
}

/// ITU-R BT.601 in 16-bit fixed point.
fn luma(red: u8, green: u8, blue: u8) -> u8 {
    let sum = 19595 * u32::from(red) + 38470 * u32::from(green) + 7471 * u32::from(blue);
    ((sum + 0x8000) >> 16) as u8
}

fn format_of(bytes: &[u8]) -> Result<Format> {
    match Content::of(bytes) {
        Content::Picture(format) => Ok(format),
        Content::Nothing => Err(Error::damaged("the file is empty (0 bytes)")),
        Content::Foreign(name) => {
            Err(Error::new(ErrorKind::Unsupported, format!("{name}: {FORMATS}; convert it first")))
        }
        Content::Other => Err(Error::new(ErrorKind::Unsupported, format!("not a picture: {FORMATS}"))),
    }
}

pub(crate) fn read_file(path: &Path, bytes: &mut Vec<u8>) -> Result<()> {
    bytes.clear();
    let failed = |e: std::io::Error| Error::missing(&e);
    let file = content::open(path).map_err(failed)?;
    file.take(LIMIT_FILE + 1).read_to_end(bytes).map_err(failed)?;
    if bytes.len() as u64 > LIMIT_FILE {
        return Err(Error::new(ErrorKind::TooLarge, "the file is larger than 1 GiB"));
    }
    Ok(())
}

/// Refuses a picture for what its header says, before anything is allocated for it.
fn check_size(width: usize, height: usize) -> Result<[usize; 2]> {
    if width == 0 || height == 0 {
        return Err(Error::damaged(format!("the picture is {width} × {height} pixels")));
    }
    if width.saturating_mul(height) > LIMIT_MEGAPIXELS * 1_000_000 {
        return Err(Error::new(
            ErrorKind::TooLarge,
            format!("the picture is {width} × {height} pixels; up to {LIMIT_MEGAPIXELS} million are decoded"),
        ));
    }
    Ok([height, width])
}

/// What can be told from a picture's header alone: that it is of a kind and a size that is read,
/// and how many pixels it has.
pub(crate) fn check_header(sample: &Sample) -> Result<usize> {
    let mut bytes = Vec::new();
    match &sample.record {
        None => read_file(&sample.path, &mut bytes)?,
        Some(record) => match record.read(&mut bytes)? {
            Held::File(file) => bytes = file,
            Held::Pixels { size: [height, width], .. } => return check_size(width, height).map(area),
        },
    }
    let size = match format_of(&bytes)? {
        Format::Jpeg => jpeg::check(&bytes)?,
        format => others::check(&bytes, format)?,
    };
    Ok(area(size))
}

fn area([height, width]: [usize; 2]) -> usize {
    height * width
}

#[cfg(test)]
mod tests;
