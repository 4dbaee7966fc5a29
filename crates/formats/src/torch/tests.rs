//! Against files that PyTorch made, and files that are wrong.

use graph::{Activation, BatchNorm, Conv2d, Dense, DepthwiseConv2d, Graph, Op, Weights};

use super::*;
use crate::{ErrorKind, Which, mutation};

fn golden(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn tensor(name: &str, shape: &[usize], data: impl Into<Vec<f32>>) -> Tensor {
    Tensor { name: name.into(), shape: shape.to_vec(), data: data.into() }
}

fn ramp(count: usize) -> Vec<f32> {
    (0..count).map(|k| k as f32).collect()
}

/// The state of `make_torch.py`.
fn state(prefix: &str) -> Vec<Tensor> {
    let turned: Vec<f32> = (0..4).flat_map(|k| (0..6).map(move |ij| (ij * 4 + k) as f32)).collect();
    let tensors = [
        ("conv.weight", &[2, 3, 4][..], ramp(24)),
        ("conv.bias", &[2], vec![0.5, -1.5]),
        ("turned", &[4, 2, 3], turned),
        ("part", &[1, 2, 2], vec![13.0, 14.0, 21.0, 22.0]),
        ("half", &[2], vec![0.5, -2.0]),
        ("count", &[], vec![7.0]),
        ("shared", &[3, 4], ramp(12)),
    ];
    tensors.into_iter().map(|(name, shape, data)| tensor(&format!("{prefix}{name}"), shape, data)).collect()
}

#[test]
fn both_forms_are_read() {
    assert_eq!(read_bytes(&golden("legacy.pth")).unwrap(), state(""));
    assert_eq!(read_bytes(&golden("zipped.pth")).unwrap(), state("state_dict."));
}

/// A legacy file around `object`, a pickle without its end.
fn legacy_file(object: &[u8]) -> Vec<u8> {
    let before = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}.";
    [&before[..], b"\x80\x02", object, b".\x80\x02]."].concat()
}

