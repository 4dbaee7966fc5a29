//! A crate depends on the crates to its left and on no other; `kernels` depends on nothing at all.

use toml::Table;

use super::{Finding, Source, Tree};

/// Each package, left to right, and those of ours that it may depend on: always ones further up in this table.
const ROOMS: &[(&str, &[&str])] = &[
    ("crates/kernels", &[]),
    ("crates/files", &[]),
    ("crates/graph", &[]),
    ("crates/engine", &["kernels", "graph"]),
    ("crates/zoo", &["graph"]),
    ("crates/images", &[]),
    ("crates/formats", &["files", "graph"]),
    ("crates/train", &["files", "graph", "engine", "images"]),
    ("crates/report", &["files"]),
    ("crates/doctor", &["files", "images", "report"]),
    (
        "crates/workflow",
        &["files", "graph", "engine", "zoo", "images", "formats", "train", "report", "doctor"],
    ),
    (
        "crates/linnaeus",
        &["graph", "engine", "zoo", "images", "formats", "train", "report", "doctor", "workflow"],
    ),
    (
        "crates/cli",
        &["files", "graph", "engine", "zoo", "images", "formats", "train", "report", "doctor", "workflow"],
    ),
    ("tests", &[]),
    ("xtask", &[]),
];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let manifests = tree.sources.iter().filter_map(|s| Some((s, s.path.strip_suffix("/Cargo.toml")?)));
    manifests.flat_map(|(source, folder)| check_manifest(source, folder)).collect()
}

fn check_manifest(source: &Source, folder: &str) -> Vec<Finding> {
    let Some((_, allowed)) = ROOMS.iter().find(|(room, _)| *room == folder) else {
        let message = "a package without a row: say in xtask/src/tidy/dependencies.rs what it may depend on";
        return vec![source.finding(1, message)];
    };
    let text = source.text.as_deref().unwrap_or_default();
    let manifest: Table = match text.parse() {
        Ok(manifest) => manifest,
        Err(error) => return vec![source.finding(1, format!("not a manifest that can be read: {error}"))],
    };
    let mut findings = Vec::new();
    for name in dependencies(&manifest) {
        let message = if folder == "crates/kernels" {
            format!("kernels depends on `{name}`: it is arithmetic alone and depends on nothing")
        } else if is_ours(&name) && !allowed.contains(&name.as_str()) {
            format!("{folder} may not depend on `{name}`, only on {allowed:?}: no crate calls to its right")
        } else {
            continue;
        };
        findings.push(source.finding(line_of(text, &name), message));
    }
    findings
}

/// The names under `[dependencies]` and `[build-dependencies]`, for every target; tests may use what they like.
fn dependencies(manifest: &Table) -> Vec<String> {
    let targets = manifest.get("target").and_then(|t| t.as_table()).into_iter().flat_map(Table::values);
    let tables = targets.filter_map(|t| t.as_table()).chain([manifest]);
    let lists = tables.flat_map(|t| ["dependencies", "build-dependencies"].map(|kind| t.get(kind)));
    lists.flatten().filter_map(|list| list.as_table()).flat_map(Table::keys).cloned().collect()
}

fn is_ours(name: &str) -> bool {
    let name = name.strip_prefix("linnaeus-").unwrap_or(name);
    ROOMS.iter().any(|(folder, _)| folder.strip_prefix("crates/") == Some(name))
}

fn line_of(text: &str, name: &str) -> usize {
    text.lines().position(|line| line.starts_with(name)).map_or(1, |index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::super::trial::findings;
    use super::ROOMS;

    #[test]
    fn the_table_goes_from_left_to_right() {
        for (index, (folder, allowed)) in ROOMS.iter().enumerate() {
            for name in *allowed {
                let left = ROOMS[..index].iter().any(|(room, _)| room.strip_prefix("crates/") == Some(name));
                assert!(left, "{folder} is allowed `{name}`, which is not to its left");
            }
        }
    }

    #[test]
    fn a_crate_to_the_right_is_caught_however_it_is_written() {
        let files = [
            ("crates/formats/Cargo.toml", "[dependencies]\ngraph.workspace = true\ntrain.workspace = true\n"),
            (
                "crates/zoo/Cargo.toml",
                "[target.'cfg(unix)'.dependencies]\nlinnaeus-engine = { path = \"x\" }\n",
            ),
            ("crates/graph/Cargo.toml", "[build-dependencies]\nfiles = \"1\"\n"),
            ("crates/train/Cargo.toml", "[dev-dependencies]\nzoo.workspace = true\n"),
            ("crates/kernels/Cargo.toml", "[dependencies]\nrand = \"1\"\n"),
        ];
        let expected = [
            "crates/formats/Cargo.toml:3",
            "crates/zoo/Cargo.toml:2",
            "crates/graph/Cargo.toml:2",
            "crates/kernels/Cargo.toml:2",
        ];
        assert_eq!(findings(super::check, &files), expected);
    }

    #[test]
    fn a_package_without_a_row_is_caught() {
        assert_eq!(findings(super::check, &[("crates/new/Cargo.toml", "")]), ["crates/new/Cargo.toml:1"]);
    }
}
