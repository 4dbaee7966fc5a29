//! Settings that are read from and written as `name=value`, each named once.

use super::Length;
use crate::{Error, Result};

/// Settings by name.
pub(super) trait Settings {
    /// All names, the one that matters most first.
    fn names(&self) -> &'static [&'static str];

    /// Sets what is called `name`; `None` if nothing is.
    fn set(&mut self, name: &str, text: Option<&str>) -> Option<Result<()>>;

    /// What is not the default, as it is read.
    fn words(&self) -> Vec<String>;
}

/// Something that can be set.
pub(super) trait Setting: Sized {
    /// What is expected, for messages.
    const EXPECTED: &'static str;

    /// From what is written behind the name; `None` where nothing is.
    fn read(text: Option<&str>) -> Option<Self>;

    /// With its name, as it is read.
    fn word(&self, name: &str) -> String;
}

/// Reads `text` as the value of `name`.
pub(super) fn read<T: Setting>(name: &str, text: Option<&str>) -> Result<T> {
    T::read(text).ok_or_else(|| {
        let received = text.map_or_else(|| "nothing".to_owned(), str::to_owned);
        Error::setting(format!("{name}: expected {}, received {received}", T::EXPECTED))
    })
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

        impl $crate::schedules::settings::Settings for $Name {
            fn names(&self) -> &'static [&'static str] {
                &[$(stringify!($field)),*]
            }

            fn set(&mut self, name: &str, text: Option<&str>) -> Option<$crate::Result<()>> {
                let _ = text;
                match name {
                    $(stringify!($field) => {
                        Some($crate::schedules::settings::read(name, text).map(|value| self.$field = value))
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
                    words.push($crate::schedules::settings::Setting::word(&self.$field, stringify!($field)));
                })*
                words
            }
        }
    };
}
pub(super) use settings;

impl Setting for f64 {
    const EXPECTED: &'static str = "a number";

    fn read(text: Option<&str>) -> Option<Self> {
        text?.parse().ok().filter(|value: &Self| value.is_finite())
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
