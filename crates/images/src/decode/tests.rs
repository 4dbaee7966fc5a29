use std::path::PathBuf;

use super::*;
use crate::random::{Purpose, Random};
use crate::{Channels, Exif, Picture, Resize};

/// The picture that `tests/pictures/make.py` puts in every file, `[16, 24, 3]`.
fn base() -> Vec<u8> {
    let pixel = |at: usize| {
        let (y, x) = (at / 24, at % 24);
        [(x * 10) as u8, (y * 15) as u8, (255 - x * 5 - y * 5) as u8]
    };
    (0..16 * 24).flat_map(pixel).collect()
}

fn alpha(at: usize) -> u32 {
    ((at % 24 * 7 + at / 24 * 3) % 256) as u32
}

fn over_white(value: u8, at: usize) -> u8 {
    ((u32::from(value) * alpha(at) + 255 * (255 - alpha(at)) + 127) / 255) as u8
}

fn grey() -> Vec<u8> {
    base().chunks_exact(3).map(|p| luma(p[0], p[1], p[2])).collect()
}

fn folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "pictures"].iter().collect()
}

fn bytes_of(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).unwrap()
}

fn preprocess(size: [usize; 2], channels: Channels) -> Preprocess {
    Preprocess::new(size, channels).unwrap()
}

/// The file as it is, neither shrunk nor enlarged.
fn decoded(name: &str, channels: Channels) -> Vec<u8> {
    preprocess([16, 24], channels).decode(&folder().join(name)).unwrap().pixels().to_vec()
}

fn furthest(ours: &[u8], wanted: &[u8]) -> u8 {
    assert_eq!(ours.len(), wanted.len());
    ours.iter().zip(wanted).map(|(a, b)| a.abs_diff(*b)).max().unwrap()
}

#[test]
fn colour_in_every_format() {
    // What is lossy may differ by a few levels from what was put in.
    let cases = [
        ("rgb.png", 0),
        ("rgb.bmp", 0),
        ("rgb_lossless.webp", 0),
        ("rgb_lzw.tif", 0),
        ("rgb_cmyk.tif", 1),
        ("rgb_lossy.webp", 14),
        ("rgb.jpg", 4),
        ("rgb_420.jpg", 12),
        ("rgb_progressive.jpg", 4),
        ("rgb_restarts.jpg", 4),
        ("rgb_unconverted.jpg", 4),
        ("rgb_cmyk.jpg", 4),
        ("rgb_ycck.jpg", 6),
    ];
    for (name, tolerance) in cases {
        let difference = furthest(&decoded(name, Channels::Rgb), &base());
        assert!(difference <= tolerance, "{name}: {difference}");
        let difference = furthest(&decoded(name, Channels::Grey), &grey());
        assert!(difference <= tolerance, "{name} in grey: {difference}");
    }
}

#[test]
fn grey_in_every_format() {
    for (name, tolerance) in
        [("grey.png", 0), ("grey_16_bit.png", 0), ("grey_16_bit.tif", 0), ("grey.jpg", 2)]
    {
        let difference = furthest(&decoded(name, Channels::Grey), &grey());
        assert!(difference <= tolerance, "{name}: {difference}");
        let three: Vec<u8> = decoded(name, Channels::Grey).iter().flat_map(|v| [*v; 3]).collect();
        assert_eq!(decoded(name, Channels::Rgb), three, "{name}");
    }
    let bits: Vec<u8> = grey().iter().map(|v| if *v > 127 { 255 } else { 0 }).collect();
    assert_eq!(decoded("grey_1_bit.png", Channels::Grey), bits);
}

#[test]
fn transparency_shows_white() {
    let wanted: Vec<u8> = base().iter().enumerate().map(|(i, v)| over_white(*v, i / 3)).collect();
    assert_eq!(decoded("rgba.png", Channels::Rgb), wanted);
    assert_eq!(decoded("rgba_lossless.webp", Channels::Rgb), wanted);
    let wanted: Vec<u8> = grey().iter().enumerate().map(|(i, v)| over_white(*v, i)).collect();
    assert_eq!(decoded("grey_alpha.png", Channels::Grey), wanted);
    let black = Preprocess { background: 0, ..preprocess([16, 24], Channels::Grey) };
    assert_eq!(black.decode(&folder().join("grey_alpha.png")).unwrap().pixels()[0], 0);
}

