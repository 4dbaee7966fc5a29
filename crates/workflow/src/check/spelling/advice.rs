//! What to write for something of Keras's whose settings have other places here: `--optimizer adam` with
//! `--learning-rate 1e-3` for `Adam(learning_rate=1e-3)`. All that is advised is read.

use super::schedule::SCHEDULE;
use crate::check::call::{Arguments, Call, Form};
use crate::{Error, Result};

/// What is written behind an option.
pub(in crate::check) struct Spelling {
    /// Our name of what is called so, here or in Keras.
    pub(super) known_as: fn(&str) -> Option<&'static str>,
    /// Reads what is written as here.
    pub(super) read: fn(&str) -> Result<(), train::Error>,
    /// What is no name of one, in small letters without underscores.
    pub(super) meant: &'static [Meant],
    /// Settings that are none here.
    pub(super) settings: &'static [Meant],
    /// Keras's arguments of each of our names, in their order.
    pub(super) arguments: fn(&str) -> &'static [&'static str],
    /// Whether an argument says nothing here; fails where its value would change something that is one way here.
    pub(super) is_idle: fn(&str, &str) -> Result<bool, String>,
    /// Keras's arguments that are settings of their own here, and their keys.
    pub(super) own: &'static [(&'static str, &'static str)],
    /// Takes out what is not said by one setting, and says it.
    pub(super) change: fn(&mut Arguments<'_>) -> Result<Settings, String>,
}

