use super::*;

const SHAPE: [usize; 3] = [6, 8, 3];
const LENGTH: usize = 6 * 8 * 3;

fn augment(text: &str) -> Augment {
    text.parse().unwrap()
}

fn pictures(count: usize) -> Vec<f32> {
    (0..(count * LENGTH) as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as f32).collect()
}

/// Pictures put in one after the other, as a worker does it.
fn mixed(augment: &Augment, number: usize, count: usize) -> (Vec<f32>, Vec<Mix>) {
    let (mut pixels, mut mixes, mut first) = (vec![0.0; count * LENGTH], Vec::new(), Vec::new());
    let mut mixing = Mixing::new(augment, 3, (4, number as u64), SHAPE, &mut first).unwrap();
    for (place, picture) in pictures(count).chunks_exact(LENGTH).enumerate() {
        let end = (place + 1) * LENGTH;
        pixels[place * LENGTH..end].copy_from_slice(picture);
        mixing.add(&mut pixels[..end], &mut mixes);
    }
    mixing.finish(&mut pixels, &mut mixes);
    (pixels, mixes)
}

#[test]
fn every_picture_is_blended_with_the_next_as_it_was() {
    let whole = pictures(7);
    let (pixels, mixes) = mixed(&augment("mixup=1"), 0, 7);
    assert_eq!(mixes.iter().map(|mix| mix.partner).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 0]);
    for (place, Mix { share, partner }) in mixes.iter().enumerate() {
        for at in 0..LENGTH {
            let (own, other) = (whole[place * LENGTH + at], whole[partner * LENGTH + at]);
            let wanted = f64::from(*share) * f64::from(own) + (1.0 - f64::from(*share)) * f64::from(other);
            let ours = f64::from(pixels[place * LENGTH + at]);
            assert!((ours - wanted).abs() < 1e-4, "{place}, {at}: {ours} for {wanted}");
        }
    }
}

/// The share is that of the pixels which are left, counted one by one.
#[test]
fn a_share_is_what_is_left_to_see() {
    let whole = pictures(5);
    let mut kinds = [0; 3];
    for number in 0..200 {
        let (pixels, mixes) = mixed(&augment("cutmix=1"), number, 5);
        for (place, Mix { share, partner }) in mixes.iter().enumerate() {
            let pixel = |of: &[f32], place: usize, at: usize| {
                of[place * LENGTH + at * 3..][..3].iter().map(|v| *v as u8).collect::<Vec<_>>()
            };
            let is_own = |at: usize| pixel(&pixels, place, at) == pixel(&whole, place, at);
            let is_other = |at: usize| pixel(&pixels, place, at) == pixel(&whole, *partner, at);
            assert!((0..48).all(|at| is_own(at) || is_other(at)), "each pixel is of one of the two");
            let own = (0..48).filter(|at| is_own(*at)).count();
            assert!((*share - own as f32 / 48.0).abs() < 1e-6, "{share} for {own} of 48");
            let others: Vec<[usize; 2]> =
                (0..48).filter(|at| !is_own(*at)).map(|at| [at / 8, at % 8]).collect();
            // They fill the box around them.
            let side = |axis: usize| {
                let places = others.iter().map(|place| place[axis]);
                places.clone().max().zip(places.min()).map_or(0, |(most, least)| most - least + 1)
            };
            assert_eq!(side(0) * side(1), others.len());
            kinds[if others.is_empty() {
                0
            } else if own == 0 {
                1
            } else {
                2
            }] += 1;
        }
    }
    assert!(kinds.iter().all(|count| *count > 0) && kinds[2] > 700, "{kinds:?}");
}

/// CutMix with Beta(1, 1) and boxes that would lie inside leaves half on average; those cut off at an edge leave more.
#[test]
fn shares_are_of_beta() {
    let shares = |text: &str| {
        let text = augment(text);
        let all: Vec<f64> = (0..2000)
            .flat_map(|number| mixed(&text, number, 5).1.into_iter().map(|mix| f64::from(mix.share)))
            .collect();
        let mean = all.iter().sum::<f64>() / all.len() as f64;
        (mean, all.iter().map(|share| (share - mean).powi(2)).sum::<f64>() / all.len() as f64)
    };
    let (mean, variance) = shares("mixup=0.2");
    assert!((mean - 0.5).abs() < 0.01, "{mean}");
    assert!((variance - 1.0 / (4.0 * 1.4)).abs() < 0.004, "{variance}");
    let (mean, _) = shares("cutmix=1");
    assert!((0.6..0.7).contains(&mean), "{mean}");
}

#[test]
fn both_take_turns_from_batch_to_batch() {
    let both = augment("mixup=0.4,cutmix=1");
    let is_cut = |number: &usize| {
        let (pixels, _) = mixed(&both, *number, 6);
        pixels.iter().all(|value| value.fract() == 0.0)
    };
    let cut = (0..400).filter(is_cut).count();
    assert!((150..250).contains(&cut), "{cut} of 400");
}

#[test]
fn mixing_is_a_function_of_seed_epoch_and_batch() {
    let mix = augment("mixup=0.4,cutmix=1");
    let draw = |seed, epoch, number| {
        let mut first = Vec::new();
        let mut mixing = Mixing::new(&mix, seed, (epoch, number), SHAPE, &mut first).unwrap();
        let (mut pixels, mut mixes) = (pictures(2), Vec::new());
        mixing.add(&mut pixels[..LENGTH], &mut mixes);
        mixing.add(&mut pixels, &mut mixes);
        mixing.finish(&mut pixels, &mut mixes);
        pixels
    };
    let one = draw(1, 2, 3);
    assert_eq!(one, draw(1, 2, 3));
    assert!(one != draw(2, 2, 3) && one != draw(1, 3, 3) && one != draw(1, 2, 4));
    assert!(Mixing::new(&augment("flip,cutout=0.5"), 1, (2, 3), SHAPE, &mut Vec::new()).is_none());
}

#[test]
fn one_picture_alone_stays() {
    for text in ["mixup=1", "cutmix=1"] {
        let (pixels, mixes) = mixed(&augment(text), 0, 1);
        assert_eq!((pixels, mixes), (pictures(1), vec![Mix { share: 1.0, partner: 0 }]));
        assert_eq!(mixed(&augment(text), 0, 0), (Vec::new(), Vec::new()));
    }
}

/// The same blend and the same target as Keras's `MixUp`.
#[test]
fn blending_is_keras_s() {
    let golden: serde_json::Value =
        serde_json::from_str(include_str!("../../tests/pictures/golden.json")).unwrap();
    let golden = &golden["worked_on"];
    let numbers = |value: &serde_json::Value| -> Vec<f32> {
        value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap() as f32).collect()
    };
    let mut own = numbers(&golden["source"]);
    let share = golden["drawn"]["share"].as_f64().unwrap() as f32;
    blend(share, &mut own, &numbers(&golden["other"]));
    for (ours, wanted) in own.iter().zip(numbers(&golden["wanted"]["mixup"])) {
        assert!((ours - wanted).abs() < 0.01, "{ours} for {wanted}");
    }
}
