//! A float32 as a JSON number that is read back as the same bits.

use serde_json::{Number, Value};

/// The shortest number where that gives the same bits, else the exact one; `null` for what JSON has no number for.
pub(super) fn write(value: f32) -> Value {
    let shortest = value.to_string().parse::<f64>().ok().filter(|shortest| *shortest as f32 == value);
    Number::from_f64(shortest.unwrap_or(value.into())).map_or(Value::Null, Value::Number)
}
