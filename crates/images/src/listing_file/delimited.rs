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
        let record = record.map_err(|error| explained(error, bytes, delimiter))?;
        cells.add(record.len())?;
        last = record.position().cloned();
        let line = record.position().map_or(0, csv::Position::line);
        rows.push(Row { line, cells: record.iter().map(str::to_owned).collect() });
    }
    match last.and_then(|start| last_quoted(bytes, &start, delimiter)) {
        Some(Quoted { opened, closed: None }) => Err(never_closed(opened)),
        _ => Ok(Table { names: None, rows }),
    }
}

/// The lines on which a cell in quotes begins and ends.
struct Quoted {
    opened: u64,
    closed: Option<u64>,
}

/// The last cell in quotes of the row that begins at `start`, if it has any. One that is never closed takes all that comes
/// after it.
fn last_quoted(bytes: &[u8], start: &csv::Position, delimiter: u8) -> Option<Quoted> {
    let (mut line, mut last, mut before) = (start.line(), None::<Quoted>, delimiter);
    for byte in bytes.get(start.byte() as usize..).unwrap_or_default() {
        let is_open = last.as_ref().is_some_and(|quoted| quoted.closed.is_none());
        match (byte, &mut last) {
            (b'"', Some(quoted)) if is_open => quoted.closed = Some(line),
            // Two of them are a letter.
            (b'"', Some(quoted)) if before == b'"' => quoted.closed = None,
            (b'"', last) if before == delimiter => *last = Some(Quoted { opened: line, closed: None }),
            (b'\n', _) if is_open => line += 1,
            (b'\n', _) => break,
            _ => {}
        }
        before = *byte;
    }
    last
}

fn never_closed(line: u64) -> Error {
    Error::damaged(format!(
        "a quote opens on line {line} and is never closed: close it there; one that is meant as a letter is written twice, \
         in a cell in quotes"
    ))
}

fn explained(error: csv::Error, bytes: &[u8], delimiter: u8) -> Error {
    let line = |position: &Option<csv::Position>| position.as_ref().map_or(0, csv::Position::line);
    match error.kind() {
        ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let cells = if *len == 1 { "1 cell".to_owned() } else { format!("{len} cells") };
            match pos.as_ref().and_then(|start| last_quoted(bytes, start, delimiter)) {
                Some(Quoted { opened, closed: None }) => never_closed(opened),
                Some(Quoted { opened, closed: Some(closed) }) if closed > opened => Error::damaged(format!(
                    "a quote opens on line {opened} and is closed on line {closed}, which makes a row of {cells}, and the \
                     rows before it have {expected_len}: close it where the cell ends"
                )),
                _ => Error::damaged(format!(
                    "line {} has {cells}, and the lines before it have {expected_len}; a cell with a comma in it is \
                     written in quotes",
                    line(pos)
                )),
            }
        }
        ErrorKind::Utf8 { pos, .. } => {
            Error::damaged(format!("line {} is not UTF-8: save the table in that encoding", line(pos)))
        }
        _ => Error::refused_by_library("the table is damaged", error),
    }
}
