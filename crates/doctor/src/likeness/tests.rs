use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::{FilterType, flip_horizontal, flip_vertical, resize, rotate90, rotate180, rotate270};
use image::{Rgb, RgbImage};
use images::Sample;
use linnaeus_tests::scene;

use crate::look::{Eye, Seen};
use crate::neighbours::{RADIUS, TURNED_RADIUS};
use crate::turn::Turn;

fn jpeg(picture: &RgbImage, quality: u8) -> RgbImage {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(picture).unwrap();
    image::load_from_memory(&bytes).unwrap().into_rgb8()
}

/// `gain · level + offset`, clipped.
fn relit(picture: &RgbImage, gain: f32, offset: f32) -> RgbImage {
    let mut relit = picture.clone();
    let level = |level: u8| (gain * f32::from(level) + offset) as u8; // clips
    relit.pixels_mut().for_each(|pixel| pixel.0 = pixel.0.map(level));
    relit
}

fn scaled(picture: &RgbImage, factor: f32) -> RgbImage {
    let side = |length: u32| (length as f32 * factor).round() as u32;
    resize(picture, side(picture.width()), side(picture.height()), FilterType::Lanczos3)
}

/// As the doctor sees it, through a file.
fn seen(picture: &RgbImage) -> Seen {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("picture.png");
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    std::fs::write(&path, bytes.into_inner()).unwrap();
    Eye::new().look_at(&Sample::new(path, 0)).seen.unwrap()
}

fn are_same(a: &Seen, b: &Seen) -> bool {
    a.hash.distance(b.hash) <= RADIUS && a.likeness.is_copy_of(&b.likeness)
}

#[test]
fn what_happens_to_pictures_on_their_way_changes_nothing() {
    for seed in 0..12 {
        let size = [[172, 307], [240, 320], [96, 96], [450, 300]][seed as usize % 4];
        let original = scene(seed, size);
        let changed = [
            ("quality 30", jpeg(&original, 30)),
            ("half", scaled(&original, 0.5)),
            ("a third", scaled(&original, 0.34)),
            ("double", scaled(&original, 2.0)),
            ("stretched", resize(&original, size[1], size[0], FilterType::Triangle)),
            ("brighter", relit(&original, 1.0, 25.0)),
            ("darker", relit(&original, 0.8, 0.0)),
            ("more contrast, clipped", relit(&original, 1.2, -20.0)),
            ("all at once", jpeg(&relit(&scaled(&original, 0.6), 1.15, 0.0), 50)),
        ];
        let original = seen(&original);
        for (name, changed) in &changed {
            let changed = seen(changed);
            let distance = original.hash.distance(changed.hash);
            assert!(
                are_same(&original, &changed) && are_same(&changed, &original),
                "{seed}, {name}: {distance} bits"
            );
        }
    }
}

#[test]
fn mirrored_and_turned_copies_are_known() {
    for seed in 0..12 {
        let original = scene(seed, [[172, 307], [240, 320], [96, 96], [450, 300]][seed as usize % 4]);
        let passed_on = jpeg(&relit(&scaled(&original, 0.6), 1.0, 12.0), 60);
        let first = seen(&original);
        let turned = [
            (Turn::Mirrored, flip_horizontal(&passed_on)),
            (Turn::MirroredTopToBottom, flip_vertical(&passed_on)),
            (Turn::Quarter, rotate90(&passed_on)),
            (Turn::Half, rotate180(&passed_on)),
            (Turn::ThreeQuarters, rotate270(&passed_on)),
        ];
        for (turn, turned) in &turned {
            let turned = seen(turned);
            let distance = first.hash.turned(*turn).distance(turned.hash);
            assert!(distance <= TURNED_RADIUS, "{seed}, {turn:?}: {distance} bits");
            assert!(first.likeness.turned(*turn).is_copy_of(&turned.likeness), "{seed}, {turn:?}");
            assert!(!first.likeness.is_copy_of(&turned.likeness), "{seed}, {turn:?}");
        }
    }
}

#[test]
fn different_pictures_are_told_apart() {
    let all: Vec<Seen> = (0..150).map(|seed| seen(&scene(seed, [60, 80]))).collect();
    for (i, a) in all.iter().enumerate() {
        assert!(all[..i].iter().all(|b| !are_same(a, b) && !a.likeness.is_copy_of(&b.likeness)), "{i}");
        for turned in Turn::ALL.map(|turn| a.likeness.turned(turn)) {
            assert!(all[..i].iter().all(|b| !turned.is_copy_of(&b.likeness)), "{i}");
        }
    }
}

#[test]
fn another_colour_is_another_picture_and_no_colour_is_not() {
    let red = RgbImage::from_fn(64, 64, |x, y| {
        let inside = (x as f32 - 32.0).hypot(y as f32 - 32.0) < 20.0;
        Rgb(if inside { [200, 60, 60] } else { [250, 250, 250] })
    });
    let blue = RgbImage::from_fn(64, 64, |x, y| {
        let [red, green, blue] = red.get_pixel(x, y).0;
        Rgb(if red == blue { [red, green, blue] } else { [88, 82, 230] }) // of the same luma
    });
    let grey = image::DynamicImage::ImageRgb8(red.clone()).into_luma8();
    let grey = image::DynamicImage::ImageLuma8(grey).into_rgb8();
    let [red, blue, grey] = [&red, &blue, &grey].map(seen);
    assert!(red.hash.distance(blue.hash) <= RADIUS && !are_same(&red, &blue));
    assert!(are_same(&red, &grey) && grey.is_grey && !red.is_grey);
}

#[test]
fn what_shows_nothing_is_blank() {
    let noise = RgbImage::from_fn(100, 100, |x, y| Rgb([250 + ((x * 7 + y * 13) % 3) as u8; 3]));
    assert!(seen(&noise).likeness.is_blank());
    assert!(!seen(&scene(1, [60, 80])).likeness.is_blank());
}