#[test]
fn palettes_and_the_first_frame() {
    // Three stripes: red, green, blue; the PNG's green is transparent, the GIF's second frame all blue.
    let stripes = |middle: [u8; 3]| -> Vec<u8> {
        let colours = [[250, 0, 0], middle, [0, 0, 250]];
        (0..16 * 24).flat_map(|at| colours[at % 24 / 8]).collect()
    };
    assert_eq!(decoded("palette_transparent.png", Channels::Rgb), stripes([255; 3]));
    assert_eq!(decoded("palette_2_frames.gif", Channels::Rgb), stripes([0, 250, 0]));
}

#[test]
fn all_orientations() {
    for value in 1..=8 {
        let name = format!("rgb_exif_{value}.jpg");
        let difference = furthest(&decoded(&name, Channels::Rgb), &base());
        assert!(difference <= 4, "{name}: {difference}");
    }
    let as_stored = Preprocess { exif: Exif::Ignore, ..preprocess([24, 16], Channels::Rgb) };
    let stored = as_stored.decode(&folder().join("rgb_exif_6.jpg")).unwrap();
    // Turned clockwise to be upright, so the first stored pixel is the last of the first row.
    assert!(furthest(&stored.pixels()[..3], &base()[23 * 3..24 * 3]) <= 4);
}

#[test]
fn orientation_and_resizing_commute() {
    for resize in [Resize::Stretch, Resize::Pad, Resize::Crop] {
        for value in 2..=8 {
            let wanted = Preprocess { resize, pad: 77, ..preprocess([9, 8], Channels::Rgb) };
            let upright = wanted.decode(&folder().join("rgb_exif_1.jpg")).unwrap();
            let turned = wanted.decode(&folder().join(format!("rgb_exif_{value}.jpg"))).unwrap();
            let difference = furthest(turned.pixels(), upright.pixels());
            assert!(difference <= 3, "{resize:?}, orientation {value}: {difference}");
        }
    }
}

#[test]
fn padding_and_cropping() {
    let pixel = |picture: &Picture, y: usize, x: usize| {
        let at = (y * picture.size()[1] + x) * 3;
        [0, 1, 2].map(|c| picture.pixels()[at + c])
    };
    let pad = Preprocess { resize: Resize::Pad, pad: 7, ..preprocess([24, 24], Channels::Rgb) };
    let padded = pad.decode(&folder().join("rgb.png")).unwrap();
    assert_eq!([pixel(&padded, 3, 0), pixel(&padded, 20, 23)], [[7; 3]; 2]);
    assert_eq!(pixel(&padded, 4, 0), [0, 0, 255]);
    assert_eq!(pixel(&padded, 19, 23), [230, 225, 65]);
    let crop = Preprocess { resize: Resize::Crop, ..preprocess([16, 16], Channels::Rgb) };
    let cropped = crop.decode(&folder().join("rgb.png")).unwrap();
    assert_eq!(pixel(&cropped, 0, 0), [40, 0, 235]);
    assert_eq!(pixel(&cropped, 15, 15), [190, 225, 85]);
}

#[test]
fn wide_colour_becomes_eight_bits() {
    let wide: Vec<u16> = base().iter().map(|v| u16::from(*v) * 257).collect();
    let image = image::ImageBuffer::<image::Rgb<u16>, _>::from_raw(24, 16, wide).unwrap();
    let float: Vec<f32> = base().iter().map(|v| f32::from(*v) / 255.0).collect();
    let float = image::ImageBuffer::<image::Rgb<f32>, _>::from_raw(24, 16, float).unwrap();
    for (image, format) in [
        (image::DynamicImage::from(image.clone()), image::ImageFormat::Png),
        (image::DynamicImage::from(image), image::ImageFormat::Tiff),
        (image::DynamicImage::from(float), image::ImageFormat::Tiff),
    ] {
        let mut bytes = std::io::Cursor::new(Vec::new());
        image.write_to(&mut bytes, format).unwrap();
        let picture = preprocess([16, 24], Channels::Rgb).decode_bytes(bytes.get_ref()).unwrap();
        assert_eq!(picture.pixels(), base(), "{format:?}");
    }
}

fn refused(bytes: &[u8]) -> Error {
    preprocess([8, 8], Channels::Rgb).decode_bytes(bytes).unwrap_err()
}

#[test]
fn files_cut_off_anywhere_are_refused() {
    let mut names: Vec<_> = std::fs::read_dir(folder()).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.retain(|name| !matches!(name.to_str(), Some("make.py" | "golden.json")));
    assert_eq!(names.len(), 31);
    for name in names {
        let name = name.to_str().unwrap();
        let bytes = bytes_of(name);
        let mut read_all_the_same = Vec::new();
        for length in 0..bytes.len() {
            if preprocess([8, 8], Channels::Rgb).decode_bytes(&bytes[..length]).is_ok() {
                read_all_the_same.push(length);
            }
        }
        // Some bytes at the end carry no pixels; without them the picture is whole.
        let spare = match name.rsplit_once('.').unwrap().1 {
            "png" => 16,
            "gif" => 90,
            _ => 2,
        };
        let least = read_all_the_same.first().copied().unwrap_or(bytes.len());
        assert!(least + spare >= bytes.len(), "{name}: read with {least} of {} bytes", bytes.len());
    }
}

