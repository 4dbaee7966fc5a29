use super::*;
use crate::augment::{rotation, shear, shift, zoom};
use crate::resample::Layout;
use serde_json::Value;

fn change(size: [usize; 2]) -> Change {
    Change::none(size)
}

fn moved(bytes: &[u8], channels: usize, change: &Change) -> Vec<f32> {
    let mut result = vec![-1.0; bytes.len()];
    warp(
        Pixels { bytes, size: change.size, channels, layout: Layout::Interleaved },
        change,
        &mut Vec::new(),
        &mut result,
    );
    result
}

fn noise(length: usize) -> Vec<u8> {
    (0..length as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

#[test]
fn agrees_with_kerass_layers() {
    let golden: Value = serde_json::from_str(include_str!("../../tests/pictures/golden.json")).unwrap();
    let golden = &golden["moved"];
    let drawn = |name: &str| golden["drawn"][name].as_f64().unwrap();
    let bytes: Vec<u8> = numbers(&golden["source"]).iter().map(|v| *v as u8).collect();
    let slant = numbers(&golden["drawn"]["shear"]);
    let still = || change([7, 9]);
    let turned = || Change { affine: rotation::by(drawn("rotation")), ..still() };
    // Keras slants about the picture's first pixel, which is here.
    let corner = [-4.0, -3.0];
    let from_the_corner = |affine: Affine| {
        let moved = affine.apply(corner);
        Affine { offset: [corner[0] - moved[0], corner[1] - moved[1]], ..affine }
    };
    let parts = numbers(&golden["drawn"]["shift"]);
    let changes = [
        ("flip", Change { affine: Affine::linear([[-1.0, 0.0], [0.0, 1.0]]), ..still() }),
        ("rotation", Change { affine: rotation::by(drawn("rotation")), ..still() }),
        ("zoom", Change { affine: zoom::by(drawn("zoom")), ..still() }),
        ("shift", Change { affine: shift::by([7, 9], [parts[0], parts[1]]), ..still() }),
        ("brightness", Change { brightness: 255.0 * drawn("brightness") as f32, ..still() }),
        ("contrast", Change { contrast: drawn("contrast") as f32, ..still() }),
        ("saturation", Change { saturation: drawn("saturation") as f32, ..still() }),
        ("hue", Change { hue: drawn("hue") as f32, ..still() }),
        ("shear", Change { affine: from_the_corner(shear::by([slant[0], slant[1]])), ..still() }),
        ("rotation nearest", Change { fill: Fill::Nearest, ..turned() }),
        ("rotation constant", Change { fill: Fill::Constant, ..turned() }),
    ];
    for (name, change) in changes {
        let wanted = numbers(&golden["wanted"][name]);
        for (ours, wanted) in moved(&bytes, 3, &change).iter().zip(wanted) {
            assert!((f64::from(*ours) - wanted).abs() < 0.01, "{name}: {ours} for {wanted}");
        }
    }
}

/// The plainest form of what the file's head says.
fn reference(bytes: &[u8], channels: usize, change: &Change) -> Vec<f64> {
    let [height, width] = change.size;
    let side = |length: usize| (length as f64 - 1.0) / 2.0;
    let fold = |mut at: f64, length: usize| {
        let length = length as f64;
        loop {
            match (change.fill, at < 0.0, at > length - 1.0) {
                (_, false, false) => break Some(at as usize),
                (Fill::Constant, ..) => break None,
                (Fill::Reflect, true, _) => at = -1.0 - at,
                (Fill::Reflect, ..) => at = 2.0 * length - 1.0 - at,
                (Fill::Nearest, true, _) => at = 0.0,
                (Fill::Nearest, ..) => at = length - 1.0,
                (Fill::Wrap, true, _) => at += length,
                (Fill::Wrap, ..) => at -= length,
            }
        }
    };
    let pixel = |y: f64, x: f64, channel: usize| match (fold(y, height), fold(x, width)) {
        (Some(y), Some(x)) => f64::from(bytes[(y * width + x) * channels + channel]),
        _ => 0.0,
    };
    let mean = |channel: usize| {
        let sum: f64 = bytes.iter().skip(channel).step_by(channels).map(|b| f64::from(*b)).sum();
        sum / (height * width) as f64
    };
    let mut out = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let [old_x, old_y] = change.affine.apply([x as f64 - side(width), y as f64 - side(height)]);
            let (old_x, old_y) = (old_x + side(width), old_y + side(height));
            let (left, top) = (old_x.floor(), old_y.floor());
            let (right, below) = (old_x - left, old_y - top);
            for channel in 0..channels {
                let upper =
                    pixel(top, left, channel) * (1.0 - right) + pixel(top, left + 1.0, channel) * right;
                let lower = pixel(top + 1.0, left, channel) * (1.0 - right)
                    + pixel(top + 1.0, left + 1.0, channel) * right;
                let value = upper * (1.0 - below) + lower * below + f64::from(change.brightness);
                let mean = mean(channel) + f64::from(change.brightness);
                out.push(((value - mean) * f64::from(change.contrast) + mean).clamp(0.0, 255.0));
            }
        }
    }
    out
}

