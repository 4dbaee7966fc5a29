//! What the tests found, for `cargo xtask zoo` to make `docs/zoo.md` of.

use std::path::PathBuf;

const FOLDER: &str = "LINNAEUS_ZOO_TABLE";

/// Writes a column of the table, a cell an architecture, into the folder that `LINNAEUS_ZOO_TABLE` names, if it does.
pub(crate) fn record(column: &str, cells: impl IntoIterator<Item = (String, String)>) {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    std::fs::create_dir_all(&folder).expect("a folder");
    let cells: serde_json::Map<_, _> = cells.into_iter().map(|(name, cell)| (name, cell.into())).collect();
    let text = serde_json::to_string_pretty(&cells).expect("names and cells are text");
    std::fs::write(folder.join(column).with_extension("json"), text).expect("a file");
}

/// Whether the table is made.
#[allow(dead_code, reason = "a test that always looks at all networks does not ask")]
pub(crate) fn is_wanted() -> bool {
    std::env::var_os(FOLDER).is_some()
}
