//! Walks the registry: a new architecture is tested by being in the list.

use std::collections::HashSet;

use graph::{Graph, Op, Shape};
use linnaeus_zoo::{
    Architecture, ErrorKind, Head, HeadActivation, HeadPooling, InputScaling, Options, Pooling, Top, all,
    find, flops,
};

fn head(classes: usize) -> Top {
    Top::Head(Head::new(classes))
}

fn build(architecture: &Architecture, input: [usize; 3], top: Top) -> Graph {
    let built = architecture.build(&Options::new(input, top));
    built.unwrap_or_else(|error| panic!("{} at {input:?}: {error}", architecture.name))
}

#[test]
fn each_builds_at_every_size_channel_and_top() {
    for architecture in all() {
        let least = architecture.minimum_size;
        let [height, width, _] = architecture.default_input;
        for [height, width] in [[height, width], [least, least], [least + 1, 2 * least + 3], [301, 225]] {
            for channels in [1, 3, 4] {
                builds_with_every_top(architecture, [height, width, channels]);
            }
        }
    }
}

fn builds_with_every_top(architecture: &Architecture, input: [usize; 3]) {
    let sigmoid = Head::new(2).activation(HeadActivation::Sigmoid).dropout(0.5);
    let tops = [
        (Top::Features(Pooling::None), None),
        (head(7), Some(7)),
        (Top::Head(sigmoid), Some(1)),
        (architecture.classifier(9), Some(9)),
    ];
    for (top, outputs) in tops {
        let graph = build(architecture, input, top);
        assert_eq!((graph.name(), graph.input_shape()), (architecture.name, &Shape::from(input)));
        match outputs {
            Some(outputs) => assert_eq!(graph.output_shape(), &Shape::from([outputs])),
            None => assert!(graph.output_shape().as_map().is_some()),
        }
    }
}

#[test]
fn every_name_is_used_once() {
    for architecture in all() {
        for top in [head(3), Top::Features(Pooling::None)] {
            let graph = build(architecture, architecture.default_input, top);
            let names: HashSet<&str> = graph.parameters().iter().map(|p| p.name.as_str()).collect();
            assert_eq!(names.len(), graph.parameters().len(), "{}", architecture.name);
        }
        assert_eq!(all().filter(|other| other.name == architecture.name).count(), 1);
    }
}

#[test]
fn scaling_is_the_first_layer() {
    for architecture in all() {
        match architecture.scaling {
            InputScaling::Rescaling { scale, offset } => {
                let rescaling = Op::Rescaling { scale, offset };
                assert_eq!(layer_behind_input(architecture, 3, 1), ("rescaling".into(), rescaling));
            }
            InputScaling::Torch => scaling_is_torchs(architecture),
            InputScaling::Caffe => scaling_is_caffes(architecture),
            InputScaling::Standardization { .. } => {
                panic!("{}: figures of one's own are no architecture's", architecture.name)
            }
        }
    }
}

/// Name and op of the layer so far behind the input of so many channels.
fn layer_behind_input(architecture: &Architecture, channels: usize, distance: usize) -> (String, Op) {
    let [height, width, _] = architecture.default_input;
    let graph = build(architecture, [height, width, channels], Top::Features(Pooling::None));
    let node = &graph.nodes()[distance];
    (node.name.clone(), node.op.clone())
}

fn scaling_is_torchs(architecture: &Architecture) {
    let near = |ours: &[f32], expected: &[f32]| {
        let are_near = ours.iter().zip(expected).all(|(a, b)| (a / b - 1.0).abs() < 1e-5);
        assert!(ours.len() == expected.len() && are_near, "{}: {ours:?}", architecture.name);
    };
    for channels in [1, 3, 4] {
        let (name, op) = layer_behind_input(architecture, channels, 1);
        let Op::Normalization { mean, variance } = op else { panic!("{}: {op:?}", architecture.name) };
        assert_eq!(name, "normalization", "{}", architecture.name);
        if channels == 3 {
            near(&mean, &[123.675, 116.28, 103.53]);
            near(&variance, &[58.395 * 58.395, 57.12 * 57.12, 57.375 * 57.375]);
        } else {
            near(&mean, &vec![114.495; channels]);
            near(&variance, &vec![3321.5204; channels]);
        }
    }
}

