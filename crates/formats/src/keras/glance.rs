//! What a `.keras` file says of itself; its weights are not read.

use std::fs::File;
use std::path::Path;

use serde_json::Value;

use super::{Architecture, CARD, CONFIG, WEIGHTS, configuration, json, text};
use crate::archive::Archive;
use crate::{Error, Result};

/// A `.keras` file whose directory was read: all members are there and lie inside of it.
pub struct Glance {
    archive: Archive<File>,
    path: String,
}

impl Glance {
    /// Looks at the file at `path`.
    ///
    /// # Errors
    /// It cannot be read, is no `.keras` file, or was cut off. Damage inside of a member is found where that is read.
    pub fn at(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|e| Error::reading(path, &e))?;
        let shown = path.display().to_string();
        let archive = Archive::open(file).and_then(|mut archive| {
            [CONFIG, WEIGHTS].iter().try_for_each(|name| archive.must_hold(name)).map(|()| archive)
        });
        Ok(Self { archive: archive.map_err(|e| e.within(&shown))?, path: shown })
    }

    /// `linnaeus.json`, where the file has one.
    ///
    /// # Errors
    /// It is damaged, too large or no JSON.
    pub fn card(&mut self) -> Result<Option<Value>> {
        json(&mut self.archive, CARD).map_err(|e| e.within(&self.path))
    }

    /// The model without its weights.
    ///
    /// # Errors
    /// As [`super::from_json`].
    pub fn architecture(&mut self) -> Result<Architecture> {
        let config = configuration(&mut self.archive);
        config.and_then(|config| text::from_config(&config)).map_err(|e| e.within(&self.path))
    }

    /// What the model is called, and the models in it, as they are said.
    ///
    /// # Errors
    /// The configuration is damaged or too large.
    pub fn model_names(&mut self) -> Result<Vec<String>> {
        let config = configuration(&mut self.archive).map_err(|e| e.within(&self.path))?;
        let layers = config.pointer("/config/layers").and_then(Value::as_array);
        let inner = layers.into_iter().flatten().filter(|layer| layer.pointer("/config/layers").is_some());
        let names = std::iter::once(&config).chain(inner).filter_map(|model| model.pointer("/config/name"));
        Ok(names.filter_map(Value::as_str).map(str::to_owned).collect())
    }
}
