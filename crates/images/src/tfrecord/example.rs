//! `tf.train.Example`: features by name, each a list of texts, floats or integers.
//!
//! Source: tensorflow/core/example/feature.proto and example.proto.

use std::collections::BTreeMap;
use std::fmt;

use prost::Message;

use crate::{Error, Result};

#[derive(Clone, PartialEq, Message)]
struct Example {
    #[prost(message, optional, tag = "1")]
    features: Option<Features>,
}

#[derive(Clone, PartialEq, Message)]
struct Features {
    #[prost(btree_map = "string, message", tag = "1")]
    feature: BTreeMap<String, Feature>,
}

#[derive(Clone, PartialEq, Message)]
struct Feature {
    #[prost(oneof = "Kind", tags = "1, 2, 3")]
    kind: Option<Kind>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum Kind {
    #[prost(message, tag = "1")]
    Bytes(BytesList),
    #[prost(message, tag = "2")]
    Floats(FloatList),
    #[prost(message, tag = "3")]
    Integers(Int64List),
}

#[derive(Clone, PartialEq, Message)]
struct BytesList {
    #[prost(bytes = "vec", repeated, tag = "1")]
    value: Vec<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
struct FloatList {
    #[prost(float, repeated, tag = "1")]
    value: Vec<f32>,
}

#[derive(Clone, PartialEq, Message)]
struct Int64List {
    #[prost(int64, repeated, tag = "1")]
    value: Vec<i64>,
}

/// A picture's class as a record has it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Label {
    /// A number.
    Number(i64),
    /// A name.
    Name(String),
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Name(name) => f.write_str(name),
        }
    }
}

/// What a record says.
#[derive(Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) image: Stored,
    pub(super) label: Label,
    /// Height, width and channels, where the record says them.
    pub(super) shape: Vec<i64>,
}

/// The picture as the record holds it.
#[derive(Debug, PartialEq)]
pub(super) enum Stored {
    Bytes(Vec<u8>),
    Floats(Vec<f32>),
}

/// What features are called: in the handbook's files, in those of TensorFlow's models, and in other common ones.
const IMAGE: [&str; 4] = ["image", "image/encoded", "image_raw", "img"];
const LABEL: [&str; 5] = ["label", "image/class/text", "image/class/label", "class", "target"];
const SHAPE: [&str; 2] = ["shape", "image/shape"];

impl Entry {
    /// Of a record's data.
    pub(super) fn of(data: &[u8]) -> Result<Self> {
        let example = Example::decode(data)
            .map_err(|error| Error::refused_by_library("it is no tf.train.Example", error))?;
        let mut features = example.features.unwrap_or_default().feature;
        let mut take = |names: &[&str]| names.iter().find_map(|name| features.remove(*name)?.kind);
        let (image, label, shape) = (take(&IMAGE), take(&LABEL), take(&SHAPE));
        let missing = |what: &str, names: &[&str]| {
            let has: Vec<&str> = features.keys().map(String::as_str).take(MOST_NAMES).collect();
            let (names, has) = (names.join(", "), has.join(", "));
            Error::damaged(format!(
                "it has no {what}: expected a feature called {names}, received others: {has}"
            ))
        };
        let image = match image {
            Some(Kind::Bytes(list)) => list.value.into_iter().next().map(Stored::Bytes),
            Some(Kind::Floats(list)) => Some(Stored::Floats(list.value)),
            _ => None,
        };
        let label = match label {
            Some(Kind::Integers(list)) => list.value.first().copied().map(Label::Number),
            Some(Kind::Bytes(list)) => {
                let text = list.value.into_iter().next();
                text.and_then(|text| String::from_utf8(text).ok()).map(Label::Name)
            }
            _ => None,
        };
        let shape = match shape {
            Some(Kind::Integers(list)) => list.value,
            _ => Vec::new(),
        };
        let image = image.ok_or_else(|| missing("picture", &IMAGE))?;
        Ok(Self { image, label: label.ok_or_else(|| missing("label", &LABEL))?, shape })
    }
}

/// Names of features that a message lists.
const MOST_NAMES: usize = 20;

/// A record's data: features `image` (these bytes), `label` and `shape` (height, width and channels).
pub(super) fn example(image: Vec<u8>, label: &Label, shape: [usize; 3]) -> Vec<u8> {
    let bytes = |value: Vec<u8>| Kind::Bytes(BytesList { value: vec![value] });
    let integers = |value: Vec<i64>| Kind::Integers(Int64List { value });
    let label = match label {
        Label::Number(number) => integers(vec![*number]),
        Label::Name(name) => bytes(name.clone().into_bytes()),
    };
    let shape = integers(shape.iter().map(|extent| *extent as i64).collect());
    let features = [("image", bytes(image)), ("label", label), ("shape", shape)];
    let feature = features.map(|(name, kind)| (name.to_owned(), Feature { kind: Some(kind) })).into();
    Example { features: Some(Features { feature }) }.encode_to_vec()
}
