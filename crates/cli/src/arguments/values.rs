//! Values of options, as far as they can be checked one by one.

use serde::Serialize;
use workflow::FineTune;

fn within(text: &str, least: usize, most: usize) -> Result<usize, String> {
    match text.parse() {
        Ok(value) if (least..=most).contains(&value) => Ok(value),
        _ => Err(format!("expected a whole number from {least} to {most}")),
    }
}

/// The largest number of a recipe, which is TOML.
const MOST: u64 = i64::MAX as u64;

/// The recipe knows the most that each may be.
pub(super) fn whole(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| *number as u64 <= MOST);
    number.ok_or_else(|| format!("expected a whole number, 0 or more, and {MOST} at most"))
}

pub(super) fn seed(text: &str) -> Result<u64, String> {
    let seed = text.parse().ok().filter(|seed| *seed <= MOST);
    seed.ok_or_else(|| format!("expected a whole number from 0 to {MOST}"))
}

/// What follows an option that means something alone too must not be taken for its value.
pub(super) fn plateau(text: &str) -> Result<String, String> {
    let is_keras = text.contains('(') || text.eq_ignore_ascii_case("ReduceLROnPlateau");
    match text.is_empty() || text.contains('=') || is_keras {
        true => Ok(text.to_owned()),
        false => Err("expected settings, as factor=0.1,patience=3; alone, for Keras's own, the option stands behind the data"
            .to_owned()),
    }
}

pub(super) fn positive(text: &str) -> Result<usize, String> {
    within(text, 1, 1_000_000)
}

pub(super) fn few(text: &str) -> Result<usize, String> {
    within(text, 1, 100)
}

pub(super) fn batch_size(text: &str) -> Result<usize, String> {
    within(text, 1, 65_536)
}

pub(super) fn threads(text: &str) -> Result<usize, String> {
    within(text, 0, 1024)
}

pub(super) fn probability(text: &str) -> Result<f32, String> {
    let value = text.parse().ok().filter(|value| (0.0..=1.0).contains(value));
    value.ok_or_else(|| "expected a number from 0 to 1".to_owned())
}

/// Height and width of pictures; one value is a square's side.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub(crate) struct ImageSize(Vec<usize>);

impl ImageSize {
    /// Height and width.
    pub(crate) fn sides(&self) -> [usize; 2] {
        match self.0[..] {
            [height, width, ..] => [height, width],
            [side] => [side, side],
            [] => [0; 2],
        }
    }
}

pub(super) fn image_size(text: &str) -> Result<ImageSize, String> {
    let sides: Result<Vec<usize>, _> =
        text.split([',', 'x', 'X', '×']).map(|side| side.trim().parse()).collect();
    match sides {
        Ok(sides) if (1..=2).contains(&sides.len()) => Ok(ImageSize(sides)),
        _ => Err("expected a side in pixels, as 224, or HEIGHT,WIDTH, as 224,320".to_owned()),
    }
}

/// Names begin with no minus, so that `-3` is a wrong number.
pub(super) fn fine_tune(text: &str) -> Result<FineTune, String> {
    match text.parse() {
        Ok(FineTune::From(name)) if name.is_empty() || name.starts_with('-') => {
            Err("expected a whole number, 0 or more, or the name of a layer, as block_13_expand".to_owned())
        }
        Ok(fine_tune) => Ok(fine_tune),
    }
}

/// A form in which a model is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Keras's `to_json`: the architecture without its weights.
    Json,
    /// The weights alone, under Keras's names.
    Safetensors,
}

impl Format {
    const ALL: [Self; 2] = [Self::Json, Self::Safetensors];

    /// What it is called, which is how its files end too.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Safetensors => "safetensors",
        }
    }
}

pub(super) fn format(text: &str) -> Result<Format, String> {
    let names = Format::ALL.map(Format::name);
    let found = Format::ALL.into_iter().find(|format| format.name() == text);
    found.ok_or_else(|| graph::choices(text, &names))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_written_in_several_ways() {
        for (text, sides) in
            [("224", [224, 224]), ("96,128", [96, 128]), ("96x128", [96, 128]), ("96 × 128", [96, 128])]
        {
            assert_eq!(image_size(text).unwrap().sides(), sides, "{text}");
        }
        for text in ["", "a", "224,", "1,2,3", "-1", "224 px", "2.5"] {
            assert!(image_size(text).unwrap_err().contains("HEIGHT,WIDTH"), "{text}");
        }
    }

    #[test]
    fn numbers_are_those_that_a_recipe_can_hold() {
        for (text, number) in [("0", 0), ("9223372036854775807", i64::MAX as u64)] {
            assert_eq!((whole(text), seed(text)), (Ok(number as usize), Ok(number)));
        }
        for text in ["9223372036854775808", "18446744073709551615", "18446744073709551616", "-1", "1.5", ""] {
            assert!(whole(text).unwrap_err().ends_with("9223372036854775807 at most"), "{text}");
            assert!(seed(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_folder_is_no_setting_of_a_plateau() {
        assert_eq!(plateau("factor=0.5").as_deref(), Ok("factor=0.5"));
        assert!(plateau("photos").unwrap_err().contains("stands behind the data"));
        assert!(
            plateau("ReduceLROnPlateau").is_ok() && plateau("ReduceLROnPlateau(\"val_loss\", 0.5)").is_ok()
        );
    }

    #[test]
    fn layers_are_a_number_or_a_name() {
        assert_eq!(fine_tune("30"), Ok(FineTune::Last(30)));
        assert_eq!(fine_tune("block_13_expand"), Ok(FineTune::From("block_13_expand".into())));
        assert!(fine_tune("-1").unwrap_err().contains("a whole number"));
        assert!(fine_tune("").is_err());
    }
}
