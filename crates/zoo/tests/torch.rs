//! Parameters of the architectures against the tensors of PyTorch's, as `data/golden.py torch` writes them.

#![allow(clippy::expect_used, reason = "a test fails by a panic")]

mod fnv1a;
mod judge;

use std::collections::HashSet;
use std::path::PathBuf;

use fnv1a::fnv1a;
use graph::{Graph, Op, Padding, Parameter, Role};
use judge::judge;
use linnaeus_zoo::{InputScaling, Options, Top, all, find};

/// The lines that `data/golden.py` writes for a model whose tensors are called so.
fn lines(graph: &Graph, tensor_name: fn(&str) -> Option<String>) -> Vec<String> {
    let named =
        |parameter: &str| tensor_name(parameter).unwrap_or_else(|| format!("{parameter} without tensor"));
    let line = |parameter: &Parameter| {
        let node = graph.node(parameter.node);
        let name = named(&parameter.name);
        match (parameter.role, &node.op, parameter.shape.dims()) {
            // A dense layer there, where a MobileNetV3's last convolution has one pixel only.
            (Role::Kernel, Op::Conv2d(_), &[1, 1, input, output]) if node.name == "logits" => {
                format!("{name} {output}x{input}")
            }
            (Role::Kernel, Op::Conv2d(conv), &[kh, kw, input, output]) => {
                let zeros = zeros(conv.padding, conv.stride, kh, &graph.node(node.inputs[0]).op);
                let (stride, groups) = (conv.stride[0], conv.groups);
                format!("{name} {output}x{input}x{kh}x{kw} stride={stride} zeros={zeros} groups={groups}")
            }
            (Role::Kernel, Op::DepthwiseConv2d(conv), &[kh, kw, channels, 1]) => {
                let zeros = zeros(conv.padding, conv.stride, kh, &graph.node(node.inputs[0]).op);
                let stride = conv.stride[0];
                format!("{name} {channels}x1x{kh}x{kw} stride={stride} zeros={zeros} groups={channels}")
            }
            // A convolution over the whole map there.
            (Role::Kernel, Op::Dense(_), &[input, output]) if name.starts_with("pre_logits") => {
                let side = if name.contains("fc1") { 7 } else { 1 };
                let channels = input / side / side;
                format!("{name} {output}x{channels}x{side}x{side} stride=1 zeros=0 groups=1")
            }
            (Role::Kernel, Op::Dense(_), &[input, output]) => format!("{name} {output}x{input}"),
            (_, Op::LayerScale { .. }, &[channels]) if name.ends_with("layer_scale") => {
                format!("{name} {channels}x1x1")
            }
            (_, _, &[channels]) => format!("{name} {channels}"),
            (_, _, dims) => panic!("{} of shape {dims:?}", parameter.name),
        }
    };
    let mut lines: Vec<String> = graph.parameters().iter().map(line).collect();
    // Factors that must be one.
    lines.extend(graph.nodes().iter().filter_map(|node| match &node.op {
        Op::BatchNorm(norm) if !norm.scale => {
            Some(format!("{} {}", named(&format!("{}/gamma", node.name)), node.shape.channels()))
        }
        _ => None,
    }));
    lines.sort();
    lines
}

/// Zeros on each side of what a convolution reads from the layer `before`, as PyTorch counts them.
fn zeros(padding: Padding, stride: [usize; 2], kernel: usize, before: &Op) -> String {
    match (padding, before) {
        (Padding::Same, _) if stride == [1; 2] => (kernel / 2).to_string(),
        (Padding::Valid, Op::ZeroPad(zeros)) if *zeros == [zeros[0]; 4] => zeros[0].to_string(),
        (Padding::Valid, Op::ZeroPad(_)) | (Padding::Same, _) => "uneven".into(),
        (Padding::Valid, _) => "0".into(),
    }
}

/// To see what differs, write both sides' lines: `TORCH_LINES=A python golden.py torch` and `ZOO_LINES=B` here.
#[test]
fn every_tensor_has_one_parameter() {
    let mut differences = Vec::new();
    for variant in include_str!("data/torch.txt").lines() {
        let [name, whose, tensors, hash] = variant.split(' ').collect::<Vec<_>>()[..] else {
            panic!("four words expected: {variant}");
        };
        let architecture = find(name).expect("it is registered");
        // Wherever a network steps by two, this is even, so that TensorFlow's padding is not.
        let options = Options::new([224, 224, 3], Top::Published { classes: 1000 });
        let graph = architecture.build(&options).expect("it builds at this size");
        let ways: Vec<Vec<String>> =
            architecture.torch_names.iter().map(|&tensor_name| lines(&graph, tensor_name)).collect();
        if let Some(folder) = std::env::var_os("ZOO_LINES") {
            let text = ways.concat().iter().map(|line| format!("{line}\n")).collect::<String>();
            std::fs::write(PathBuf::from(folder).join(format!("{name}_{whose}.txt")), text)
                .expect("a folder");
        }
        let theirs = (tensors.to_string(), hash.to_string());
        if !ways.iter().any(|lines| (lines.len().to_string(), format!("{:016x}", fnv1a(lines))) == theirs) {
            differences.push(variant);
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn every_network_that_pytorch_has_is_compared() {
    let lines = include_str!("data/torch.txt").lines();
    let compared: HashSet<&str> = lines.filter_map(|line| line.split(' ').next()).collect();
    for architecture in all() {
        let name = architecture.name;
        let is_torchs = !architecture.torch_names.is_empty()
            || judge(name).is_some_and(|judge| judge.contains("PyTorch"));
        assert!(
            !is_torchs || compared.contains(name),
            "no line in tests/data/torch.txt names {name}: give it a row in TORCHVISION or TIMM of \
             tests/data/golden.py, and run `cargo xtask golden {name}`"
        );
    }
}

/// Nobody who publishes weights for PyTorch scales as Caffe did.
#[test]
fn weights_of_pytorch_bring_their_scaling() {
    for architecture in all().filter(|architecture| !architecture.torch_names.is_empty()) {
        let scaling = architecture.torch_scaling();
        assert_ne!(scaling, InputScaling::Caffe);
        let options = Options::new(architecture.default_input, Top::Published { classes: 1000 });
        let graph = architecture.build(&options.scaling(scaling)).expect("the default builds");
        let first = &graph.nodes()[1];
        let expected = if scaling == InputScaling::Torch { "normalization" } else { "rescaling" };
        assert_eq!(first.name, expected, "{}", architecture.name);
    }
}