#[test]
fn code_is_never_run() {
    for (object, part) in [
        (&b"cos\nsystem\nX\x04\x00\x00\x00exit\x85R"[..], "os.system"),
        (b"cbuiltins\neval\n", "builtins.eval"),
        (b"X\x02\x00\x00\x00osX\x06\x00\x00\x00system\x93", "os.system"),
        (b"ctorch\nload\n", "torch.load"),
        (b"ctorch._utils\n_rebuild_device_tensor\n", "torch._utils._rebuild_device_tensor"),
        (b"(ios\nsystem\n", "instruction 0x69 (i)"),
        (b")\x81", "instruction 0x81"),
    ] {
        let error = read_bytes(&legacy_file(object)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[test]
fn circles_and_tensors_from_nothing_are_errors() {
    // A dictionary that holds itself.
    assert!(read_bytes(&legacy_file(b"}q\x00K\x01h\x00s")).unwrap_err().to_string().contains("circle"));
    assert!(read_bytes(&legacy_file(b"}")).unwrap_err().to_string().contains("no tensors"));
    assert!(read_bytes(&legacy_file(b"h\x07")).unwrap_err().to_string().contains("never remembered"));
    // 2^62 values seen through strides of 0 in a storage of one.
    let storage =
        b"((X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x01tQ";
    let tensor = [b"}X\x01\x00\x00\x00wctorch._utils\n_rebuild_tensor_v2\n", &storage[..]].concat();
    let huge = b"K\x00\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x40\x85K\x00\x85tRs";
    let mut file = legacy_file(&[&tensor[..], huge].concat());
    file.truncate(file.len() - 4);
    file.extend(b"\x80\x02]X\x01\x00\x00\x000a.\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x3f");
    let error = read_bytes(&file).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
    // The same with one value is fine.
    let one = b"K\x00K\x01\x85K\x00\x85tRs";
    let mut file = legacy_file(&[&tensor[..], one].concat());
    file.truncate(file.len() - 4);
    file.extend(b"\x80\x02]X\x01\x00\x00\x000a.\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x3f");
    assert_eq!(read_bytes(&file).unwrap(), [super::tests::tensor("w", &[1], [1.0])]);
}

#[test]
fn truncated_files_say_so() {
    for name in ["legacy.pth", "zipped.pth"] {
        let bytes = golden(name);
        for length in 0..bytes.len() {
            assert!(read_bytes(&bytes[..length]).is_err(), "{name} cut to {length}");
        }
    }
    let bytes = golden("legacy.pth");
    let error = read_bytes(&bytes[..bytes.len() - 1]).unwrap_err().to_string();
    assert!(error.contains("truncated"), "{error}");
    assert!(read_bytes(b"no torch").unwrap_err().to_string().contains("not a PyTorch file"));
}

#[test]
fn damaged_files_never_panic() {
    for name in ["legacy.pth", "zipped.pth"] {
        let tried = mutation::survives(&golden(name), 4000, |bytes| {
            let _ = read_bytes(bytes);
        });
        assert_eq!(tried, 4001);
    }
}

/// A graph with each layout, on maps of 4 × 3.
fn model() -> Graph {
    let mut graph = Graph::new("m", "in", [6, 5, 2]).unwrap();
    let mut last = graph.input();
    for (name, op) in [
        ("conv", Op::Conv2d(Conv2d { groups: 2, ..Conv2d::new(6, 3) })),
        ("bn", Op::BatchNorm(BatchNorm::default())),
        (
            "depthwise",
            Op::DepthwiseConv2d(DepthwiseConv2d { kernel: [1, 2], multiplier: 2, ..DepthwiseConv2d::new(1) }),
        ),
        ("flat", Op::Flatten),
        ("relu", Op::Activation(Activation::Relu)),
        ("hidden", Op::Dense(Dense::new(5))),
        ("out", Op::Dense(Dense::new(2))),
    ] {
        last = graph.add(name, op, &[last]).unwrap();
    }
    graph
}

#[test]
fn layouts_become_those_of_keras() {
    let graph = model();
    let converted = |name: &str, shape: &[usize]| {
        let parameter = graph.parameters().iter().find(|p| p.name == name).unwrap();
        let count = shape.iter().product();
        to_keras_layout(&graph, parameter, &tensor("t", shape, ramp(count))).unwrap()
    };
    let conv = converted("conv/kernel", &[6, 1, 3, 3]);
    let depthwise = converted("depthwise/kernel", &[12, 1, 1, 2]);
    let out = converted("out/kernel", &[2, 5]);
    for (y, x) in [(0, 0), (1, 2), (2, 1)] {
        for o in 0..6 {
            assert_eq!(conv[(y * 3 + x) * 6 + o], (o * 9 + y * 3 + x) as f32);
        }
    }
    for (x, c, m) in [(0, 0, 0), (1, 3, 0), (0, 5, 1), (1, 2, 1)] {
        assert_eq!(depthwise[(x * 6 + c) * 2 + m], ((c * 2 + m) * 2 + x) as f32);
    }
    assert_eq!(out, [0.0, 5.0, 1.0, 6.0, 2.0, 7.0, 3.0, 8.0, 4.0, 9.0]);
    assert_eq!(converted("bn/moving_mean", &[6]), ramp(6));
    // The depthwise layer gives maps of 4 × 2 × 12; PyTorch flattens them channel by channel.
    let hidden = converted("hidden/kernel", &[5, 96]);
    for (h, w, c, o) in [(0, 0, 0, 0), (3, 1, 11, 4), (2, 0, 7, 1)] {
        assert_eq!(hidden[((h * 2 + w) * 12 + c) * 5 + o], (o * 96 + (c * 4 + h) * 2 + w) as f32);
    }
    // The same as a convolution over the whole map.
    assert_eq!(converted("hidden/kernel", &[5, 12, 4, 2]), hidden);
}

#[test]
fn tensors_find_their_places_by_name_or_not_at_all() {
    let mut graph = Graph::new("m", "in", [4]).unwrap();
    graph.add("out", Op::Dense(Dense { use_bias: false, ..Dense::new(2) }), &[graph.input()]).unwrap();
    let name_of = |name: &str| (name == "out/kernel").then(|| "classifier.weight".to_owned());
    let tensors = [tensor("classifier.weight", &[2, 4], ramp(8)), tensor("steps", &[], [1.0])];
    let mut weights = Weights::zeros(&graph);
    for which in [Which::All, Which::Without(&["out"])] {
        match load(&graph, &mut weights, &tensors, which, &name_of) {
            Ok(loaded) => {
                assert_eq!(loaded.loaded, Vec::<String>::new());
                assert_eq!(loaded.skipped[0], ("out/kernel".into(), "it is left as it is".into()));
            }
            Err(error) => assert!(error.to_string().contains("tensor steps"), "{error}"),
        }
        assert_eq!(weights, Weights::zeros(&graph), "{which:?}");
    }
    let loaded = load(&graph, &mut weights, &tensors, Which::AllBut(&[]), &name_of).unwrap();
    assert_eq!(loaded.loaded, ["out/kernel"]);
    assert_eq!(loaded.skipped[0].0, "steps");
    assert_eq!(weights.as_slice(), [0.0, 4.0, 1.0, 5.0, 2.0, 6.0, 3.0, 7.0]);

    let before = weights.clone();
    let wrong = [tensor("classifier.weight", &[4, 2], ramp(8))];
    let error = load(&graph, &mut weights, &wrong, Which::AllBut(&[]), &name_of).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Mismatch);
    for part in ["out/kernel", "[4, 2]", "[2, 4]", "classifier.weight"] {
        assert!(error.to_string().contains(part), "{error}");
    }
    let missing = [tensor("classifier.weights", &[2, 4], ramp(8))];
    let error = load(&graph, &mut weights, &missing, Which::AllBut(&[]), &name_of).unwrap_err().to_string();
    assert!(error.contains("classifier.weights"), "{error}");
    assert_eq!(weights, before);
}

/// PyTorch's norms have factors, Keras's may have none.
#[test]
fn a_norm_without_factors_takes_those_that_are_one() {
    let mut graph = Graph::new("m", "in", [1, 1, 2]).unwrap();
    let norm = Op::BatchNorm(BatchNorm { scale: false, ..BatchNorm::default() });
    graph.add("norm", norm, &[graph.input()]).unwrap();
    let name_of = |parameter: &str| {
        let (layer, variable) = parameter.split_once('/')?;
        let variable = match variable {
            "gamma" => "weight",
            "beta" => "bias",
            "moving_mean" => "running_mean",
            _ => "running_var",
        };
        Some(format!("{layer}.{variable}"))
    };
    let with_factors = |factors: [f32; 2]| {
        let others = ["bias", "running_mean", "running_var"];
        let others = others.map(|variable| tensor(&format!("norm.{variable}"), &[2], ramp(2)));
        [vec![tensor("norm.weight", &[2], factors)], others.to_vec()].concat()
    };
    let mut weights = Weights::zeros(&graph);
    let loaded = load(&graph, &mut weights, &with_factors([1.0, 1.0]), Which::All, &name_of).unwrap();
    assert_eq!((loaded.loaded.len(), loaded.skipped.len()), (3, 0));
    assert_eq!(weights.as_slice(), ramp(2).repeat(3));

    let mut weights = Weights::zeros(&graph);
    let others = with_factors([1.0, 0.5]);
    let error = load(&graph, &mut weights, &others, Which::All, &name_of).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Mismatch);
    assert!(error.to_string().contains("layer norm: tensor norm.weight: it has factors"), "{error}");
    let loaded = load(&graph, &mut weights, &others, Which::AllBut(&["norm"]), &name_of).unwrap();
    assert_eq!(loaded.loaded, [""; 0]);
    assert!(loaded.skipped.iter().any(|(name, _)| name == "norm.weight"), "{:?}", loaded.skipped);
    assert_eq!(weights, Weights::zeros(&graph));
}