#[test]
fn says_what_is_wrong() {
    assert_eq!(refused(b"").to_string(), "the file is empty (0 bytes)");
    assert!(refused(b"hello, I am no picture").to_string().starts_with("not a picture: JPEG, PNG"));
    assert_eq!(refused(b"\0\0\0\x18ftypheic....").kind(), ErrorKind::Unsupported);
    let jpeg = bytes_of("rgb.jpg");
    assert_eq!(refused(&jpeg[..jpeg.len() - 40]).to_string(), "the JPEG is cut off: its end is missing");
    let missing = preprocess([8, 8], Channels::Rgb).decode(&folder().join("none.png")).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::Missing);
    assert!(missing.to_string().contains("none.png: "), "{missing}");
}

#[test]
fn a_jpeg_whose_end_is_zeros_is_refused() {
    // As a copy that was interrupted leaves it: the right length, the rest never written.
    let mut bytes = bytes_of("rgb.jpg");
    let half = bytes.len() - 150;
    bytes[half..].fill(0);
    assert_eq!(refused(&bytes).kind(), ErrorKind::Damaged);
}

/// Writes `value` over the big-endian or little-endian number at `at`.
fn patched(mut bytes: Vec<u8>, at: usize, value: &[u8]) -> Vec<u8> {
    bytes[at..at + value.len()].copy_from_slice(value);
    bytes
}

#[test]
fn pictures_that_claim_to_be_huge_are_refused_at_once() {
    let find = |bytes: &[u8], what: &[u8]| bytes.windows(what.len()).position(|w| w == what).unwrap();
    let jpeg = bytes_of("rgb.jpg");
    let frame = find(&jpeg, &[0xff, 0xc0]) + 5;
    let bmp = bytes_of("rgb.bmp");
    let gif = bytes_of("palette_2_frames.gif");
    // 30,000 × 30,000 in one bit: a header that holds, then next to nothing.
    let png = [
        b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x75\x30\0\0\x75\x30\x01\0\0\0\0".as_slice(),
        &0x4e5c_c517_u32.to_be_bytes(),
        b"\0\0\0\x0aIDAT\x78\x9c\x03\0\0\0\0\x01\0\0",
    ]
    .concat();
    // WebP's sides have 14 bits.
    let webp = patched(bytes_of("rgb_lossless.webp"), 21, &[0xfe, 0xbf, 0xff, 0x0f]);
    let huge = [
        patched(jpeg, frame, &[0x75, 0x30, 0x75, 0x30]),
        patched(bmp, 18, &[0x30, 0x75, 0, 0, 0x30, 0x75, 0, 0]),
        patched(gif, 6, &[0x30, 0x75, 0x30, 0x75]),
        png,
        webp,
    ];
    for bytes in huge {
        let error = refused(&bytes);
        assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
        let says = |size: &str| error.to_string().contains(size);
        assert!(says("30000 × 30000") || says("16383 × 16383"), "{error}");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("huge");
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(check_header(&Sample::new(&path, 0)).unwrap_err().kind(), ErrorKind::TooLarge);
    }
}

#[test]
fn damaged_files_never_panic() {
    let preprocess = preprocess([8, 8], Channels::Rgb);
    let rounds = 150;
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if matches!(path.extension().and_then(|e| e.to_str()), Some("py" | "json")) {
            continue;
        }
        let whole = std::fs::read(&path).unwrap();
        for round in 0..rounds {
            let mut random = Random::new(whole.len() as u64, Purpose::Order, 0, round);
            let mut below = |n: usize| random.between(0.0, n as f32) as usize;
            let mut bytes = whole.clone();
            for _ in 0..=below(4) {
                let at = below(bytes.len());
                match below(4) {
                    0 => bytes[at] = below(256) as u8,
                    1 => bytes[at] ^= 1 << below(8),
                    2 => bytes.truncate(at.max(1)),
                    _ => bytes.insert(at, [0, 0xff, 0x80][below(3)]),
                }
            }
            // Either outcome is right; the picture, if there is one, has its size.
            if let Ok(picture) = preprocess.decode_bytes(&bytes) {
                assert_eq!(picture.pixels().len(), 8 * 8 * 3);
            }
        }
    }
}
