//! Settings that are read from and written as `name=value`, each named once: `factor=0.1,patience=3`.

mod named;
mod setting;

use crate::{Error, Result};
pub(crate) use named::{Named, named, read_named, written};
pub(crate) use setting::{Setting, assign, read, value};

/// Settings by name; none unless they are written.
pub(crate) trait Settings {
    /// All names, the one that matters most first.
    fn names(&self) -> &'static [&'static str] {
        &[]
    }

    /// Sets what is called `name`; `None` if nothing is.
    fn set(&mut self, _name: &str, _text: Option<&str>) -> Option<Result<()>> {
        None
    }

    /// What is not the default, as it is read.
    fn words(&self) -> Vec<String> {
        Vec::new()
    }

    /// Every name with its value as it is written; empty for what follows from other things.
    fn values(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

/// Options alone, as `factor=0.1,patience=3`, of `what`.
pub(crate) fn read_options(what: &str, text: &str, settings: &mut dyn Settings) -> Result<()> {
    let words: Vec<_> = text.split(',').map(word).collect();
    set(what, &words, &mut [settings])
}

/// `name=value`, or a name alone.
fn word(word: &str) -> (&str, Option<&str>) {
    match word.split_once('=') {
        Some((name, value)) => (name.trim(), Some(value.trim())),
        None => (word.trim(), None),
    }
}

/// Sets what `words` say, each in the first of the `settings` that knows it.
fn set(of: &str, words: &[(&str, Option<&str>)], settings: &mut [&mut dyn Settings]) -> Result<()> {
    for (index, (name, value)) in words.iter().enumerate() {
        if words[..index].iter().any(|(earlier, _)| earlier == name) {
            return Err(Error::setting(format!("{name} is given twice")));
        }
        match settings.iter_mut().find_map(|settings| settings.set(name, *value)) {
            Some(result) => result?,
            None => return Err(unknown(of, name, settings)),
        }
    }
    Ok(())
}

fn unknown(of: &str, name: &str, settings: &[&mut dyn Settings]) -> Error {
    let names: Vec<&str> = settings.iter().flat_map(|settings| settings.names()).copied().collect();
    match names.is_empty() {
        true => Error::setting(format!("{of} has no options, received {name}")),
        false => Error::unknown(&format!("option of {of} called"), name, &names),
    }
}

/// Declares settings: a struct with a default for each field, and its [`Settings`].
macro_rules! settings {
    ($(#[$doc:meta])* $Name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty = $default:expr,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $Name {
            $($(#[$field_doc])* pub $field: $type,)*
        }

        impl Default for $Name {
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }

        impl $crate::settings::Settings for $Name {
            fn names(&self) -> &'static [&'static str] {
                &[$(stringify!($field)),*]
            }

            fn set(&mut self, name: &str, text: Option<&str>) -> Option<$crate::Result<()>> {
                let _ = text;
                match name {
                    $(stringify!($field) => {
                        Some($crate::settings::read(name, text).map(|value| self.$field = value))
                    })*
                    _ => None,
                }
            }

            fn words(&self) -> Vec<String> {
                #[allow(unused_mut)]
                let mut words = Vec::new();
                let default = Self::default();
                let _ = &default;
                $(if self.$field != default.$field {
                    words.push($crate::settings::Setting::word(&self.$field, stringify!($field)));
                })*
                words
            }

            fn values(&self) -> Vec<(&'static str, String)> {
                vec![$((
                    stringify!($field),
                    $crate::settings::value(&self.$field, stringify!($field)),
                )),*]
            }
        }
    };
}
pub(crate) use settings;
