//! What a plan may change (order, folding, place, threads) and what it may not (the numbers).
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails by a panic and may speak")]

use std::sync::Arc;

use graph::{
    Activation, BatchNorm, Conv2d, Dense, DepthwiseConv2d, Graph, LayerNorm, NodeId, Op, Pool as Window,
    SeparableConv2d, Weights,
};
use linnaeus_engine::{
    BatchStatistics, Pass, Pool, Predictor, Trainer, TrainerOptions, frozen_frontier, initialize,
};

fn relu6() -> Op {
    Op::Activation(Activation::Relu6)
}

fn norm() -> Op {
    Op::BatchNorm(BatchNorm::default())
}

/// A network with everything that folds: norms, activations, residuals, paddings, a norm that cannot be folded; and
/// layers that train with their own activation.
fn network() -> (Graph, NodeId) {
    let mut g = Graph::new("m", "input", [17, 15, 3]).unwrap();
    let x = g.add("rescaling", Op::Rescaling { scale: 1.0 / 128.0, offset: -1.0 }, &[g.input()]).unwrap();
    let x = g.add("pad", Op::ZeroPad([0, 1, 0, 1]), &[x]).unwrap();
    let x = g.add("stem", Op::Conv2d(Conv2d::new(8, 3).stride(2).no_bias()), &[x]).unwrap();
    let x = g.add("stem_bn", norm(), &[x]).unwrap();
    let x = g.add("stem_relu", relu6(), &[x]).unwrap();
    let y = g.add("expand", Op::Conv2d(Conv2d::new(24, 1)), &[x]).unwrap();
    let y = g.add("expand_bn", norm(), &[y]).unwrap();
    let y = g.add("expand_swish", Op::Activation(Activation::Swish), &[y]).unwrap();
    let y = g.add("depthwise", Op::DepthwiseConv2d(DepthwiseConv2d::new(3).same().no_bias()), &[y]).unwrap();
    let y = g.add("depthwise_bn", norm(), &[y]).unwrap();
    let y = g.add("depthwise_relu", relu6(), &[y]).unwrap();
    let y = g.add("project", Op::Conv2d(Conv2d::new(8, 1).no_bias()), &[y]).unwrap();
    let y = g.add("project_bn", norm(), &[y]).unwrap();
    let x = g.add("add", Op::Add, &[x, y]).unwrap();
    let x = g.add("add_relu", Op::Activation(Activation::Relu), &[x]).unwrap();
    let plain = Conv2d::new(8, 3).same().activation(Activation::Relu);
    let x = g.add("plain", Op::Conv2d(plain), &[x]).unwrap();
    let a = g.add("pool", Op::MaxPool(Window::new(2).same()), &[x]).unwrap();
    let b = g.add("mean", Op::AveragePool(Window::new(2).same()), &[x]).unwrap();
    let x = g.add("concat", Op::Concat, &[a, b]).unwrap();
    let x = g.add("late_bn", norm(), &[x]).unwrap();
    let x = g.add("late_relu", relu6(), &[x]).unwrap();
    let base = g.add("gap", Op::GlobalAveragePool { keepdims: false }, &[x]).unwrap();
    let x = g.add("dropout", Op::Dropout(0.25), &[base]).unwrap();
    let x = g.add("hidden", Op::Dense(Dense::new(70).activation(Activation::Relu)), &[x]).unwrap();
    g.add("predictions", Op::Dense(Dense::new(5).activation(Activation::Softmax)), &[x]).unwrap();
    (g, base)
}

