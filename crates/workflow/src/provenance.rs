//! What a file of weights says of where it came from: its card, and what its models are called.

use std::path::Path;

use formats::keras::Glance;
use zoo::Architecture;

use crate::Card;

/// Of a `.keras` file; of any other, nothing is known.
#[derive(Debug, Default)]
pub(crate) struct Provenance {
    card: Option<Card>,
    models: Vec<String>,
}

impl Provenance {
    /// What `file` says. Where it cannot be read, that is said when its weights are.
    pub(crate) fn of(file: &Path) -> Self {
        let Ok(mut glance) = Glance::at(file) else { return Self::default() };
        let card = glance.card().ok().flatten().and_then(|card| Card::parse(card).ok());
        Self { card, models: glance.model_names().unwrap_or_default() }
    }

    /// The file's card, where it has one.
    pub(crate) fn card(&self) -> Option<&Card> {
        self.card.as_ref()
    }

    /// Whose work the weights are, where the card says it.
    pub(crate) fn origin(&self) -> Option<&str> {
        self.card().map(|card| card.trained.weights.as_str()).filter(|origin| !origin.is_empty())
    }

    /// The classes that the file's own head tells apart, where the card says them.
    pub(crate) fn classes(&self) -> Option<&[String]> {
        self.card().map(|card| card.classes.as_slice()).filter(|classes| !classes.is_empty())
    }

    /// The architecture that the file is of, where it says so and it is not `architecture`.
    pub(crate) fn another(&self, architecture: &Architecture) -> Option<String> {
        let written = self.card().map(|card| card.trained.architecture.clone());
        if let Some(name) = written.filter(|name| !name.is_empty()) {
            return (name != architecture.name).then_some(name);
        }
        let named: Vec<&Architecture> = self.models.iter().filter_map(|name| called(name)).collect();
        match named.iter().any(|named| named.name == architecture.name) {
            true => None,
            false => named.first().map(|named| named.name.to_owned()),
        }
    }
}

/// The architecture whose models are called `model`: `efficientnet_b0` here, `efficientnetb0` and
/// `mobilenetv2_1.00_224` in Keras.
fn called(model: &str) -> Option<&'static Architecture> {
    let without_numbers =
        model.split("_0.").next().and_then(|name| name.split("_1.").next()).unwrap_or(model);
    let names = [model, without_numbers].map(zoo::plain_name);
    zoo::all().find(|architecture| names.contains(&zoo::plain_name(architecture.name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_known_by_the_names_of_keras() {
        for (model, name) in [
            ("efficientnetb0", Some("efficientnet_b0")),
            ("efficientnetv2-b0", Some("efficientnet_v2_b0")),
            ("mobilenetv2_1.00_224", Some("mobilenet_v2")),
            ("mobilenet_0.25_128", Some("mobilenet")),
            ("MobileNetV3Small", Some("mobilenet_v3_small")),
            ("resnet50v2", Some("resnet50_v2")),
            ("small_cnn", Some("small_cnn")),
            ("functional_3", None),
            ("pets", None),
        ] {
            assert_eq!(called(model).map(|architecture| architecture.name), name, "{model}");
        }
    }

    #[test]
    fn a_file_is_another_networks_where_it_says_so() {
        let vgg = zoo::find("vgg16").unwrap();
        let of = |models: &[&str]| {
            let models = models.iter().map(ToString::to_string).collect();
            Provenance { card: None, models }.another(vgg)
        };
        assert_eq!(of(&[]), None);
        assert_eq!(of(&["functional_1"]), None);
        assert_eq!(of(&["vgg16"]), None);
        assert_eq!(of(&["sequential", "vgg19"]).as_deref(), Some("vgg19"));
        assert_eq!(of(&["vgg19", "vgg16"]), None, "it has both");
    }
}
