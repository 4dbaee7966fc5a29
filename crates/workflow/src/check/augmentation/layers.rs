//! Which layer of Keras is which augmentation, with the meaning of its arguments as Keras documents it.

use super::FILL_MODE;
use crate::check::call::{Arguments, Counterpart, unquoted};

const INTERPOLATION: &str = "interpolation";

/// Layers of Keras's, and transforms of torchvision's, that an augmentation is.
const LAYERS: &[Counterpart] = &[
    Counterpart { name: "random_flip", arguments: &["mode"], ours: flip },
    Counterpart {
        name: "random_rotation",
        arguments: &["factor", FILL_MODE, INTERPOLATION],
        ours: |given| rotation(either_way(given, "factor")?),
    },
    Counterpart {
        name: "random_zoom",
        arguments: &["height_factor", "width_factor", FILL_MODE, INTERPOLATION],
        ours: zoom,
    },
    Counterpart {
        name: "random_translation",
        arguments: &["height_factor", "width_factor", FILL_MODE, INTERPOLATION],
        ours: |given| along_both(given, ["height_factor", "width_factor"], "shift"),
    },
    Counterpart {
        name: "random_shear",
        arguments: &["x_factor", "y_factor", INTERPOLATION, FILL_MODE],
        ours: |given| along_both(given, ["x_factor", "y_factor"], "shear"),
    },
    Counterpart {
        name: "random_brightness",
        arguments: &["factor", "value_range"],
        ours: |given| Ok(format!("brightness={}", either_way(given, "factor")?)),
    },
    Counterpart { name: "random_contrast", arguments: &["factor", "value_range"], ours: contrast },
    Counterpart { name: "random_hue", arguments: &["factor", "value_range"], ours: hue },
    Counterpart { name: "random_sharpness", arguments: &["factor", "value_range"], ours: sharpness },
    Counterpart {
        name: "random_grayscale",
        arguments: &["factor", "p"],
        ours: |given| part(given, ["factor", "p"], "grayscale=0.5"),
    },
    Counterpart { name: "auto_contrast", arguments: &["value_range"], ours: |_| Ok("autocontrast=1".into()) },
    Counterpart { name: "equalization", arguments: &["value_range"], ours: |_| Ok("equalize=1".into()) },
    Counterpart {
        name: "gaussian_noise",
        arguments: &["stddev"],
        ours: |given| given.needed("stddev").map(|deviation| format!("noise={deviation}")),
    },
    Counterpart {
        name: "mix_up",
        arguments: &["alpha"],
        ours: |given| Ok(format!("mixup={}", given.get("alpha").unwrap_or("0.2"))),
    },
    Counterpart { name: "cut_mix", arguments: &["factor"], ours: cut_mix },
    Counterpart {
        name: "fill_mode",
        arguments: &["mode"],
        ours: |given| given.needed("mode").map(|mode| format!("fill={}", unquoted(mode))),
    },
    Counterpart {
        name: "random_horizontal_flip",
        arguments: &["p"],
        ours: |given| every_other(given, "flip=horizontal"),
    },
    Counterpart { name: "hflip", arguments: &["p"], ours: |given| every_other(given, "flip=horizontal") },
    Counterpart {
        name: "random_vertical_flip",
        arguments: &["p"],
        ours: |given| every_other(given, "flip=vertical"),
    },
    Counterpart { name: "vflip", arguments: &["p"], ours: |given| every_other(given, "flip=vertical") },
    Counterpart {
        name: "random_autocontrast",
        arguments: &["p"],
        ours: |given| part(given, ["p"; 2], "autocontrast=0.5"),
    },
    Counterpart {
        name: "random_equalize",
        arguments: &["p"],
        ours: |given| part(given, ["p"; 2], "equalize=0.5"),
    },
];

const CROP: &str = "crop=0.2 cuts away up to this part of each side and enlarges the rest to --image-size";
const POLICY: &str = "randaugment=2:9 is two operations of RandAugment's at magnitude 9 of 10";
const SOLARIZE: &str = "solarize=0.1 inverts the upper half of the range in this part of the pictures";
const POSTERIZE: &str = "posterize=0.2 leaves four bits in this part of the pictures";
const JITTER: &str =
    "each part of it is a word of its own, as brightness=0.2,contrast=0.2,saturation=0.2,hue=0.05";
