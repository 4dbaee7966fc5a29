//! The values of a JSON object, by name and type; whatever is wrong is said with the place.

use serde_json::{Map, Value};

use crate::{Error, ErrorKind, Result};

/// A JSON object and where it is, as "layer conv1 (Conv2D) of model base".
#[derive(Clone)]
pub(super) struct Fields<'a> {
    object: &'a Map<String, Value>,
    place: String,
}

impl<'a> Fields<'a> {
    pub(super) fn new(value: &'a Value, place: impl Into<String>) -> Result<Self> {
        let place = place.into();
        match value.as_object() {
            Some(object) => Ok(Self { object, place }),
            None => {
                Err(Error::malformed(format!("{place}: expected a JSON object, received {}", brief(value))))
            }
        }
    }

    /// The same values, said to be at another place.
    pub(super) fn at(self, place: String) -> Self {
        Self { place, ..self }
    }

    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// An error at this place.
    pub(super) fn error(&self, kind: ErrorKind, message: impl std::fmt::Display) -> Error {
        Error::new(kind, format!("{}: {message}", self.place))
    }

    pub(super) fn unsupported(&self, message: impl std::fmt::Display) -> Error {
        self.error(ErrorKind::Unsupported, message)
    }

    fn wrong(&self, key: &str, expected: &str) -> Error {
        let received = self.object.get(key).map_or("nothing".into(), brief);
        self.error(ErrorKind::Malformed, format!("{key}: expected {expected}, received {received}"))
    }

    /// The value of `key`, where there is one and it is not `null`.
    pub(super) fn get(&self, key: &str) -> Option<&'a Value> {
        self.object.get(key).filter(|value| !value.is_null())
    }

    /// The keys with a value that is not `null`.
    pub(super) fn keys(&self) -> impl Iterator<Item = &'a str> {
        self.object.iter().filter(|(_, value)| !value.is_null()).map(|(key, _)| key.as_str())
    }

    pub(super) fn object(&self, key: &str) -> Result<Fields<'a>> {
        match self.get(key) {
            Some(value) if value.is_object() => Fields::new(value, self.place.clone()),
            _ => Err(self.wrong(key, "an object")),
        }
    }

    pub(super) fn array(&self, key: &str) -> Result<&'a [Value]> {
        self.get(key).and_then(Value::as_array).map(Vec::as_slice).ok_or_else(|| self.wrong(key, "an array"))
    }

    pub(super) fn text(&self, key: &str) -> Result<&'a str> {
        self.get(key).and_then(Value::as_str).ok_or_else(|| self.wrong(key, "a text"))
    }

    pub(super) fn whole(&self, key: &str) -> Result<usize> {
        self.get(key).and_then(whole).ok_or_else(|| self.wrong(key, "a whole number"))
    }

    /// As [`Fields::whole`], or `default` where there is nothing.
    pub(super) fn whole_or(&self, key: &str, default: usize) -> Result<usize> {
        self.get(key).map_or(Ok(default), |_| self.whole(key))
    }

    /// A whole number, or a list of `K` of them; one stands for all.
    pub(super) fn wholes<const K: usize>(&self, key: &str) -> Result<[usize; K]> {
        self.get(key).and_then(wholes).ok_or_else(|| self.wrong(key, &format!("{K} whole numbers")))
    }

    /// As [`Fields::wholes`], or `default` where there is nothing.
    pub(super) fn wholes_or<const K: usize>(&self, key: &str, default: [usize; K]) -> Result<[usize; K]> {
        self.get(key).map_or(Ok(default), |_| self.wholes(key))
    }

    pub(super) fn number(&self, key: &str) -> Result<f32> {
        let number = self.get(key).and_then(Value::as_f64).map(|number| number as f32);
        number.filter(|number| number.is_finite()).ok_or_else(|| self.wrong(key, "a number"))
    }

    /// Whether `key` is true, or missing.
    pub(super) fn is_on(&self, key: &str) -> Result<bool> {
        match self.get(key) {
            None => Ok(true),
            Some(value) => value.as_bool().ok_or_else(|| self.wrong(key, "true or false")),
        }
    }

    /// Whether `key` is true; missing is false.
    pub(super) fn is_switched_on(&self, key: &str) -> Result<bool> {
        Ok(self.get(key).is_some() && self.is_on(key)?)
    }

    /// Fails unless `key` is missing, `null`, false or 0: it asks for what no graph can do.
    pub(super) fn must_be_off(&self, key: &str) -> Result<()> {
        match self.get(key) {
            None | Some(Value::Bool(false)) => Ok(()),
            Some(Value::Number(number)) if number.as_f64() == Some(0.0) => Ok(()),
            Some(value) => Err(self.unsupported(format!("{key} = {} is not supported", brief(value)))),
        }
    }
}

fn whole(value: &Value) -> Option<usize> {
    value.as_u64().and_then(|number| usize::try_from(number).ok())
}

/// `K` whole numbers, or one for all.
pub(super) fn wholes<const K: usize>(value: &Value) -> Option<[usize; K]> {
    if let Some(one) = whole(value) {
        return Some([one; K]);
    }
    let numbers: Option<Vec<usize>> = value.as_array()?.iter().map(whole).collect();
    numbers?.try_into().ok()
}

/// A value in a message: short, however long it is.
pub(super) fn brief(value: &Value) -> String {
    match value {
        Value::Array(values) if values.len() > 8 => format!("an array of {}", values.len()),
        Value::Object(object) => match object.get("class_name") {
            Some(Value::String(class)) => brief(&Value::String(class.clone())),
            _ => "an object".into(),
        },
        other => {
            let text = other.to_string();
            match text.char_indices().nth(60) {
                Some((end, _)) => format!("{}…", &text[..end]),
                None => text,
            }
        }
    }
}
