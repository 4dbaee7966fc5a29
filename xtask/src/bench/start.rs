//! How long one waits for the answer to one photo: the whole process, from its start to its end.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::comparison::Comparison;
use super::figure::{Figure, Place, Unit};
use super::workbench::Workbench;
use super::workflow::Food;

/// What it is called in the table.
pub(super) const TASK: &str = "`linnaeus predict` of one photo, EfficientNet-Lite0";

/// `linnaeus predict` with EfficientNet-Lite0 under a new head.
pub(super) fn comparisons(workbench: &mut Workbench) -> Result<Vec<Comparison>> {
    let Food { photos, run } = workbench.food()?.clone();
    let photo = first_file(&photos.join("test"))?;
    let ours = workbench.ours([OsStr::new("predict"), run.as_os_str(), photo.as_os_str()]);
    Ok(vec![Comparison {
        task: TASK.into(),
        figures: vec![Figure { name: "whole process", unit: Unit::Seconds, place: Place::WallTime }],
        rounds_per_run: 10,
        ours,
        peers: Vec::new(),
    }])
}

/// The first by name, in the first folder by name.
fn first_file(folder: &Path) -> Result<PathBuf> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let first = entries.filter_map(|entry| Some(entry.ok()?.path())).min();
    let first = first.with_context(|| format!("{} is empty", folder.display()))?;
    if first.is_dir() { first_file(&first) } else { Ok(first) }
}
