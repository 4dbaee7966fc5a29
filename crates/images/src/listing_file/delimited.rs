//! Tables in text, comma-separated (RFC 4180) or with tabs or semicolons.

use csv::{ErrorKind, ReaderBuilder};

use super::{Cells, Row, Table};
use crate::{Error, Result};

/// Reads a table. The delimiter, where it is not given, is the one that the first line has: a comma before others.
pub(super) fn read(bytes: &[u8], delimiter: Option<u8>) -> Result<Table> {
    let first_line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let of_first_line = || [b',', b';', b'\t'].into_iter().find(|mark| first_line.contains(mark));
    let delimiter = delimiter.or_else(of_first_line).unwrap_or(b',');
    let mut reader = ReaderBuilder::new().has_headers(false).delimiter(delimiter).from_reader(bytes);
    let mut rows = Vec::new();
    let mut last = None;
    let mut cells = Cells::default();
    for record in reader.records() {
        let record = record.map_err(explained)?;
        cells.add(record.len())?;
        last = record.position().cloned();
        let line = record.position().map_or(0, csv::Position::line);
        rows.push(Row { line, cells: record.iter().map(str::to_owned).collect() });
    }
    if let Some(start) = last {
        // A quote that is never closed takes all that comes after it for one cell.
        let rest = bytes.get(start.byte() as usize..).unwrap_or_default();
        if rest.iter().filter(|byte| **byte == b'"').count() % 2 == 1 {
            return Err(Error::damaged(format!(
                "the row of line {} opens a quote that is never closed; a quote inside a cell is written twice",
                start.line()
            )));
        }
    }
    Ok(Table { names: None, rows })
}

fn explained(error: csv::Error) -> Error {
    let line = |position: &Option<csv::Position>| position.as_ref().map_or(0, csv::Position::line);
    match error.kind() {
        ErrorKind::UnequalLengths { pos, expected_len, len } => Error::damaged(format!(
            "line {} has {len} cells, and the lines before it have {expected_len}; a cell with a comma in it is written \
             in quotes",
            line(pos)
        )),
        ErrorKind::Utf8 { pos, .. } => {
            Error::damaged(format!("line {} is not UTF-8: save the table in that encoding", line(pos)))
        }
        _ => Error::refused_by_library("the table is damaged", error),
    }
}
