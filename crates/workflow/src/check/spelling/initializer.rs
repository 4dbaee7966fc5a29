//! Initialisers as Keras writes them, `RandomNormal(stddev=0.1)`, as ours.

use graph::Initializer;

use super::renamed;
use crate::check::call::{Arguments, Call, Counterpart, Form, unquoted};

const INITIALIZERS: &[Counterpart] = &[
    Counterpart {
        name: "random_normal",
        arguments: &["mean", "stddev"],
        ours: |given| normal(given, "random_normal"),
    },
    Counterpart {
        name: "truncated_normal",
        arguments: &["mean", "stddev"],
        ours: |given| normal(given, "truncated_normal"),
    },
    Counterpart { name: "random_uniform", arguments: &["minval", "maxval"], ours: uniform },
    Counterpart {
        name: "orthogonal",
        arguments: &["gain"],
        ours: |given| Ok(valued("orthogonal", given.get("gain"))),
    },
    Counterpart {
        name: "variance_scaling",
        arguments: &["scale", "mode", "distribution"],
        ours: variance_scaling,
    },
];

/// `text` in our words; what nobody knows as it is.
///
/// # Errors
/// A bracket is not closed, or an argument means something that is said otherwise here.
pub(in crate::check) fn initializer(text: &str) -> Result<String, String> {
    let known_as = |name: &str| graph::known_as(name, &Initializer::NAMES, &[]);
    if !text.contains('(') {
        return Ok(renamed(text, known_as));
    }
    let call = Call::read(text)?;
    match (Counterpart::find(INITIALIZERS, call.name), known_as(call.name)) {
        _ if call.form == Form::Words => Ok(text.to_owned()),
        (Some(known), _) => (known.ours)(&call.named((known.arguments, &[]), |_, _| Ok(false))?),
        (None, Some(ours)) => call.named((&[], &[]), |_, _| Ok(false)).map(|_| ours.to_owned()),
        (None, None) => Ok(text.to_owned()),
    }
}

fn valued(ours: &str, value: Option<&str>) -> String {
    value.map_or_else(|| ours.to_owned(), |value| format!("{ours}={value}"))
}

fn number(given: &Arguments<'_>, name: &str, otherwise: f64) -> Result<f64, String> {
    let Some(text) = given.get(name) else { return Ok(otherwise) };
    text.parse().map_err(|_| format!("{name}: expected a number, received {text}"))
}

fn normal(given: &Arguments<'_>, ours: &str) -> Result<String, String> {
    let written = valued(ours, given.get("stddev"));
    match number(given, "mean", 0.0)? == 0.0 {
        true => Ok(written),
        false => Err(format!("it is drawn around 0 here: leave mean out, which is {written}")),
    }
}

/// Keras draws between the two.
fn uniform(given: &Arguments<'_>) -> Result<String, String> {
    let (low, high) = (number(given, "minval", -0.05)?, number(given, "maxval", 0.05)?);
    match low == -high {
        true => Ok(valued("random_uniform", given.get("maxval"))),
        false => {
            let most = low.abs().max(high.abs());
            Err(format!(
                "it goes as far either way here: minval=-{most}, maxval={most} is random_uniform={most}"
            ))
        }
    }
}

/// What Keras's general one is by the names of its authors.
fn variance_scaling(given: &Arguments<'_>) -> Result<String, String> {
    let scale = number(given, "scale", 1.0)?;
    let mode = given.get("mode").map_or("fan_in", unquoted);
    let distribution = given.get("distribution").map_or("truncated_normal", unquoted);
    let author = match (mode, scale) {
        ("fan_in", 1.0) => "lecun",
        ("fan_in", 2.0) => "he",
        ("fan_avg", 1.0) => "glorot",
        _ => {
            return Err(
                "there are scale=1 or 2 with fan_in, which are lecun_normal and he_normal, and scale=1 with \
                        fan_avg, which is glorot_normal"
                    .into(),
            );
        }
    };
    match distribution {
        "truncated_normal" => Ok(format!("{author}_normal")),
        "uniform" => Ok(format!("{author}_uniform")),
        other => Err(format!(
            "distribution: expected truncated_normal, which is {author}_normal, or uniform, which is {author}_uniform, \
             received {other}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Left as Keras's documentation has it.
    #[test]
    fn keras_s_initialisers_are_ours() {
        for (keras, ours) in [
            ("HeNormal", "he_normal"),
            ("HeNormal()", "he_normal"),
            ("keras.initializers.GlorotUniform(seed=None)", "glorot_uniform"),
            ("RandomNormal()", "random_normal"),
            ("RandomNormal(stddev=0.1)", "random_normal=0.1"),
            ("RandomNormal(0.0, 0.1)", "random_normal=0.1"),
            ("TruncatedNormal(mean=0., stddev=0.02)", "truncated_normal=0.02"),
            ("RandomUniform(minval=-0.1, maxval=0.1)", "random_uniform=0.1"),
            ("RandomUniform()", "random_uniform"),
            ("Orthogonal(gain=2)", "orthogonal=2"),
            ("VarianceScaling()", "lecun_normal"),
            ("VarianceScaling(2.0, mode='fan_in', distribution='uniform')", "he_uniform"),
            ("Zeros()", "zeros"),
            ("truncated_normal=0.02", "truncated_normal=0.02"),
        ] {
            assert_eq!(initializer(keras).as_deref(), Ok(ours), "{keras}");
            ours.parse::<Initializer>().unwrap();
        }
        assert_eq!(initializer("Identity()").as_deref(), Ok("Identity()"));
    }

    #[test]
    fn what_differs_is_answered_with_what_comes_near() {
        for (keras, expected) in [
            ("RandomNormal(mean=1.0, stddev=0.1)", "leave mean out, which is random_normal=0.1"),
            ("RandomUniform(0, 0.1)", "minval=-0.1, maxval=0.1 is random_uniform=0.1"),
            ("HeNormal(seed=7)", "--seed 7"),
            ("HeNormal(2)", "2 is one argument more than it takes"),
            ("RandomNormal(std=0.1)", "it has no argument std here; there are mean, stddev"),
            ("VarianceScaling(scale=3)", "he_normal"),
            ("RandomNormal(stddev=0.1", "the bracket behind RandomNormal is not closed"),
        ] {
            let message = initializer(keras).unwrap_err();
            assert!(message.contains(expected), "{keras}: {message}");
        }
    }
}
