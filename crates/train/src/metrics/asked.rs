//! A metric as it is asked for: which one, of which class, with which number.

use super::over::Over;
use super::{Figure, FigureName, KINDS, Kind, NAMES, known_as, unknown};
use crate::{Error, Result};

/// A metric as it is asked for.
#[derive(Debug, Clone)]
pub struct Entry {
    name: String,
    pub(super) kind: &'static Kind,
    pub(super) number: f64,
    class: Class,
}

/// Of which class a figure is.
#[derive(Debug, Clone, PartialEq)]
enum Class {
    /// As the name alone means it.
    Usual,
    /// The mean over all.
    Macro,
    /// That of this name, or of this number while names are not known.
    Named(String),
    /// That of this number.
    Known(usize),
}

/// The number in a metric's brackets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    /// There is none.
    None,
    /// A whole one, this unless it is given.
    Whole(u32),
    /// A share, which must be given.
    Share,
}

const MACRO: &str = "_macro";

impl Entry {
    /// Our name of it with what it was asked for with in brackets, which is that of its figure.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn parse(name: &str) -> Result<Self> {
        let FigureName { whole: name, stem, inside } =
            FigureName::read(name).ok_or_else(|| unknown(name.trim()))?;
        let bare = stem.strip_suffix(MACRO).filter(|bare| known_as(bare).is_some());
        let ours = known_as(bare.unwrap_or(stem)).ok_or_else(|| unknown(name))?;
        let kind = KINDS[NAMES.iter().position(|known| *known == ours).ok_or_else(|| unknown(name))?];
        let (number, class) = kind.number.read(name, inside)?;
        let class = match (bare, class) {
            (None, None) => Class::Usual,
            (None, Some(class)) => Class::Named(class.to_owned()),
            (Some(_), None) => Class::Macro,
            (Some(_), Some(class)) => {
                let message = format!("metric {name}: expected {stem} or a class, received both ({class})");
                return Err(Error::setting(message));
            }
        };
        if matches!(kind.figure, Figure::Share(_)) && class != Class::Usual {
            let stem = bare.unwrap_or(stem);
            let message =
                format!("metric {name}: it is a figure of all pictures, not of a class: use {stem}");
            return Err(Error::setting(message));
        }
        let rest = name.strip_prefix(bare.unwrap_or(stem)).unwrap_or_default();
        Ok(Self { name: format!("{ours}{rest}"), kind, number, class })
    }

    /// With its class found among the names of all classes.
    ///
    /// # Errors
    /// There is no class of that name; the message lists those that exist.
    pub fn resolve(self, classes: &[&str]) -> Result<Self> {
        let Class::Named(class) = &self.class else { return Ok(self) };
        let index = classes.iter().position(|known| known == class);
        let index = index.ok_or_else(|| {
            Error::unknown("class", class, classes).within(&format!("metric {}", self.name))
        })?;
        Ok(Self { class: Class::Known(index), ..self })
    }

    /// Fails unless its class is one of so many.
    pub(crate) fn check(&self, classes: usize) -> Result<()> {
        match self.over() {
            None => Err(Error::setting(format!(
                "metric {}: expected the number of a class, or a name that was looked up among the classes' names",
                self.name
            ))),
            Some(Over::One(class)) if class >= classes => Err(Error::setting(format!(
                "metric {}: expected a class below {classes}, received {class}",
                self.name
            ))),
            Some(_) => Ok(()),
        }
    }

    /// The classes that it is over; `None` where a name was not looked up.
    pub(super) fn over(&self) -> Option<Over> {
        match &self.class {
            Class::Usual => Some(Over::Usual),
            Class::Macro => Some(Over::All),
            Class::Named(number) => number.parse().ok().map(Over::One),
            Class::Known(class) => Some(Over::One(*class)),
        }
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Number {
    /// The number and the class in the brackets of `metric`.
    fn read<'a>(self, metric: &str, inside: Option<&'a str>) -> Result<(f64, Option<&'a str>)> {
        let wrong = |expected: &str| {
            let received = inside.unwrap_or("nothing");
            Error::setting(format!("metric {metric}: expected {expected} in brackets, received {received}"))
        };
        let (number, class) = match inside.and_then(|inside| inside.split_once('/')) {
            Some((number, class)) => (Some(number.trim()), Some(class.trim())),
            None => (inside, None),
        };
        match self {
            Self::None => Ok((0.0, inside)),
            Self::Whole(usual) => {
                let read = number.map_or(Some(usual), |number| number.parse().ok().filter(|n: &u32| *n > 0));
                Ok((read.ok_or_else(|| wrong("a whole number from 1 on, such as [3],"))?.into(), class))
            }
            Self::Share => {
                let read = number.and_then(|number| number.parse().ok());
                let share = read.filter(|share: &f64| (0.0..=1.0).contains(share));
                Ok((share.ok_or_else(|| wrong("0 to 1, such as [0.9] or [0.9/CLASS],"))?, class))
            }
        }
    }
}
