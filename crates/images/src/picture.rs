//! A decoded picture at the model's input size.

use crate::{Channels, Error, Result};

/// Pixels `[H, W, C]`, one byte each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    size: [usize; 2],
    channels: Channels,
    pixels: Vec<u8>,
}

impl Picture {
    /// A picture of `size` (height, width) from its pixels, `[H, W, C]`.
    ///
    /// # Errors
    /// There are not as many pixels as the size says.
    pub fn new(size: [usize; 2], channels: Channels, pixels: Vec<u8>) -> Result<Self> {
        let wanted = size[0].checked_mul(size[1]).and_then(|n| n.checked_mul(channels.count()));
        if wanted != Some(pixels.len()) {
            return Err(Error::value(format!(
                "a picture of {} × {} with {} channels was given {} bytes",
                size[0],
                size[1],
                channels.count(),
                pixels.len()
            )));
        }
        Ok(Self { size, channels, pixels })
    }

    /// Height and width.
    pub fn size(&self) -> [usize; 2] {
        self.size
    }

    /// Grey or colour.
    pub fn channels(&self) -> Channels {
        self.channels
    }

    /// The pixels, `[H, W, C]`.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// Writes the model's input, `[H, W, C]`, values 0 to 255: the model's own first layers scale them.
    ///
    /// # Panics
    /// `target` is not as long as the picture.
    pub fn to_input(&self, target: &mut [f32]) {
        widen(&self.pixels, target);
    }
}

/// Bytes to floats of the same value.
pub(crate) fn widen(pixels: &[u8], target: &mut [f32]) {
    assert_eq!(pixels.len(), target.len(), "a picture and the room for it differ");
    for (wide, pixel) in target.iter_mut().zip(pixels) {
        *wide = f32::from(*pixel);
    }
}
