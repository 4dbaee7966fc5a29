//! How much of an augmentation is asked for, as a word on the command line.

use crate::{Error, Result};

/// The value of one field of [`Augment`](crate::Augment); its default is "off".
pub(super) trait Amount: Sized {
    /// From what follows `name=`, if anything does. `most` is the largest number allowed.
    fn read(name: &str, text: Option<&str>, most: f32) -> Result<Self>;

    /// The word that reads back as this; none if it is off.
    fn word(&self, name: &str) -> Option<String>;
}

impl Amount for f32 {
    fn read(name: &str, text: Option<&str>, most: f32) -> Result<Self> {
        let wanted = format!("a number from 0 to {most}, such as \"{name}=0.1\"");
        let Some(text) = text else {
            return Err(Error::value(format!("the augmentation {name:?} takes {wanted}; received none")));
        };
        match text.parse::<f32>() {
            // Adding zero turns −0 into 0.
            Ok(number) if (0.0..=most).contains(&number) => Ok(number + 0.0),
            _ => Err(Error::value(format!("the augmentation {name:?} takes {wanted}; received {text:?}"))),
        }
    }

    fn word(&self, name: &str) -> Option<String> {
        (*self != 0.0).then(|| format!("{name}={self}"))
    }
}
