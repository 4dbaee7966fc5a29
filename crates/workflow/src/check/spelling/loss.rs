//! Losses as Keras writes them, `CategoricalFocalCrossentropy(gamma=3)`.

use train::losses;

use super::advice::{Spelling, meant, no_change};

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
        _ => &["from_logits"],
    },
    // What a model ends in is known.
    idle: &["from_logits", "axis", "reduction"],
    own: &[("label_smoothing", "label_smoothing")],
    change: no_change,
};
