//! EfficientNet-Lite0 against the tensors of its published weights, written by `data/golden.py`.

use std::collections::HashMap;

use graph::{Op, Parameter, Role};
use linnaeus_zoo::{Options, Top, find};

/// The shape of the tensor that `parameter` comes from.
fn torch_shape(parameter: &Parameter, op: &Op) -> Vec<usize> {
    match (parameter.role, op, parameter.shape.dims()) {
        (Role::Kernel, Op::Conv2d(_), &[kh, kw, input, output]) => vec![output, input, kh, kw],
        (Role::Kernel, Op::DepthwiseConv2d(_), &[kh, kw, channels, 1]) => vec![channels, 1, kh, kw],
        (Role::Kernel, Op::Dense(_), &[input, output]) => vec![output, input],
        (_, _, dims) => dims.to_vec(),
    }
}

#[test]
fn every_tensor_but_the_counters_has_one_parameter() {
    let mut tensors: HashMap<&str, Vec<usize>> = HashMap::new();
    for line in include_str!("data/efficientnet_lite0_tensors.txt").lines() {
        let (name, dims) = line.split_once(' ').expect("a name and a shape");
        if !name.ends_with(".num_batches_tracked") {
            tensors.insert(name, dims.split('x').map(|d| d.parse().expect("a number")).collect());
        }
    }
    assert_eq!(tensors.len(), 247);

    let architecture = find("efficientnet_lite0").expect("it is registered");
    let [torch_name, ..] = architecture.torch_names else { panic!("its weights are published") };
    let graph = architecture
        .build(&Options::new([224, 224, 3], Top::Published { classes: 1000 }))
        .expect("the default builds");
    for parameter in graph.parameters() {
        let name = torch_name(&parameter.name).expect("every parameter is published");
        let dims = tensors.remove(name.as_str());
        let expected = torch_shape(parameter, &graph.node(parameter.node).op);
        assert_eq!(dims, Some(expected), "{} in {name}", parameter.name);
    }
    assert!(tensors.is_empty(), "no parameter for {tensors:?}");
    assert_eq!(graph.trained_count(), 4_652_008);
}

#[test]
fn the_layers_have_kerass_names() {
    let architecture = find("efficientnet_lite0").expect("it is registered");
    let graph = architecture
        .build(&Options::new([224, 224, 3], Top::Published { classes: 1000 }))
        .expect("the default builds");
    let shape = |name: &str| graph.find(name).map(|id| graph.node(id).shape.to_string());
    let expected = [
        ("stem_activation", "(None, 112, 112, 32)"),
        ("block1a_project_bn", "(None, 112, 112, 16)"),
        ("block2a_expand_activation", "(None, 112, 112, 96)"),
        ("block2b_add", "(None, 56, 56, 24)"),
        ("block3b_add", "(None, 28, 28, 40)"),
        ("block4c_add", "(None, 14, 14, 80)"),
        ("block5c_add", "(None, 14, 14, 112)"),
        ("block6d_add", "(None, 7, 7, 192)"),
        ("block7a_project_bn", "(None, 7, 7, 320)"),
        ("top_activation", "(None, 7, 7, 1280)"),
        ("avg_pool", "(None, 1280)"),
        ("top_dropout", "(None, 1280)"),
        ("predictions", "(None, 1000)"),
    ];
    for (name, expected) in expected {
        assert_eq!(shape(name).as_deref(), Ok(expected), "{name}");
    }
    let sums = graph.nodes().iter().filter(|node| node.op == Op::Add).count();
    assert_eq!(sums, 9);
}
