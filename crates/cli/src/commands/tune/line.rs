//! The command line that trains with what was found.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::arguments::Asked;
use crate::quoted::quoted;

/// `linnaeus train …` with the options that were given, those in `changes` in their place; without those that are null there.
pub(super) fn train(asked: &Asked, changes: &[(&str, Value)]) -> anyhow::Result<String> {
    let mut line = String::from("linnaeus train");
    for path in asked.data.iter() {
        line += &format!(" {}", quoted(&path.display().to_string()));
    }
    for path in asked.recipe.iter() {
        line += &format!(" --recipe {}", quoted(&path.display().to_string()));
    }
    let given = serde_json::to_value(&asked.settings)?;
    let mut options = given.as_object().cloned().unwrap_or_default();
    // Where the search was written is no place for a run.
    options.remove("out");
    for (name, value) in changes {
        match value {
            Value::Null => options.remove(*name),
            value => options.insert((*name).into(), value.clone()),
        };
    }
    Ok(line + &written(&options))
}

fn written(options: &Map<String, Value>) -> String {
    let one = |(name, value): (&String, &Value)| {
        let name = name.replace('_', "-");
        match value {
            // These may stand alone, so their value needs the sign.
            Value::Bool(value) => format!(" --{name}={value}"),
            Value::Array(values) => {
                format!(" --{name} {}", quoted(&values.iter().map(text).collect::<Vec<_>>().join(",")))
            }
            value => format!(" --{name} {}", quoted(&text(value))),
        }
    };
    // By name: a map may come in any order.
    options.iter().collect::<BTreeMap<_, _>>().into_iter().map(one).collect()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::arguments::{Arguments, Command, TuneAction};

    fn asked(words: &[&str]) -> Asked {
        let words = ["linnaeus", "tune", "lr"].iter().chain(words);
        match Arguments::try_parse_from(words).unwrap().command {
            Command::Tune(tune) => match tune.action {
                TuneAction::Lr(rate) => rate.asked,
                TuneAction::Transfer(_) => panic!("another command"),
            },
            _ => panic!("another command"),
        }
    }

    #[test]
    fn the_options_that_were_given_are_in_it() {
        let words =
            ["my photos", "--base", "small_cnn", "--metrics", "accuracy,auc", "--use-ema", "--out", "there"];
        let line = train(&asked(&words), &[("learning_rate", "3.2e-3".into())]).unwrap();
        assert!(line.starts_with("linnaeus train 'my photos' "), "{line}");
        for option in
            ["--base small_cnn", "--metrics accuracy,auc", "--use-ema=true", "--learning-rate 3.2e-3"]
        {
            assert!(line.contains(option), "no {option} in {line}");
        }
        assert!(!line.contains("--out"), "{line}");
        // The program takes it.
        let words = line.replace("'my photos'", "photos");
        assert!(Arguments::try_parse_from(words.split(' ')).is_ok(), "{line}");
    }

    #[test]
    fn a_change_takes_the_place_of_what_was_given() {
        let given = asked(&["photos", "--learning-rate", "1", "--fine-tune", "3"]);
        let line = train(&given, &[("learning_rate", "1e-3".into()), ("fine_tune", "head".into())]).unwrap();
        assert_eq!(line, "linnaeus train photos --fine-tune head --learning-rate 1e-3");
    }
}
