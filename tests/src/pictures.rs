//! Pictures drawn for the tests: three shapes that a small network tells apart within seconds.

use std::path::Path;

use image::{Rgb, RgbImage};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The classes, in the order that a class folder gives them.
pub const CLASSES: [&str; 3] = ["cross", "disc", "square"];

/// Writes `count` PNG pictures of `size` pixels a side for each of the first `classes` classes, one folder a class.
pub fn class_folders(folder: &Path, classes: usize, count: usize, size: u32) {
    for (class, name) in CLASSES[..classes].iter().enumerate() {
        std::fs::create_dir_all(folder.join(name)).unwrap();
        for index in 0..count {
            draw(class, index as u64, size).save(folder.join(name).join(format!("{index:03}.png"))).unwrap();
        }
    }
}

/// Picture `index` of a class: its shape somewhere, in its own colour more or less, on noise.
pub fn draw(class: usize, index: u64, size: u32) -> RgbImage {
    let mut random = ChaCha8Rng::seed_from_u64(index);
    random.set_stream(class as u64);
    let radius = size as f32 * random.random_range(0.22..0.32);
    let mut centre = || random.random_range(radius..size as f32 - radius);
    let (x, y) = (centre(), centre());
    let mut colour = [0; 3].map(|_: u8| random.random_range(90..150));
    colour[class] = random.random_range(180..=255);
    RgbImage::from_fn(size, size, |column, row| {
        let (dx, dy) = ((column as f32 - x).abs(), (row as f32 - y).abs());
        let inside = match CLASSES[class] {
            "disc" => dx.hypot(dy) < radius,
            "square" => dx.max(dy) < radius * 0.85,
            _ => dx.max(dy) < radius && dx.min(dy) < radius * 0.35,
        };
        match inside {
            true => Rgb(colour),
            false => Rgb([0; 3].map(|_: u8| random.random_range(0..80))),
        }
    })
}

/// Something like a photo of `[height, width]` pixels: a ground that changes slowly, a dozen things on it, and grain.
/// Another seed makes another photo; another size shows the same.
pub fn scene(seed: u64, [height, width]: [u32; 2]) -> RgbImage {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut levels = |low: f32, high: f32| [0; 3].map(|_: u8| random.random_range(low..high));
    let ground = [levels(40.0, 200.0), levels(-60.0, 60.0), levels(-60.0, 60.0)];
    let things = [0; 12].map(|_: u8| {
        let [[top, left, _], [tall, wide, _]] = [levels(0.0, 1.0), levels(0.04, 0.25)];
        ([top, left], [tall, wide], levels(0.0, 255.0))
    });
    let mut grain = ChaCha8Rng::seed_from_u64(seed + 1);
    RgbImage::from_fn(width, height, |x, y| {
        let (y, x) = (y as f32 / height as f32, x as f32 / width as f32);
        let mut colour = [0, 1, 2].map(|c: usize| ground[0][c] + ground[1][c] * y + ground[2][c] * x);
        for ([top, left], [tall, wide], levels) in &things {
            let (down, right) = ((y - top) / tall, (x - left) / wide);
            if down.hypot(right) < 1.0 {
                colour = levels.map(|level| level * (1.0 - 0.4 * down.abs()));
            }
        }
        let noise = grain.random_range(-4.0..4.0);
        Rgb(colour.map(|level| (level + noise) as u8))
    })
}

/// A PNG of some hundred bytes that promises 30,000 × 30,000 pixels of 3 bytes: 2.7 GB.
pub fn enormous_png() -> Vec<u8> {
    let side = 30_000_u32.to_be_bytes();
    let mut header = [side, side].concat();
    header.extend([8, 2, 0, 0, 0]); // bits a channel, RGB, deflate, adaptive filters, no interlacing
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut packed, &[0; 90_001]).unwrap(); // its first row
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, data) in [(b"IHDR", header), (b"IDAT", packed.finish().unwrap()), (b"IEND", Vec::new())] {
        let named = [kind.as_slice(), &data].concat();
        let mut checksum = flate2::Crc::new();
        checksum.update(&named);
        png.extend((data.len() as u32).to_be_bytes());
        png.extend(named);
        png.extend(checksum.sum().to_be_bytes());
    }
    png
}
