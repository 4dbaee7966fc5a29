//! The header: what each tensor is called, its type, its shape and where its values are; all of it checked.

use std::io::Read;
use std::ops::Range;

use serde_json::{Map, Value};

use crate::torch::Kind;
use crate::{Error, Result};

/// No header may be longer; real ones have about 100 bytes a tensor.
const MOST_BYTES: u64 = 16 << 20;
const METADATA: &str = "__metadata__";

pub(super) struct Header {
    pub(super) metadata: Map<String, Value>,
    /// In the order of the file.
    pub(super) entries: Vec<Entry>,
}

/// A tensor that the header lists.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) dtype: String,
    /// `None` where the type is not one that is read.
    pub(super) kind: Option<Kind>,
    pub(super) shape: Vec<usize>,
    /// Of bytes behind the header.
    pub(super) range: Range<usize>,
}

/// The header's length where `bytes` start with one that is possible.
pub(super) fn length(bytes: &[u8]) -> Option<u64> {
    let length = u64::from_le_bytes(*bytes.first_chunk()?);
    (2..=MOST_BYTES).contains(&length).then_some(length)
}

/// The header of a file, and the bytes behind it.
pub(super) fn read(bytes: &[u8]) -> Result<(Header, &[u8])> {
    let length = length(bytes).ok_or_else(|| {
        Error::malformed("this is not a safetensors file: it does not start with the length of a header")
    })?;
    let rest = &bytes[8..];
    let (header, values) = rest.split_at_checked(length as usize).ok_or_else(|| {
        let have = rest.len();
        Error::malformed(format!("expected a header of {length} bytes, received {have}; it may be truncated"))
    })?;
    let object = object(header)?;
    let metadata = metadata(&object);
    let listed = object.iter().filter(|(name, _)| *name != METADATA);
    let entries =
        listed.map(|(name, value)| entry(name, value, values.len())).collect::<Result<Vec<Entry>>>()?;
    // Tensors do not share values in this format, and must not: many large ones would come from few bytes.
    let held = entries.iter().try_fold(0_usize, |sum, entry| sum.checked_add(entry.range.len()));
    match held {
        Some(held) if held <= values.len() => Ok((Header { metadata, entries }, values)),
        _ => Err(Error::too_large("its tensors have more values than the file")),
    }
}

/// What the header of the file in `reader` says beside its tensors; nothing behind it is read.
pub(super) fn metadata_of(mut reader: impl Read) -> Result<Map<String, Value>> {
    let unread = |e: std::io::Error| Error::malformed(format!("cannot read its header: {e}"));
    let mut first = [0; 8];
    reader.read_exact(&mut first).map_err(unread)?;
    let mut header = Vec::new();
    reader.take(length(&first).unwrap_or(0)).read_to_end(&mut header).map_err(unread)?;
    Ok(metadata(&object(&header)?))
}

fn object(header: &[u8]) -> Result<Map<String, Value>> {
    match crate::json::parse(header).map_err(|e| e.within("the header"))? {
        Value::Object(object) => Ok(object),
        _ => Err(Error::malformed("the header is no JSON object")),
    }
}

fn metadata(header: &Map<String, Value>) -> Map<String, Value> {
    header.get(METADATA).and_then(Value::as_object).cloned().unwrap_or_default()
}

fn entry(name: &str, value: &Value, held: usize) -> Result<Entry> {
    let malformed = |what: &str| Error::malformed(format!("tensor {name}: {what}"));
    let wholes = |key: &str| {
        let values = value.get(key)?.as_array()?.iter();
        values.map(|value| usize::try_from(value.as_u64()?).ok()).collect::<Option<Vec<usize>>>()
    };
    if name.len() > 4096 {
        return Err(Error::too_large("a tensor's name of more than 4096 bytes"));
    }
    let dtype = value.get("dtype").and_then(Value::as_str).ok_or_else(|| malformed("it has no dtype"))?;
    let shape = wholes("shape").ok_or_else(|| malformed("it has no shape"))?;
    let Some([from, to]) = wholes("data_offsets").and_then(|offsets| <[usize; 2]>::try_from(offsets).ok())
    else {
        return Err(malformed("expected data_offsets [from, to]"));
    };
    if from > to || to > held {
        return Err(malformed(&format!("its values, {from} to {to} of {held} bytes, lie outside the file")));
    }
    let kind = kind(dtype);
    let bytes =
        shape.iter().try_fold(kind.map_or(1, Kind::width), |bytes, extent| bytes.checked_mul(*extent));
    if kind.is_some() && bytes != Some(to - from) {
        return Err(malformed(&format!("{} bytes are not values of {dtype} of shape {shape:?}", to - from)));
    }
    Ok(Entry { name: name.to_owned(), dtype: dtype.to_owned(), kind, shape, range: from..to })
}

fn kind(dtype: &str) -> Option<Kind> {
    Some(match dtype {
        "F64" => Kind::Double,
        "F32" => Kind::Float,
        "F16" => Kind::Half,
        "BF16" => Kind::BFloat16,
        "I64" => Kind::Long,
        "I32" => Kind::Int,
        "I16" => Kind::Short,
        "I8" => Kind::Char,
        "U8" => Kind::Byte,
        "BOOL" => Kind::Bool,
        _ => return None,
    })
}
