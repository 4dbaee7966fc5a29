//! PNG, GIF (its first frame), BMP, WebP and TIFF, by crate `image`.

use std::io::Cursor;

use image::{
    ColorType, DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, ImageResult, Limits,
};

use super::{LIMIT_MEGAPIXELS, Stored, check_size};
use crate::content::Format;
use crate::orientation::Orientation;
use crate::{Error, ErrorKind, Result};

/// What one picture may take while it is decoded, in bytes: the largest in 16 bits with alpha.
const LIMIT_MEMORY: u64 = LIMIT_MEGAPIXELS as u64 * 1_000_000 * 8;

/// Decodes into `pixels`; what is transparent shows `background`.
pub(super) fn decode(bytes: &[u8], format: Format, background: u8, pixels: &mut Vec<u8>) -> Result<Stored> {
    let (mut decoder, size) = open(bytes, format)?;
    // A damaged note on the orientation is no reason to refuse the picture.
    let orientation = decoder.orientation().map_or(1, image::metadata::Orientation::to_exif);
    let picture = DynamicImage::from_decoder(decoder).map_err(|e| damaged(format, &e))?;
    let channels = if picture.color().has_color() { 3 } else { 1 };
    flatten(picture, background, pixels);
    Ok(Stored::whole(size, channels, Orientation::from_exif(orientation)))
}

/// The size of the picture, if the header promises one that can be decoded.
pub(super) fn check(bytes: &[u8], format: Format) -> Result<[usize; 2]> {
    open(bytes, format).map(|(_, size)| size)
}

fn open(bytes: &[u8], format: Format) -> Result<(impl ImageDecoder + '_, [usize; 2])> {
    let known = match format {
        Format::Jpeg => ImageFormat::Jpeg,
        Format::Png => ImageFormat::Png,
        Format::Gif => ImageFormat::Gif,
        Format::Bmp => ImageFormat::Bmp,
        Format::WebP => ImageFormat::WebP,
        Format::Tiff => ImageFormat::Tiff,
    };
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(LIMIT_MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), known);
    reader.limits(limits.clone());
    let opened = || -> ImageResult<_> {
        let mut decoder = reader.into_decoder()?;
        decoder.set_limits(limits)?;
        Ok(decoder)
    };
    let decoder = opened().map_err(|e| damaged(format, &e))?;
    let (width, height) = decoder.dimensions();
    let size = check_size(width as usize, height as usize)?;
    Ok((decoder, size))
}

/// Eight bits, one or three channels, nothing transparent.
fn flatten(picture: DynamicImage, background: u8, pixels: &mut Vec<u8>) {
    pixels.clear();
    match picture.color() {
        ColorType::L8 | ColorType::Rgb8 => *pixels = picture.into_bytes(),
        color => match (color.has_color(), color.has_alpha()) {
            (false, false) => *pixels = picture.into_luma8().into_raw(),
            (true, false) => *pixels = picture.into_rgb8().into_raw(),
            (false, true) => composite::<2>(&picture.into_luma_alpha8().into_raw(), background, pixels),
            (true, true) => composite::<4>(&picture.into_rgba8().into_raw(), background, pixels),
        },
    }
}

/// Puts pixels of `N` channels, the last of them alpha, over the background.
fn composite<const N: usize>(from: &[u8], background: u8, pixels: &mut Vec<u8>) {
    let (from, _) = from.as_chunks::<N>();
    pixels.reserve(from.len() * (N - 1));
    for pixel in from {
        let alpha = u32::from(pixel[N - 1]);
        for value in &pixel[..N - 1] {
            let sum = u32::from(*value) * alpha + u32::from(background) * (255 - alpha);
            pixels.push(((sum + 127) / 255) as u8);
        }
    }
}

fn damaged(format: Format, error: &ImageError) -> Error {
    match error {
        ImageError::Unsupported(what) => {
            Error::new(ErrorKind::Unsupported, format!("a {format:?} of a kind that is not read: {what}"))
        }
        ImageError::Limits(_) => Error::new(
            ErrorKind::TooLarge,
            format!("the {format:?} needs more memory than a picture of {LIMIT_MEGAPIXELS} megapixels does"),
        ),
        error => Error::refused_by_library(format_args!("the {format:?} is damaged or cut off"), error),
    }
}
