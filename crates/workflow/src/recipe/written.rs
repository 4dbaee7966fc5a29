//! Reads settings from TOML, and says what is wrong in the words of whoever wrote them: where, what was expected, and what
//! was received.

use std::fmt;

use report::visible;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, Error as _, Expected, IntoDeserializer, MapAccess,
    SeqAccess, Unexpected, Visitor,
};
use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

/// How many keys are named where one is not known.
const NEAREST: usize = 3;
/// Letters of a line that are shown.
const LINE_SHOWN: usize = 100;
/// Keys whose values are lists, and how one is written.
const LISTS: [(&str, &str); 3] = [
    ("metrics", "[\"accuracy\", \"recall\"]"),
    ("stop_when", "[\"val_recall>=0.95\"]"),
    ("image_size", "[224, 224]"),
];

const STAGE: &str = "stage";

/// The settings in `table`.
pub(super) fn read<T: DeserializeOwned>(table: Table) -> Result<T, Wrong> {
    T::deserialize(Written(Value::Table(table)))
}

/// The table that `text` is; else why it is none, with the line.
pub(super) fn table(text: &str) -> Result<Table, String> {
    text.parse().map_err(|error: toml::de::Error| {
        let message = match error.message() {
            "string values must be quoted, expected literal string" => {
                "expected a value; text stands in quotes, as base = \"small_cnn\"".to_owned()
            }
            message if message.ends_with("value was too large") => "the number is too large".to_owned(),
            "duplicate key" => "this key is given twice".to_owned(),
            message => message.replace('\n', ", "),
        };
        match error.span().map(|span| line_of(text, span.start)) {
            Some(number) => {
                let line = visible(text.lines().nth(number - 1).unwrap_or("").trim());
                let shown: String = line.chars().take(LINE_SHOWN).collect();
                let cut = if shown.len() < line.len() { "…" } else { "" };
                format!("line {number}, `{shown}{cut}`: {}", visible(&message))
            }
            None => message,
        }
    })
}

/// The line, counted from 1, of the byte at `place`.
fn line_of(text: &str, place: usize) -> usize {
    text.bytes().take(place).filter(|byte| *byte == b'\n').count() + 1
}

/// What is wrong with a value, and where it stands.
#[derive(Debug)]
pub(super) struct Wrong {
    /// From the innermost outward.
    place: Vec<Step>,
    message: String,
}

#[derive(Debug)]
enum Step {
    Key(String),
    /// Of a list, counted from 0.
    Member(usize),
}

impl Wrong {
    pub(super) fn at_key(self, key: &str) -> Self {
        self.at(Step::Key(key.into()))
    }

    /// As what is wrong with the value of `key`, with an example of what is expected there.
    fn with_example(self, key: &str) -> Self {
        let example = LISTS.iter().find(|(known, _)| *known == key);
        let Some((_, example)) = example.filter(|_| self.place.is_empty()) else { return self };
        Self { message: self.message.replacen(A_LIST, &format!("{A_LIST}, as {example}"), 1), ..self }
    }

    fn at(mut self, step: Step) -> Self {
        self.place.push(step);
        self
    }

    /// With `value` as what was received, where nothing says that yet.
    fn of(self, value: &str) -> Self {
        match self.place.is_empty()
            && self.message.starts_with("expected")
            && !self.message.contains("received")
        {
            true => Self { message: format!("{}, received {value}", self.message), ..self },
            false => self,
        }
    }

    /// The line of `text` where it stands, counted from 1; `None` where nothing stands there.
    pub(super) fn line(&self, text: &str) -> Option<usize> {
        let document = DeTable::parse(text).ok()?;
        let (mut span, mut value): (_, Option<&DeValue>) = (None, None);
        for step in self.place.iter().rev() {
            match (step, value) {
                (Step::Key(key), at) => {
                    let table = match at {
                        None => document.get_ref(),
                        Some(DeValue::Table(table)) => table,
                        Some(_) => break,
                    };
                    let (key, found) = table.iter().find(|(known, _)| known.get_ref() == key)?;
                    (span, value) = (Some(key.span()), Some(found.get_ref()));
                }
                (Step::Member(index), Some(DeValue::Array(members))) => {
                    let member = members.get(*index)?;
                    (span, value) = (Some(member.span()), Some(member.get_ref()));
                }
                _ => break,
            }
        }
        span.map(|span| line_of(text, span.start))
    }
}

