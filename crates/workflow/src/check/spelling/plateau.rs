//! Keras's `ReduceLROnPlateau(factor=0.5)` as the settings that it is here.

use train::callbacks::{Monitor, ReduceLrOnPlateau};

use super::advice::{Spelling, no_change};
use crate::check::call::{Call, Form};

const NAME: &str = "reduce_lr_on_plateau";

const PLATEAU: Spelling = Spelling {
    known_as: |name| graph::known_as(name, &[NAME], &[]),
    read: |text| match text.split_once(',') {
        Some((_, settings)) => ReduceLrOnPlateau::parse(settings, &Monitor::new("val_loss")).map(|_| ()),
        None => Ok(()),
    },
    meant: &[],
    settings: &[],
    arguments: |_| &["monitor", "factor", "patience", "verbose", "mode", "min_delta", "cooldown", "min_lr"],
    is_idle: |name, _| Ok(name == "verbose"),
    own: &[],
    change: no_change,
};

/// The settings of `text` where it is such a call, with Keras's own for one without any; `None` where it is none.
///
/// # Errors
/// A bracket is not closed, or there is no such setting.
pub(in crate::check) fn plateau(text: &str) -> Result<Option<String>, String> {
    if (PLATEAU.known_as)(text).is_some() {
        return plateau("ReduceLROnPlateau()");
    }
    if !text.contains('(') {
        return Ok(None);
    }
    let call = Call::read(text)?;
    let written = match call.form {
        Form::Brackets => PLATEAU.written(&call)?,
        Form::Words => None,
    };
    Ok(written.map(|written| match written.here.split_once(',') {
        Some((_, settings)) => settings.to_owned(),
        None => "factor=0.1,patience=10".to_owned(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_taken_as_keras_writes_it() {
        for (text, expected) in [
            ("factor=0.5", None),
            ("ReduceLROnPlateau", Some("factor=0.1,patience=10")),
            ("ReduceLROnPlateau()", Some("factor=0.1,patience=10")),
            ("keras.callbacks.ReduceLROnPlateau(factor=0.5, verbose=1)", Some("factor=0.5")),
            ("ReduceLROnPlateau('val_loss', 0.5, 2)", Some("monitor=val_loss,factor=0.5,patience=2")),
        ] {
            assert_eq!(plateau(text).unwrap().as_deref(), expected, "{text}");
        }
    }
}
