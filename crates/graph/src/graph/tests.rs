use crate::{
    Activation, BatchNorm, Conv2d, Dense, ErrorKind, Graph, Initializer, NodeId, Op, Pool, Role, Shape,
    Weights,
};

/// conv (with bias) → batch norm → ReLU → pool → flatten → dense.
fn small() -> Graph {
    let mut graph = Graph::new("small", "input", [6, 6, 3]).unwrap();
    let ops = [
        ("conv", Op::Conv2d(Conv2d::new(4, 3).initializer(Initializer::HeNormal))),
        ("bn", Op::BatchNorm(BatchNorm::default())),
        ("relu", Op::Activation(Activation::Relu)),
        ("pool", Op::MaxPool(Pool::new(2))),
        ("flatten", Op::Flatten),
        ("dense", Op::Dense(Dense::new(2))),
    ];
    let mut x = graph.input();
    for (name, op) in ops {
        x = graph.add(name, op, &[x]).unwrap();
    }
    graph
}

#[test]
fn nodes_stand_in_running_order() {
    let graph = small();
    assert_eq!((graph.name(), graph.nodes().len()), ("small", 7));
    assert_eq!(graph.input_shape(), &Shape::from([6, 6, 3]));
    assert_eq!(graph.output_shape(), &Shape::from([2]));
    assert_eq!(graph.output(), graph.find("dense").unwrap());
    assert_eq!(graph.ids().map(NodeId::index).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 6]);
    assert_eq!(graph.node(graph.find("pool").unwrap()).shape.to_string(), "(None, 2, 2, 4)");
    for id in graph.ids() {
        assert!(graph.node(id).inputs.iter().all(|&input| input < id));
    }
}

#[test]
fn the_table_lays_parameters_end_to_end() {
    let graph = small();
    let table: Vec<_> = graph
        .parameters()
        .iter()
        .map(|p| (p.name.as_str(), p.shape.dims().to_vec(), p.initializer, p.range()))
        .collect();
    use Initializer::{GlorotUniform, HeNormal, Ones, Zeros};
    assert_eq!(
        table,
        [
            ("conv/kernel", vec![3, 3, 3, 4], HeNormal, 0..108),
            ("conv/bias", vec![4], Zeros, 108..112),
            ("bn/gamma", vec![4], Ones, 112..116),
            ("bn/beta", vec![4], Zeros, 116..120),
            ("bn/moving_mean", vec![4], Zeros, 120..124),
            ("bn/moving_variance", vec![4], Ones, 124..128),
            ("dense/kernel", vec![16, 2], GlorotUniform, 128..160),
            ("dense/bias", vec![2], Zeros, 160..162),
        ]
    );
    assert_eq!(graph.parameter_count(), 162);
    let conv = graph.node(graph.find("conv").unwrap());
    assert_eq!(
        conv.parameters.iter().map(|&id| graph.parameter(id).role).collect::<Vec<_>>(),
        [Role::Kernel, Role::Bias]
    );
}

#[test]
fn moving_figures_are_never_trained() {
    let mut graph = small();
    assert_eq!(graph.trained_count(), 162 - 8);
    let bn = graph.find("bn").unwrap();
    graph.set_trainable(bn, false);
    assert_eq!(graph.trained_count(), 162 - 16);
    graph.set_trainable(bn, true);
    assert_eq!(graph.trained_count(), 162 - 8);
}

#[test]
fn freezing_through_a_layer_freezes_all_before_it_and_none_after() {
    let mut graph = small();
    graph.freeze_through(graph.find("flatten").unwrap());
    let trained = |graph: &Graph| -> Vec<String> {
        graph.parameters().iter().filter(|p| graph.is_trained(p)).map(|p| p.name.clone()).collect()
    };
    assert_eq!(trained(&graph), ["dense/kernel", "dense/bias"]);
    // A later, shallower freeze thaws what lies behind it.
    graph.freeze_through(graph.find("conv").unwrap());
    assert_eq!(trained(&graph), ["bn/gamma", "bn/beta", "dense/kernel", "dense/bias"]);
    graph.freeze_through(graph.output());
    assert!(trained(&graph).is_empty());
    assert_eq!(graph.trained_count(), 0);
}

#[test]
fn a_name_can_be_used_once() {
    let mut graph = small();
    let error = graph.add("conv", Op::Flatten, &[graph.input()]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DuplicateName);
    assert_eq!(error.to_string(), "model small: two layers are called conv");
    let error = graph.add("again", Op::Input([2, 2, 1].into()), &[]).unwrap_err();
    assert_eq!(error.to_string(), "model small: a second input, again; one is supported");
}

#[test]
fn a_layer_that_is_refused_leaves_the_graph_as_it_was() {
    let mut graph = small();
    let before = graph.clone();
    let (input, output) = (graph.input(), graph.output());
    assert!(graph.add("bad", Op::GlobalAveragePool { keepdims: false }, &[output]).is_err());
    assert!(graph.add("conv", Op::Flatten, &[input]).is_err());
    assert_eq!(graph, before);
    assert!(graph.add("bad", Op::Flatten, &[output]).is_ok(), "the name is still free");
}

#[test]
fn an_unknown_layer_lists_the_nearest_names() {
    let error = small().find("bm").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownName);
    let message = error.to_string();
    assert!(message.starts_with("model small has no layer bm; the nearest names are bn, "), "{message}");
}

#[test]
fn weights_are_read_and_written_by_parameter() {
    let graph = small();
    let mut weights = Weights::zeros(&graph);
    let bias = &graph.parameters()[7];
    weights.get_mut(bias).copy_from_slice(&[1.0, 2.0]);
    assert_eq!(weights.get(bias), [1.0, 2.0]);
    assert_eq!(&weights.as_slice()[160..], [1.0, 2.0]);
    assert!(weights.check(&graph).is_ok());

    let other = Graph::new("other", "input", [4]).unwrap();
    let error = weights.check(&other).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Weights);
    assert_eq!(error.to_string(), "model other: expected 0 weights, received 162");
}

/// A file that asks for more parameters than any model has: an error before anything is allocated.
#[test]
fn the_table_has_an_end() {
    let mut graph = Graph::new("hostile", "input", [1 << 14]).unwrap();
    let mut x = graph.input();
    let mut refused = None;
    for index in 0..20 {
        match graph.add(format!("dense{index}"), Op::Dense(Dense::new(1 << 14)), &[x]) {
            Ok(id) => x = id,
            Err(error) => {
                refused = Some((index, error));
                break;
            }
        }
    }
    let (index, error) = refused.expect("2^31 parameters are the most");
    // 2^28 weights and 2^14 biases a layer: the eighth does not fit any more.
    assert_eq!(index, 7);
    assert_eq!(error.kind(), ErrorKind::Value);
    assert_eq!(error.to_string(), "layer dense7: its kernel of (None, 16384, 16384) is too large");
}
