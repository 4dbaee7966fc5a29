//! Settings that are read from and written as `name=value`, each named once, and what they are settings of:
//! `cosine=0.1,warmup_steps=2epochs`, `adam,beta_1=0.85,amsgrad`.

use crate::schedules::Length;
use crate::{Error, Result};

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

/// Something that is called by a name and has settings.
pub(crate) trait Named: Sized {
    /// What such things are, for messages, as "schedule".
    const WHAT: &'static str;

    /// The one called `name`, with the defaults.
    fn find(name: &str) -> Result<Self>;

    /// As it is written.
    fn name(&self) -> &'static str;

    /// Its settings, its own before those that all have.
    fn settings(&mut self) -> Vec<&mut dyn Settings>;
}

/// A name, what matters most about it, and options: `exponential=0.5,staircase`.
pub(crate) fn read_named<T: Named>(text: &str) -> Result<T> {
    let (first, options) = text.split_once(',').map_or((text, None), |(first, rest)| (first, Some(rest)));
    let (name, value) = word(first);
    let mut named = T::find(name)?;
    let within = |error: Error| error.within(&format!("{} {text}", T::WHAT));
    let mut words = Vec::new();
    if value.is_some() {
        let main = named.settings().first().and_then(|own| own.names().first().copied());
        let main = main.ok_or_else(|| within(Error::setting(format!("{name} takes no value"))))?;
        words.push((main, value));
    }
    words.extend(options.into_iter().flat_map(|options| options.split(',').map(word)));
    let of = format!("the {} {}", T::WHAT, named.name());
    set(&of, &words, &mut named.settings()).map_err(within)?;
    Ok(named)
}

