//! JPEG: straight to a part of its size where it is common and much larger than the input, else in full.

mod bits;
mod colour;
mod header;
mod huffman;
mod reduced;
mod scale;
mod transform;
mod whole;

use header::Header;
use scale::Scale;

use super::Stored;
use crate::orientation::Orientation;
use crate::placement::Fit;
use crate::resample::Layout;
use crate::{Preprocess, Result};

pub(super) use reduced::Workspace;
pub(super) use whole::check;

/// Decodes into `pixels`, at a scale that depends on nothing but the picture's size and what it is to fit.
pub(super) fn decode(
    bytes: &[u8],
    preprocess: &Preprocess,
    workspace: &mut Workspace,
    pixels: &mut Vec<u8>,
) -> Result<Stored> {
    match decode_reduced(bytes, preprocess, workspace, pixels) {
        Some(stored) => Ok(stored),
        None => whole::decode(bytes, preprocess.channels, pixels),
    }
}

fn decode_reduced(
    bytes: &[u8],
    preprocess: &Preprocess,
    workspace: &mut Workspace,
    pixels: &mut Vec<u8>,
) -> Option<Stored> {
    let header = Header::read(bytes)?;
    let orientation = orientation_of(header.exif);
    let scale = Scale::of(&Fit::new(preprocess, header.size, orientation))?;
    let channels = reduced::decode(&header, scale, preprocess.channels, workspace, pixels)?;
    let (size, factor) = (scale.reduced(header.size), scale.factor());
    Some(Stored { whole: header.size, size, factor, channels, layout: Layout::Planar, orientation })
}

/// From the camera's notes, if there are any and they can be read.
fn orientation_of(exif: Option<&[u8]>) -> Orientation {
    let noted = exif.and_then(image::metadata::Orientation::from_exif_chunk);
    noted.map_or_else(Orientation::default, |noted| Orientation::from_exif(noted.to_exif()))
}

#[cfg(test)]
mod tests;
