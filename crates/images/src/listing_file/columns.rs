//! Which column of a listing holds what: by name, by position, or by what such columns are usually called.

use std::path::PathBuf;

use super::{Row, Table};
use crate::content::Format;
use crate::{Error, ErrorKind, Result};

/// Which columns of a listing mean what: a name, or a position counted from 1. What is not said is found by the names
/// that such columns usually have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns {
    /// The picture's file.
    pub path: Option<String>,
    /// Its class.
    pub label: Option<String>,
    /// The part of the set that it belongs to: train, val or test.
    pub split: Option<String>,
    /// What it must not be parted from, such as a patient.
    pub group: Option<String>,
    /// The folder in which files are looked for; that of the listing where it is not said.
    pub folder: Option<PathBuf>,
}

/// What columns of a kind are usually called, in any case and with any of ` `, `-` and `_`; the first that is there counts.
struct Usual {
    what: &'static str,
    option: &'static str,
    names: &'static [&'static str],
    /// Where it is in a table without names.
    position: Option<usize>,
}

const PATH: Usual = Usual {
    what: "picture's file",
    option: "--path-column",
    names: &[
        "path",
        "file",
        "filename",
        "filepath",
        "image",
        "imagepath",
        "imagefile",
        "imagename",
        "imageid",
        "img",
        "imgpath",
        "picture",
        "photo",
        "id",
    ],
    position: Some(0),
};
const LABEL: Usual = Usual {
    what: "label",
    option: "--label-column",
    names: &[
        "label",
        "labels",
        "class",
        "classname",
        "category",
        "target",
        "species",
        "diagnosis",
        "dx",
        "y",
    ],
    position: Some(1),
};
const SPLIT: Usual =
    Usual { what: "part", option: "--split-column", names: &["split", "part", "subset"], position: None };
const GROUP: Usual = Usual {
    what: "group",
    option: "--group-column",
    names: &["group", "groupid", "patient", "patientid", "subject", "subjectid"],
    position: None,
};

/// Where in a row each thing is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Places {
    pub(super) path: usize,
    pub(super) label: usize,
    pub(super) split: Option<usize>,
    pub(super) group: Option<usize>,
    /// What the column of the group is called, or its number.
    pub(super) group_name: Option<String>,
}

impl Places {
    /// Where `columns` are in `table`, and its rows without that of names. `is_picture` says whether a cell names a file,
    /// which the name of a column does not.
    pub(super) fn find(
        columns: &Columns,
        table: Table,
        is_picture: impl Fn(&str) -> bool,
    ) -> Result<(Self, Vec<Row>)> {
        let Table { names, mut rows } = table;
        let names = match names {
            Some(names) => names,
            // A first row that names a picture is no row of names, even where that picture is missing.
            None if rows.first().is_some_and(|row| {
                row.cells.iter().map(|cell| cell.trim()).any(|cell| is_picture(cell) || has_ending(cell))
            }) =>
            {
                let width = rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
                let header = Header { names: Vec::new(), width };
                return Ok((header.places(columns)?, rows));
            }
            None if rows.is_empty() => Vec::new(),
            None => rows.remove(0).cells,
        };
        let width = names.len();
        let header = Header { names: names.iter().map(|name| name.trim().to_owned()).collect(), width };
        Ok((header.places(columns)?, rows))
    }
}

/// Whether a cell ends as the names of pictures do.
fn has_ending(cell: &str) -> bool {
    Format::promised_by(std::path::Path::new(cell)).is_some()
}

/// The columns of a table: their names, if they have any, and how many there are.
struct Header {
    names: Vec<String>,
    width: usize,
}

impl Header {
    fn places(&self, columns: &Columns) -> Result<Places> {
        let needed = |asked: &Option<String>, usual: &Usual| -> Result<usize> {
            if self.width == 0 {
                let message = "it is empty: expected a line for each picture";
                return Err(Error::new(ErrorKind::Empty, message));
            }
            self.place(asked.as_deref(), usual)?.ok_or_else(|| {
                Error::value(format!(
                    "which column is the {}? {}: say it with {}",
                    usual.what,
                    self.described(),
                    usual.option
                ))
            })
        };
        let group = self.place(columns.group.as_deref(), &GROUP)?;
        let name_of = |at: usize| self.names.get(at).cloned().unwrap_or_else(|| (at + 1).to_string());
        let places = Places {
            path: needed(&columns.path, &PATH)?,
            label: needed(&columns.label, &LABEL)?,
            split: self.place(columns.split.as_deref(), &SPLIT)?,
            group,
            group_name: group.map(name_of),
        };
        if places.path == places.label {
            return Err(Error::value(format!(
                "file and label are the same column, {}: say which they are with {} and {}",
                places.path + 1,
                PATH.option,
                LABEL.option
            )));
        }
        Ok(places)
    }

    /// Where the column called `asked` is, or where none is asked for the one with a usual name, if there is one.
    fn place(&self, asked: Option<&str>, usual: &Usual) -> Result<Option<usize>> {
        let Some(asked) = asked else {
            let named = |name: &&str| self.names.iter().position(|column| plain(column) == *name);
            let by_position = usual.position.filter(|at| self.names.is_empty() && *at < self.width);
            return Ok(usual.names.iter().find_map(named).or(by_position));
        };
        if let Some(at) = self.names.iter().position(|name| name == asked) {
            return Ok(Some(at));
        }
        match asked.parse::<usize>() {
            Ok(position) if (1..=self.width).contains(&position) => Ok(Some(position - 1)),
            _ => Err(Error::value(format!(
                "{} {asked}: there is no such column; {}",
                usual.option,
                self.described()
            ))),
        }
    }

    fn described(&self) -> String {
        match (self.names.as_slice(), self.width) {
            ([], width) => format!("the columns have no names, and are numbered from 1 to {width}"),
            (names, _) => format!("there are {}", names.join(", ")),
        }
    }
}

/// A name in small letters without what people put between words.
fn plain(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, ' ' | '-' | '_')).flat_map(char::to_lowercase).collect()
}
