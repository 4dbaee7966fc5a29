use serde_json::Value;

use super::*;
use crate::Augment;
use crate::resample::{Layout, Pixels};
use crate::warp::warp;

fn numbers(value: &Value) -> Vec<f32> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap() as f32).collect()
}

fn golden() -> Value {
    let all: Value = serde_json::from_str(include_str!("../../../tests/pictures/golden.json")).unwrap();
    all["worked_on"].clone()
}

/// A picture as the whole change makes it.
fn changed(bytes: &[u8], channels: usize, change: &Change) -> Vec<f32> {
    let picture = Pixels { bytes, size: change.size, channels, layout: Layout::Interleaved };
    let mut target = vec![-1.0; bytes.len()];
    warp(picture, change, &mut Vec::new(), &mut target);
    target
}

fn after(operations: Vec<Operation>, size: [usize; 2]) -> Change {
    Change { before: operations, ..Change::none(size) }
}

#[test]
fn agree_with_keras_s_layers() {
    let golden = golden();
    let size = [0, 1].map(|axis| golden["size"][axis].as_u64().unwrap() as usize);
    let bytes: Vec<u8> = numbers(&golden["source"]).iter().map(|v| *v as u8).collect();
    let drawn = |name: &str| golden["drawn"][name].as_f64().unwrap() as f32;
    let cases = [
        ("autocontrast", Operation::AutoContrast),
        ("equalize", Operation::Equalize),
        ("posterize", Operation::Posterize(drawn("posterize") as u32)),
        ("solarize", Operation::Solarize(drawn("solarize"))),
        ("grayscale", Operation::Grayscale(drawn("grayscale"))),
        ("sharpen", Operation::Sharpness(drawn("sharpen"))),
        ("blur", Operation::Sharpness(drawn("blur"))),
    ];
    for (name, operation) in cases {
        let is_sharpness = matches!(operation, Operation::Sharpness(_));
        let ours = changed(&bytes, 3, &after(vec![operation], size));
        let wanted = numbers(&golden["wanted"][name]);
        assert_eq!(ours.len(), wanted.len());
        for (at, (ours, wanted)) in ours.iter().zip(&wanted).enumerate() {
            let (row, column) = (at / 3 / size[1], at / 3 % size[1]);
            let is_edge = row == 0 || column == 0 || row + 1 == size[0] || column + 1 == size[1];
            // There Keras takes black for what is outside.
            let wanted = if is_sharpness && is_edge { f32::from(bytes[at]) } else { *wanted };
            assert!((ours - wanted).abs() < 0.01, "{name}, {at}: {ours} for {wanted}");
        }
    }
}

#[test]
fn one_level_alone_stays() {
    let flat = vec![77_u8; 5 * 4 * 3];
    let wanted: Vec<f32> = flat.iter().map(|v| f32::from(*v)).collect();
    for operation in [
        Operation::AutoContrast,
        Operation::Equalize,
        Operation::Sharpness(0.0),
        Operation::Grayscale(1.0),
        Operation::Posterize(8),
    ] {
        let ours = changed(&flat, 3, &after(vec![operation.clone()], [5, 4]));
        assert!(ours.iter().zip(&wanted).all(|(a, b)| (a - b).abs() < 1e-4), "{operation:?}: {ours:?}");
    }
}

