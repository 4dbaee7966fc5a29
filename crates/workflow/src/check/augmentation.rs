//! Augmentations as Keras's layers are written, `RandomRotation(0.1)`, and some of torchvision's transforms: in our words
//! where they mean the same; where they do not, it is said what comes near.

mod layers;

use images::Augment;

use super::call::{Call, Form, parts, unquoted};
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
    let layers = parts(text)?.into_iter().map(members).collect::<Result<Vec<_>, _>>()?;
    for written in layers.concat() {
        let of_call = |why: String| format!("{written}: {why}");
        let call = Call::read(written).map_err(of_call)?;
        if Augment::NAMES.contains(&call.name) && call.form == Form::Words {
            words.push(written.to_owned());
            continue;
        }
        words.push(match layers::find(call.name) {
            Some(layer) => {
                let arguments = call.named((layer.arguments, &[]), is_idle).map_err(of_call)?;
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

/// The layers of `written`, which is one, a list of them, or `Sequential([…])`, as Keras's guides put them together.
fn members(written: &str) -> Result<Vec<&str>, String> {
    if let Some(inside) = in_square(written) {
        return parts(inside);
    }
    let of_call = |why: String| format!("{written}: {why}");
    let call = Call::read(written).map_err(of_call)?;
    if call.form == Form::Words || graph::known_as(call.name, &STACKS, &[]).is_none() {
        return Ok(vec![written]);
    }
    let given = call.named((&["layers", "trainable", "name"], &[]), |name, _| Ok(name == "trainable"));
    match in_square(given.and_then(|given| given.needed("layers")).map_err(of_call)?) {
        Some(inside) => parts(inside),
        None => Err(of_call("expected its layers in square brackets, as Sequential([RandomFlip()])".into())),
    }
}

fn in_square(text: &str) -> Option<&str> {
    text.strip_prefix('[')?.strip_suffix(']')
}

/// Keras's and torchvision's names of one layer after the other.
const STACKS: [&str; 2] = ["sequential", "compose"];

/// A name of ours in other letters, or with its amount in brackets.
fn plain(call: &Call<'_>) -> Result<String, String> {
    match (graph::known_as(call.name, Augment::NAMES, &[]), &call.given()[..], layers::near(call.name)) {
        (Some(name), [], _) => Ok(name.to_owned()),
        (Some(name), [amount], _) if !amount.contains('=') => Ok(format!("{name}={}", unquoted(amount))),
        (_, _, Some(near)) => Err(format!("it has no like here; {near}")),
        (Some(name), ..) => Err(format!("{name} takes one amount here, as {name}=0.1")),
        (None, ..) => Err(unknown(call.name)),
    }
}

/// With the name that was probably meant, of ours or of Keras's.
fn unknown(name: &str) -> String {
    let known: Vec<String> = Augment::NAMES.iter().map(ToString::to_string).chain(layers::names()).collect();
    let meant = graph::meant(name, known.iter().map(String::as_str));
    let there_are =
        meant.map_or_else(|| "there are".into(), |meant| format!("did you mean {meant}? There are"));
    let all = Augment::NAMES.join(", ");
    format!(
        "there is no augmentation {name:?}; {there_are} {all}, as in \"flip,rotation=0.1\", and Keras's layers"
    )
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

/// Whether an argument that many layers have changes nothing here; fails where it would.
fn is_idle(name: &str, value: &str) -> Result<bool, String> {
    match name {
        // The size of pictures is known.
        "data_format" | "value_range" | "input_shape" => Ok(true),
        _ if value == "None" => Ok(true),
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

#[cfg(test)]
mod tests;