/// What the other network lacks: excited channels, separable convolutions, layer norms and scales, scaled sums, small
/// groups, borders cut off, pictures dropped whole.
fn modern_network() -> (Graph, NodeId) {
    let mut g = Graph::new("m", "input", [18, 16, 3]).unwrap();
    let input = g.input();
    let mut add = |name: &str, op: Op, inputs: &[NodeId]| g.add(name, op, inputs).unwrap();
    let x = add("rescaling", Op::Rescaling { scale: 1.0 / 128.0, offset: -1.0 }, &[input]);
    let x = add("stem", Op::Conv2d(Conv2d::new(24, 2).stride(2)), &[x]); // [9, 8, 24]
    let x = add("stem_norm", Op::LayerNorm(LayerNorm::default()), &[x]);
    let y = add("wide", Op::Conv2d(Conv2d { groups: 24, ..Conv2d::new(24, 7).same() }), &[x]);
    let y = add("wide_norm", Op::LayerNorm(LayerNorm { scale: false, ..LayerNorm::default() }), &[y]);
    let y = add("pointwise_1", Op::Dense(Dense::new(96)), &[y]);
    let y = add("gelu", Op::Activation(Activation::Gelu), &[y]);
    let y = add("pointwise_2", Op::Dense(Dense::new(24)), &[y]);
    let y = add("scale", Op::LayerScale { start: 0.1 }, &[y]);
    let y = add("drop_path", Op::StochasticDepth(0.3), &[y]);
    let x = add("add", Op::Add, &[x, y]);
    let y = add("separable", Op::SeparableConv2d(SeparableConv2d::new(24, 3).same().no_bias()), &[x]);
    let y = add("separable_bn", norm(), &[y]);
    let y = add("hard_swish", Op::Activation(Activation::HardSwish), &[y]);
    let s = add("squeeze", Op::GlobalAveragePool { keepdims: true }, &[y]);
    let s = add("reduce", Op::Conv2d(Conv2d::new(6, 1).activation(Activation::Relu)), &[s]);
    let s = add("gate", Op::Conv2d(Conv2d::new(24, 1).activation(Activation::HardSigmoid)), &[s]);
    let y = add("excite", Op::Multiply, &[s, y]);
    let y = add("grouped", Op::Conv2d(Conv2d { groups: 6, ..Conv2d::new(24, 3).same() }), &[y]);
    let x = add("scaled_sum", Op::AddScaled(0.2), &[x, y]);
    let x = add("relu", Op::Activation(Activation::Relu), &[x]);
    let a = add("cropped", Op::Crop([1, 0, 0, 1]), &[x]); // [8, 7, 24]
    let a = add("one_in_four", Op::MaxPool(Window::new(1).stride(2)), &[a]); // [4, 4, 24]
    let b = add("mean", Op::AveragePool(Window::new(3).stride(1).same()), &[x]);
    let b = add("strided", Op::Conv2d(Conv2d { kernel: [1, 7], ..Conv2d::new(8, 1).stride(2).same() }), &[b]);
    let b = add("strided_crop", Op::Crop([0, 1, 0, 0]), &[b]);
    let x = add("concat", Op::Concat, &[a, b, b]); // [4, 4, 40]
    let x = add("product", Op::Multiply, &[x, x]);
    let x = add("gap", Op::GlobalAveragePool { keepdims: true }, &[x]);
    let base = add("reshape", Op::Reshape([40].into()), &[x]);
    let x = add("dropout", Op::Dropout(0.25), &[base]);
    add("predictions", Op::Dense(Dense::new(5).activation(Activation::Softmax)), &[x]);
    (g, base)
}

fn networks() -> [(Graph, NodeId); 2] {
    [network(), modern_network()]
}

fn weights(graph: &Graph) -> Weights {
    let mut weights = initialize(graph, 3);
    for parameter in graph.parameters() {
        for (i, w) in weights.get_mut(parameter).iter_mut().enumerate() {
            *w += 0.1 * ((i * 7 + parameter.offset * 3) % 11) as f32 / 11.0;
        }
    }
    weights
}

fn pictures(graph: &Graph, count: usize) -> Vec<f32> {
    (0..count * graph.input_shape().elements()).map(|i| (i * 2_654_435_761 % 256) as f32).collect()
}

