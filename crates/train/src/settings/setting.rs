//! The values of settings as they are written: numbers, switches, lengths, and lists of them.

use crate::schedules::Length;
use crate::{Error, Result};

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
const BETWEEN: &str = "/";

fn list<T>(text: Option<&str>, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    text?.split(BETWEEN).map(|member| read(member.trim())).collect()
}

fn joined(name: &str, members: impl Iterator<Item = String>) -> String {
    format!("{name}={}", members.collect::<Vec<_>>().join(BETWEEN))
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