const ERASE: &str = "cutout=0.3 covers a box of up to this part of each side with the mean colour";
const SCALING: &str = "--image-size and --resize say how pictures become inputs, and the model scales their values itself: leave it out";

/// What is called so elsewhere and means something else, and what comes near.
const NEAR: &[(&str, &str)] = &[
    (
        "random_saturation",
        "saturation=0.3 makes colours 0.7 to 1.3 times stronger; in Keras, a factor of 0.5 leaves them",
    ),
    ("random_erasing", ERASE),
    ("random_posterization", POSTERIZE),
    ("random_posterize", POSTERIZE),
    ("solarization", SOLARIZE),
    ("random_solarize", SOLARIZE),
    ("random_invert", SOLARIZE),
    ("random_crop", CROP),
    ("random_resized_crop", CROP),
    ("color_jitter", JITTER),
    ("random_color_jitter", JITTER),
    ("random_color_degeneration", "grayscale=0.1 takes all colour away in this part of the pictures"),
    ("random_gaussian_blur", "sharpness=0.5 blurs or sharpens by up to this much"),
    ("random_perspective", "shear=0.1 slants by up to this part of the side"),
    ("random_affine", "each part of it is a word of its own, as rotation=0.1,shift=0.1,zoom=0.1,shear=0.1"),
    ("rand_augment", POLICY),
    ("auto_augment", POLICY),
    ("trivial_augment_wide", POLICY),
    ("aug_mix", POLICY),
    ("resizing", SCALING),
    ("resize", SCALING),
    ("center_crop", SCALING),
    ("rescaling", SCALING),
    ("to_tensor", SCALING),
    ("input", SCALING),
    ("input_layer", SCALING),
    (
        "normalization",
        "--standardize has the model take away the training pictures' mean and divide by their deviation",
    ),
];

/// The layer that is called so, class or function.
pub(super) fn find(name: &str) -> Option<&'static Counterpart> {
    Counterpart::find(LAYERS, name)
}

/// What all of them are called, as functions and as classes.
pub(super) fn names() -> impl Iterator<Item = String> {
    let known = LAYERS.iter().map(|layer| layer.name).chain(NEAR.iter().map(|(name, _)| *name));
    known.flat_map(|name| [name.to_owned(), name.split('_').map(capital).collect()])
}

/// `word` with its first letter large.
fn capital(word: &str) -> String {
    let (first, rest) = word.split_at(word.len().min(1));
    first.to_uppercase() + rest
}

/// What to write for what is called so, and is none of the layers.
pub(super) fn near(name: &str) -> Option<&'static str> {
    NEAR.iter().find(|(known, _)| graph::known_as(name, &[known], &[]).is_some()).map(|(_, near)| *near)
}

/// All that is advised.
#[cfg(test)]
pub(super) fn advice() -> impl Iterator<Item = &'static str> {
    NEAR.iter().map(|(_, advice)| *advice)
}

/// A number, or the two ends of a range.
#[derive(Clone, Copy, PartialEq)]
enum Factor {
    One(f32),
    Range(f32, f32),
}

fn factor(given: &Arguments<'_>, name: &str) -> Result<Factor, String> {
    let text = given.needed(name)?;
    let members =
        text.trim_matches(['(', ')', '[', ']']).split(',').map(str::trim).filter(|text| !text.is_empty());
    let members: Option<Vec<f32>> =
        members.map(|text| text.parse().ok().filter(|value: &f32| value.is_finite())).collect();
    match members.as_deref() {
        Some([one]) => Ok(Factor::One(*one)),
        Some([low, high]) => Ok(Factor::Range(*low, *high)),
        _ => Err(format!("{name}: expected a number, as 0.1, or two, as (-0.1, 0.1), received {text}")),
    }
}

/// The amount of what goes as far either way; Keras takes a single factor so.
fn either_way(given: &Arguments<'_>, name: &str) -> Result<f32, String> {
    match factor(given, name)? {
        Factor::One(amount) => Ok(amount.abs()),
        Factor::Range(low, high) if low == -high => Ok(high.abs()),
        Factor::Range(low, high) => {
            let most = low.abs().max(high.abs());
            Err(format!("it goes as far either way here: give {name}={most}, or leave it out"))
        }
    }
}

/// Keras's default is both axes.
fn flip(given: &Arguments<'_>) -> Result<String, String> {
    Ok(match given.get("mode").map(unquoted) {
        None | Some("horizontal_and_vertical") => "flip=both".into(),
        Some(mode) => format!("flip={mode}"),
    })
}