fn scaling_is_caffes(architecture: &Architecture) {
    assert_eq!(layer_behind_input(architecture, 3, 1), ("bgr".into(), Op::ReverseChannels));
    let mean = vec![103.939, 116.779, 123.68];
    let centering = Op::Normalization { mean, variance: vec![1.0; 3] };
    assert_eq!(layer_behind_input(architecture, 3, 2), ("centering".into(), centering));
    for channels in [1, 4] {
        let centering = Op::Rescaling { scale: 1.0, offset: -114.799_34 };
        assert_eq!(layer_behind_input(architecture, channels, 1), ("centering".into(), centering));
    }
}

#[test]
fn the_base_ends_where_the_head_begins() {
    for architecture in all() {
        let features = build(architecture, architecture.default_input, Top::Features(Pooling::None));
        // A norm behind the pooling is no part of the base, which it would be read through.
        let norm = match &architecture.head_pooling {
            HeadPooling::Normed { name, .. } => Some(*name),
            _ => None,
        };
        let last = features.nodes().iter().rposition(|node| Some(node.name.as_str()) != norm);
        assert_eq!(architecture.base_output(&features).map(|id| id.index()), last, "{}", architecture.name);

        let mut graph = build(architecture, architecture.default_input, head(5));
        let base = architecture.base_output(&graph).expect("a graph of this architecture");
        let of_base = ..=base.index();
        assert_eq!(graph.nodes()[of_base], features.nodes()[of_base], "the base does not depend on the head");
        assert_eq!(graph.nodes()[base.index() + 1].inputs, [base]);

        graph.freeze_through(base);
        only_the_head_is_trained(&graph, norm);

        let stranger = Graph::new("stranger", "input", [8, 8, 3]).expect("a graph");
        assert_eq!(architecture.base_output(&stranger), None);
    }
}

/// The head, and the norm behind the pooling where there is one.
fn only_the_head_is_trained(graph: &Graph, norm: Option<&str>) {
    let trained = graph.parameters().iter().filter(|parameter| graph.is_trained(parameter));
    let trained: Vec<&str> = trained.map(|parameter| parameter.name.as_str()).collect();
    let of_head = |name: &&str| name.starts_with("head_") || name.split('/').next() == norm;
    let ends_in_dense = trained.ends_with(&["head_dense/kernel", "head_dense/bias"]);
    assert!(trained.iter().all(of_head) && ends_in_dense, "{}: {trained:?}", graph.name());
}

#[test]
fn a_head_has_the_layers_that_it_asks_for() {
    let layers = |name: &str, head: Head| -> Vec<String> {
        let architecture = find(name).expect("it is registered");
        let graph = build(architecture, [32, 32, 3], Top::Head(head));
        let base = architecture.base_output(&graph).map_or(0, |id| id.index());
        graph.nodes()[base + 1..].iter().map(|n| format!("{} {}", n.name, n.op.keras_class())).collect()
    };
    let (pool, dropout, dense) =
        ("head_pool GlobalAveragePooling2D", "head_dropout Dropout", "head_dense Dense");
    assert_eq!(layers("mobilenet_v2", Head::new(4)), [pool, dense]);
    assert_eq!(layers("mobilenet_v2", Head::new(4).dropout(0.3)), [pool, dropout, dense]);
    let norm = "convnext_tiny_head_layernorm LayerNormalization";
    assert_eq!(layers("convnext_tiny", Head::new(4)), [pool, norm, dense]);
    let (flatten, hidden) = ("head_flatten Flatten", "head_hidden Dense");
    let in_a_row = Head::new(4).pooling(Pooling::Flatten);
    assert_eq!(layers("convnext_tiny", in_a_row), [norm, flatten, dense]);
    assert_eq!(layers("small_cnn", Head::new(4).dropout(0.3)), [flatten, hidden, dropout, dense]);
}

#[test]
fn torch_names_cover_the_published_graph() {
    for architecture in all() {
        for (way, torch_name) in architecture.torch_names.iter().enumerate() {
            let graph = build(architecture, architecture.default_input, Top::Published { classes: 1000 });
            let parameters = graph.parameters();
            let tensors: HashSet<String> = parameters
                .iter()
                .map(|p| torch_name(&p.name).unwrap_or_else(|| panic!("way {way}: {} has no tensor", p.name)))
                .collect();
            assert_eq!(tensors.len(), parameters.len(), "{}: two parameters, one tensor", architecture.name);
        }
    }
}

