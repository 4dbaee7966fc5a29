use super::*;

fn parse(text: &str) -> Augment {
    text.parse().unwrap()
}

#[test]
fn reads_and_writes_the_command_lines_form() {
    let all = "flip=both,rotation=0.1,zoom=0.25,shift=0.05,shear=0.1,crop=0.2,brightness=0.2,contrast=0.3,\
               saturation=0.4,hue=0.1,noise=0.05,cutout=0.3,autocontrast=0.1,equalize=0.2,posterize=0.3,\
               solarize=0.4,grayscale=0.5,sharpness=0.6,randaugment=2:9.5,mixup=0.2,cutmix=1,fill=nearest";
    assert_eq!(parse(all).to_string(), all);
    assert_eq!(parse(" zoom = 0.1 , flip ").to_string(), "flip,zoom=0.1");
    assert_eq!(parse("flip").flip, Some(Flip::Horizontal));
    assert_eq!(parse("flip=vertical").to_string(), "flip=vertical");
    assert_eq!(parse("randaugment").to_string(), "randaugment=2:9");
    assert_eq!(parse("cutmix=1.0, randaugment = 3 : 4").to_string(), "randaugment=3:4,cutmix=1");
    assert!(parse("").is_identity() && parse("rotation=0,zoom=-0").is_identity());
    let json = serde_json::to_string(&parse("flip,zoom=0.1")).unwrap();
    assert_eq!(json, r#""flip,zoom=0.1""#);
    assert_eq!(serde_json::from_str::<Augment>(&json).unwrap(), parse("flip,zoom=0.1"));
}

#[test]
fn says_what_there_is() {
    let refused = |text: &str| text.parse::<Augment>().unwrap_err().to_string();
    let unknown = refused("flip,wobble=0.1");
    assert!(
        unknown.contains("\"wobble\"; there are flip, rotation, zoom, shift, shear, crop, brightness"),
        "{unknown}"
    );
    assert!(refused("rotation").contains("a number from 0 to 1, such as \"rotation=0.1\"; received none"));
    assert!(refused("fill=constant=128").contains("is black: write fill=constant"));
    // Keras's defaults, and written as such.
    assert_eq!(parse("mixup,cutmix").to_string(), "mixup=0.2,cutmix=1");
    for amount in ["1.5", "-0.1", "NaN", "inf", "x", ""] {
        assert!(refused(&format!("rotation={amount}")).contains("a number from 0 to 1"), "{amount}");
    }
    assert!(refused("flip=sideways").contains("\"vertical\" or \"both\""));
    assert!(refused("fill=mirror").contains("one of reflect, nearest, wrap, constant; received \"mirror\""));
    for amount in ["2", "0:5", "17:5", "2:11", "2:-1", "2:NaN", "9", ":", ""] {
        assert!(refused(&format!("randaugment={amount}")).contains("a magnitude from 0 to 10"), "{amount}");
    }
    assert!(
        refused("mixup=-1").contains("a number from 0 to 32")
            && refused("cutmix=no").contains("received \"no\"")
    );
    assert!(refused("zoom=0.1,zoom=0.2").contains("given twice"));
    assert!(serde_json::from_str::<Augment>(r#""wobble""#).is_err());
}

/// The least and the largest of `value` over many pictures.
fn range(text: &str, value: impl Fn(&Change) -> f64) -> (f64, f64) {
    let values = (0..2000).map(|index| value(&parse(text).draw([100, 200], 5, 1, index)));
    values.fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(v), high.max(v)))
}

fn assert_range((low, high): (f64, f64), wanted_low: f64, wanted_high: f64) {
    let slack = 0.01 * (wanted_high - wanted_low);
    assert!(low >= wanted_low && low < wanted_low + slack, "{low} for {wanted_low}");
    assert!(high <= wanted_high && high > wanted_high - slack, "{high} for {wanted_high}");
}

#[test]
fn amounts_mean_what_keras_means() {
    let angle = |c: &Change| c.affine.matrix[1][0].atan2(c.affine.matrix[0][0]).to_degrees();
    assert_range(range("rotation=0.1", angle), -36.0, 36.0);
    assert_range(range("zoom=0.1", |c| c.affine.matrix[0][0]), 0.9, 1.1);
    assert_range(range("shift=0.1", |c| c.affine.offset[0]), -20.0, 20.0);
    assert_range(range("shift=0.1", |c| c.affine.offset[1]), -10.0, 10.0);
    assert_range(range("brightness=0.2", |c| f64::from(c.brightness)), -51.0001, 51.0001);
    assert_range(range("shear=0.2", |c| c.affine.matrix[0][1]), -0.2, 0.2);
    assert_range(range("shear=0.2", |c| c.affine.matrix[1][0]), -0.2, 0.2);
    assert_range(range("crop=0.2", |c| c.affine.matrix[0][0]), 0.8, 1.0);
    assert_range(range("saturation=0.2", |c| f64::from(c.saturation)), 0.7999, 1.2001);
    assert_range(range("hue=0.2", |c| f64::from(c.hue)), -0.1, 0.1);
    let sharpness = |c: &Change| match c.before[..] {
        [Operation::Sharpness(factor)] => f64::from(factor),
        _ => f64::NAN,
    };
    assert_range(range("sharpness=0.2", sharpness), 0.7999, 1.2001);
    assert_range(range("contrast=0.2", |c| f64::from(c.contrast)), 0.7999, 1.2001);
}

#[test]
fn flips_half_of_the_pictures_along_each_axis() {
    let count = |text: &str, axis: usize| {
        let flipped = |index: &u64| parse(text).draw([8, 8], 0, 0, *index).affine.matrix[axis][axis] == -1.0;
        (0..2000).filter(flipped).count()
    };
    let half = 900..1100;
    assert!(half.contains(&count("flip", 0)) && count("flip", 1) == 0);
    assert!(half.contains(&count("flip=vertical", 1)) && count("flip=vertical", 0) == 0);
    assert!(half.contains(&count("flip=both", 0)) && half.contains(&count("flip=both", 1)));
}

#[test]
fn a_crop_stays_inside() {
    for index in 0..2000 {
        let change = parse("crop=0.5").draw([100, 200], 5, 1, index);
        for corner in [[-100.0, -50.0], [100.0, 50.0], [-100.0, 50.0]] {
            let [x, y] = change.affine.apply(corner);
            assert!(x.abs() <= 100.0 + 1e-6 && y.abs() <= 50.0 + 1e-6, "{change:?}");
        }
    }
}

#[test]
fn a_change_is_a_function_of_seed_epoch_and_index() {
    let augment = parse("flip,rotation=0.1,zoom=0.1");
    let draw = |seed, epoch, index| augment.draw([224, 224], seed, epoch, index);
    assert_eq!(draw(1, 2, 3), draw(1, 2, 3));
    assert!(
        draw(1, 2, 3) != draw(2, 2, 3) && draw(1, 2, 3) != draw(1, 3, 3) && draw(1, 2, 3) != draw(1, 2, 4)
    );
}

#[test]
fn what_has_a_part_happens_to_that_part() {
    for name in ["autocontrast", "equalize", "posterize", "solarize", "grayscale"] {
        let augment = parse(&format!("{name}=0.3"));
        let count = (0..4000).filter(|index| !augment.draw([8, 8], 0, 0, *index).before.is_empty()).count();
        assert!((1090..1310).contains(&count), "{name}: {count} of 4000");
    }
}
