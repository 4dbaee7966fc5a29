//! Layers, regularizers and constraints that say nothing about predictions.

use super::super::model::Layer;

/// Layers that act in training only.
const CLASSES: [&str; 27] = [
    "ActivityRegularization",
    "AlphaDropout",
    "AugMix",
    "GaussianDropout",
    "GaussianNoise",
    "Identity",
    "RandAugment",
    "RandomBrightness",
    "RandomColorDegeneration",
    "RandomColorJitter",
    "RandomContrast",
    "RandomElasticTransform",
    "RandomErasing",
    "RandomFlip",
    "RandomGaussianBlur",
    "RandomGrayscale",
    "RandomHue",
    "RandomInvert",
    "RandomPerspective",
    "RandomPosterization",
    "RandomRotation",
    "RandomSaturation",
    "RandomSharpness",
    "RandomShear",
    "RandomTranslation",
    "RandomZoom",
    "SpatialDropout2D",
];

/// Whether predictions pass `layer` unchanged, and the graph has no op for it.
pub(super) fn is_such(layer: &Layer<'_>) -> bool {
    CLASSES.contains(&layer.class)
}

/// What `layer` has that acts in training only, which the graph does not hold: itself, regularizers, constraints.
pub(in super::super) fn only_in_training(layer: &Layer<'_>) -> impl Iterator<Item = String> {
    let place = layer.config.place();
    let itself = is_such(layer).then(|| place.to_owned());
    let keys =
        layer.config.keys().filter(|key| key.ends_with("_regularizer") || key.ends_with("_constraint"));
    itself.into_iter().chain(keys.map(move |key| format!("{key} of {place}")))
}
