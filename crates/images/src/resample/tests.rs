use super::*;
use serde_json::Value;

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn size(value: &Value) -> [usize; 2] {
    let size = numbers(value);
    [size[0] as usize, size[1] as usize]
}

/// The plainest form of what the file's head says, over the whole picture.
fn reference(picture: Pixels, seen: [f64; 2], to: [usize; 2]) -> Vec<f64> {
    let weights = |axis: usize, i: usize| -> Vec<f64> {
        let scale = seen[axis] / to[axis] as f64;
        let low = (picture.size[axis] as f64 - seen[axis]) / 2.0 + i as f64 * scale;
        let weight = |pixel: usize| {
            let pixel = pixel as f64;
            if scale >= 1.0 {
                ((low + scale).min(pixel + 1.0) - low.max(pixel)).max(0.0)
            } else {
                keys(pixel + 0.5 - (low + scale / 2.0))
            }
        };
        let all: Vec<f64> = (0..picture.size[axis]).map(weight).collect();
        let sum: f64 = all.iter().sum();
        all.iter().map(|w| w / sum).collect()
    };
    let mut out = Vec::new();
    for row in 0..to[0] {
        for column in 0..to[1] {
            let (down, across) = (weights(0, row), weights(1, column));
            for channel in 0..picture.channels {
                let mut sum = 0.0;
                for (y, down) in down.iter().enumerate() {
                    for (x, across) in across.iter().enumerate() {
                        let at = (y * picture.size[1] + x) * picture.channels + channel;
                        sum += down * across * f64::from(picture.bytes[at]);
                    }
                }
                out.push(sum.clamp(0.0, 255.0));
            }
        }
    }
    out
}

fn noise(length: usize) -> Vec<u8> {
    let mut state = 12345_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..length).map(|_| next()).collect()
}

#[test]
fn agrees_with_pillow_and_tensorflow() {
    let golden: Value = serde_json::from_str(include_str!("../../tests/pictures/golden.json")).unwrap();
    let cases = golden["resampled"].as_array().unwrap();
    assert_eq!(cases.len(), 10);
    for case in cases {
        let bytes: Vec<u8> = numbers(&case["source"]).iter().map(|v| *v as u8).collect();
        let (from, to) = (size(&case["size"]), size(&case["to"]));
        let picture = Pixels {
            bytes: &bytes,
            size: from,
            channels: case["channels"].as_u64().unwrap() as usize,
            layout: Layout::Interleaved,
        };
        let mut result = vec![0; to[0] * to[1] * picture.channels];
        Resampler::default().resample(picture, from.map(Span::whole), to, &mut result);
        for (ours, wanted) in result.iter().zip(numbers(&case["wanted"])) {
            assert!((f64::from(*ours) - wanted).abs() <= 1.0, "{}: {ours} for {wanted}", case["what"]);
        }
    }
}

#[test]
fn agrees_with_the_plainest_loop() {
    // Every pairing of growing, shrinking by little and by much, whole and part pictures, one and three channels.
    let mut resampler = Resampler::default();
    for channels in [1, 3] {
        for from in [[1, 1], [5, 37], [48, 9], [150, 20]] {
            let bytes = noise(from[0] * from[1] * channels);
            let picture = Pixels { bytes: &bytes, size: from, channels, layout: Layout::Interleaved };
            for to in [[1, 1], [4, 4], [7, 36], [47, 60]] {
                for part in [1.0, 0.6] {
                    let seen = from.map(|side| side as f64 * part);
                    let mut result = vec![0; to[0] * to[1] * channels];
                    let spans = [0, 1].map(|axis| Span {
                        start: (from[axis] as f64 - seen[axis]) / 2.0,
                        length: seen[axis],
                    });
                    resampler.resample(picture, spans, to, &mut result);
                    for (ours, wanted) in result.iter().zip(reference(picture, seen, to)) {
                        let difference = (f64::from(*ours) - wanted).abs();
                        assert!(difference < 0.8, "{from:?} to {to:?}, {part}: {ours} for {wanted}");
                    }
                }
            }
        }
    }
}

#[test]
fn flat_pictures_stay_as_they_are() {
    for level in [0, 1, 127, 254, 255] {
        for (from, to) in [([900, 7], [9, 5]), ([33, 20], [32, 19]), ([3, 4], [17, 30]), ([6000, 2], [2, 2])]
        {
            let bytes = vec![level; from[0] * from[1] * 3];
            let mut result = vec![99; to[0] * to[1] * 3];
            let picture = Pixels { bytes: &bytes, size: from, channels: 3, layout: Layout::Interleaved };
            Resampler::default().resample(picture, from.map(Span::whole), to, &mut result);
            assert!(result.iter().all(|v| *v == level), "{level}, {from:?} to {to:?}: {result:?}");
        }
    }
}

#[test]
fn the_same_size_is_the_same_picture() {
    let bytes = noise(9 * 7 * 3);
    let mut result = vec![0; bytes.len()];
    let picture = Pixels { bytes: &bytes, size: [9, 7], channels: 3, layout: Layout::Interleaved };
    Resampler::default().resample(picture, [9, 7].map(Span::whole), [9, 7], &mut result);
    assert_eq!(result, bytes);
}

#[test]
fn planes_give_what_pixels_give() {
    let size = [48, 37];
    let bytes = noise(48 * 37 * 3);
    let planes: Vec<u8> = (0..3).flat_map(|channel| bytes.iter().skip(channel).step_by(3).copied()).collect();
    for to in [[48, 37], [48, 20], [31, 37], [11, 9], [60, 50], [1, 1]] {
        let seen = [Span { start: 3.25, length: 40.5 }, Span::whole(37)];
        let mut results = [vec![0; to[0] * to[1] * 3], vec![1; to[0] * to[1] * 3]];
        for ((bytes, layout), result) in
            [(&bytes, Layout::Interleaved), (&planes, Layout::Planar)].into_iter().zip(&mut results)
        {
            let picture = Pixels { bytes, size, channels: 3, layout };
            Resampler::default().resample(picture, seen, to, result);
        }
        assert_eq!(results[0], results[1], "{to:?}");
    }
}
