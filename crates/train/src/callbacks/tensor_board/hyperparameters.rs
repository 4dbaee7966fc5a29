//! A run's settings for TensorBoard's HParams page: `HParamsPluginData` (tensorboard/plugins/hparams/plugin_data.proto)
//! with an `Experiment` (api.proto), the start of a session and its end.

use std::collections::BTreeMap;

use prost::Message;

use super::event::Event;

/// The value of a setting.
#[derive(Debug, Clone, PartialEq)]
pub enum HyperParameter {
    /// A number.
    Number(f64),
    /// Text.
    Text(String),
    /// Yes or no.
    Flag(bool),
}

const PLUGIN: &str = "hparams";

#[derive(Clone, PartialEq, Message)]
struct PluginData {
    #[prost(int32, tag = "1")]
    version: i32,
    #[prost(oneof = "Data", tags = "2, 3, 4")]
    data: Option<Data>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum Data {
    #[prost(message, tag = "2")]
    Experiment(Experiment),
    #[prost(message, tag = "3")]
    Start(SessionStart),
    #[prost(message, tag = "4")]
    End(SessionEnd),
}

#[derive(Clone, PartialEq, Message)]
struct Experiment {
    #[prost(double, tag = "3")]
    time_created: f64,
    #[prost(message, repeated, tag = "4")]
    parameters: Vec<ParameterInfo>,
    #[prost(message, repeated, tag = "5")]
    metrics: Vec<MetricInfo>,
}

#[derive(Clone, PartialEq, Message)]
struct ParameterInfo {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(int32, tag = "4")]
    kind: i32,
}

#[derive(Clone, PartialEq, Message)]
struct MetricInfo {
    #[prost(message, optional, tag = "1")]
    name: Option<MetricName>,
    #[prost(string, tag = "3")]
    display_name: String,
    #[prost(int32, tag = "5")]
    part: i32,
}

#[derive(Clone, PartialEq, Message)]
struct MetricName {
    /// The folder below the session's.
    #[prost(string, tag = "1")]
    group: String,
    #[prost(string, tag = "2")]
    tag: String,
}

#[derive(Clone, PartialEq, Message)]
struct SessionStart {
    #[prost(btree_map = "string, message", tag = "1")]
    parameters: BTreeMap<String, JsonValue>,
    #[prost(double, tag = "5")]
    time: f64,
}

#[derive(Clone, PartialEq, Message)]
struct SessionEnd {
    #[prost(int32, tag = "1")]
    status: i32,
    #[prost(double, tag = "2")]
    time: f64,
}

/// `google.protobuf.Value`, as far as it is needed.
#[derive(Clone, PartialEq, Message)]
struct JsonValue {
    #[prost(oneof = "JsonKind", tags = "2, 3, 4")]
    kind: Option<JsonKind>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum JsonKind {
    #[prost(double, tag = "2")]
    Number(f64),
    #[prost(string, tag = "3")]
    Text(String),
    #[prost(bool, tag = "4")]
    Flag(bool),
}

impl HyperParameter {
    fn value(&self) -> JsonValue {
        JsonValue {
            kind: Some(match self {
                Self::Number(number) => JsonKind::Number(*number),
                Self::Text(text) => JsonKind::Text(text.clone()),
                Self::Flag(flag) => JsonKind::Flag(*flag),
            }),
        }
    }

    /// The protocol's `DataType`.
    fn kind(&self) -> i32 {
        match self {
            Self::Text(_) => 1,
            Self::Flag(_) => 2,
            Self::Number(_) => 3,
        }
    }
}

/// What opens a session: which settings and which figures there are, and the settings' values. `metrics` are a folder
/// and a tag each.
pub(super) fn start(
    now: f64,
    parameters: &[(String, HyperParameter)],
    metrics: impl Iterator<Item = (&'static str, String)>,
) -> Vec<Event> {
    let info =
        |(name, value): &(String, HyperParameter)| ParameterInfo { name: name.clone(), kind: value.kind() };
    let metric = |(group, tag): (&'static str, String)| MetricInfo {
        display_name: format!("{group}: {tag}"),
        // The protocol's `DatasetType`.
        part: if group == super::VALIDATION { 2 } else { 1 },
        name: Some(MetricName { group: group.into(), tag }),
    };
    let experiment = Experiment {
        time_created: now,
        parameters: parameters.iter().map(info).collect(),
        metrics: metrics.map(metric).collect(),
    };
    let values = parameters.iter().map(|(name, value)| (name.clone(), value.value()));
    let start = SessionStart { parameters: values.collect(), time: now };
    vec![
        event(now, "_hparams_/experiment", Data::Experiment(experiment)),
        event(now, "_hparams_/session_start_info", Data::Start(start)),
    ]
}

/// What ends a session.
pub(super) fn end(now: f64) -> Event {
    const SUCCESS: i32 = 1;
    event(now, "_hparams_/session_end_info", Data::End(SessionEnd { status: SUCCESS, time: now }))
}

fn event(now: f64, tag: &str, data: Data) -> Event {
    Event::of_plugin(now, tag, PLUGIN, PluginData { version: 0, data: Some(data) }.encode_to_vec())
}