#[test]
fn wrong_choices_are_said() {
    let rgb = |size| [size, size, 3];
    let sigmoid = |classes| Top::Head(Head::new(classes).activation(HeadActivation::Sigmoid));
    let dropout = |rate| Top::Head(Head::new(2).dropout(rate));
    let cases = [
        ("small_cnn", Options::new([28, 15, 1], head(2)), "small_cnn: pictures of 28 × 15 are too small"),
        ("mobilenet_v2", Options::new(rgb(31), head(2)), "it needs 32 × 32 or more"),
        ("mobilenet_v2", Options::new(rgb(0), head(2)), "pictures of 0 × 0 are too small"),
        ("mobilenet_v2", Options::new([64, 64, 2], head(2)), "expected 1 channel (grey), 3 (RGB) or 4"),
        ("mobilenet_v2", Options::new(rgb(usize::MAX), head(2)), "is too large"),
        ("mobilenet_v2", Options::new(rgb(1 << 14), head(2)), "is too large"),
        ("mobilenet_v2", Options::new(rgb(64), head(2)).alpha(0.0), "an alpha from 0.1 to 4, received 0"),
        (
            "mobilenet_v2",
            Options::new(rgb(64), head(2)).alpha(f32::NAN),
            "an alpha from 0.1 to 4, received NaN",
        ),
        ("efficientnet_lite0", Options::new(rgb(64), head(2)).alpha(0.5), "leave alpha at 1, received 0.5"),
        (
            "small_cnn",
            Options::new(rgb(64), Top::Published { classes: 1000 }),
            "never published with a classifier",
        ),
        ("small_cnn", Options::new(rgb(64), head(1)), "2 classes or more, received 1"),
        ("small_cnn", Options::new(rgb(64), head(usize::MAX)), "units"),
        ("small_cnn", Options::new(rgb(64), sigmoid(3)), "received 3: use softmax"),
        ("small_cnn", Options::new(rgb(64), dropout(1.0)), "below 1, received 1"),
        ("small_cnn", Options::new(rgb(64), dropout(f32::NAN)), "below 1, received NaN"),
    ];
    for (name, options, expected) in cases {
        let architecture = find(name).expect("it is registered");
        let error = architecture.build(&options).expect_err(expected);
        assert_eq!(error.kind(), ErrorKind::Value, "{error}");
        assert!(error.to_string().contains(expected), "expected {expected:?}, received {error}");
    }
}

/// Multiply-adds that a paper states, in millions.
const IN_PAPERS: [(&str, f64); 9] = [
    ("mobilenet", 569.0),         // table 4
    ("mobilenet_v2", 300.0),      // table 4
    ("mobilenet_v3_small", 56.0), // tables 3 and 4
    ("mobilenet_v3_large", 219.0),
    ("nasnet_mobile", 564.0), // tables 2 and 3
    ("nasnet_large", 23_800.0),
    ("resnet50", 3800.0), // table 1
    ("resnet101", 7600.0),
    ("resnet152", 11_300.0),
];
/// As torchvision states them beside its weights.
const IN_TORCHVISION: [(&str, f64); 11] = [
    ("densenet121", 2834.0),
    ("densenet169", 3360.0),
    ("densenet201", 4291.0),
    ("inception_v3", 5713.0),
    ("resnet50_v1_5", 4089.0),
    ("resnet101_v1_5", 7801.0),
    ("resnet152_v1_5", 11_514.0),
    ("resnext50_32x4d", 4230.0),
    ("resnext101_32x8d", 16_414.0),
    ("vgg16", 15_470.0),
    ("vgg19", 19_632.0),
];

#[test]
fn arithmetic_is_what_the_papers_say() {
    let multiply_adds = |name: &str| {
        let architecture = find(name).expect("it is registered");
        let graph = build(architecture, architecture.default_input, architecture.classifier(1000));
        flops(&graph) as f64 / 2e6
    };
    for (name, published) in IN_PAPERS {
        let counted = multiply_adds(name);
        assert!((0.98..=1.02).contains(&(counted / published)), "{name}: {counted}");
    }
    for (name, stated) in IN_TORCHVISION {
        let counted = multiply_adds(name);
        assert!((counted - stated).abs() < 0.6, "{name}: {counted}");
    }
    // Its authors state 407 million.
    let lite = multiply_adds("efficientnet_lite0");
    assert!((385.0..=407.0).contains(&lite), "{lite}");
}
