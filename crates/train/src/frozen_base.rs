//! The frozen base of a model: computed once per picture where the pictures do not vary.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use engine::{Pool, Predictor, frozen_frontier};
use graph::{Graph, NodeId};
use images::{Order, Source};

use crate::feed::{Features, Feed};
use crate::{Data, Event, Model, Observer, Part, Result};

/// The two parts of the pictures, as pictures or as features.
pub(crate) struct Feeds<'a> {
    pub(crate) train: Feed<'a>,
    pub(crate) validation: Option<Feed<'a>>,
}

/// Computes the features that can be kept; the rest stays pictures. When it is stopped meanwhile, they are incomplete.
pub(crate) fn feeds<'a>(
    model: &Model,
    data: &Data<'a>,
    observer: &mut Observer<'_>,
    stop: &AtomicBool,
    pool: &Arc<Pool>,
) -> Result<Feeds<'a>> {
    let augment = data.augment.filter(|augment| !augment.is_identity());
    let pictures = |source, augment| Feed::Pictures { source, augment, seed: data.seed };
    let mut feeds = Feeds {
        train: pictures(data.train, augment),
        validation: data.validation.map(|s| pictures(s, None)),
    };
    let Some(layer) = kept_layer(&model.graph) else { return Ok(feeds) };
    let mut base = Base { model, layer, room: data.feature_memory, batch_size: data.batch_size, stop, pool };
    if augment.is_none() && base.has_room_for(data.train, Part::Training, observer) {
        let name = &model.graph.node(layer).name;
        observer(Event::Notice(&format!(
            "the part up to layer {name} is frozen and the pictures do not vary, so its features are computed once per \
             picture; the epochs train on them"
        )));
        feeds.train = Feed::Features(base.features(data.train, Part::Training, observer)?);
    }
    if let Some(source) = data.validation
        && base.has_room_for(source, Part::Validation, observer)
    {
        feeds.validation = Some(Feed::Features(base.features(source, Part::Validation, observer)?));
    }
    Ok(feeds)
}

/// The layer whose output is computed once per picture where pictures do not vary; `None` where nothing is frozen, or nothing
/// that has a parameter: of a layer that only scales, say, there is little to save.
pub fn kept_layer(graph: &Graph) -> Option<NodeId> {
    let has_parameters =
        |last: &NodeId| graph.nodes()[..=last.index()].iter().any(|node| !node.parameters.is_empty());
    frozen_frontier(graph).filter(has_parameters)
}

/// Everything up to the layer through which what learns sees the picture.
struct Base<'a> {
    model: &'a Model,
    layer: NodeId,
    /// Bytes left for features.
    room: usize,
    batch_size: usize,
    stop: &'a AtomicBool,
    pool: &'a Arc<Pool>,
}

impl Base<'_> {
    fn width(&self) -> usize {
        self.model.graph.node(self.layer).shape.elements()
    }

    /// Sets room aside for the features of `source`, or says that there is none.
    fn has_room_for(&mut self, source: &Source, part: Part, observer: &mut Observer<'_>) -> bool {
        let bytes = source.len().saturating_mul(self.width()).saturating_mul(size_of::<f32>());
        if bytes <= self.room {
            self.room -= bytes;
            return true;
        }
        let part = match part {
            Part::Training => "training",
            Part::Validation => "validation",
        };
        let mebibytes = |bytes: usize| bytes >> 20;
        observer(Event::Notice(&format!(
            "the {part} features of the frozen base would take {} MiB and {} MiB are left for features, so they are \
             computed anew in each epoch",
            mebibytes(bytes),
            mebibytes(self.room)
        )));
        false
    }

    fn features(&self, source: &Source, part: Part, observer: &mut Observer<'_>) -> Result<Features> {
        let batch_size = self.batch_size.min(source.len());
        let Model { graph, weights } = self.model;
        let mut predictor = Predictor::up_to(graph, weights, self.layer, batch_size, self.pool)?;
        let (width, total) = (self.width(), source.len());
        let values = Vec::with_capacity(total * width);
        let mut features =
            Features { layer: self.layer, values, width, labels: Vec::new(), indices: Vec::new() };
        for batch in source.batches(Order::Sequential, None, 0, batch_size) {
            predictor.input(batch.len()).copy_from_slice(&batch.pixels);
            features.values.extend_from_slice(predictor.run(batch.len()));
            features.labels.extend_from_slice(&batch.labels);
            features.indices.extend_from_slice(&batch.indices);
            observer(Event::FeaturesProgress { part, done: features.labels.len(), total });
            if self.stop.load(Ordering::Relaxed) {
                break;
            }
        }
        Ok(features)
    }
}
