//! The page `docs/zoo.md`: its columns, which test finds each, and the text.

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::{Result, bail, ensure};
use serde_json::{Map, Value};

/// A column of the table.
pub(super) struct Column {
    /// The file that a test writes.
    pub(super) name: &'static str,
    /// The test that does.
    pub(super) part: &'static str,
    title: &'static str,
    /// What a cell says, for the text below the table.
    says: &'static str,
    cells: Cells,
}

/// Which architectures have a cell in a column.
#[derive(PartialEq)]
enum Cells {
    All,
    Some,
}

/// The first names every architecture, in the order of the rows.
pub(super) const COLUMNS: [Column; 7] = [
    Column {
        name: "judge",
        part: "golden",
        title: "judge",
        says: "who computes the same network; of `plain_cnn` and `small_cnn`, which only we call so, a model of Keras's layers",
        cells: Cells::All,
    },
    Column {
        name: "parameters",
        part: "golden",
        title: "parameters",
        says: "with 1000 classes, equal to the judge's, without those of the input's scaling",
        cells: Cells::All,
    },
    Column {
        name: "logits",
        part: "golden",
        title: "logits apart",
        says: "in inference, at the network's own size and at an odd one: the largest difference, as a part of the \
               logits' deviation; the means and deviations of every stage agree to 1e-4 too, at both sizes",
        cells: Cells::All,
    },
    Column {
        name: "gradients",
        part: "golden",
        title: "gradients apart",
        says: "in a training step of the first member of each family: the largest relative difference of the norm of a \
               layer's gradients from the judge's in float64, and, in brackets, that of the judge's own float32, of which up to \
               6 times is let pass",
        cells: Cells::Some,
    },
    Column {
        name: "by_heart",
        part: "overfit",
        title: "learns 8 pictures",
        says: "the steps of Adam, and their rate, after which a new network knows 8 pictures of noise by heart",
        cells: Cells::All,
    },
    Column {
        name: "opened",
        part: "zoo",
        title: "Keras's file here",
        says: "the `.keras` file that Keras saves of its network is opened here: the largest difference of the logits \
               from Keras's, as a part of their deviation",
        cells: Cells::All,
    },
    Column {
        name: "written",
        part: "zoo",
        title: "our file in Keras",
        says: "Keras's weights are loaded into the zoo's network by its layers' names, and Keras opens the `.keras` file \
               that is written of it: the same difference, which the zoo's network keeps to as well",
        cells: Cells::All,
    },
];
/// The page. Columns are those of [`COLUMNS`].
pub(super) fn text(columns: &[Map<String, Value>]) -> Result<String> {
    let [first, ..] = columns else { bail!("no columns") };
    for (column, cells) in COLUMNS.iter().zip(columns) {
        let stranger = cells.keys().find(|name| !first.contains_key(*name));
        ensure!(stranger.is_none(), "column {}: {stranger:?} is no architecture", column.name);
        let without = first.keys().find(|name| column.cells == Cells::All && !cells.contains_key(*name));
        ensure!(without.is_none(), "column {}: nothing was shown of {without:?}", column.name);
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
    writeln!(page, "- {FROM_OURS}.")?;
    let mut judges: BTreeMap<&str, usize> = BTreeMap::new();
    first.values().filter_map(Value::as_str).for_each(|judge| *judges.entry(judge).or_default() += 1);
    let counted = judges.iter().map(|(judge, count)| format!("{judge}: {count}")).collect::<Vec<_>>();
    writeln!(page, "\n{} architectures ({}).", first.len(), counted.join("; "))?;
    Ok(page)
}

/// What the sign in some cells says.
const FROM_OURS: &str = "†: Keras has no function that builds it, so it opens a `.keras` file of ours, gives the network \
                         weights by the formula, and saves it in its own way; from then on all goes as with the others";

const INTRODUCTION: &str = "\
# The zoo, and what was shown of each network

Made by `cargo xtask zoo` from what the tests find. Weights, norms' figures and pictures are made by a formula from names
(`crates/zoo/tests/golden/formula.rs`), so that the judge and we compute with the same ones; what the judges computed is
kept in `crates/zoo/tests/golden/networks`, and written anew by `cargo xtask golden`.

";

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 2] = ["vgg16", "vgg19"];

    fn column(cell: &str) -> Map<String, Value> {
        NAMES.iter().map(|name| ((*name).to_owned(), Value::from(cell))).collect()
    }

    #[test]
    fn every_architecture_has_a_row() {
        let mut columns = COLUMNS.map(|column| self::column(column.name));
        columns[3].remove("vgg19");
        let page = text(&columns).unwrap();
        let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
        assert_eq!(
            rows,
            [
                "| `vgg16` | judge | parameters | logits | gradients | by_heart | opened | written |",
                "| `vgg19` | judge | parameters | logits | – | by_heart | opened | written |",
            ]
        );
        assert!(page.ends_with("\n2 architectures (judge: 2).\n"), "{page}");
    }

    #[test]
    fn what_was_shown_of_some_only_is_an_error() {
        let mut columns = COLUMNS.map(|_| column("1e-6"));
        columns[5].remove("vgg16");
        let error = text(&columns).unwrap_err().to_string();
        assert!(error.contains("column opened") && error.contains("vgg16"), "{error}");
    }

    #[test]
    fn a_cell_of_an_unknown_architecture_is_an_error() {
        let mut columns = COLUMNS.map(|_| column("1e-6"));
        columns[1].insert("vgg61".into(), "1e-6".into());
        assert!(text(&columns).unwrap_err().to_string().contains("vgg61"));
    }
}
