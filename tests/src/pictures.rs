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
