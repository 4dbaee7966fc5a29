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
