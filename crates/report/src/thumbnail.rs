//! Small copies of pictures, to lie inside a page.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits, RgbImage};

/// The longer side in pixels: twice of what a page shows, for fine screens.
pub const LONGER_SIDE: u32 = 360;
const JPEG_QUALITY: u8 = 80;
/// A picture that claims to be larger is not opened.
const MAX_SIDE: u32 = 20_000;
const MAX_DECODED_BYTES: u64 = 512 << 20;

/// A picture as a `data:` address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thumbnail {
    /// For an `img`.
    pub address: String,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

/// Thumbnails by path; a picture that is gone or broken has none.
#[derive(Debug, Default)]
pub(crate) struct Thumbnails(HashMap<PathBuf, Thumbnail>);

impl Thumbnails {
    /// Makes those of `paths`, on all cores.
    pub(crate) fn of(paths: &[&Path]) -> Self {
        let (next, made) = (AtomicUsize::new(0), Mutex::new(HashMap::new()));
        let work = || {
            while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
                if let Some(thumbnail) = Thumbnail::read(path) {
                    made.lock().unwrap_or_else(|e| e.into_inner()).insert(path.to_path_buf(), thumbnail);
                }
            }
        };
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(paths.len());
        std::thread::scope(|scope| {
            for _ in 1..threads {
                scope.spawn(work);
            }
            work();
        });
        Self(made.into_inner().unwrap_or_else(|e| e.into_inner()))
    }

    /// Width by height, of the one in the middle; `None` without any.
    pub(crate) fn median_aspect(&self) -> Option<f64> {
        let mut aspects: Vec<f64> =
            self.0.values().map(|t| f64::from(t.width) / f64::from(t.height)).collect();
        aspects.sort_by(f64::total_cmp);
        aspects.get(aspects.len() / 2).copied()
    }

    pub(crate) fn get(&self, path: &Path) -> Option<&Thumbnail> {
        self.0.get(path)
    }
}

impl Thumbnail {
    /// Whether it has so few pixels that a page should show them as squares.
    pub fn is_coarse(&self) -> bool {
        self.width.max(self.height) <= 64
    }

    fn read(path: &Path) -> Option<Self> {
        let picture = open(path)?;
        let small = if picture.width().max(picture.height()) > LONGER_SIDE {
            picture.thumbnail(LONGER_SIDE, LONGER_SIDE)
        } else {
            picture
        };
        Self::of(&over_white(&small))
    }

    /// Of a picture that is small already, `[H, W, 3]`; none where there are not as many `pixels` as that has.
    pub fn of_pixels([height, width]: [usize; 2], pixels: Vec<u8>) -> Option<Self> {
        let side = |pixels: usize| u32::try_from(pixels).ok();
        Self::of(&RgbImage::from_raw(side(width)?, side(height)?, pixels)?)
    }

    fn of(small: &RgbImage) -> Option<Self> {
        let mut jpeg = Vec::new();
        JpegEncoder::new_with_quality(&mut jpeg, JPEG_QUALITY).encode_image(small).ok()?;
        let address = format!("data:image/jpeg;base64,{}", STANDARD.encode(jpeg));
        Some(Self { address, width: small.width(), height: small.height() })
    }
}

fn open(path: &Path) -> Option<DynamicImage> {
    let file = File::open(path).ok()?;
    // A pipe or a device would block or never end.
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODED_BYTES);
    let mut reader = ImageReader::new(BufReader::new(file)).with_guessed_format().ok()?;
    reader.limits(limits);
    let mut decoder = reader.into_decoder().ok()?;
    let orientation = decoder.orientation().ok()?;
    let mut picture = DynamicImage::from_decoder(decoder).ok()?;
    picture.apply_orientation(orientation);
    Some(picture)
}

fn over_white(picture: &DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.to_rgb8();
    }
    let rgba = picture.to_rgba8();
    RgbImage::from_fn(rgba.width(), rgba.height(), |x, y| {
        let [r, g, b, alpha] = rgba.get_pixel(x, y).0.map(u16::from);
        image::Rgb([r, g, b].map(|c| ((c * alpha + 255 * (255 - alpha) + 127) / 255) as u8))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixels(thumbnail: &Thumbnail) -> RgbImage {
        let jpeg =
            STANDARD.decode(thumbnail.address.strip_prefix("data:image/jpeg;base64,").unwrap()).unwrap();
        image::load_from_memory(&jpeg).unwrap().to_rgb8()
    }

    #[test]
    fn a_large_picture_is_shrunk_and_keeps_its_shape() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large.png");
        RgbImage::from_pixel(900, 300, image::Rgb([200, 40, 40])).save(&path).unwrap();
        let thumbnails = Thumbnails::of(&[&path]);
        let thumbnail = thumbnails.get(&path).unwrap();
        assert_eq!((thumbnail.width, thumbnail.height), (360, 120));
        assert_eq!(pixels(thumbnail).dimensions(), (360, 120));
    }

    #[test]
    fn transparency_lies_over_white() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clear.png");
        image::RgbaImage::from_pixel(16, 16, image::Rgba([0, 0, 0, 0])).save(&path).unwrap();
        let thumbnails = Thumbnails::of(&[&path]);
        assert_eq!(pixels(thumbnails.get(&path).unwrap()).get_pixel(8, 8).0, [255, 255, 255]);
    }

    #[test]
    fn what_is_gone_or_no_picture_has_no_thumbnail() {
        let folder = tempfile::tempdir().unwrap();
        let text = folder.path().join("text.jpg");
        std::fs::write(&text, "no picture").unwrap();
        let thumbnails = Thumbnails::of(&[&text, Path::new("/no/such/picture.png"), folder.path()]);
        assert!(thumbnails.0.is_empty());
    }
}