fn options(start: Option<NodeId>, statistics: BatchStatistics) -> TrainerOptions {
    TrainerOptions { batch: 6, start, statistics, seed: 9 }
}

fn pool(threads: usize) -> Arc<Pool> {
    Arc::new(Pool::new(threads))
}

fn close(a: &[f32], b: &[f32], what: &str) {
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(b) {
        assert!((a - b).abs() <= 1e-5 * (1.0 + a.abs()), "{what}: {a} and {b}");
    }
}

#[test]
fn folding_changes_nothing() {
    for (mut graph, _) in networks() {
        for random in ["dropout", "drop_path"] {
            if let Ok(random) = graph.find(random) {
                graph.set_trainable(random, false);
            }
        }
        let (weights, input) = (weights(&graph), pictures(&graph, 4));
        let mut folded = Predictor::new(&graph, &weights, 6, &pool(2)).unwrap();
        let moving = options(None, BatchStatistics::Moving);
        let mut plain = Trainer::new(&graph, weights, &moving, &pool(2)).unwrap();
        plain.input(4).copy_from_slice(&input);
        close(folded.predict(&input).unwrap(), plain.forward(4, 0).values, "folded and plain");
    }
}

/// A scale behind weights, and what is idle behind both, cost no step of their own.
#[test]
fn scales_and_idle_drops_fold() {
    let (graph, _) = modern_network();
    let mut predictor = Predictor::new(&graph, &weights(&graph), 1, &pool(1)).unwrap();
    predictor.input(1).fill(1.0);
    let layers: Vec<String> = predictor.profile(1).into_iter().map(|pass| pass.layer).collect();
    for folded in
        ["scale", "drop_path", "add", "separable_bn", "hard_swish", "scaled_sum", "scaled_sum_scale", "relu"]
    {
        assert!(!layers.iter().any(|layer| layer == folded), "{folded} is a step of {layers:?}");
    }
    assert!(layers.iter().any(|layer| layer == "separable_depthwise … separable"), "{layers:?}");
}

/// Layers are named as in the model that was given, whatever a plan makes of it.
#[test]
fn a_model_is_cut_anywhere() {
    for (graph, _) in networks() {
        let (weights, input) = (weights(&graph), pictures(&graph, 3));
        let whole = Predictor::new(&graph, &weights, 3, &pool(2)).unwrap().predict(&input).unwrap().to_vec();
        let mut cuts = 0;
        for id in graph.ids().skip(1) {
            let Ok(mut rest) = Predictor::from(&graph, &weights, id, 3, &pool(2)) else { continue };
            let mut first = Predictor::up_to(&graph, &weights, id, 3, &pool(2)).unwrap();
            let features = first.predict(&input).unwrap();
            assert_eq!(features.len(), 3 * graph.node(id).shape.elements(), "{}", graph.node(id).name);
            close(rest.predict(features).unwrap(), &whole, &graph.node(id).name);
            cuts += 1;
        }
        assert!(cuts > 8, "{cuts} cuts");
    }
}

/// A convolution and a depthwise one over strips of rows, where no projection follows and a sum does.
#[test]
fn a_sum_behind_a_depthwise_convolution_folds() {
    for kernel in [1, 3] {
        let mut g = Graph::new("m", "input", [40, 40, 3]).unwrap();
        let x = g.add("first", Op::Conv2d(Conv2d::new(12, 1)), &[g.input()]).unwrap();
        let y = g.add("expand", Op::Conv2d(Conv2d::new(12, kernel).same()), &[x]).unwrap();
        let y = g.add("expand_relu", relu6(), &[y]).unwrap();
        let y = g.add("depthwise", Op::DepthwiseConv2d(DepthwiseConv2d::new(3).same()), &[y]).unwrap();
        let y = g.add("add", Op::Add, &[x, y]).unwrap();
        g.add("relu", Op::Activation(Activation::Relu), &[y]).unwrap();
        let weights = weights(&g);
        let input: Vec<f32> = pictures(&g, 2).iter().map(|value| value / 256.0).collect();
        let mut folded = Predictor::new(&g, &weights, 2, &pool(2)).unwrap();
        let moving = options(None, BatchStatistics::Moving);
        let mut plain = Trainer::new(&g, weights, &moving, &pool(2)).unwrap();
        plain.input(2).copy_from_slice(&input);
        let expected = plain.forward(2, 0).values;
        close(folded.predict(&input).unwrap(), expected, &format!("behind {kernel} × {kernel}"));
    }
}

