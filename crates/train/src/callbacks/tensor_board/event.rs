//! One event as TensorBoard reads it: `tensorflow.Event` (tensorflow/core/util/event.proto) with a `Summary`
//! (tensorflow/core/framework/summary.proto), of which these are the fields that scalars need, as a TFRecord.

use prost::Message;

#[derive(Clone, PartialEq, Message)]
pub(super) struct Event {
    #[prost(double, tag = "1")]
    wall_time: f64,
    #[prost(int64, tag = "2")]
    step: i64,
    #[prost(oneof = "What", tags = "3, 5")]
    what: Option<What>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum What {
    #[prost(string, tag = "3")]
    FileVersion(String),
    #[prost(message, tag = "5")]
    Summary(Summary),
}

#[derive(Clone, PartialEq, Message)]
struct Summary {
    #[prost(message, repeated, tag = "1")]
    values: Vec<Value>,
}

#[derive(Clone, PartialEq, Message)]
struct Value {
    #[prost(string, tag = "1")]
    tag: String,
    #[prost(oneof = "Kind", tags = "2")]
    kind: Option<Kind>,
}

/// A choice of one, as in the protocol: so that a zero is written too.
#[derive(Clone, PartialEq, prost::Oneof)]
enum Kind {
    #[prost(float, tag = "2")]
    Simple(f32),
}

impl Event {
    /// The event that opens a file.
    pub(super) fn opening(wall_time: f64) -> Self {
        Self { wall_time, step: 0, what: Some(What::FileVersion("brain.Event:2".into())) }
    }

    /// An event with one scalar.
    pub(super) fn scalar(wall_time: f64, step: i64, tag: &str, value: f32) -> Self {
        let value = Value { tag: tag.into(), kind: Some(Kind::Simple(value)) };
        Self { wall_time, step, what: Some(What::Summary(Summary { values: vec![value] })) }
    }
}

/// Events as the records of a file.
pub(super) fn records(events: impl IntoIterator<Item = Event>) -> std::io::Result<Vec<u8>> {
    let mut records = Vec::new();
    for event in events {
        images::write_record(&mut records, &event.encode_to_vec())?;
    }
    Ok(records)
}