/// As [`read_named`] reads it, with every setting that is not the default.
pub(crate) fn written<T: Named + Clone>(named: &T) -> String {
    let mut words = vec![named.name().to_owned()];
    words.extend(named.clone().settings().iter().flat_map(|settings| settings.words()));
    words.join(",")
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

/// Something that can be set.
pub(crate) trait Setting: Sized {
    /// What is expected, for messages.
    const EXPECTED: &'static str;

    /// From what is written behind the name; `None` where nothing is.
    fn read(text: Option<&str>) -> Option<Self>;

    /// With its name, as it is read.
    fn word(&self, name: &str) -> String;
}

/// Sets `place` to `text`, the value of `name`.
pub(crate) fn assign<T: Setting>(place: &mut T, name: &str, text: Option<&str>) -> Result<()> {
    *place = read(name, text)?;
    Ok(())
}

/// Reads `text` as the value of `name`.
pub(crate) fn read<T: Setting>(name: &str, text: Option<&str>) -> Result<T> {
    T::read(text).ok_or_else(|| {
        let received = text.map_or_else(|| "nothing".to_owned(), str::to_owned);
        Error::setting(format!("{name}: expected {}, received {received}", T::EXPECTED))
    })
}

/// What stands behind the sign where the setting called `name` is written; of a switch, true or false.
pub(crate) fn value<T: Setting>(setting: &T, name: &str) -> String {
    match setting.word(name).split_once('=') {
        Some((_, value)) => value.to_owned(),
        None if setting.word(name).is_empty() => String::new(),
        None => true.to_string(),
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

/// Declares all things of a kind that are called by names: a file each with its settings, an enum of them that implements
/// [`Named`], their names, and how each becomes the `$Owner` that users set.
macro_rules! named {
    (
        $(#[$meta:meta])* pub enum $Enum:ident($what:literal), $each:ident: $Trait:ident, for $Owner:ident {
            $($(#[$doc:meta])* $name:ident $(or $other:literal)*: $Settings:ident),* $(,)?
        }
    ) => {
        $(mod $name; pub use $name::$Settings;)*

        $(#[$meta])*
        #[non_exhaustive]
        pub enum $Enum {
            $($(#[$doc])* $Settings($Settings)),*
        }

        /// All names.
        pub const NAMES: &[&str] = &[$(stringify!($name)),*];

        /// The one of [`NAMES`] that `written` is, also where it is Keras's name of it, class or function.
        pub fn known_as(written: &str) -> Option<&'static str> {
            graph::known_as(written, NAMES, &[$($(($other, stringify!($name)),)*)*])
        }

        /// Each of [`NAMES`] with its own settings, in the same order, as they are written with their defaults.
        pub fn defaults() -> Vec<(&'static str, Vec<(&'static str, String)>)> {
            vec![$((stringify!($name), $crate::settings::Settings::values(&$Settings::default()))),*]
        }

        impl $Enum {
            /// As it is written.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$Settings(_) => stringify!($name)),* }
            }

            fn $each(&self) -> &dyn $Trait {
                match self { $(Self::$Settings(settings) => settings),* }
            }
        }

        impl $crate::settings::Named for $Enum {
            const WHAT: &'static str = $what;

            fn find(name: &str) -> $crate::Result<Self> {
                match known_as(name) {
                    $(Some(stringify!($name)) => Ok(Self::$Settings($Settings::default())),)*
                    _ => Err($crate::Error::unknown($what, name, NAMES)),
                }
            }

            fn name(&self) -> &'static str {
                self.name()
            }

            fn settings(&mut self) -> Vec<&mut dyn $crate::settings::Settings> {
                let settings: &mut dyn $crate::settings::Settings = match self {
                    $(Self::$Settings(settings) => settings),*
                };
                vec![settings]
            }
        }

        $(impl From<$Settings> for $Owner {
            fn from(settings: $Settings) -> Self {
                $Enum::$Settings(settings).into()
            }
        })*
    };
}
pub(crate) use named;

impl Setting for f64 {
    const EXPECTED: &'static str = "a number";

    fn read(text: Option<&str>) -> Option<Self> {
        text?.parse().ok().filter(|value: &Self| value.is_finite())
    }

    fn word(&self, name: &str) -> String {
        format!("{name}={self}")
    }
}

/// Something that follows from other things where it is not given.
impl<T: Setting> Setting for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;

    fn read(text: Option<&str>) -> Option<Self> {
        T::read(text).map(Some)
    }

    fn word(&self, name: &str) -> String {
        self.as_ref().map_or_else(String::new, |value| value.word(name))
    }
}

impl Setting for usize {
    const EXPECTED: &'static str = "a whole number, 0 or more";

    fn read(text: Option<&str>) -> Option<Self> {
        text?.parse().ok()
    }

    fn word(&self, name: &str) -> String {
        format!("{name}={self}")
    }
}

impl Setting for String {
    const EXPECTED: &'static str = "a name";

    fn read(text: Option<&str>) -> Option<Self> {
        text.filter(|text| !text.is_empty()).map(Self::from)
    }

    fn word(&self, name: &str) -> String {
        format!("{name}={self}")
    }
}

impl Setting for bool {
    const EXPECTED: &'static str = "true or false, or the name alone";

    fn read(text: Option<&str>) -> Option<Self> {
        text.map_or(Some(true), |text| text.parse().ok())
    }

    fn word(&self, name: &str) -> String {
        if *self { name.to_owned() } else { format!("{name}=false") }
    }
}

impl Setting for Length {
    const EXPECTED: &'static str = "a length such as 100, 2epochs or whole";

    fn read(text: Option<&str>) -> Option<Self> {
        text?.parse().ok()
    }

    fn word(&self, name: &str) -> String {
        format!("{name}={self}")
    }
}

/// What lists are written with between their members, for commas part options.
const BETWEEN: char = '/';

fn list<T>(text: Option<&str>, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    text?.split(BETWEEN).map(|member| read(member.trim())).collect()
}

fn joined(name: &str, members: impl Iterator<Item = String>) -> String {
    format!("{name}={}", members.collect::<Vec<_>>().join("/"))
}

impl Setting for Vec<f64> {
    const EXPECTED: &'static str = "numbers such as 0.01/0.001";

    fn read(text: Option<&str>) -> Option<Self> {
        list(text, |member| f64::read(Some(member)))
    }

    fn word(&self, name: &str) -> String {
        joined(name, self.iter().map(f64::to_string))
    }
}

impl Setting for Vec<Length> {
    const EXPECTED: &'static str = "lengths such as 100/200 or 2epochs/5epochs";

    fn read(text: Option<&str>) -> Option<Self> {
        list(text, |member| Length::read(Some(member)))
    }

    fn word(&self, name: &str) -> String {
        joined(name, self.iter().map(Length::to_string))
    }
}

/// Epochs and rates.
impl Setting for Vec<(usize, f64)> {
    const EXPECTED: &'static str = "epochs and rates such as 0:0.01/10:0.001";

    fn read(text: Option<&str>) -> Option<Self> {
        list(text, |member| {
            let (epoch, rate) = member.split_once(':')?;
            Some((epoch.trim().parse().ok()?, f64::read(Some(rate.trim()))?))
        })
    }

    fn word(&self, name: &str) -> String {
        joined(name, self.iter().map(|(epoch, rate)| format!("{epoch}:{rate}")))
    }
}