#[test]
#[should_panic(expected = "one picture at least")]
fn no_picture_is_no_batch() {
    let (graph, _) = network();
    let statistics = BatchStatistics::Batch;
    let mut trainer = Trainer::new(&graph, weights(&graph), &options(None, statistics), &pool(1)).unwrap();
    trainer.forward(0, 0);
}

#[test]
fn a_picture_gives_the_same_bits_in_any_batch_and_on_any_number_of_threads() {
    for (graph, _) in networks() {
        let (weights, input) = (weights(&graph), pictures(&graph, 6));
        let mut together = Predictor::new(&graph, &weights, 6, &pool(3)).unwrap();
        let together = together.predict(&input).unwrap().to_vec();
        let one = graph.input_shape().elements();
        let mut single = Predictor::new(&graph, &weights, 1, &pool(1)).unwrap();
        for (picture, expected) in input.chunks(one).zip(together.chunks(5)) {
            assert_eq!(single.predict(picture).unwrap(), expected);
        }
    }
}

fn train(graph: &Graph, start: Option<NodeId>, input: &[f32], threads: usize, steps: u64) -> Weights {
    let weights = weights(graph);
    let mut trainer =
        Trainer::new(graph, weights, &options(start, BatchStatistics::Batch), &pool(threads)).unwrap();
    for step in 0..steps {
        trainer.input(6).copy_from_slice(input);
        let mut gradient = trainer.forward(6, step).values.to_vec();
        for (picture, row) in gradient.chunks_mut(5).enumerate() {
            row[picture % 5] -= 1.0;
        }
        trainer.backward(6, &gradient);
        let update = trainer.update();
        for slot in update.slots {
            let gradients = &update.gradients[slot.gradients.clone()];
            let weights = update.weights[slot.weights.clone()].iter_mut();
            weights.zip(gradients).for_each(|(w, g)| *w -= 1e-3 * g);
        }
    }
    trainer.into_weights()
}

#[test]
fn training_gives_the_same_bits_on_any_number_of_threads() {
    for (graph, _) in networks() {
        let input = pictures(&graph, 6);
        let one = train(&graph, None, &input, 1, 3);
        assert_ne!(one, weights(&graph));
        assert_eq!(one, train(&graph, None, &input, 2, 3));
        assert_eq!(one, train(&graph, None, &input, 3, 3));
    }
}

#[test]
fn a_frozen_base_keeps_its_bits_and_a_learning_one_moves_its_figures() {
    let (mut graph, base) = network();
    let input = pictures(&graph, 6);
    let before = weights(&graph);
    let moved = train(&graph, None, &input, 2, 2);
    let mean = graph.parameters().iter().find(|p| p.name == "stem_bn/moving_mean").unwrap();
    assert_ne!(before.get(mean), moved.get(mean));
    graph.freeze_through(base);
    let after = train(&graph, None, &input, 2, 2);
    for parameter in graph.parameters() {
        let same = before.get(parameter) == after.get(parameter);
        assert_eq!(same, parameter.node <= base, "{}", parameter.name);
    }
}

