//! How a recipe's pictures become inputs, and how they are varied.

use images::{Augment, Channels, Preprocess, Resize};

use super::augmentation;
use super::choice::choose;
use crate::{Error, Recipe, Result};

/// How a picture becomes an input of `default_size` (height, width), unless the recipe names another.
pub(crate) fn preprocess(recipe: &Recipe, default_size: [usize; 2]) -> Result<Preprocess> {
    let size = match recipe.image_size[..] {
        [] => default_size,
        [side] => [side, side],
        [height, width] => [height, width],
        _ => {
            let received = format!("{:?}", recipe.image_size);
            return Err(Error::setting("--image-size", "a side, or height and width", received));
        }
    };
    let channels = channels(recipe)?;
    let preprocess =
        Preprocess::new(size, channels).map_err(|e| Error::usage(format!("--image-size: {e}")))?;
    Ok(Preprocess { resize: resize(recipe)?, ..preprocess })
}

/// The colours that the recipe asks for.
pub(crate) fn channels(recipe: &Recipe) -> Result<Channels> {
    choose("--color-mode", &recipe.color_mode, &[("rgb", Channels::Rgb), (GREY, Channels::Grey)])
}

/// What Keras calls pictures without colour.
pub(crate) const GREY: &str = "grayscale";

/// What becomes of pictures of another shape.
pub(crate) fn resize(recipe: &Recipe) -> Result<Resize> {
    let ways = [("stretch", Resize::Stretch), ("pad", Resize::Pad), ("crop", Resize::Crop)];
    choose("--resize", &recipe.resize, &ways)
}

/// `None` for pictures as they are.
pub(super) fn augment(recipe: &Recipe) -> Result<Option<Augment>> {
    match recipe.augment.trim() {
        "" | "none" => Ok(None),
        text => {
            let augment = augmentation::augment(text)?;
            match augment.mixes() && recipe.batch_size < 2 {
                true => Err(Error::usage(
                    "--augment mixup and cutmix mix the pictures of a batch: give --batch-size 2 or more",
                )),
                false => Ok(Some(augment)),
            }
        }
    }
}
