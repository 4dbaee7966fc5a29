//! Listings in JSON: a list of objects or of rows, as one text or with one of them a line.

use serde_json::Value;

use super::{Cells, Row, Table};
use crate::{Error, Result};

/// One text: a list.
pub(super) fn read(bytes: &[u8]) -> Result<Table> {
    let wrong = |error: serde_json::Error| Error::damaged(format!("it is no JSON: {error}"));
    let entries: Value = serde_json::from_slice(bytes).map_err(wrong)?;
    let Value::Array(entries) = entries else {
        return Err(Error::damaged("expected a list of objects, as [{\"path\": …, \"label\": …}, …]"));
    };
    table((1..).zip(entries))
}

/// A value a line.
pub(super) fn read_lines(bytes: &[u8]) -> Result<Table> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| Error::damaged(format!("byte {} is not UTF-8", error.valid_up_to())))?;
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    let values = lines.map(|(number, line)| match serde_json::from_str(line) {
        Ok(value) => Ok((number, value)),
        Err(error) => Err(Error::damaged(format!("line {number} is no JSON: {error}"))),
    });
    table(values.collect::<Result<Vec<_>>>()?)
}

fn table(entries: impl IntoIterator<Item = (u64, Value)>) -> Result<Table> {
    let mut names: Vec<String> = Vec::new();
    let mut counted = Cells::default();
    let (mut rows, mut has_objects, mut has_lists) = (Vec::new(), false, false);
    for (line, entry) in entries {
        let mut cells = Vec::new();
        match entry {
            Value::Object(object) => {
                has_objects = true;
                for (name, value) in object {
                    let at = names.iter().position(|known| *known == name).unwrap_or_else(|| {
                        names.push(name.clone());
                        names.len() - 1
                    });
                    if names.len() > MOST_NAMES {
                        return Err(Error::damaged(format!("its objects have more than {MOST_NAMES} names")));
                    }
                    cells.resize(cells.len().max(at + 1), String::new());
                    cells[at] = cell(value);
                }
            }
            Value::Array(values) => {
                has_lists = true;
                cells = values.into_iter().map(cell).collect();
            }
            other => {
                let kind = kind_of(&other);
                return Err(Error::damaged(format!(
                    "entry {line}: expected an object or a list, received {kind}"
                )));
            }
        }
        counted.add(cells.len())?;
        rows.push(Row { line, cells });
    }
    if has_objects && has_lists {
        return Err(Error::damaged("some entries are objects and some are lists: expected one of the two"));
    }
    Ok(Table { names: has_objects.then_some(names), rows })
}

/// Names in a listing's objects; more are no listing.
const MOST_NAMES: usize = 1000;

/// A value as text; one that is neither text nor a number is as good as missing.
fn cell(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        Value::Bool(value) => value.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
