//! Where batches come from: pictures as they are read, or the features of a frozen base, kept in memory.

use std::ops::Range;
use std::sync::Arc;

use graph::NodeId;
use images::{Augment, Batch, Batches, Draw, Mix, Order, Source};

use crate::kept_features::Row;

/// One part of the pictures, ready to be gone through any number of times.
pub(crate) enum Feed<'a> {
    /// Read, and varied if wanted, in each pass.
    Pictures { source: &'a Source, augment: Option<&'a Augment>, seed: u64 },
    /// Computed once.
    Features(Features),
}

/// What a frozen base gives for each picture of a source.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Features {
    /// Whose output they are.
    layer: NodeId,
    rows: Vec<Row>,
    labels: Vec<u32>,
    indices: Vec<usize>,
}

impl Features {
    /// Those of a source, with a row for each of its pictures but for those that could not be read.
    pub(crate) fn of(layer: NodeId, source: &Source, rows: Vec<Option<Row>>) -> Self {
        let mut features = Self { layer, rows: Vec::new(), labels: Vec::new(), indices: Vec::new() };
        for (index, (sample, row)) in source.samples().iter().zip(rows).enumerate() {
            let Some(row) = row else { continue };
            features.rows.push(row);
            features.labels.push(sample.label);
            features.indices.push(index);
        }
        features
    }
}

impl Feed<'_> {
    /// The number of pictures; fewer may come if some turn out to be damaged.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Pictures { source, .. } => source.len(),
            Self::Features(features) => features.labels.len(),
        }
    }

    /// Each picture's class.
    pub(crate) fn labels(&self) -> Vec<u32> {
        match self {
            Self::Pictures { source, .. } => source.labels(),
            Self::Features(features) => features.labels.clone(),
        }
    }

    /// The layer that stands for the model's input.
    pub(crate) fn start(&self) -> Option<NodeId> {
        match self {
            Self::Pictures { .. } => None,
            Self::Features(features) => Some(features.layer),
        }
    }

    /// Starts going through all pictures.
    pub(crate) fn pass(&self, order: Order, batch_size: usize) -> Pass<'_> {
        self.drawn_from(0, order.draws(self.len()), batch_size)
    }

    /// Starts going through these turns, with the batch of number `first`.
    pub(crate) fn drawn_from(&self, first: usize, draws: Vec<Draw>, batch_size: usize) -> Pass<'_> {
        match self {
            Self::Pictures { source, augment, seed } => {
                Pass::Pictures(source.drawn_from(first, draws, *augment, *seed, batch_size))
            }
            Self::Features(features) => {
                let rows: Arc<[usize]> = draws.iter().map(Draw::picture).collect();
                let labels = rows.iter().map(|&row| features.labels[row]).collect();
                let next = (first * batch_size).min(rows.len());
                Pass::Features { features, rows, labels, next, batch_size }
            }
        }
    }
}

/// Once through all pictures.
pub(crate) enum Pass<'a> {
    Pictures(Batches),
    /// The rows and labels of the whole pass, in its order, and how far it has come.
    Features {
        features: &'a Features,
        rows: Arc<[usize]>,
        labels: Arc<[u32]>,
        next: usize,
        batch_size: usize,
    },
}

impl<'a> Iterator for Pass<'a> {
    type Item = Inputs<'a>;

    fn next(&mut self) -> Option<Inputs<'a>> {
        match self {
            Self::Pictures(batches) => batches.next().map(Inputs::Pictures),
            Self::Features { features, rows, labels, next, batch_size } => {
                let range = *next..(*next + *batch_size).min(rows.len());
                *next = range.end;
                let (rows, labels, number) =
                    (Arc::clone(rows), Arc::clone(labels), range.start / *batch_size);
                (!range.is_empty()).then_some(Inputs::Features { features, rows, labels, range, number })
            }
        }
    }
}

/// The inputs of one step.
pub(crate) enum Inputs<'a> {
    Pictures(Batch),
    /// Of the pass's rows and labels those in `range`.
    Features {
        features: &'a Features,
        rows: Arc<[usize]>,
        labels: Arc<[u32]>,
        range: Range<usize>,
        number: usize,
    },
}

impl Inputs<'_> {
    /// Which batch of the pass they are, from 0.
    pub(crate) fn number(&self) -> usize {
        match self {
            Self::Pictures(batch) => batch.number,
            Self::Features { number, .. } => *number,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.labels().len()
    }

    pub(crate) fn labels(&self) -> &[u32] {
        match self {
            Self::Pictures(batch) => &batch.labels,
            Self::Features { labels, range, .. } => &labels[range.clone()],
        }
    }

    /// What of each picture is another's; empty where pictures are not mixed.
    pub(crate) fn mixes(&self) -> &[Mix] {
        match self {
            Self::Pictures(batch) => &batch.mixes,
            Self::Features { .. } => &[],
        }
    }

    /// Appends each picture's number in its source.
    pub(crate) fn indices_to(&self, indices: &mut Vec<usize>) {
        match self {
            Self::Pictures(batch) => indices.extend_from_slice(&batch.indices),
            Self::Features { features, rows, range, .. } => {
                indices.extend(rows[range.clone()].iter().map(|&row| features.indices[row]))
            }
        }
    }

    /// Writes the values to a model's input, `[pictures, …]`.
    pub(crate) fn write_to(&self, input: &mut [f32]) {
        match self {
            Self::Pictures(batch) => input.copy_from_slice(&batch.pixels),
            Self::Features { features, rows, range, .. } => {
                let rows = rows[range.clone()].iter().map(|&row| &features.rows[row]);
                let width = input.len() / range.len();
                input.chunks_exact_mut(width).zip(rows).for_each(|(input, row)| input.copy_from_slice(row));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_come_in_batches_in_the_order_asked_for() {
        let graph = graph::Graph::new("m", "input", [2]).unwrap();
        let features = Features {
            layer: graph.input(),
            rows: (0..5).map(|row| Row::from([2.0 * row as f32, 2.0 * row as f32 + 1.0])).collect(),
            labels: vec![0, 1, 2, 3, 4],
            indices: vec![10, 11, 12, 13, 14],
        };
        let feed = Feed::Features(features);
        let collect = |order| {
            let (mut labels, mut values, mut indices, mut sizes) =
                (Vec::new(), Vec::new(), Vec::new(), Vec::new());
            for inputs in feed.pass(order, 2) {
                let mut input = vec![0.0; inputs.len() * 2];
                inputs.write_to(&mut input);
                inputs.indices_to(&mut indices);
                values.extend(input);
                labels.extend_from_slice(inputs.labels());
                sizes.push(inputs.len());
            }
            (labels, values, indices, sizes)
        };
        let (labels, values, indices, sizes) = collect(Order::Sequential);
        assert_eq!((labels, indices, sizes), (vec![0, 1, 2, 3, 4], vec![10, 11, 12, 13, 14], vec![2, 2, 1]));
        assert_eq!(values, (0..10).map(|v| v as f32).collect::<Vec<_>>());
        let (labels, values, indices, _) = collect(Order::Shuffled { seed: 1, epoch: 0 });
        assert_ne!(labels, [0, 1, 2, 3, 4]);
        for (at, &label) in labels.iter().enumerate() {
            assert_eq!(values[2 * at..][..2], [2.0 * label as f32, 2.0 * label as f32 + 1.0]);
            assert_eq!(indices[at], label as usize + 10);
        }
    }
}
