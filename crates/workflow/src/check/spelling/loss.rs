//! Losses as Keras writes them, `CategoricalFocalCrossentropy(gamma=3)`.

use train::losses;

use super::advice::{Spelling, meant, no_change};
use crate::check::call::unquoted;

const FOCAL: &str = "write categorical_focal_crossentropy, or binary_focal_crossentropy for one sigmoid unit";

pub(in crate::check) const LOSS: Spelling = Spelling {
    known_as: losses::known_as,
    read: |text| losses::find(text).map(|_| ()),
    meant: &[meant("focal", FOCAL), meant("focalloss", FOCAL), meant("focalcrossentropy", FOCAL)],
    settings: &[],
    arguments: |name| match name {
        "categorical_crossentropy" | "binary_crossentropy" => {
            &["from_logits", "label_smoothing", "axis", "reduction"]
        }
        "categorical_focal_crossentropy" => {
            &["alpha", "gamma", "from_logits", "label_smoothing", "axis", "reduction"]
        }
        "binary_focal_crossentropy" => &[
            "apply_class_balancing",
            "alpha",
            "gamma",
            "from_logits",
            "label_smoothing",
            "axis",
            "reduction",
        ],
        "sparse_categorical_crossentropy" => &["from_logits", "ignore_class", "reduction", "axis"],
        _ => &[],
    },
    is_idle,
    own: &[("label_smoothing", "label_smoothing")],
    change: no_change,
};

/// What a model ends in is known, and a batch's loss is the mean of its pictures'.
fn is_idle(name: &str, value: &str) -> Result<bool, String> {
    // Keras 2 has `Reduction.AUTO` too.
    let word = unquoted(value).rsplit('.').next().unwrap_or_default().to_lowercase();
    match (name, word.as_str()) {
        ("from_logits", _) | ("axis", "-1") => Ok(true),
        ("reduction", "sum_over_batch_size" | "mean" | "auto") => Ok(true),
        ("reduction", _) => Err(format!(
            "the loss of a batch is the mean of its pictures' here, and without the mean its gradient is as many times \
             larger as a batch has pictures: leave reduction out, or write reduction=\"sum_over_batch_size\", received \
             {value}"
        )),
        ("axis", _) => Err(format!("classes are the last axis here: leave axis out, received {value}")),
        ("ignore_class", word) if word != "none" => {
            Err(format!("every class counts here: leave ignore_class out, received {value}"))
        }
        _ => Ok(false),
    }
}