#[test]
fn training_from_kept_features_equals_training_from_pictures() {
    for (mut graph, base) in networks() {
        graph.freeze_through(base);
        assert_eq!(frozen_frontier(&graph), Some(base));
        let input = pictures(&graph, 6);
        let features = Predictor::up_to(&graph, &weights(&graph), base, 6, &pool(2))
            .unwrap()
            .predict(&input)
            .unwrap()
            .to_vec();
        assert_eq!(train(&graph, None, &input, 2, 3), train(&graph, Some(base), &features, 1, 3));
    }
}

/// The loss takes care of the sigmoid that ends a model: whatever stands before it, it gets what the sigmoid reads.
#[test]
fn a_last_sigmoid_is_left_to_the_loss() {
    type Ending = fn(&mut Graph, NodeId) -> NodeId;
    let sigmoid = |g: &mut Graph, x| g.add("sigmoid", Op::Activation(Activation::Sigmoid), &[x]).unwrap();
    let endings: [Ending; 3] = [
        |g, x| g.add("last", Op::Dense(Dense::new(2).activation(Activation::Sigmoid)), &[x]).unwrap(),
        |g, x| g.add("last", norm(), &[x]).unwrap(),
        |g, x| g.add("last", Op::Add, &[x, g.input()]).unwrap(),
    ];
    for (number, ending) in endings.into_iter().enumerate() {
        let mut g = Graph::new("m", "input", [4, 4, 2]).unwrap();
        let x = g.add("before", Op::Conv2d(Conv2d::new(2, 3).same()), &[g.input()]).unwrap();
        let x = ending(&mut g, x);
        if number > 0 {
            sigmoid(&mut g, x);
        }
        let weights = weights(&g);
        let mut trainer =
            Trainer::new(&g, weights, &options(None, BatchStatistics::Batch), &pool(2)).unwrap();
        let input: Vec<f32> = pictures(&g, 3).iter().map(|value| value / 256.0).collect();
        trainer.input(3).copy_from_slice(&input);
        let output = trainer.forward(3, 0);
        assert_eq!(output.activation, Activation::Sigmoid, "{number}");
        let expected: Vec<f32> = output.logits.iter().map(|x| 1.0 / (1.0 + (-x).exp())).collect();
        close(output.values, &expected, &format!("ending {number}"));
    }
}

/// Keras writes `Activation("linear")` anywhere; nothing is computed for it.
#[test]
fn a_linear_activation_stands_anywhere() {
    let linear = || Op::Activation(Activation::Linear);
    let mut g = Graph::new("m", "input", [4, 4, 2]).unwrap();
    let x = g.add("on_input", linear(), &[g.input()]).unwrap();
    let x = g.add("pool", Op::MaxPool(Window::new(2)), &[x]).unwrap();
    let x = g.add("on_pool", linear(), &[x]).unwrap();
    let y = g.add("relu", Op::Activation(Activation::Relu), &[x]).unwrap();
    let y = g.add("on_relu", linear(), &[y]).unwrap();
    let x = g.add("add", Op::Add, &[x, y]).unwrap();
    g.add("last", linear(), &[x]).unwrap();
    let input: Vec<f32> = (0..32).map(|i| i as f32 - 16.0).collect();
    let mut predictor = Predictor::new(&g, &Weights::zeros(&g), 1, &pool(1)).unwrap();
    assert_eq!(predictor.predict(&input).unwrap(), [-6.0, -5.0, -2.0, -1.0, 20.0, 22.0, 28.0, 30.0]);
}

#[test]
fn what_cannot_be_planned_is_said() {
    let (mut graph, base) = network();
    let weights = weights(&graph);
    let say = |graph: &Graph, start| {
        Trainer::new(graph, weights.clone(), &options(start, BatchStatistics::Batch), &pool(1))
            .err()
            .unwrap()
            .to_string()
    };
    assert!(say(&graph, Some(base)).contains("stem/kernel is trainable"));
    let inside = graph.find("expand").unwrap();
    graph.freeze_through(base);
    assert!(say(&graph, Some(inside)).contains("also needs layer"));
    graph.freeze_through(graph.output());
    assert!(say(&graph, None).contains("nothing to train"));
    let mut predictor = Predictor::new(&graph, &weights, 2, &pool(1)).unwrap();
    assert!(predictor.predict(&[]).unwrap_err().to_string().contains("expected 1 to 2 pictures"));
    assert!(predictor.predict(&[0.0; 7]).unwrap_err().to_string().contains("received 7 values"));
}

