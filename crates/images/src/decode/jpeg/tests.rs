mod encoder;

use std::f64::consts::PI;

use super::bits::{Bits, next_interval};
use super::huffman::{Codes, Kind, decode_block, place};
use super::*;
use crate::random::{Purpose, Random};
use crate::{Channels, Resize};
use encoder::{Sketch, zigzag};

const GREY: &[[usize; 2]] = &[[1, 1]];

/// The samplings that are in use: 4:4:4, 4:2:2, 4:4:0, 4:2:0, and one whose planes differ in another way.
const SAMPLINGS: [&[[usize; 2]]; 5] = [
    &[[1, 1], [1, 1], [1, 1]],
    &[[1, 2], [1, 1], [1, 1]],
    &[[2, 1], [1, 1], [1, 1]],
    &[[2, 2], [1, 1], [1, 1]],
    &[[2, 2], [2, 1], [1, 2]],
];

const SCALES: [Scale; 3] = [Scale::Half, Scale::Quarter, Scale::Eighth];

/// Waves long enough to be seen at an eighth of the size, in all components within their range.
fn waves(component: usize, y: f64, x: f64) -> f64 {
    let phase = component as f64;
    let depth = if component == 0 { 60.0 } else { 20.0 };
    128.0 + depth * ((x / 30.0 + phase).sin() + (y / 40.0 - phase).cos() * (x / 50.0).cos())
}

fn sketch(size: [usize; 2], blocks: &[[usize; 2]], restart_interval: usize) -> Sketch {
    Sketch { size, blocks: blocks.to_vec(), restart_interval, step: 1 }
}

fn reduced(bytes: &[u8], scale: Scale, wanted: Channels) -> Option<Vec<u8>> {
    let mut pixels = Vec::new();
    reduced::decode(&Header::read(bytes)?, scale, wanted, &mut Workspace::default(), &mut pixels)?;
    Some(pixels)
}

fn in_full(bytes: &[u8], wanted: Channels) -> (Stored, Vec<u8>) {
    let mut pixels = Vec::new();
    (whole::decode(bytes, wanted, &mut pixels).unwrap(), pixels)
}

/// `[channels, height, width]`: the mean of the pixels that one of the reduced picture covers, where they are all
/// there.
fn means(stored: &Stored, pixels: &[u8], scale: Scale) -> Vec<Option<f64>> {
    let side = 8 / scale.points();
    let [height, width] = stored.size;
    let reduced = scale.reduced(stored.size);
    let mean = |channel: usize, row: usize, column: usize| {
        let (mut sum, mut count) = (0.0, 0.0);
        for y in row * side..((row + 1) * side).min(height) {
            for x in column * side..((column + 1) * side).min(width) {
                sum += f64::from(pixels[(y * width + x) * stored.channels + channel]);
                count += 1.0;
            }
        }
        (count == (side * side) as f64).then_some(sum / count)
    };
    let places = (0..reduced[0]).flat_map(|row| (0..reduced[1]).map(move |column| (row, column)));
    let all = (0..stored.channels).flat_map(|channel| places.clone().map(move |at| (channel, at)));
    all.map(|(channel, (row, column))| mean(channel, row, column)).collect()
}

#[test]
fn a_reduced_picture_is_the_mean_of_the_full_one() {
    // Where there is no finer detail the two differ by rounding: of coefficients, planes and colours.
    for blocks in SAMPLINGS.into_iter().chain([GREY]) {
        for (size, restart_interval) in [([96, 64], 0), ([83, 117], 1), ([65, 47], 3), ([9, 200], 0)] {
            let file = sketch(size, blocks, restart_interval).encode(waves);
            for wanted in [Channels::Rgb, Channels::Grey] {
                // What that decoder makes of planes that differ both ways is wrong: see the next test.
                if blocks == SAMPLINGS[4] && wanted == Channels::Rgb {
                    continue;
                }
                let (stored, pixels) = in_full(&file, wanted);
                if stored.channels != wanted.count().min(blocks.len()) {
                    continue;
                }
                for scale in SCALES {
                    let ours = reduced(&file, scale, wanted).unwrap();
                    let wanted = means(&stored, &pixels, scale);
                    assert_eq!(ours.len(), wanted.len());
                    let pairs = ours.iter().zip(&wanted).filter_map(|(a, b)| Some((f64::from(*a), (*b)?)));
                    let differences: Vec<f64> = pairs.map(|(a, b)| (a - b).abs()).collect();
                    let most = differences.iter().copied().fold(0.0, f64::max);
                    let mean = differences.iter().sum::<f64>() / differences.len() as f64;
                    assert!(most < 4.0 && mean < 0.8, "{blocks:?}, {size:?}, {scale:?}: {most}, {mean}");
                }
            }
        }
    }
}

