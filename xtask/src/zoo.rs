//! `cargo xtask zoo`: the table of all architectures and what was shown of each, `docs/zoo.md`, made by the tests.
//!
//! A test that shows something writes a column: a JSON object, an architecture's name to its cell, in a file of the
//! column's name in the folder that `LINNAEUS_ZOO_TABLE` names. A new column is a row in [`COLUMNS`], and the test that
//! writes it one in [`TESTS`], if it is not there.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value};

use crate::process::{cargo, run};
use crate::steps::Steps;
use crate::{venv, workspace};

/// A column of the table.
struct Column {
    /// The file that a test writes.
    name: &'static str,
    title: &'static str,
    /// What a cell says, for the text below the table.
    says: &'static str,
}

/// The first names every architecture, in the order of the rows.
const COLUMNS: [Column; 7] = [
    Column { name: "judge", title: "judge", says: "who computes the same network" },
    Column {
        name: "parameters",
        title: "parameters",
        says: "with 1000 classes, equal to the judge's, without those of the input's scaling",
    },
    Column {
        name: "logits",
        title: "logits apart",
        says: "in inference, at the network's own size and at an odd one: the largest difference, as a part of the \
               logits' deviation; at the odd size the means and deviations of every stage agree to 1e-4 too",
    },
    Column {
        name: "gradients",
        title: "gradients apart",
        says: "in a training step of the first member of each family: the largest relative difference of the norm of a \
               layer's gradients from the judge's in float64, and, in brackets, that of the judge's own float32, of which up to \
               6 times is let pass",
    },
    Column {
        name: "by_heart",
        title: "learns 8 pictures",
        says: "the steps of Adam, and their rate, after which a new network knows 8 pictures of noise by heart",
    },
    Column {
        name: "opened",
        title: "Keras's file here",
        says: "the `.keras` file that Keras saves of its network is opened here: the largest difference of the logits \
               from Keras's, as a part of their deviation",
    },
    Column {
        name: "written",
        title: "our file in Keras",
        says: "Keras's weights are loaded into the zoo's network by its layers' names, and Keras opens the `.keras` file \
               that is written of it: the same difference, which the zoo's network keeps to as well",
    },
];
/// Packages and their tests that write columns.
const TESTS: [(&str, &str); 3] =
    [("linnaeus-zoo", "golden"), ("linnaeus-train", "overfit"), ("linnaeus-tests", "zoo")];

/// Runs the tests, or those of these names, and writes the table; what others found before stays in it.
pub(crate) fn zoo(names: &[&str]) -> Result<()> {
    let mut steps = Steps::new("zoo");
    let result = make(&mut steps, names);
    steps.finish(result)
}

fn make(steps: &mut Steps, names: &[&str]) -> Result<()> {
    if let Some(unknown) = names.iter().find(|name| TESTS.iter().all(|(_, test)| test != *name)) {
        bail!("there is no test `{unknown}` of the zoo: expected {}", TESTS.map(|(_, test)| test).join(", "));
    }
    let folder = workspace::target()?.join("zoo-table");
    let python = steps.step("Keras in a virtual environment", || venv::KERAS.python())?;
    for (package, test) in TESTS.iter().filter(|(_, test)| names.is_empty() || names.contains(test)) {
        let mut command = cargo(["test", "--package", package, "--test", test, "--", "--nocapture"]);
        command.env("LINNAEUS_ZOO_TABLE", &folder).env("LINNAEUS_TEST_PYTHON", &python);
        steps.step(test, || run(&mut command))?;
    }
    let columns = COLUMNS.iter().map(|column| read(&folder, column)).collect::<Result<Vec<_>>>()?;
    let page = workspace::root().join("docs/zoo.md");
    std::fs::write(&page, text(&columns)?).with_context(|| format!("cannot write {}", page.display()))
}

fn read(folder: &Path, column: &Column) -> Result<Map<String, Value>> {
    let path = folder.join(column.name).with_extension("json");
    let text = std::fs::read_to_string(&path).with_context(|| format!("no test wrote {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{}", path.display()))
}

/// The page. Columns are those of [`COLUMNS`]; an architecture without a cell has a dash there.
fn text(columns: &[Map<String, Value>]) -> Result<String> {
    let [first, ..] = columns else { bail!("no columns") };
    for (column, cells) in COLUMNS.iter().zip(columns) {
        let stranger = cells.keys().find(|name| !first.contains_key(*name));
        ensure!(stranger.is_none(), "column {}: {stranger:?} is no architecture", column.name);
    }
    let mut page = String::from(INTRODUCTION);
    let titles = COLUMNS.iter().map(|column| column.title).collect::<Vec<_>>();
    writeln!(page, "| architecture | {} |", titles.join(" | "))?;
    writeln!(page, "|---|{}", "---|".repeat(titles.len()))?;
    for name in first.keys() {
        let cells = columns.iter().map(|cells| cells.get(name).and_then(Value::as_str).unwrap_or("–"));
        writeln!(page, "| `{name}` | {} |", cells.collect::<Vec<_>>().join(" | "))?;
    }
    writeln!(page)?;
    for column in &COLUMNS {
        writeln!(page, "- *{}*: {}.", column.title, column.says)?;
    }
    let mut judges: BTreeMap<&str, usize> = BTreeMap::new();
    first.values().filter_map(Value::as_str).for_each(|judge| *judges.entry(judge).or_default() += 1);
    let counted = judges.iter().map(|(judge, count)| format!("{judge}: {count}")).collect::<Vec<_>>();
    writeln!(page, "\n{} architectures ({}).", first.len(), counted.join("; "))?;
    Ok(page)
}

const INTRODUCTION: &str = "\
# The zoo, and what was shown of each network

Made by `cargo xtask zoo` from what the tests find. Weights, norms' figures and pictures are made by a formula from names
(`crates/zoo/tests/golden/formula.rs`), so that the judge and we compute with the same ones; what the judges computed is
kept in `crates/zoo/tests/golden/networks`, and written anew by `cargo xtask golden`.

";

#[cfg(test)]
mod tests {
    use super::*;

    fn column(cells: &[(&str, &str)]) -> Map<String, Value> {
        cells.iter().map(|(name, cell)| ((*name).to_owned(), Value::from(*cell))).collect()
    }

    #[test]
    fn every_architecture_has_a_row() {
        let judges = column(&[("vgg16", "Keras"), ("resnet50", "Keras"), ("small_cnn", "none")]);
        let mut columns = COLUMNS.map(|_| Map::new());
        columns[0] = judges;
        columns[2] = column(&[("resnet50", "2e-6")]);
        let page = text(&columns).unwrap();
        let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
        assert_eq!(
            rows,
            [
                "| `vgg16` | Keras | – | – | – | – | – | – |",
                "| `resnet50` | Keras | – | 2e-6 | – | – | – | – |",
                "| `small_cnn` | none | – | – | – | – | – | – |"
            ]
        );
        assert!(page.ends_with("\n3 architectures (Keras: 2; none: 1).\n"), "{page}");
    }

    #[test]
    fn a_cell_of_an_unknown_architecture_is_an_error() {
        let (judges, strange) = (column(&[("vgg16", "Keras")]), column(&[("vgg61", "1e-6")]));
        assert!(text(&[judges, strange]).unwrap_err().to_string().contains("vgg61"));
    }
}
