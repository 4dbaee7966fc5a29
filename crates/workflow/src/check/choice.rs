//! A setting that is one of a few words.

use graph::Initializer;

use super::spelling;
use crate::{Error, Recipe, Result};

/// The value called `name` among `known`, for the option `option`.
pub(crate) fn choose<T: Copy>(option: &str, name: &str, known: &[(&str, T)]) -> Result<T> {
    known.iter().find(|(known, _)| *known == name).map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        Error::setting(option, names.join(" or "), name)
    })
}

/// How kernels start, where the recipe says it.
pub(crate) fn initializer(recipe: &Recipe) -> Result<Option<Initializer>> {
    let text = &recipe.initializer;
    if text.is_empty() {
        return Ok(None);
    }
    let ours =
        spelling::initializer(text).map_err(|why| Error::usage(format!("--initializer {text}: {why}")))?;
    ours.parse().map(Some).map_err(|error| Error::usage(format!("--initializer {error}")))
}
