//! What a network does to a picture's values before its first layer of another kind: a factor and a summand a channel.
//!
//! `y[c] = x[from[c]] * factor[c] + summand[c]`, whichever layers say it: Keras's EfficientNet divides by 255,
//! subtracts the mean, and divides twice by the root of the deviation, in three layers; others do the same in one.

use graph::{Graph, Node, NodeId, Op};

/// How a network scales pictures.
#[derive(Debug, Clone, PartialEq)]
pub struct Scaling {
    channels: Vec<Channel>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Channel {
    from: usize,
    factor: f64,
    summand: f64,
}

/// Pictures have no more channels, and networks no more layers that scale them.
const MOST_CHANNELS: usize = 16;
const MOST_LAYERS: usize = 8;

impl Scaling {
    /// That of the layers that follow the input of `graph` one after the other, and scale or reverse channels.
    pub fn of(graph: &Graph) -> Self {
        let channels = match graph.input_shape().channels() {
            channels if channels <= MOST_CHANNELS => channels,
            _ => 0, // no picture
        };
        let plain = |from| Channel { from, factor: 1.0, summand: 0.0 };
        let mut scaling = Self { channels: (0..channels).map(plain).collect() };
        let mut last = graph.input();
        for _ in 0..MOST_LAYERS {
            match only_reader(graph, last).filter(|(_, node)| scaling.apply(&node.op)) {
                Some((reader, _)) => last = reader,
                None => break,
            }
        }
        scaling
    }

    /// Whether values come to the other layers as they are.
    pub fn is_plain(&self) -> bool {
        let plain = |(index, channel): (usize, &Channel)| {
            *channel == Channel { from: index, factor: 1.0, summand: 0.0 }
        };
        self.channels.iter().enumerate().all(plain)
    }

    /// Mean and variance of each channel, where it says nothing else and channels keep their places.
    pub fn figures(&self) -> Option<(Vec<f32>, Vec<f32>)> {
        let figure = |(index, channel): (usize, &Channel)| {
            let fits = channel.from == index && channel.factor > 0.0;
            fits.then(|| (-channel.summand / channel.factor, channel.factor.powi(-2)))
        };
        let figures: Option<Vec<(f64, f64)>> = self.channels.iter().enumerate().map(figure).collect();
        figures
            .map(|figures| figures.into_iter().map(|(mean, variance)| (mean as f32, variance as f32)).unzip())
    }

    /// Whether both make the same of a picture, but for rounding.
    pub fn agrees(&self, other: &Self) -> bool {
        let close = |(a, b): (&Channel, &Channel)| {
            a.from == b.from
                && (a.factor - b.factor).abs() <= 1e-4 * b.factor.abs()
                && (a.summand - b.summand).abs() <= 1e-3 * b.summand.abs().max(1.0)
        };
        self.channels.len() == other.channels.len() && self.channels.iter().zip(&other.channels).all(close)
    }

    /// Adds what `op` does; false where it does something else.
    fn apply(&mut self, op: &Op) -> bool {
        match op {
            Op::Rescaling { scale, offset } => {
                self.channels.iter_mut().for_each(|channel| channel.then((*scale).into(), (*offset).into()));
            }
            Op::Normalization { mean, variance } => {
                for ((channel, mean), variance) in self.channels.iter_mut().zip(mean).zip(variance) {
                    let factor = 1.0 / f64::from(*variance).sqrt();
                    channel.then(factor, -f64::from(*mean) * factor);
                }
            }
            Op::ReverseChannels => self.channels.reverse(),
            _ => return false,
        }
        true
    }
}

impl Channel {
    fn then(&mut self, factor: f64, summand: f64) {
        self.factor *= factor;
        self.summand = self.summand * factor + summand;
    }
}

/// The node that reads `id`, where there is one alone and it reads nothing else.
fn only_reader(graph: &Graph, id: NodeId) -> Option<(NodeId, &Node)> {
    let mut readers =
        graph.ids().map(|reader| (reader, graph.node(reader))).filter(|(_, node)| node.inputs.contains(&id));
    let reader = readers.next().filter(|(_, node)| node.inputs == [id])?;
    readers.next().is_none().then_some(reader)
}

#[cfg(test)]
mod tests {
    use graph::Conv2d;

    use super::*;

    fn network(ops: Vec<Op>) -> Graph {
        let mut graph = Graph::new("m", "in", [4, 4, 3]).unwrap();
        let mut last = graph.input();
        for (index, op) in ops.into_iter().chain([Op::Conv2d(Conv2d::new(2, 3))]).enumerate() {
            last = graph.add(format!("layer{index}"), op, &[last]).unwrap();
        }
        graph
    }

    fn normalization(mean: [f32; 3], variance: [f32; 3]) -> Op {
        Op::Normalization { mean: mean.to_vec(), variance: variance.to_vec() }
    }

    /// `keras.applications.efficientnet`: three layers; `imagenet_utils.preprocess_input(mode="torch")`: one.
    #[test]
    fn the_same_in_other_layers_agrees() {
        let (mean, deviation) = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);
        let over_255 = || Op::Rescaling { scale: 1.0 / 255.0, offset: 0.0 };
        let one = network(vec![normalization(
            mean.map(|mean| mean * 255.0),
            deviation.map(|deviation| (deviation * 255.0) * (deviation * 255.0)),
        )]);
        let two = network(vec![over_255(), normalization(mean, deviation.map(|d| d * d))]);
        let three =
            network(vec![over_255(), normalization(mean, deviation), normalization([0.0; 3], deviation)]);
        for other in [&two, &three] {
            assert!(Scaling::of(other).agrees(&Scaling::of(&one)));
        }
        let never_adapted = network(vec![over_255(), normalization([0.0; 3], [1.0; 3])]);
        assert!(!Scaling::of(&never_adapted).agrees(&Scaling::of(&one)));
        let turned = network(vec![Op::ReverseChannels, over_255(), normalization(mean, deviation)]);
        assert!(!Scaling::of(&turned).agrees(&Scaling::of(&three)));
        assert!(!Scaling::of(&three).is_plain() && Scaling::of(&network(Vec::new())).is_plain());
        let twice = network(vec![Op::ReverseChannels, Op::ReverseChannels]);
        assert!(Scaling::of(&twice).is_plain());
    }
}
