//! A setting that is one of a few words.

use crate::{Error, Result};

/// The value called `name` among `known`, for the option `option`.
pub(crate) fn choose<T: Copy>(option: &str, name: &str, known: &[(&str, T)]) -> Result<T> {
    known.iter().find(|(known, _)| *known == name).map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        Error::setting(option, names.join(" or "), name)
    })
}
