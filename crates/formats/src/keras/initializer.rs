//! How kernels start, under Keras's names.

use graph::Initializer;
use serde_json::{Value, json};

use super::fields::Fields;

const NAMES: [(Initializer, &str); 6] = [
    (Initializer::Zeros, "Zeros"),
    (Initializer::Ones, "Ones"),
    (Initializer::GlorotUniform, "GlorotUniform"),
    (Initializer::GlorotNormal, "GlorotNormal"),
    (Initializer::HeUniform, "HeUniform"),
    (Initializer::HeNormal, "HeNormal"),
];

/// The initializer in `key`. The weights come from the file, so one that the graph lacks becomes Keras's default.
pub(super) fn read(config: &Fields<'_>, key: &str) -> Initializer {
    let class = config.get(key).and_then(|value| value.get("class_name")).and_then(Value::as_str);
    let found = NAMES.iter().find(|(_, name)| Some(*name) == class);
    found.map_or(Initializer::GlorotUniform, |(initializer, _)| *initializer)
}

/// As Keras writes it.
pub(super) fn write(initializer: Initializer) -> Value {
    let name = NAMES.iter().find(|(one, _)| *one == initializer).map_or("GlorotUniform", |(_, name)| name);
    let config = match initializer {
        Initializer::Zeros | Initializer::Ones => json!({}),
        _ => json!({"seed": null}),
    };
    json!({"module": "keras.initializers", "class_name": name, "config": config, "registered_name": null})
}
