//! How kernels start, under Keras's names.

use graph::Initializer;
use serde_json::{Value, json};

use super::fields::Fields;
use super::number;

/// The initializers that have no value of their own.
const NAMES: [(Initializer, &str); 8] = [
    (Initializer::Zeros, "Zeros"),
    (Initializer::Ones, "Ones"),
    (Initializer::GlorotUniform, "GlorotUniform"),
    (Initializer::GlorotNormal, "GlorotNormal"),
    (Initializer::HeUniform, "HeUniform"),
    (Initializer::HeNormal, "HeNormal"),
    (Initializer::LecunUniform, "LecunUniform"),
    (Initializer::LecunNormal, "LecunNormal"),
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
        "RandomNormal" if number("mean").unwrap_or(0.0) == 0.0 => {
            number("stddev").map(Initializer::RandomNormal)
        }
        "RandomUniform" if number("minval") == number("maxval").map(|limit| -limit) => {
            number("maxval").map(Initializer::RandomUniform)
        }
        "Orthogonal" => number("gain").map(Initializer::Orthogonal),
        "VarianceScaling" => {
            let setting = |key: &str| value.get("config")?.get(key)?.as_str();
            match (setting("mode")?, setting("distribution")?) {
                ("fan_out", "uniform") => number("scale").map(Initializer::FanOutUniform),
                ("fan_out", "truncated_normal") => number("scale").map(Initializer::FanOutNormal),
                _ => None,
            }
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
        Initializer::RandomNormal(deviation) => {
            ("RandomNormal", json!({"mean": 0.0, "stddev": number::write(deviation), "seed": null}))
        }
        Initializer::RandomUniform(limit) => {
            let limits = (number::write(-limit), number::write(limit));
            ("RandomUniform", json!({"minval": limits.0, "maxval": limits.1, "seed": null}))
        }
        Initializer::Orthogonal(gain) => ("Orthogonal", json!({"gain": number::write(gain), "seed": null})),
        Initializer::FanOutUniform(scale) => ("VarianceScaling", scaling(scale, "uniform")),
        Initializer::FanOutNormal(scale) => ("VarianceScaling", scaling(scale, "truncated_normal")),
        Initializer::Zeros | Initializer::Ones => (name.unwrap_or("Zeros"), json!({})),
        _ => (name.unwrap_or("GlorotUniform"), json!({"seed": null})),
    };
    json!({"module": "keras.initializers", "class_name": name, "config": config, "registered_name": null})
}

fn scaling(scale: f32, distribution: &str) -> Value {
    json!({"scale": number::write(scale), "mode": "fan_out", "distribution": distribution, "seed": null})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let with_values = [
            Initializer::Constant(1e-6),
            Initializer::TruncatedNormal(0.02),
            Initializer::RandomNormal(0.05),
            Initializer::RandomUniform(0.05),
            Initializer::Orthogonal(2.0),
            Initializer::FanOutUniform(1.0 / 3.0),
            Initializer::FanOutNormal(2.0),
        ];
        for initializer in NAMES.iter().map(|(initializer, _)| *initializer).chain(with_values) {
            assert_eq!(known(&write(initializer)), Some(initializer));
        }
        let uneven = json!({"class_name": "RandomUniform", "config": {"minval": 0.0, "maxval": 1.0}});
        assert_eq!(known(&uneven), None);
        let fan_average = json!({"scale": 1.0, "mode": "fan_avg", "distribution": "uniform"});
        assert_eq!(known(&json!({"class_name": "VarianceScaling", "config": fan_average})), None);
    }
}
