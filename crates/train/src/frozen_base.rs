//! The frozen base of a model: computed once per picture where the pictures do not vary.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use engine::{Pool, Predictor, frozen_frontier};
use graph::{Graph, NodeId};
use images::{Order, Sample, Source};

use crate::feed::{Features, Feed};
use crate::kept_features::{KeptFeatures, Row, feature_bytes};
use crate::{Data, Event, Model, Observer, Part, Result};

/// The two parts of the pictures, as pictures or as features.
pub(crate) struct Feeds<'a> {
    pub(crate) train: Feed<'a>,
    pub(crate) validation: Option<Feed<'a>>,
}

/// Computes the features that can be kept, or takes those of trainings before; the rest stays pictures. When it is
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
        kept.forget_other_bases(model, layer, data.train.preprocess());
    }
    let Some(layer) = layer else { return Ok(feeds) };
    let (room, batch_size) = (data.feature_memory, data.batch_size);
    let mut base = Base { model, layer, room, batch_size, stop, pool, kept };
    let train = Some(data.train).filter(|_| augment.is_none());
    let train = train.filter(|source| base.has_room_for(source, Part::Training, observer));
    let validation = data.validation.filter(|source| base.has_room_for(source, Part::Validation, observer));
    let most = room / feature_bytes(base.width());
    if let Some(kept) = &mut base.kept {
        let parts: Vec<&Source> = [train, validation].into_iter().flatten().collect();
        kept.make_room(&parts, most);
    }
    if let Some(source) = train {
        feeds.train = Feed::Features(base.features(source, Part::Training, observer)?);
    }
    if let Some(source) = validation {
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
        let bytes = source.len().saturating_mul(feature_bytes(self.width()));
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

    /// Those that are kept, and of the other pictures new ones, which then are.
    fn features(&mut self, source: &Source, part: Part, observer: &mut Observer<'_>) -> Result<Features> {
        let kept = |sample: &Sample| self.kept.as_ref()?.of(source, &sample.path).cloned();
        let mut rows: Vec<Option<Row>> = source.samples().iter().map(kept).collect();
        if rows.iter().any(Option::is_none) {
            self.compute(source, &mut rows, part, observer)?;
        }
        if let Some(kept) = &mut self.kept {
            kept.keep(source, &rows);
        }
        Ok(Features::of(self.layer, source, rows))
    }

    /// The rows that there are not.
    fn compute(
        &self,
        source: &Source,
        rows: &mut [Option<Row>],
        part: Part,
        observer: &mut Observer<'_>,
    ) -> Result<()> {
        let Model { graph, weights } = self.model;
        if part == Part::Training {
            let name = &graph.node(self.layer).name;
            observer(Event::Notice(&format!(
                "the part up to layer {name} is frozen and the pictures do not vary, so its features are computed once per \
                 picture; the epochs train on them"
            )));
        }
        let mut draws = Order::Sequential.draws(source.len());
        draws.retain(|draw| rows[draw.picture()].is_none());
        let (total, mut done) = (draws.len(), 0);
        let batch_size = self.batch_size.min(total);
        let mut predictor = Predictor::up_to(graph, weights, self.layer, batch_size, self.pool)?;
        for batch in source.drawn_from(0, draws, None, 0, batch_size) {
            predictor.input(batch.len()).copy_from_slice(&batch.pixels);
            let values = predictor.run(batch.len()).chunks_exact(self.width());
            for (index, values) in batch.indices.iter().zip(values) {
                rows[*index] = Some(Row::from(values));
            }
            done += batch.len();
            observer(Event::FeaturesProgress { part, done, total });
            if self.stop.load(Ordering::Relaxed) {
                break;
            }
        }
        Ok(())
    }
}
