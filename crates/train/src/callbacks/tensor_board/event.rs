//! One event as TensorBoard reads it: `tensorflow.Event` (tensorflow/core/util/event.proto) with a `Summary`
//! (tensorflow/core/framework/summary.proto), of which these are the fields that are needed, as a TFRecord.

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
    #[prost(oneof = "Kind", tags = "2, 4, 5, 8")]
    kind: Option<Kind>,
    #[prost(message, optional, tag = "9")]
    metadata: Option<Metadata>,
}

/// A choice of one, as in the protocol: so that a zero is written too.
#[derive(Clone, PartialEq, prost::Oneof)]
pub(super) enum Kind {
    #[prost(float, tag = "2")]
    Simple(f32),
    #[prost(message, tag = "4")]
    Image(Image),
    #[prost(message, tag = "5")]
    Histogram(Histogram),
    #[prost(message, tag = "8")]
    Tensor(Tensor),
}

/// A picture in a file's bytes.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Image {
    #[prost(int32, tag = "1")]
    pub(super) height: i32,
    #[prost(int32, tag = "2")]
    pub(super) width: i32,
    /// Channels.
    #[prost(int32, tag = "3")]
    pub(super) colorspace: i32,
    #[prost(bytes = "vec", tag = "4")]
    pub(super) encoded: Vec<u8>,
}

/// `HistogramProto`: counts between limits.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Histogram {
    #[prost(double, tag = "1")]
    pub(super) min: f64,
    #[prost(double, tag = "2")]
    pub(super) max: f64,
    #[prost(double, tag = "3")]
    pub(super) num: f64,
    #[prost(double, tag = "4")]
    pub(super) sum: f64,
    #[prost(double, tag = "5")]
    pub(super) sum_squares: f64,
    /// The upper end of each bucket.
    #[prost(double, repeated, tag = "6")]
    pub(super) bucket_limit: Vec<f64>,
    #[prost(double, repeated, tag = "7")]
    pub(super) bucket: Vec<f64>,
}

/// `TensorProto`, of which only an empty one is written.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Tensor {
    #[prost(int32, tag = "1")]
    dtype: i32,
    #[prost(message, optional, tag = "2")]
    shape: Option<TensorShape>,
}

#[derive(Clone, PartialEq, Message)]
struct TensorShape {
    #[prost(message, repeated, tag = "2")]
    dims: Vec<Dim>,
}

#[derive(Clone, PartialEq, Message)]
struct Dim {
    #[prost(int64, tag = "1")]
    size: i64,
}

impl Tensor {
    /// Of no value: what an event of a plugin carries that says everything in its metadata.
    fn empty() -> Self {
        const FLOAT: i32 = 1;
        Self { dtype: FLOAT, shape: Some(TensorShape { dims: vec![Dim { size: 0 }] }) }
    }
}

/// `SummaryMetadata`.
#[derive(Clone, PartialEq, Message)]
struct Metadata {
    #[prost(message, optional, tag = "1")]
    plugin: Option<Plugin>,
    #[prost(string, tag = "3")]
    description: String,
}

#[derive(Clone, PartialEq, Message)]
struct Plugin {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(bytes = "vec", tag = "2")]
    content: Vec<u8>,
}

impl Event {
    /// The event that opens a file.
    pub(super) fn opening(wall_time: f64) -> Self {
        Self { wall_time, step: 0, what: Some(What::FileVersion("brain.Event:2".into())) }
    }

    /// An event with one scalar.
    pub(super) fn scalar(wall_time: f64, step: i64, tag: &str, value: f32) -> Self {
        Self::of(wall_time, step, tag, Kind::Simple(value))
    }

    /// An event with one value.
    pub(super) fn of(wall_time: f64, step: i64, tag: &str, kind: Kind) -> Self {
        Self::with(wall_time, step, Value { tag: tag.into(), kind: Some(kind), metadata: None })
    }

    /// An event with one value and what there is to say of it.
    pub(super) fn described(wall_time: f64, step: i64, tag: &str, kind: Kind, description: &str) -> Self {
        let metadata = Some(Metadata { plugin: None, description: description.into() });
        Self::with(wall_time, step, Value { tag: tag.into(), kind: Some(kind), metadata })
    }

    /// An event for a plugin, which says everything in its metadata.
    pub(super) fn of_plugin(wall_time: f64, tag: &str, plugin: &str, content: Vec<u8>) -> Self {
        let plugin = Some(Plugin { name: plugin.into(), content });
        let metadata = Some(Metadata { plugin, description: String::new() });
        let kind = Some(Kind::Tensor(Tensor::empty()));
        Self::with(wall_time, 0, Value { tag: tag.into(), kind, metadata })
    }

    fn with(wall_time: f64, step: i64, value: Value) -> Self {
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