/// Every weighted step counts its products: once forward, backward once for the kernel that learns and once for the
/// input where it is wanted; behind a max pool only where the maxima are.
#[test]
fn a_profile_counts_the_products_of_the_definition() {
    let mut g = Graph::new("m", "input", [8, 8, 3]).unwrap();
    let x = g.add("stem", Op::Conv2d(Conv2d::new(16, 3).same()), &[g.input()]).unwrap();
    let x = g.add("conv", Op::Conv2d(Conv2d::new(20, 3).same().activation(Activation::Relu)), &[x]).unwrap();
    let x = g.add("frozen", Op::DepthwiseConv2d(DepthwiseConv2d::new(3).same()), &[x]).unwrap();
    g.set_trainable(x, false);
    let x =
        g.add("pooled", Op::Conv2d(Conv2d::new(10, 3).same().activation(Activation::Relu)), &[x]).unwrap();
    let x = g.add("pool", Op::MaxPool(Window::new(2)), &[x]).unwrap();
    let x = g.add("flatten", Op::Flatten, &[x]).unwrap();
    let x = g.add("hidden", Op::Dense(Dense::new(70).activation(Activation::Relu)), &[x]).unwrap();
    g.add("last", Op::Dense(Dense::new(5).activation(Activation::Softmax)), &[x]).unwrap();
    let statistics = BatchStatistics::Batch;
    let mut trainer = Trainer::new(&g, weights(&g), &options(None, statistics), &pool(1)).unwrap();
    let passes = trainer.profile(2);
    let counted = |layer: &str, pass: Pass| {
        let of_layer = passes.iter().filter(|one| one.layer == layer && one.pass == pass);
        of_layer.map(|one| one.operations / 4).collect::<Vec<_>>()
    };
    let expected = [
        ("stem", 64 * 27 * 16, 64 * 27 * 16),
        ("conv", 64 * 144 * 20, 2 * 64 * 144 * 20),
        ("frozen", 64 * 9 * 20, 64 * 9 * 20),
        ("pool", 64 * 180 * 10, 2 * 16 * 180 * 10),
        ("hidden", 160 * 70, 2 * 160 * 70),
        ("last", 70 * 5, 2 * 70 * 5),
    ];
    for (layer, forward, backward) in expected {
        assert_eq!(counted(layer, Pass::Forward), [forward], "{layer}");
        assert_eq!(counted(layer, Pass::Backward), [backward], "{layer}");
    }
    assert_eq!(counted("last, softmax", Pass::Forward), [0]);
}

#[test]
fn moving_figures_follow_as_keras_says() {
    let mut graph = Graph::new("m", "input", [2, 2, 1]).unwrap();
    graph
        .add("bn", Op::BatchNorm(BatchNorm { momentum: 0.9, ..BatchNorm::default() }), &[graph.input()])
        .unwrap();
    let weights = initialize(&graph, 0);
    let mut trainer =
        Trainer::new(&graph, weights, &options(None, BatchStatistics::Batch), &pool(1)).unwrap();
    trainer.input(2).copy_from_slice(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
    trainer.forward(2, 0);
    // The mean of 1..8 is 4.5 and the biased variance 5.25; they start at 0 and 1.
    let figures = [0.1 * 4.5, 0.9 + 0.1 * 5.25];
    for (parameter, expected) in graph.parameters()[2..].iter().zip(figures) {
        assert!((trainer.weights().get(parameter)[0] - expected).abs() < 1e-6, "{}", parameter.name);
    }
}
