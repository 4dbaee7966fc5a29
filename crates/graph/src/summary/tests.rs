use crate::{Activation, BatchNorm, Conv2d, Dense, DepthwiseConv2d, Graph, NodeId, Op};

/// The chain that both of `tests/data/golden.py`'s models begin with: rescaling, a frozen stem, ReLU6.
fn stem(name: &str) -> (Graph, NodeId) {
    let mut graph = Graph::new(name, "input", [32, 24, 3]).unwrap();
    let input = graph.input();
    let x = graph.add("rescaling", Op::Rescaling { scale: 1.0 / 255.0, offset: 0.0 }, &[input]).unwrap();
    let x = graph.add("stem_conv", Op::Conv2d(Conv2d::new(16, 3).same().no_bias()), &[x]).unwrap();
    let x = graph.add("stem_bn", Op::BatchNorm(BatchNorm::default()), &[x]).unwrap();
    graph.freeze_through(x);
    let x = graph.add("stem_relu", Op::Activation(Activation::Relu6), &[x]).unwrap();
    (graph, x)
}

fn predictions(classes: usize) -> Op {
    Op::Dense(Dense::new(classes).activation(Activation::Softmax))
}

fn branched() -> Graph {
    let (mut graph, stem) = stem("branched");
    let x = graph.add("depthwise", Op::DepthwiseConv2d(DepthwiseConv2d::new(3).same()), &[stem]).unwrap();
    let x = graph.add("add", Op::Add, &[stem, x]).unwrap();
    let x = graph.add("pool", Op::GlobalAveragePool { keepdims: false }, &[x]).unwrap();
    graph.add("predictions", predictions(1000), &[x]).unwrap();
    graph
}

fn chain() -> Graph {
    let (mut graph, x) = stem("chain");
    let x = graph.add("flatten", Op::Flatten, &[x]).unwrap();
    let x = graph.add("dropout", Op::Dropout(0.5), &[x]).unwrap();
    graph.add("predictions", predictions(2), &[x]).unwrap();
    graph
}

/// What stands in a summary: the cells of each row, and the lines around the table, without the drawing.
fn content(summary: &str) -> Vec<Vec<String>> {
    summary
        .lines()
        .filter(|line| !line.starts_with(['┏', '┡', '├', '└']))
        .map(|line| {
            line.split(['│', '┃'])
                .map(|cell| cell.replace("[0][0]", ""))
                .map(|c| c.trim().to_string())
                .collect()
        })
        .collect()
}

#[test]
fn a_branched_model_says_what_keras_says() {
    let keras = include_str!("../../tests/data/summary_branched.txt");
    assert_eq!(content(&branched().summary()), content(keras));
}

#[test]
fn a_chain_says_what_keras_says() {
    let keras = include_str!("../../tests/data/summary_chain.txt");
    assert_eq!(content(&chain().summary()), content(keras));
}

#[test]
fn the_table_is_drawn_straight() {
    let summary = branched().summary();
    let table: Vec<&str> = summary.lines().filter(|line| line.starts_with(|c: char| !c.is_ascii())).collect();
    let width = table[0].chars().count();
    assert!(table.iter().all(|line| line.chars().count() == width), "{summary}");
    assert!(
        summary.contains("│ predictions (Dense)           │ (None, 1000)       │  17,000 │"),
        "{summary}"
    );
}

#[test]
fn a_model_without_parameters() {
    let summary = Graph::new("empty", "input", [2, 2, 1]).unwrap().summary();
    assert!(summary.contains("│ input (InputLayer) │ (None, 2, 2, 1) │       0 │"), "{summary}");
    assert!(summary.ends_with(" Non-trainable params: 0 (0.00 B)\n"), "{summary}");
}

#[test]
fn sizes_and_figures_are_written_as_keras_writes_them() {
    // Figures of MobileNetV2's summary in Keras 3.15.
    assert_eq!(super::bytes_of_float32(3_538_984), "13.50 MB");
    assert_eq!(super::bytes_of_float32(34_176), "133.50 KB");
    assert_eq!(super::bytes_of_float32(160), "640.00 B");
    assert_eq!(super::bytes_of_float32(1 << 29), "2.00 GB");
    assert_eq!(super::thousands(1_281_000), "1,281,000");
    assert_eq!(super::thousands(999), "999");
}

#[test]
fn a_narrow_summary_says_the_same_in_more_lines() {
    for graph in [branched(), chain()] {
        for columns in [64, 70, 80] {
            let narrow = graph.summary_within(columns);
            assert!(narrow.lines().all(|line| line.chars().count() <= columns), "{narrow}");
            assert_eq!(letters(&narrow), letters(&graph.summary()), "{narrow}");
        }
    }
}

/// How often each character is there that is no line and no space.
fn letters(summary: &str) -> std::collections::BTreeMap<char, usize> {
    let mut counts = std::collections::BTreeMap::new();
    let shown = summary.chars().filter(|c| !c.is_whitespace() && !"┏┓┡┩└┘├┤┃│━─┳╇┴┼".contains(*c));
    shown.for_each(|c| *counts.entry(c).or_default() += 1);
    counts
}