#[test]
fn agrees_with_the_plainest_loop() {
    let all = "flip=both,rotation=1,zoom=0.5,shift=0.9,shear=0.5,crop=0.5,brightness=0.3,contrast=0.5";
    for fill in ["reflect", "nearest", "wrap", "constant"] {
        agree_with_the_plainest_loop(&format!("{all},fill={fill}").parse().unwrap());
    }
}

fn agree_with_the_plainest_loop(augment: &crate::Augment) {
    for size in [[1, 1], [1, 7], [2, 2], [3, 5], [28, 28], [31, 17]] {
        for channels in [1, 3] {
            let bytes = noise(size[0] * size[1] * channels);
            for index in 0..40 {
                let change = augment.draw(size, 9, 0, index);
                for (ours, wanted) in
                    moved(&bytes, channels, &change).iter().zip(reference(&bytes, channels, &change))
                {
                    assert!(
                        (f64::from(*ours) - wanted).abs() < 0.01,
                        "{size:?} {index}: {ours} for {wanted}"
                    );
                }
            }
        }
    }
}

#[test]
fn noise_is_of_the_deviation_that_is_asked_for() {
    let augment: crate::Augment = "noise=0.1".parse().unwrap();
    let bytes = vec![128; 64 * 64 * 3];
    let draw = |index| moved(&bytes, 3, &augment.draw([64, 64], 1, 2, index));
    let values = draw(0);
    assert_eq!(values, draw(0));
    assert_ne!(values, draw(1));
    let mean = values.iter().map(|v| f64::from(*v)).sum::<f64>() / values.len() as f64;
    let variance = values.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / values.len() as f64;
    assert!(
        (mean - 128.0).abs() < 1.0 && (variance.sqrt() - 25.5).abs() < 0.7,
        "{mean} ± {}",
        variance.sqrt()
    );
}

#[test]
fn a_box_is_covered_with_the_mean() {
    let augment: crate::Augment = "cutout=0.5".parse().unwrap();
    let bytes = noise(40 * 30 * 3);
    let means: Vec<f32> = (0..3)
        .map(|channel| {
            let values = bytes.iter().skip(channel).step_by(3);
            (values.map(|v| f64::from(*v)).sum::<f64>() / 1200.0) as f32
        })
        .collect();
    let (mut covered, mut most) = (0, 0);
    for index in 0..200 {
        let change = augment.draw([40, 30], 3, 0, index);
        let [rows, columns] = change.hole.clone();
        assert!(rows.len() <= 21 && columns.len() <= 16 && rows.end <= 40 && columns.end <= 30);
        let values = moved(&bytes, 3, &change);
        for (at, (pixel, bytes)) in values.as_chunks::<3>().0.iter().zip(bytes.as_chunks::<3>().0).enumerate()
        {
            let is_inside = rows.contains(&(at / 30)) && columns.contains(&(at % 30));
            let expected = |c: usize| if is_inside { means[c] } else { f32::from(bytes[c]) };
            assert!((0..3).all(|c| (pixel[c] - expected(c)).abs() < 0.01), "{pixel:?}");
        }
        covered += rows.len() * columns.len();
        most = most.max(rows.len());
    }
    assert!(covered > 200 * 50 && most > 18, "{covered}, {most}");
}

#[test]
fn nothing_moved_is_exact() {
    for channels in [1, 3] {
        let bytes = noise(20 * 13 * channels);
        let wanted: Vec<f32> = bytes.iter().map(|b| f32::from(*b)).collect();
        assert_eq!(moved(&bytes, channels, &change([20, 13])), wanted);
    }
}

#[test]
fn the_run_inside_is_exact() {
    // Against trying each column.
    for start in [-50, -7, -1, 0, 1, 3, 99, 100, 101, 250] {
        for step in [-33, -8, -1, 0, 1, 2, 7, 50] {
            let limit = 100;
            let (first, end) = run_within(start, step, limit);
            for n in 0..300 {
                let inside = (0..limit).contains(&(start + n * step));
                assert_eq!((first..end).contains(&n), inside, "{start} + {n} · {step}");
            }
        }
    }
}

#[test]
fn impossible_changes_do_no_harm() {
    let bytes = noise(8 * 8 * 3);
    for wild in [f64::NAN, f64::INFINITY, -1e300, 1e12] {
        let affine = Affine { matrix: [[wild, 0.0], [1.0, wild]], offset: [wild, 0.0] };
        let result = moved(&bytes, 3, &Change { affine, ..change([8, 8]) });
        assert!(result.iter().all(|value| (0.0..=255.0).contains(value)));
    }
}
