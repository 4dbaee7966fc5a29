//! JPEGs of any kind at full size, by crate `zune-jpeg`: grey, YCbCr, RGB, CMYK and YCCK, baseline and progressive.

use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;

use super::super::{Stored, check_size};
use super::orientation_of;
use crate::{Channels, Error, ErrorKind, Result};

type Decoder<'a> = JpegDecoder<ZCursor<&'a [u8]>>;

/// Decodes into `pixels`. Colour comes out grey right away if that is what is wanted, and cheap to get.
pub(super) fn decode(bytes: &[u8], wanted: Channels, pixels: &mut Vec<u8>) -> Result<Stored> {
    let (decoder, size) = open(bytes)?;
    match (decoder.input_colorspace(), wanted) {
        (Some(ColorSpace::Luma), _) => decode_to(ColorSpace::Luma, decoder, size, pixels),
        // The decoder fails to leave out colour that is halved in height only, so that it is asked again.
        (Some(ColorSpace::YCbCr), Channels::Grey) => decode_to(ColorSpace::Luma, decoder, size, pixels)
            .or_else(|_| decode_to(ColorSpace::RGB, open(bytes)?.0, size, pixels)),
        _ => decode_to(ColorSpace::RGB, decoder, size, pixels),
    }
}

fn decode_to(
    colour: ColorSpace,
    mut decoder: Decoder,
    size: [usize; 2],
    pixels: &mut Vec<u8>,
) -> Result<Stored> {
    // Stray bytes between headers are harmless and common, but damage to the pixels would be grey areas.
    let options = decoder.options().set_strict_mode(true).jpeg_set_out_colorspace(colour);
    decoder.set_options(options);
    let channels = colour.num_components();
    pixels.resize(size[0] * size[1] * channels, 0);
    decoder.decode_into(pixels).map_err(|e| damaged(&e))?;
    Ok(Stored::whole(size, channels, orientation_of(decoder.exif().map(Vec::as_slice))))
}

/// The size of the picture, if the header promises one that can be decoded.
pub(in crate::decode) fn check(bytes: &[u8]) -> Result<[usize; 2]> {
    open(bytes).map(|(_, size)| size)
}

fn open(bytes: &[u8]) -> Result<(Decoder<'_>, [usize; 2])> {
    let side = usize::from(u16::MAX);
    let options = DecoderOptions::default().set_strict_mode(false).set_max_width(side).set_max_height(side);
    let mut decoder = Decoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(|e| damaged(&e))?;
    let (width, height) = decoder.dimensions().ok_or_else(|| Error::damaged("the JPEG has no size"))?;
    let size = check_size(width, height)?;
    if let Some(ColorSpace::MultiBand(bands)) = decoder.input_colorspace() {
        return Err(Error::new(ErrorKind::Unsupported, format!("a JPEG of {bands} channels")));
    }
    if !is_whole(bytes) {
        return Err(Error::damaged("the JPEG is cut off: its end is missing"));
    }
    Ok((decoder, size))
}

fn damaged(error: &DecodeErrors) -> Error {
    match error {
        DecodeErrors::Unsupported(scheme) => {
            Error::new(ErrorKind::Unsupported, format!("a JPEG of a kind that is not read: {scheme:?}"))
        }
        DecodeErrors::ExhaustedData => Error::damaged("the JPEG is cut off in its header"),
        DecodeErrors::IoErrors(_) => Error::damaged("the JPEG is damaged: its data ends too early"),
        error => Error::refused_by_library("the JPEG is damaged", error),
    }
}

/// Whether an end-of-image marker follows the start of the pixels. The search goes from the end, where it is;
/// it stops at the first scan, because a preview inside the header has an end of its own.
fn is_whole(bytes: &[u8]) -> bool {
    const END: &[u8] = &[0xff, 0xd9];
    let Some(start) = start_of_scan(bytes) else { return false };
    let after = bytes.get(start..).unwrap_or_default();
    after.windows(2).rev().any(|pair| pair == END)
}

/// Where the first start-of-scan marker is, found by stepping from segment to segment.
fn start_of_scan(bytes: &[u8]) -> Option<usize> {
    let mut at = 2;
    loop {
        // Decoders look for the next marker over stray bytes, so it is done here too.
        at += bytes.get(at..)?.windows(2).position(|pair| pair[0] == 0xff && !matches!(pair[1], 0 | 0xff))?;
        match bytes.get(at + 1)? {
            0xda => return Some(at),
            0x01 | 0xd0..=0xd8 => at += 2,
            _ => {
                let length = u16::from_be_bytes([*bytes.get(at + 2)?, *bytes.get(at + 3)?]);
                at += 2 + usize::from(length);
            }
        }
    }
}