fn rotation(turns: f32) -> Result<String, String> {
    match turns <= 1.0 {
        true => Ok(format!("rotation={turns}")),
        false => Err(format!(
            "a factor is a part of a full turn, 1 at most; {turns} degrees are RandomRotation({0}), here rotation={0}",
            (turns / 360.0 * 1e4).round() / 1e4
        )),
    }
}

/// Without a width's factor, Keras zooms both axes alike.
fn zoom(given: &Arguments<'_>) -> Result<String, String> {
    let amount = either_way(given, "height_factor")?;
    match given.get("width_factor") {
        None => Ok(format!("zoom={amount}")),
        Some(_) => Err("both axes are zoomed alike here: leave width_factor out".into()),
    }
}

/// An amount for both axes, each of which is drawn by itself.
fn along_both(given: &Arguments<'_>, names: [&str; 2], ours: &str) -> Result<String, String> {
    let Some(name) = names.into_iter().find(|name| given.get(name).is_some()) else {
        let [first, second] = names;
        return Err(format!(
            "{first} and {second} are missing, as {first}=0.1, {second}=0.1, which is {ours}=0.1"
        ));
    };
    let amount = either_way(given, name)?;
    match names.iter().all(|name| given.get(name).is_some()) && amount == either_way(given, names[1])? {
        true => Ok(format!("{ours}={amount}")),
        false => Err(format!(
            "one amount is for both axes here: give {}={amount} and {}={amount}, which is {ours}={amount}",
            names[0], names[1]
        )),
    }
}

/// Keras documents that one factor is for both ends.
fn contrast(given: &Arguments<'_>) -> Result<String, String> {
    match factor(given, "factor")? {
        Factor::One(amount) => Ok(format!("contrast={amount}")),
        Factor::Range(low, high) if low == high => Ok(format!("contrast={high}")),
        Factor::Range(low, high) => Err(format!(
            "it takes away as much as it adds here: give factor={}, for {0} less to {0} more",
            low.max(high)
        )),
    }
}

/// Keras draws from 0 to the factor, and a sign.
fn hue(given: &Arguments<'_>) -> Result<String, String> {
    match factor(given, "factor")? {
        Factor::One(amount) => Ok(format!("hue={amount}")),
        Factor::Range(0.0, high) => Ok(format!("hue={high}")),
        Factor::Range(_, high) => Err(format!("it begins with no change here: give factor={high}")),
    }
}

/// Keras draws from 0 to the factor, and 0.5 leaves a picture as it is.
fn sharpness(given: &Arguments<'_>) -> Result<String, String> {
    let (low, high) = match factor(given, "factor")? {
        Factor::One(most) => (0.0, most),
        Factor::Range(low, high) => (low, high),
    };
    match (low + high - 1.0).abs() < 1e-6 && high >= low {
        // 0.6 − 0.4 is 0.2 and a rounding error.
        true => Ok(format!("sharpness={}", ((high - low) * 1e5).round() / 1e5)),
        false => Err("it blurs as far as it sharpens here: factor=(0.4, 0.6) is sharpness=0.2".into()),
    }
}

/// Keras draws the parameter of the distribution from 0 to a single factor.
fn cut_mix(given: &Arguments<'_>) -> Result<String, String> {
    match given.get("factor").map(|_| factor(given, "factor")).transpose()? {
        None => Ok("cutmix".into()),
        Some(Factor::Range(low, high)) if low == high => Ok(format!("cutmix={high}")),
        Some(_) => Err("one parameter is for all batches here: factor=(1, 1) is cutmix=1".into()),
    }
}

/// What happens to a part of the pictures, which one of `names` says; `usual` where none does.
fn part(given: &Arguments<'_>, names: [&str; 2], usual: &str) -> Result<String, String> {
    let name = usual.split('=').next().unwrap_or_default();
    match names.iter().find_map(|name| given.get(name)) {
        None => Ok(usual.into()),
        Some(part) => Ok(format!("{name}={part}")),
    }
}

fn every_other(given: &Arguments<'_>, ours: &str) -> Result<String, String> {
    match given.get("p").is_none_or(|part| part.parse() == Ok(0.5)) {
        true => Ok(ours.into()),
        false => Err(format!("every other picture is mirrored here: leave p out, which is {ours}")),
    }
}
