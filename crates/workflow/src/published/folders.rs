//! Where in the cache files are that were fetched or converted.

use std::path::PathBuf;

use zoo::{Architecture, Part, Wanted};

use crate::{Result, cache};

/// What ends the name of a base's file.
pub(super) const OF_BASE: &str = "-no-top";
pub(super) const ENDING: &str = ".keras";

/// The folders of one cache; they may not exist yet.
pub(super) struct Folders {
    pub(super) downloads: PathBuf,
    pub(super) weights: PathBuf,
}

impl Folders {
    /// # Errors
    /// There is no cache folder.
    pub(super) fn of_cache() -> Result<Self> {
        Ok(Self::below(cache::folder()?))
    }

    pub(super) fn below(cache: PathBuf) -> Self {
        Self { downloads: cache.join("downloads"), weights: cache.join("weights") }
    }

    /// Where the converted weights are or will be: `mobilenet_v2-0.5-160-no-top.keras` is the base of half the width,
    /// trained on pictures of 160 × 160.
    pub(super) fn converted(&self, architecture: &Architecture, wanted: &Wanted) -> PathBuf {
        let mut name = architecture.name.to_string();
        if wanted.alpha != 1.0 {
            name += &format!("-{}", wanted.alpha);
        }
        let side = architecture.size_of_published(wanted);
        if side != architecture.default_input[0] {
            name += &format!("-{side}");
        }
        if wanted.part == Part::Base {
            name += OF_BASE;
        }
        self.weights.join(name + ENDING)
    }
}