#[test]
fn planes_of_different_sampling_meet() {
    let size = [64, 96];
    let file = sketch(size, SAMPLINGS[4], 0).encode(waves);
    for scale in SCALES {
        let ours = reduced(&file, scale, Channels::Rgb).unwrap();
        let side = 8.0 / scale.points() as f64;
        let [height, width] = scale.reduced(size);
        for (at, red) in ours[..height * width].iter().enumerate() {
            let centre = |at: usize| (at as f64 + 0.5) * side - 0.5;
            let value = |component| waves(component, centre(at / width), centre(at % width));
            let wanted = (value(0) + 1.402 * (value(2) - 128.0)).clamp(0.0, 255.0);
            assert!((f64::from(*red) - wanted).abs() < 4.0, "{scale:?}, {at}: {red} for {wanted}");
        }
    }
}

#[test]
fn blocks_at_full_size_agree_with_another_decoder() {
    // Noise, so that all coefficients are there and the longest codes come up.
    let size = [48, 64];
    let mut random = Random::new(7, Purpose::Order, 0, 0);
    let noise: Vec<f64> = (0..48 * 64).map(|_| f64::from(random.between(0.0, 255.0))).collect();
    for step in [1, 7, 40] {
        let sketch = Sketch { step, ..sketch(size, GREY, 0) };
        let file = sketch.encode(|_, y, x| noise[y as usize * 64 + x as usize]);
        let header = Header::read(&file).unwrap();
        let codes = |kind, written: Option<&[u8]>| Codes::new(kind, written.unwrap()).unwrap();
        let (dc, ac) = (codes(Kind::Dc, header.dc_codes[0]), codes(Kind::Ac, header.ac_codes[0]));
        let weights = transform::weights(&header.quantization[0].unwrap(), [8, 8]);
        let mut interval = Vec::new();
        next_interval(header.scan, &mut interval).unwrap();
        let (mut bits, mut mean, mut block) = (Bits::new(&interval), 0, [0; 256]);
        let mut ours = vec![0; 48 * 64];
        for at in 0..48 {
            let last = decode_block(&dc, &ac, &mut bits, &mut mean, &mut block).unwrap();
            let first = at / 8 * 8 * 64 + at % 8 * 8;
            transform::inverse([8, 8]).unwrap()(&block, last, &weights, &mut ours[first..], 64);
        }
        assert!(bits.is_at_end());
        let (_, wanted) = in_full(&file, Channels::Grey);
        let furthest = ours.iter().zip(&wanted).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(furthest <= Some(1), "{step}: {furthest:?}");
    }
}

#[test]
fn transforms_follow_their_definition() {
    let mut random = Random::new(11, Purpose::Order, 0, 0);
    let quantization: [u16; 64] = std::array::from_fn(|i| 1 + i as u16 / 4);
    for points in [1, 2, 4, 8].into_iter().flat_map(|down| [1, 2, 4, 8].map(|across| [down, across])) {
        let Some(inverse) = transform::inverse(points) else { continue };
        let weights = transform::weights(&quantization, points);
        for last in [0, 1, 5, 20, 63] {
            let (mut block, mut wanted) = ([0; 256], vec![128.0; points[0] * points[1]]);
            for (number, (v, u)) in zigzag().enumerate().take(last + 1) {
                let value = random.between(-300.0, 300.0) / (1 + number) as f32;
                block[place(number)] = value as i16;
                if v >= points[0] || u >= points[1] {
                    continue;
                }
                let wave = |p: usize, f: usize, n: usize| {
                    let norm = if f == 0 { 0.125_f64.sqrt() } else { 0.5 };
                    norm * ((2 * p + 1) as f64 * f as f64 * PI / (2 * n) as f64).cos()
                };
                for (at, wanted) in wanted.iter_mut().enumerate() {
                    let (y, x) = (at / points[1], at % points[1]);
                    *wanted += f64::from(value as i16)
                        * f64::from(quantization[number])
                        * wave(y, v, points[0])
                        * wave(x, u, points[1]);
                }
            }
            let mut ours = vec![0; wanted.len()];
            inverse(&block, last, &weights, &mut ours, points[1]);
            for (ours, wanted) in ours.iter().zip(&wanted) {
                let difference = (f64::from(*ours) - wanted.clamp(0.0, 255.0)).abs();
                assert!(difference < 0.51, "{points:?}, {last}: {ours} for {wanted}");
            }
        }
    }
}

#[test]
fn the_scale_leaves_what_the_input_needs() {
    let scale = |resize, size, picture, noted| {
        let preprocess = Preprocess { resize, ..Preprocess::new(size, Channels::Rgb).unwrap() };
        Scale::of(&Fit::new(&preprocess, picture, Orientation::from_exif(noted)))
    };
    use Resize::{Crop, Pad, Stretch};
    for resize in [Stretch, Crop, Pad] {
        assert_eq!(scale(resize, [224, 224], [448, 448], 1), Some(Scale::Half));
        assert_eq!(scale(resize, [224, 224], [447, 447], 1), None);
        assert_eq!(scale(resize, [224, 224], [1792, 1792], 1), Some(Scale::Quarter));
        assert_eq!(scale(resize, [224, 224], [3584, 3584], 1), Some(Scale::Eighth));
    }
    // A panorama: squeezed or cropped its height decides, and with bars above and below its width.
    assert_eq!(scale(Stretch, [224, 224], [300, 4000], 1), None);
    assert_eq!(scale(Crop, [224, 224], [300, 4000], 1), None);
    assert_eq!(scale(Pad, [224, 224], [300, 4000], 1), Some(Scale::Eighth));
    // What is tall as it is stored and held to be wide.
    assert_eq!(scale(Stretch, [100, 400], [800, 200], 1), None);
    assert_eq!(scale(Stretch, [100, 400], [800, 200], 6), Some(Scale::Half));
}