impl fmt::Display for Wrong {
    /// `stage 2, epochs: what is wrong`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.place.iter().rev().enumerate() {
            match step {
                Step::Key(key) => write!(f, "{}{key}", if index > 0 { ", " } else { "" })?,
                Step::Member(member) => write!(f, " {}", member + 1)?,
            }
        }
        write!(f, "{}{}", if self.place.is_empty() { "" } else { ": " }, self.message)
    }
}

impl std::error::Error for Wrong {}

impl de::Error for Wrong {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { place: Vec::new(), message: message.to_string() }
    }

    fn invalid_type(received: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let expected = expected.to_string();
        let expected = in_words(&expected);
        let received = match received {
            Unexpected::Bool(value) => value.to_string(),
            Unexpected::Signed(value) => value.to_string(),
            Unexpected::Unsigned(value) => value.to_string(),
            Unexpected::Float(value) => format!("{value:?}"),
            Unexpected::Str(text) => format!("{text:?}"),
            Unexpected::Seq => "a list".into(),
            Unexpected::Map => "a table".into(),
            other => other.to_string(),
        };
        Self::custom(format_args!("expected {expected}, received {received}"))
    }

    fn invalid_value(received: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(received, expected)
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let near = graph::nearest(field, expected.iter().copied(), NEAREST).join(", ");
        Self::custom(format_args!("there is no such key; the nearest are {near}"))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::custom(format_args!("{field} is missing"))
    }
}

const A_LIST: &str = "a list";

/// What `serde` says that it expects.
fn in_words(expected: &str) -> &str {
    match expected {
        "usize" | "u64" | "u32" => "a whole number, 0 or more",
        "f64" | "f32" => "a number, such as 0.001",
        "a string" | "path string" => "text in quotes",
        "a boolean" => "true or false",
        "a sequence" => A_LIST,
        "struct StageRecipe" => "a table, as [[stage]] begins one",
        other => other,
    }
}

/// A value as it was written.
struct Written(Value);

impl<'de> Deserializer<'de> for Written {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.0 {
            Value::String(text) => visitor.visit_string(text),
            Value::Integer(number) => visitor.visit_i64(number),
            Value::Float(number) => visitor.visit_f64(number),
            Value::Boolean(value) => visitor.visit_bool(value),
            Value::Datetime(date) => Err(Wrong::invalid_type(Unexpected::Other(&date.to_string()), &visitor)),
            Value::Array(members) => visitor.visit_seq(Members(members.into_iter().enumerate())),
            Value::Table(table) => visitor.visit_map(Keys { left: table.into_iter(), value: None }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct enum identifier ignored_any
    }
}

/// The value, or what is wrong with it.
fn value_of<'de, S: DeserializeSeed<'de>>(seed: S, value: Value) -> Result<S::Value, Wrong> {
    let shown = match &value {
        Value::Array(_) => "a list".into(),
        Value::Table(_) => "a table".into(),
        value => value.to_string(),
    };
    seed.deserialize(Written(value)).map_err(|wrong| wrong.of(&shown))
}

struct Members(std::iter::Enumerate<std::vec::IntoIter<Value>>);

impl<'de> SeqAccess<'de> for Members {
    type Error = Wrong;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Wrong> {
        let Some((index, value)) = self.0.next() else { return Ok(None) };
        value_of(seed, value).map(Some).map_err(|wrong| wrong.at(Step::Member(index)))
    }
}

struct Keys {
    left: toml::map::IntoIter<String, Value>,
    value: Option<(String, Value)>,
}

impl<'de> MapAccess<'de> for Keys {
    type Error = Wrong;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Wrong> {
        let Some((key, value)) = self.left.next() else { return Ok(None) };
        let name = seed.deserialize(key.as_str().into_deserializer());
        let name = name.map_err(|wrong: Wrong| wrong.at_key(&key))?;
        self.value = Some((key, value));
        Ok(Some(name))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Wrong> {
        let Some((key, value)) = self.value.take() else {
            return Err(Wrong::custom("a value before its key"));
        };
        let is_one_table = key == STAGE && matches!(value, Value::Table(_));
        value_of(seed, value).map_err(|wrong| match is_one_table {
            true => Wrong::custom(
                "expected a list, received a table; each table of a list begins with two brackets, as [[stage]]",
            )
            .at_key(&key),
            false => wrong.with_example(&key).at_key(&key),
        })
    }
}