/// One after the other, and before what happens to all of the picture at once.
#[test]
fn operations_follow_one_another() {
    let bytes: Vec<u8> = (0..6 * 7 * 3_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let size = [6, 7];
    let brighter = Operation::Warp(Box::new(Change { brightness: 60.0, ..Change::none(size) }));
    let change = Change { contrast: 0.5, ..after(vec![Operation::Solarize(100.0), brighter], size) };
    let mut wanted: Vec<f64> = bytes.iter().map(|v| f64::from(*v)).collect();
    wanted.iter_mut().filter(|v| **v >= 100.0).for_each(|v| *v = 255.0 - *v);
    wanted.iter_mut().for_each(|v| *v = (*v + 60.0).min(255.0));
    for channel in 0..3 {
        let mean = wanted.iter().skip(channel).step_by(3).sum::<f64>() / 42.0;
        wanted.iter_mut().skip(channel).step_by(3).for_each(|v| *v = (*v - mean) * 0.5 + mean);
    }
    for (ours, wanted) in changed(&bytes, 3, &change).iter().zip(wanted) {
        assert!((f64::from(*ours) - wanted).abs() < 0.01, "{ours} for {wanted}");
    }
}

#[test]
fn any_picture_stays_within_its_range() {
    let all =
        "autocontrast=0.5,equalize=0.5,posterize=0.5,solarize=0.5,grayscale=0.5,sharpness=1,randaugment=4:10";
    let augment: Augment = all.parse().unwrap();
    for size in [[1, 1], [1, 9], [2, 2], [3, 3], [13, 8]] {
        for channels in [1, 3] {
            let bytes: Vec<u8> = (0..(size[0] * size[1] * channels) as u32)
                .map(|i| (i.wrapping_mul(2_246_822_519) >> 24) as u8)
                .collect();
            for index in 0..60 {
                let change = augment.draw(size, 2, 0, index);
                let values = changed(&bytes, channels, &change);
                assert!(values.iter().all(|v| (0.0..=255.0).contains(v)), "{change:?}");
            }
        }
    }
}

/// Every operation comes as often as any other, at the strength that the paper's table has for the magnitude.
#[test]
fn randaugment_draws_from_all_operations() {
    let augment: Augment = "randaugment=2:5,fill=nearest".parse().unwrap();
    let mut counts = std::collections::BTreeMap::<&str, usize>::new();
    for index in 0..5500 {
        let change = augment.draw([100, 200], 1, 2, index);
        assert_eq!(change.before.len(), 2);
        for operation in &change.before {
            let near = |ours: f64, wanted: f64| assert!((ours.abs() - wanted).abs() < 1e-4, "{operation:?}");
            let name = match operation {
                Operation::AutoContrast => "autocontrast",
                Operation::Equalize => "equalize",
                Operation::Posterize(bits) => {
                    assert_eq!(*bits, 6);
                    "posterize"
                }
                Operation::Solarize(threshold) => {
                    near(f64::from(*threshold), 127.5);
                    "solarize"
                }
                Operation::Grayscale(factor) => {
                    near(f64::from(*factor - 1.0), 0.45);
                    "colour"
                }
                Operation::Sharpness(factor) => {
                    near(f64::from(*factor - 1.0), 0.45);
                    "sharpness"
                }
                Operation::Warp(change) => {
                    assert_eq!(change.fill, crate::Fill::Nearest);
                    let [[_, slant], [turn, _]] = change.affine.matrix;
                    let [right, down] = change.affine.offset;
                    if change.brightness != 0.0 {
                        near(f64::from(change.brightness), 255.0 * 0.225);
                        "brightness"
                    } else if change.contrast != 1.0 {
                        near(f64::from(change.contrast - 1.0), 0.45);
                        "contrast"
                    } else if (right, down) != (0.0, 0.0) {
                        near(if down == 0.0 { right / 200.0 } else { down / 100.0 }, 0.225);
                        assert!(right == 0.0 || down == 0.0, "along one axis");
                        "translation"
                    } else if change.affine.matrix[0][0] == 1.0 {
                        near(slant + turn, 0.15);
                        assert!(slant == 0.0 || turn == 0.0, "along one axis");
                        "shear"
                    } else {
                        near(turn.asin().to_degrees(), 15.0);
                        "rotation"
                    }
                }
            };
            *counts.entry(name).or_default() += 1;
        }
    }
    // 1000 expected of each, a deviation of 30.
    assert!(counts.len() == 11 && counts.values().all(|count| (880..1120).contains(count)), "{counts:?}");
}
