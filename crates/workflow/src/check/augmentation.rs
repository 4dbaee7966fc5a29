//! Augmentations as Keras's layers are written, `RandomRotation(0.1)`, and some of torchvision's transforms: in our words
//! where they mean the same; where they do not, it is said what comes near.

mod layers;

use images::Augment;

use super::spelling::arguments_of;
use crate::{Error, Result};

/// What `text` asks for: our words, as `flip,rotation=0.1`, and Keras's layers, as `RandomFlip("horizontal")`.
///
/// # Errors
/// A word that there is not, an amount out of its range, or a layer that has no like here; the message says what to write.
pub fn augment(text: &str) -> Result<Augment> {
    let wrong = |why: String| Error::usage(format!("--augment: {why}"));
    ours(text).map_err(wrong)?.parse().map_err(|error: images::Error| wrong(error.to_string()))
}

/// `text` in our words.
fn ours(text: &str) -> Result<String, String> {
    let mut words = Vec::new();
    let mut fills: Vec<Fill<'_>> = Vec::new();
    for written in arguments_of(text) {
        let call = Call::of(written);
        if Augment::NAMES.contains(&call.name) && !written.contains('(') {
            words.push(written.to_owned());
            continue;
        }
        let of_call = |why: String| format!("{written}: {why}");
        words.push(match layers::find(call.name) {
            Some(layer) => {
                let arguments = call.arguments(layer.arguments).map_err(of_call)?;
                if layer.arguments.contains(&FILL_MODE) {
                    fills.push(Fill { mode: arguments.get(FILL_MODE), written });
                }
                (layer.ours)(&arguments).map_err(of_call)?
            }
            None => plain(&call).map_err(of_call)?,
        });
    }
    join_flips(&mut words);
    words.extend(one_fill(&fills, words.iter().any(|word| word.starts_with("fill=")))?);
    Ok(words.join(","))
}

/// A name of ours in other letters, or with its amount in brackets; what nobody knows stays as it is.
fn plain(call: &Call<'_>) -> Result<String, String> {
    match (graph::known_as(call.name, Augment::NAMES, &[]), &call.written[..], layers::near(call.name)) {
        (Some(name), [], _) => Ok(name.to_owned()),
        (Some(name), [amount], _) if !amount.contains('=') => Ok(format!("{name}={}", unquoted(amount))),
        (_, _, Some(near)) => Err(format!("it has no like here; {near}")),
        (Some(name), ..) => Err(format!("{name} takes one amount here, as {name}=0.1")),
        (None, ..) => Ok(call.name.to_owned()),
    }
}

/// Where one mirrors along one axis and another along the other, both do.
fn join_flips(words: &mut Vec<String>) {
    if ["flip=horizontal", "flip=vertical"].iter().all(|flip| words.iter().any(|word| word == flip)) {
        words.retain(|word| word != "flip=vertical");
        words
            .iter_mut()
            .filter(|word| *word == "flip=horizontal")
            .for_each(|word| *word = "flip=both".into());
    }
}

const FILL_MODE: &str = "fill_mode";

/// What a layer that moves pictures fills with, Keras's default where it does not say it.
struct Fill<'a> {
    mode: Option<&'a str>,
    written: &'a str,
}

/// The one word for all, unless there is one already, with which layers go that say nothing.
fn one_fill(fills: &[Fill<'_>], is_said: bool) -> Result<Option<String>, String> {
    let mode = |fill: &Fill<'_>| fill.mode.map_or("reflect".to_owned(), |mode| unquoted(mode).to_owned());
    let Some(first) = fills.iter().find(|fill| !is_said || fill.mode.is_some()) else { return Ok(None) };
    if is_said {
        return Err(format!("{}: fill is given twice: leave one of them out", first.written));
    }
    match fills.iter().find(|fill| mode(fill) != mode(first)) {
        Some(other) => Err(format!(
            "{} fills with {} and {} with {}, and one fill is for all here: give them the same fill_mode, or fill={} for all",
            first.written,
            mode(first),
            other.written,
            mode(other),
            mode(other)
        )),
        None => Ok((mode(first) != "reflect").then(|| format!("fill={}", mode(first)))),
    }
}

/// `Name`, `Name=value` or `module.Name(value, argument=value)`.
struct Call<'a> {
    name: &'a str,
    /// What stands in the brackets.
    written: Vec<&'a str>,
}

impl<'a> Call<'a> {
    fn of(written: &'a str) -> Self {
        let name_of = |head: &'a str| head.trim().rsplit('.').next().unwrap_or_default();
        match written.find(['(', '=']) {
            None => Self { name: name_of(written), written: Vec::new() },
            Some(end) => {
                let (head, rest) = (&written[..end], &written[end + 1..]);
                let written = match written[end..].starts_with('=') {
                    true => vec![rest.trim()],
                    false => arguments_of(rest.strip_suffix(')').unwrap_or(rest)),
                };
                Self { name: name_of(head), written }
            }
        }
    }

    /// Each by its name of those that the layer `takes`, without what says nothing here.
    fn arguments(&self, takes: &[&'static str]) -> Result<Arguments<'a>, String> {
        let mut named = Vec::new();
        for (place, argument) in self.written.iter().enumerate() {
            let (name, value) = match argument.split_once('=') {
                Some((name, value)) => (name.trim(), value.trim()),
                None => {
                    let name = takes.get(place);
                    let name =
                        name.ok_or_else(|| format!("{argument} is one argument more than it takes"))?;
                    (*name, argument.trim())
                }
            };
            if value == "None" || without_effect(name, value)? {
                continue;
            }
            match takes.iter().find(|known| **known == name) {
                Some(known) => named.push((*known, value)),
                None => {
                    let takes = if takes.is_empty() { "nothing" } else { &takes.join(", ") };
                    return Err(format!("it has no argument {name} here; it takes {takes}"));
                }
            }
        }
        Ok(Arguments { named })
    }
}

/// Whether an argument that many layers have changes nothing here; fails where it would.
fn without_effect(name: &str, value: &str) -> Result<bool, String> {
    match name {
        "name" | "dtype" | "data_format" | "value_range" => Ok(true),
        "seed" => Err(format!("one seed is for the whole run: give --seed {value}, and leave this one out")),
        "interpolation" if unquoted(value) != "bilinear" => {
            Err(format!("pictures are moved with bilinear interpolation alone, received {value}"))
        }
        "fill_value" if value.parse() != Ok(0.0) => {
            Err(format!("what a constant fills is black, 0, received {value}"))
        }
        "interpolation" | "fill_value" => Ok(true),
        _ => Ok(false),
    }
}

/// The arguments of a layer, by their names.
struct Arguments<'a> {
    named: Vec<(&'static str, &'a str)>,
}

impl<'a> Arguments<'a> {
    fn get(&self, name: &str) -> Option<&'a str> {
        self.named.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    fn needed(&self, name: &str) -> Result<&'a str, String> {
        self.get(name).ok_or_else(|| format!("{name} is missing"))
    }
}

fn unquoted(value: &str) -> &str {
    value.trim().trim_matches(['\'', '"'])
}

#[cfg(test)]
mod tests;
