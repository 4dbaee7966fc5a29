//! Small generated pictures on disk, and small networks for them.

use std::path::Path;

use graph::{Activation, BatchNorm, Conv2d, Dense, Graph, NodeId, Op};
use images::{Channels, Preprocess, Sample, Source, SourceOptions};
use linnaeus_train::Model;

/// Height and width.
pub(crate) const SIDE: usize = 12;

/// `count` pictures of two classes in `folder`: noise over stripes that lie or stand.
pub(crate) fn stripes(folder: &Path, count: usize) -> Vec<Sample> {
    let one = |index: usize| {
        let label = index as u32 % 2;
        let path = folder.join(format!("{index}.bmp"));
        let pixel = |y: usize, x: usize, channel: usize| {
            let stripe = if label == 0 { y } else { x } / 2 % 2;
            let noise = (index * 7919 + y * 104_729 + x * 1_299_709 + channel * 15_485_863) % 97;
            (stripe * 120 + noise) as u8
        };
        std::fs::write(&path, bitmap(SIDE, pixel)).unwrap();
        Sample::new(path, label)
    };
    (0..count).map(one).collect()
}

/// A Windows bitmap of 24 bits a pixel. `pixel` gives the value at a row, a column and a channel (red, green, blue).
pub(crate) fn bitmap(side: usize, pixel: impl Fn(usize, usize, usize) -> u8) -> Vec<u8> {
    assert_eq!(side * 3 % 4, 0, "rows would need filling");
    let size = side * side * 3;
    let mut file = b"BM".to_vec();
    for word in
        [54 + size as u32, 0, 54, 40, side as u32, side as u32, 1 | 24 << 16, 0, size as u32, 0, 0, 0, 0]
    {
        file.extend(word.to_le_bytes());
    }
    // From the lowest row up, blue first.
    file.extend((0..size).map(|at| pixel(side - 1 - at / 3 / side, at / 3 % side, 2 - at % 3)));
    file
}

/// A loaded source of `samples`.
pub(crate) fn source(samples: &[Sample], workers: usize) -> Source {
    let preprocess = Preprocess::new([SIDE, SIDE], Channels::Rgb).unwrap();
    let options = SourceOptions { memory_limit_bytes: 1 << 20, workers };
    let mut source = Source::new(samples.to_vec(), &preprocess, options);
    source.load().unwrap();
    source
}

/// How a test's network ends.
pub(crate) fn softmax() -> Op {
    Op::Dense(Dense::new(2).activation(Activation::Softmax))
}

/// One unit for two classes.
pub(crate) fn sigmoid() -> Op {
    Op::Dense(Dense::new(1).activation(Activation::Sigmoid))
}

/// A network of two convolutions with batch norm and a head with dropout; also its last layer before the head.
pub(crate) fn network(head: Op) -> (Model, NodeId) {
    let mut g = Graph::new("m", "input", [SIDE, SIDE, 3]).unwrap();
    let x = g.add("rescaling", Op::Rescaling { scale: 1.0 / 64.0, offset: -1.0 }, &[g.input()]).unwrap();
    let x = g.add("conv1", Op::Conv2d(Conv2d::new(8, 3).same().no_bias()), &[x]).unwrap();
    let x = g.add("bn1", Op::BatchNorm(BatchNorm { momentum: 0.8, ..BatchNorm::default() }), &[x]).unwrap();
    let x = g.add("relu1", Op::Activation(Activation::Relu), &[x]).unwrap();
    let x = g.add("conv2", Op::Conv2d(Conv2d::new(8, 3).stride(2)), &[x]).unwrap();
    let x = g.add("bn2", Op::BatchNorm(BatchNorm { momentum: 0.8, ..BatchNorm::default() }), &[x]).unwrap();
    let x = g.add("relu2", Op::Activation(Activation::Relu), &[x]).unwrap();
    let base = g.add("gap", Op::GlobalAveragePool { keepdims: false }, &[x]).unwrap();
    let x = g.add("dropout", Op::Dropout(0.1), &[base]).unwrap();
    g.add("predictions", head, &[x]).unwrap();
    let weights = engine::initialize(&g, 5);
    (Model { graph: g, weights }, base)
}
