//! The frozen base of a model: computed once per picture where the pictures do not vary.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use engine::{Pool, Predictor, frozen_frontier};
use graph::{Graph, NodeId};
use images::{Order, Source};

use crate::feed::{Features, Feed};
use crate::kept_features::KeptFeatures;
use crate::{Data, Event, Model, Observer, Part, Result};

/// The two parts of the pictures, as pictures or as features.
pub(crate) struct Feeds<'a> {
    pub(crate) train: Feed<'a>,
    pub(crate) validation: Option<Feed<'a>>,
}

/// Computes the features that can be kept, or takes those of the training before; the rest stays pictures. When it is
/// stopped meanwhile, they are incomplete.
pub(crate) fn feeds<'a>(
    model: &Model,
    data: &Data<'a>,
    mut kept: Option<&mut KeptFeatures>,
    observer: &mut Observer<'_>,
    (stop, pool): (&AtomicBool, &Arc<Pool>),
) -> Result<Feeds<'a>> {
    let augment = data.augment.filter(|augment| !augment.is_identity());
    let pictures = |source, augment| Feed::Pictures { source, augment, seed: data.seed };
    let mut feeds = Feeds {
        train: pictures(data.train, augment),
        validation: data.validation.map(|s| pictures(s, None)),
    };
    let layer = kept_layer(&model.graph);
    if let Some(kept) = &mut kept {
        kept.forget_other_bases(model, layer, data.batch_size);
    }
    let Some(layer) = layer else { return Ok(feeds) };
    let (room, batch_size) = (data.feature_memory, data.batch_size);
    let mut base = Base { model, layer, room, batch_size, stop, pool, kept };
    if augment.is_none() && base.has_room_for(data.train, Part::Training, observer) {
        feeds.train = Feed::Features(base.features(data.train, Part::Training, observer)?);
    } else {
        base.forget(Part::Training);
    }
    if let Some(source) = data.validation
        && base.has_room_for(source, Part::Validation, observer)
    {
        feeds.validation = Some(Feed::Features(base.features(source, Part::Validation, observer)?));
    }
    Ok(feeds)
}

/// The layer whose output is computed once per picture where pictures do not vary; `None` where nothing is frozen, or
/// nothing that has a parameter: of a layer that only scales, say, there is little to save.
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
    kept: Option<&'a mut KeptFeatures>,
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
        self.forget(part);
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

    fn forget(&mut self, part: Part) {
        if let Some(kept) = &mut self.kept {
            kept.forget(part);
        }
    }

    /// Those that are kept of these pictures, or new ones, which then are.
    fn features(
        &mut self,
        source: &Source,
        part: Part,
        observer: &mut Observer<'_>,
    ) -> Result<Arc<Features>> {
        if let Some(features) = self.kept.as_ref().and_then(|kept| kept.of(part, source)) {
            return Ok(features);
        }
        // Before there are others: the memory is for one of them.
        self.forget(part);
        if part == Part::Training {
            let name = &self.model.graph.node(self.layer).name;
            observer(Event::Notice(&format!(
                "the part up to layer {name} is frozen and the pictures do not vary, so its features are computed once per \
                 picture; the epochs train on them"
            )));
        }
        let features = Arc::new(self.compute(source, part, observer)?);
        if let Some(kept) = &mut self.kept
            && !self.stop.load(Ordering::Relaxed)
        {
            kept.keep(part, source, &features);
        }
        Ok(features)
    }

    fn compute(&self, source: &Source, part: Part, observer: &mut Observer<'_>) -> Result<Features> {
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
