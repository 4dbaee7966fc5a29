//! A fold of a cross-validation: which part is held out, of how many.

use std::str::FromStr;

use crate::{Error, Result};

/// One of the parts that a cross-validation turns by turn holds out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fold {
    /// Which one, from 1.
    pub number: usize,
    /// Of so many, two or more.
    pub of: usize,
}

impl Fold {
    pub(super) fn check(self) -> Result<()> {
        match self.of >= 2 && (1..=self.of).contains(&self.number) {
            true => Ok(()),
            false => Err(Error::value(format!(
                "fold {} of {}: expected 2 folds or more, and one of them counted from 1, as 1/5",
                self.number, self.of
            ))),
        }
    }
}

impl FromStr for Fold {
    type Err = Error;

    /// As `2/5`.
    fn from_str(text: &str) -> Result<Self> {
        let (number, of) = text.split_once('/').unwrap_or((text, ""));
        let fold = match (number.trim().parse(), of.trim().parse()) {
            (Ok(number), Ok(of)) => Self { number, of },
            _ => {
                return Err(Error::value(format!(
                    "fold {text:?}: expected its number and how many there are, as 1/5"
                )));
            }
        };
        fold.check().map(|()| fold)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_folds() {
        let refused = |text: &str| text.parse::<Fold>().unwrap_err().to_string();
        assert_eq!("2/5".parse(), Ok(Fold { number: 2, of: 5 }));
        for text in ["0/5", "6/5", "1/1"] {
            assert!(refused(text).contains("expected 2 folds or more"), "{text}");
        }
        for text in ["", "2", "a/b", "2/", "-1/5"] {
            assert!(refused(text).contains("expected its number and how many there are"), "{text}");
        }
    }
}
