//! File names with figures in braces, as Python's `format` fills them: `{epoch:02d}-{val_loss:.2f}.keras`.

use std::path::{Path, PathBuf};

use crate::metrics;
use crate::{EpochRecord, Error, Result};

/// A file name with places for an epoch's figures.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FileName {
    parts: Vec<Part>,
    whole: PathBuf,
}

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Text(String),
    /// The epoch's number, filled with zeros to this width.
    Epoch(usize),
    /// A figure with so many digits after the point.
    Figure(String, usize),
}

impl FileName {
    /// Reads what is in braces: `epoch`, as `{epoch}` or `{epoch:02d}`, and figures, as `{val_loss}` (with four
    /// digits) or `{val_loss:.2f}`.
    pub(super) fn parse(file: &Path) -> Result<Self> {
        // A path that is not Unicode has no braces that could be meant.
        let Some(text) = file.to_str().filter(|text| text.contains(['{', '}'])) else {
            return Ok(Self { parts: Vec::new(), whole: file.to_owned() });
        };
        let wrong = |place: &str| {
            Error::setting(format!(
                "file name {text}: {place} can't be read; expected for example {{epoch:02d}} or {{val_loss:.2f}}"
            ))
        };
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (inside, after) = after.split_once('}').ok_or_else(|| wrong("an open brace"))?;
            parts.push(Part::Text(before.to_owned()));
            parts.push(Part::parse(inside).ok_or_else(|| wrong(&format!("{{{inside}}}")))?);
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        Ok(Self { parts, whole: file.to_owned() })
    }

    /// Fails unless every figure is among `names`.
    pub(super) fn check(&self, names: &[&str]) -> Result<()> {
        let unknown = self.parts.iter().find_map(|part| match part {
            Part::Figure(name, _) if !names.contains(&name.as_str()) => Some(name),
            _ => None,
        });
        match unknown {
            None => Ok(()),
            Some(name) => {
                let names: Vec<&str> = std::iter::once("epoch").chain(names.iter().copied()).collect();
                Err(Error::unknown(
                    &format!("figure for the file name {} called", self.whole.display()),
                    name,
                    &names,
                ))
            }
        }
    }

    /// The file's name after an epoch.
    pub(super) fn of(&self, record: &EpochRecord) -> Result<PathBuf> {
        if self.parts.is_empty() {
            return Ok(self.whole.clone());
        }
        let mut name = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => name.push_str(text),
                Part::Epoch(width) => name.push_str(&format!("{:0width$}", record.epoch)),
                Part::Figure(figure, digits) => {
                    let value = record
                        .scores
                        .get(figure)
                        .ok_or_else(|| Error::unknown("figure for a file name called", figure, &["epoch"]))?;
                    name.push_str(&format!("{value:.digits$}"));
                }
            }
        }
        Ok(name.into())
    }
}

/// More digits than any file name wants: a bound for what is read.
const MOST_DIGITS: usize = 20;

impl Part {
    fn parse(inside: &str) -> Option<Self> {
        let (name, format) = inside.split_once(':').unwrap_or((inside, ""));
        let number = |text: &str| text.parse().ok().filter(|n| *n <= MOST_DIGITS);
        match (name, format) {
            ("", _) => None,
            ("epoch", "" | "d") => Some(Self::Epoch(0)),
            ("epoch", format) => number(format.strip_suffix('d')?).map(Self::Epoch),
            (figure, "") => Some(Self::Figure(metrics::figure(figure), 4)),
            (figure, format) => {
                let digits = format.strip_prefix('.')?.strip_suffix('f')?;
                number(digits).map(|digits| Self::Figure(metrics::figure(figure), digits))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Scores;

    fn named(template: &str) -> Result<String> {
        let scores = Scores::from_iter([("loss", 0.5), ("val_loss", 0.126), ("val_accuracy", 0.75)]);
        let record = EpochRecord { epoch: 3, stage: String::new(), learning_rate: 0.1, scores, seconds: 0.0 };
        let file = FileName::parse(Path::new(template))?;
        file.check(&["loss", "val_loss", "val_accuracy"])?;
        Ok(file.of(&record)?.to_str().unwrap().to_owned())
    }

    #[test]
    fn fills_places_as_python_does() {
        assert_eq!(named("a/best.keras").unwrap(), "a/best.keras");
        assert_eq!(named("a/{epoch:02d}-{val_loss:.2f}.keras").unwrap(), "a/03-0.13.keras");
        assert_eq!(named("{val_acc:.2f}").unwrap(), "0.75", "Keras's shorter name");
        assert_eq!(named("{epoch}{loss}").unwrap(), "30.5000");
    }

    #[test]
    fn says_what_it_cannot_read() {
        for wrong in ["{epoch", "{}", "{epoch:.2f}", "{loss:2}", "{loss:.99f}"] {
            assert!(named(wrong).unwrap_err().to_string().contains("can't be read"), "{wrong}");
        }
        let message = named("{val_los:.2f}").unwrap_err().to_string();
        assert!(
            message.contains(
                "called val_los; did you mean val_loss? There are epoch, loss, val_loss, val_accuracy"
            ),
            "{message}"
        );
    }
}