#[test]
fn what_is_seen_is_the_same_at_any_scale() {
    // The full picture goes the same way as a PNG, of which nothing is decoded at a part of its size.
    for size in [[301, 203], [150, 411]] {
        let file = sketch(size, SAMPLINGS[3], 0).encode(waves);
        let (_, pixels) = in_full(&file, Channels::Rgb);
        let full = image::RgbImage::from_raw(size[1] as u32, size[0] as u32, pixels).unwrap();
        let mut png = std::io::Cursor::new(Vec::new());
        full.write_to(&mut png, image::ImageFormat::Png).unwrap();
        for input in [[70, 90], [30, 40], [16, 12]] {
            for resize in [Resize::Stretch, Resize::Crop, Resize::Pad] {
                let preprocess = Preprocess { resize, ..Preprocess::new(input, Channels::Rgb).unwrap() };
                let [ours, wanted] =
                    [&file, png.get_ref()].map(|bytes| preprocess.decode_bytes(bytes).unwrap());
                let pairs = ours.pixels().iter().zip(wanted.pixels());
                let most = pairs.map(|(a, b)| a.abs_diff(*b)).max();
                assert!(most <= Some(4), "{size:?} to {input:?}, {resize:?}: {most:?}");
            }
        }
    }
}

#[test]
fn what_is_not_covered_is_left_to_the_other_decoder() {
    let folder: std::path::PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests", "pictures"].iter().collect();
    let covered = ["rgb.jpg", "rgb_420.jpg", "rgb_restarts.jpg", "grey.jpg", "rgb_exif_6.jpg"];
    let others = ["rgb_progressive.jpg", "rgb_unconverted.jpg", "rgb_cmyk.jpg", "rgb_ycck.jpg"];
    for (names, is_covered) in [(covered.as_slice(), true), (others.as_slice(), false)] {
        for name in names {
            let bytes = std::fs::read(folder.join(name)).unwrap();
            assert_eq!(reduced(&bytes, Scale::Half, Channels::Rgb).is_some(), is_covered, "{name}");
        }
    }
    let unusual: [&[[usize; 2]]; 3] =
        [&[[1, 4], [1, 1], [1, 1]], &[[3, 1], [1, 1], [1, 1]], &[[3, 2], [2, 1], [1, 1]]];
    for blocks in unusual {
        let file = sketch([40, 40], blocks, 0).encode(waves);
        assert_eq!(reduced(&file, Scale::Half, Channels::Rgb), None, "{blocks:?}");
    }
}

/// A file, changed at a few places in a way that depends on `round`.
fn damaged(whole: &[u8], round: u64) -> Vec<u8> {
    let mut random = Random::new(whole.len() as u64, Purpose::Order, 1, round);
    let mut below = |n: usize| (random.between(0.0, n as f32) as usize).min(n - 1);
    let mut bytes = whole.to_vec();
    for _ in 0..=below(3) {
        let at = below(bytes.len());
        match below(6) {
            0 => bytes[at] = below(256) as u8,
            1 => bytes[at] ^= 1 << below(8),
            2 => bytes.truncate(at.max(4)),
            3 => bytes.insert(at, [0, 0xff, 0x80][below(3)]),
            4 => _ = bytes.remove(at),
            // A marker where there is none.
            _ => bytes.splice(at..at, [0xff, 0xc0 + below(64) as u8]).for_each(drop),
        }
    }
    bytes
}

#[test]
fn damaged_files_are_told_from_whole_ones() {
    let (mut refused, mut read_all_the_same) = (0, 0);
    for (number, blocks) in SAMPLINGS.into_iter().take(4).chain([GREY]).enumerate() {
        let sketch = Sketch { step: 9, ..sketch([40, 56], blocks, number % 3 * 2) };
        let whole = sketch.encode(|component, y, x| waves(component, y * 3.0, x * 3.0));
        for round in 0..2000 {
            let bytes = damaged(&whole, round);
            let ours = reduced(&bytes, SCALES[round as usize % 3], Channels::Rgb);
            let theirs = whole::decode(&bytes, Channels::Rgb, &mut Vec::new());
            refused += usize::from(ours.is_none());
            read_all_the_same += usize::from(ours.is_some() && theirs.is_err());
        }
    }
    assert!(refused > 5000, "{refused}");
    assert_eq!(read_all_the_same, 0, "of 10000, {refused} refused");
}