/// Settings by their names.
pub(super) type Settings = Vec<(&'static str, String)>;

/// What is called otherwise here.
pub(super) struct Meant {
    pub(super) called: &'static str,
    /// With `{}` for the setting.
    pub(super) said: &'static str,
    /// The key of a recipe that it is, and a value; no key where it is written in the same place.
    pub(super) setting: (&'static str, &'static str),
}

/// What is written in the same place.
pub(super) const fn meant(called: &'static str, said: &'static str) -> Meant {
    Meant { called, said, setting: ("", "") }
}

/// What is a setting of its own.
pub(super) const fn beside(
    called: &'static str,
    said: &'static str,
    setting: (&'static str, &'static str),
) -> Meant {
    Meant { called, said, setting }
}

/// Where each setting says one thing.
pub(super) fn no_change(_: &mut Arguments<'_>) -> Result<Settings, String> {
    Ok(Vec::new())
}

/// Something of Keras's as it is written here.
pub(super) struct Written {
    /// In its own place.
    pub(super) here: String,
    /// Settings of their own, by their keys.
    pub(super) beside: Settings,
}

impl Spelling {
    /// Fails for `text` that is a constructor as in Keras, or holds what has a setting of its own; `option` is where it
    /// stands.
    pub(in crate::check) fn check(&self, option: &str, text: &str) -> Result<()> {
        let wrong = |why: String| Error::usage(format!("{option} {text}: {why}"));
        let call = Call::read(text).map_err(wrong)?;
        if let Some((Meant { said, setting: (key, _), .. }, value)) =
            self.meant_by(text, &call).map_err(wrong)?
        {
            return Err(wrong(said.replace("{}", &as_setting(option, key, &value))));
        }
        let Some(Written { here, beside }) = self.written(&call).map_err(wrong)? else { return Ok(()) };
        let own: Vec<String> = beside.iter().map(|(key, value)| as_setting(option, key, value)).collect();
        let beside = match own.is_empty() {
            true => String::new(),
            false => format!(" with {} beside it", own.join(" and ")),
        };
        Err(Error::usage(format!("{option}: {text} is written {here} here{beside}")))
    }

    /// What has another place here, of a name and its arguments, and the value of its setting.
    fn meant_by(&self, text: &str, call: &Call<'_>) -> Result<Option<(&'static Meant, String)>, String> {
        let plain = call.name.replace('_', "").to_lowercase();
        let of_name = self.meant.iter().find(|meant| meant.called == plain);
        let setting = |argument: &&str| {
            let name = argument.split('=').next().unwrap_or_default().trim();
            self.settings.iter().find(|meant| meant.called == name)
        };
        let Some(found) = of_name.or_else(|| call.arguments.iter().find_map(setting)) else {
            return Ok(None);
        };
        let (key, usual) = found.setting;
        // What it is given counts.
        let given = super::plateau(text)?.filter(|_| key == "reduce_lr_on_plateau");
        Ok(Some((found, given.unwrap_or_else(|| usual.to_owned()))))
    }

    /// As it is written here; `None` for what is, and for what nobody knows.
    ///
    /// # Errors
    /// An argument that there is not here, or a value that is not read.
    pub(super) fn written(&self, call: &Call<'_>) -> Result<Option<Written>, String> {
        let Some(ours) = (self.known_as)(call.name) else { return Ok(None) };
        let arguments = match call.form {
            Form::Brackets => self.of_brackets(ours, call)?,
            Form::Words => call.arguments.iter().map(|word| named(word)).collect(),
        };
        let is_own = |name: &str| self.own.iter().find(|(known, _)| *known == name).map(|(_, key)| *key);
        let mut written = Written {
            here: call.value.map_or_else(|| ours.into(), |v| format!("{ours}={v}")),
            beside: vec![],
        };
        for (name, value) in arguments {
            match is_own(&name) {
                Some(key) => written.put_beside(key, &value)?,
                None => written.here += &format!(",{}", word(&name, &value)),
            }
        }
        if call.form == Form::Words && written.beside.is_empty() {
            return Ok(None);
        }
        (self.read)(&written.here).map_err(|error| error.to_string())?;
        Ok(Some(written))
    }

    /// What stands in the brackets of Keras's `ours`, each by its name.
    fn of_brackets(&self, ours: &str, call: &Call<'_>) -> Result<Vec<(String, String)>, String> {
        let takes = (self.arguments)(ours);
        let of_all = self.own.iter().map(|(name, _)| *name);
        let by_name: Vec<&str> = of_all.filter(|name| !takes.contains(name)).collect();
        let mut given = call.named((takes, &by_name), self.is_idle)?;
        let changed = (self.change)(&mut given)?;
        let given = given.named.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        Ok(given.chain(changed.into_iter().map(|(name, value)| (name.to_owned(), value))).collect())
    }
}

impl Written {
    fn put_decay(&mut self, value: &str) -> Result<(), String> {
        if self.beside.iter().any(|(key, _)| *key == "schedule") {
            return Err("decay: the rate has a schedule already".into());
        }
        match value.parse::<f64>() {
            Ok(0.0) => {}
            Ok(_) => self.beside.push(("schedule", format!("inverse_time={value},decay_steps=1"))),
            Err(_) => return Err(format!("decay: expected a number, received {value}")),
        }
        Ok(())
    }

    /// A setting of its own, of which a switch that is off says nothing, and a rate may be a schedule.
    fn put_beside(&mut self, key: &'static str, value: &str) -> Result<(), String> {
        if value.contains('(') {
            let schedule = Call::read(value).and_then(|call| SCHEDULE.written(&call))?;
            let Self { here, beside } = schedule
                .filter(|_| key == "learning_rate")
                .ok_or_else(|| format!("{key}: expected a number or a schedule, received {value}"))?;
            self.beside.extend(beside);
            self.beside.push(("schedule", here));
            return Ok(());
        }
        match value {
            "False" => Ok(()),
            _ if key == DECAY => self.put_decay(value),
            "" | "True" => {
                self.beside.push((key, String::new()));
                Ok(())
            }
            _ if value.parse::<f64>().is_ok() => {
                self.beside.push((key, value.to_owned()));
                Ok(())
            }
            _ => Err(format!("{key}: expected a number, received {value}")),
        }
    }
}

/// Of optimizers in older Keras: the rate falls by it with each step.
pub(super) const DECAY: &str = "decay";

/// The name and the value of `name=value`, which may be a name alone.
fn named(argument: &str) -> (String, String) {
    let (name, value) = argument.split_once('=').unwrap_or((argument, ""));
    (name.trim().into(), value.trim().into())
}

/// `name=value` as it is read here: lists between slashes, true and false in small letters.
fn word(name: &str, value: &str) -> String {
    match value.trim_matches(['\'', '"']) {
        "" | "True" => name.into(),
        "False" => format!("{name}=false"),
        value => {
            let members: Vec<&str> =
                value.trim_matches(['[', ']', '(', ')']).split(',').map(str::trim).collect();
            format!("{name}={}", members.join("/"))
        }
    }
}

/// The keys of a stage among those that are advised; the others stand above all stages.
const OF_STAGE: [&str; 3] = ["learning_rate", "weight_decay", "schedule"];
/// Those that the second stage has too.
const OF_SECOND: [&str; 2] = ["learning_rate", "schedule"];

/// A setting beside `option`, as it is given there: `--weight-decay 0.01`, or `weight_decay = 0.01` in a stage.
fn as_setting(option: &str, key: &str, value: &str) -> String {
    if option.starts_with("--") {
        let is_second = option.starts_with("--fine-tune") && OF_SECOND.contains(&key);
        let second = if is_second { "fine-tune-" } else { "" };
        let value = if value.is_empty() { String::new() } else { format!(" {value}") };
        return format!("--{second}{}{value}", key.replace('_', "-"));
    }
    let value = match value.parse::<f64>() {
        _ if value.is_empty() => "true".to_owned(),
        Ok(_) => value.to_owned(),
        Err(_) => format!("\"{value}\""),
    };
    let place = if OF_STAGE.contains(&key) { "" } else { " above the stages" };
    format!("{key} = {value}{place}")
}

#[cfg(test)]
mod tests;
