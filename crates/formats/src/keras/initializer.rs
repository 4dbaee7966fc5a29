//! How kernels start, under Keras's names.

use graph::Initializer;
use serde_json::{Value, json};

use super::fields::Fields;
use super::number;

/// The initializers that have no value of their own.
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
    config.get(key).and_then(known).unwrap_or(Initializer::GlorotUniform)
}

fn known(value: &Value) -> Option<Initializer> {
    let class = value.get("class_name")?.as_str()?;
    let number = |key: &str| {
        let number = value.get("config")?.get(key)?.as_f64()? as f32;
        number.is_finite().then_some(number)
    };
    match class {
        "Constant" => number("value").map(Initializer::Constant),
        "TruncatedNormal" if number("mean").unwrap_or(0.0) == 0.0 => {
            number("stddev").map(Initializer::TruncatedNormal)
        }
        _ => NAMES.iter().find(|(_, name)| *name == class).map(|(initializer, _)| *initializer),
    }
}

/// As Keras writes it.
pub(super) fn write(initializer: Initializer) -> Value {
    let name = NAMES.iter().find(|(one, _)| *one == initializer).map(|(_, name)| *name);
    let (name, config) = match initializer {
        Initializer::Constant(value) => ("Constant", json!({"value": number::write(value)})),
        Initializer::TruncatedNormal(deviation) => {
            ("TruncatedNormal", json!({"mean": 0.0, "stddev": number::write(deviation), "seed": null}))
        }
        Initializer::Zeros | Initializer::Ones => (name.unwrap_or("Zeros"), json!({})),
        _ => (name.unwrap_or("GlorotUniform"), json!({"seed": null})),
    };
    json!({"module": "keras.initializers", "class_name": name, "config": config, "registered_name": null})
}
