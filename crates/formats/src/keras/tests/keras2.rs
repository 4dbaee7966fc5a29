//! Files that the real Keras 2 wrote: `make_keras2.py`.

use std::io::Read;

use super::*;
use crate::mutation;
use crate::{Loaded, Matching, Which};

fn unpacked(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let packed = std::fs::File::open(golden(name)).unwrap();
    flate2::read::GzDecoder::new(packed).read_to_end(&mut bytes).unwrap();
    bytes
}

/// The base of `make_keras2.py` under a head, its layers under other names if so wished.
fn base_and_head(rename: impl Fn(&str) -> String, classes: usize) -> Graph {
    let mut b = Builder::new("mine", "in", [10, 10, 3]);
    let separable = SeparableConv2d::new(6, 3).no_bias();
    b.then(&rename("conv"), Op::Conv2d(Conv2d::new(4, 3)));
    b.then(&rename("norm"), Op::BatchNorm(BatchNorm::default()));
    b.then(&rename("depthwise"), Op::DepthwiseConv2d(DepthwiseConv2d::new(3)));
    b.then(&rename("separable"), Op::SeparableConv2d(separable));
    b.then(&rename("last"), Op::BatchNorm(BatchNorm { scale: false, ..BatchNorm::default() }));
    b.then("pool", Op::GlobalAveragePool { keepdims: false });
    b.then("head", Op::Dense(Dense::new(classes)));
    b.graph
}

/// What `make_keras2.py` gives to a parameter; Keras 2 calls a depthwise kernel so.
fn stored(name: &str, length: usize) -> Vec<f32> {
    ramp(&name.replace("depthwise/kernel", "depthwise/depthwise_kernel"), length)
}

#[track_caller]
fn base_is_loaded(graph: &Graph, weights: &Weights, name: impl Fn(&str) -> String) {
    for parameter in graph.parameters().iter().filter(|p| !p.name.starts_with("head/")) {
        assert_eq!(
            weights.get(parameter),
            stored(&name(&parameter.name), parameter.len()),
            "{}",
            parameter.name
        );
    }
}

#[test]
fn a_whole_model_is_opened() {
    let Contents { graph, weights, left_out, .. } = read_bytes(&unpacked("keras2.h5.gz")).unwrap();
    let described: Vec<(&str, &Op)> = graph.nodes().iter().map(|n| (n.name.as_str(), &n.op)).collect();
    assert_eq!(
        described[1],
        ("tf.math.truediv", &Op::Rescaling { scale: (1.0 / 127.5_f64) as f32, offset: 0.0 })
    );
    assert_eq!(described[2], ("tf.math.subtract", &Op::Rescaling { scale: 1.0, offset: -1.0 }));
    let names: Vec<&str> = described[3..].iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["conv", "norm", "depthwise", "separable", "last", "mean", "dense_7"]);
    for parameter in graph.parameters() {
        assert_eq!(weights.get(parameter), stored(&parameter.name, parameter.len()), "{}", parameter.name);
    }
    assert!(left_out.is_empty());
}

#[test]
fn a_base_is_loaded_from_a_wrapper_by_name_and_by_order() {
    for file in ["keras2.h5.gz", "keras2_weights.h5.gz"] {
        let bytes = unpacked(file);
        let load = |graph: &Graph, which: Which<'_>| {
            let mut weights = Weights::zeros(graph);
            weights_from_hdf5(&bytes, graph, &mut weights, which).map(|loaded| (loaded, weights))
        };
        let same = |name: &str| name.to_owned();
        let (loaded, weights) = load(&base_and_head(same, 5), Which::AllBut(&["head"])).unwrap();
        assert_eq!(loaded.loaded, ["conv", "norm", "depthwise", "separable", "last"]);
        let skipped: Vec<&str> = loaded.skipped.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!((skipped, loaded.matching), (vec!["head", "dense_7"], Matching::ByName));
        base_is_loaded(&base_and_head(same, 5), &weights, same);

        // Names that Keras numbered from another start: the order decides.
        let other = |name: &str| format!("{name}_94");
        let (loaded, weights) = load(&base_and_head(other, 5), Which::AllBut(&["head"])).unwrap();
        assert_eq!((loaded.loaded.len(), loaded.matching), (5, Matching::ByOrder));
        base_is_loaded(&base_and_head(other, 5), &weights, |name| name.replace("_94", ""));

        // All of it fits by order only where the head does too.
        let (loaded, _) = load(&base_and_head(other, 2), Which::All).unwrap();
        assert_eq!((loaded.loaded.len(), loaded.matching), (6, Matching::ByOrder));
        let error = load(&base_and_head(other, 5), Which::All).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Mismatch);
        assert!(error.to_string().contains("layer head would get those of dense_7"), "{error}");
        assert!(error.to_string().contains("[6, 5]") && error.to_string().contains("[6, 2]"), "{error}");
    }
}

#[test]
fn a_list_of_names_in_pieces_is_joined() {
    let bytes = unpacked("keras2_long.h5.gz");
    let mut b = Builder::new("long", "in", [1, 1, 2]);
    for index in 0..130 {
        b.then(&format!("layer {index}"), Op::Dense(Dense { use_bias: false, ..Dense::new(2) }));
    }
    let mut weights = Weights::zeros(&b.graph);
    let Loaded { loaded, .. } = weights_from_hdf5(&bytes, &b.graph, &mut weights, Which::All).unwrap();
    assert_eq!(loaded.len(), 130);
    let name = |index: usize| format!("dense_{index:03}_{}/kernel", "x".repeat(500));
    for (index, parameter) in b.graph.parameters().iter().enumerate() {
        assert_eq!(weights.get(parameter), ramp(&name(index), 4));
    }
}

#[test]
fn weights_alone_of_keras_3_are_loaded_into_a_graph() {
    let bytes = unpacked("nested.weights.h5.gz");
    let graph = read(&golden("nested.keras")).unwrap().graph;
    let mut weights = Weights::zeros(&graph);
    // The two layers called dense have other names in the one graph, so the order within each class decides.
    let loaded = weights_from_hdf5(&bytes, &graph, &mut weights, Which::AllBut(&["dense"])).unwrap();
    assert_eq!(loaded.loaded, ["conv", "separable", "base_dense"], "{loaded:?}");
    assert_eq!(loaded.matching, Matching::ByOrder);
    for parameter in graph.parameters().iter().filter(|p| !p.name.starts_with("dense/")) {
        let name = parameter.name.replace("base_", "");
        assert_eq!(weights.get(parameter), ramp(&name, parameter.len()), "{}", parameter.name);
    }
    assert!(
        loaded.skipped.iter().all(|(name, _)| name != "adapted"),
        "its figures are the graph's: {loaded:?}"
    );
    let other = from_json(
        &to_json(&graph).unwrap().replace("\"variance\":[", "\"variance\":[9.0,9.0,9.0],\"was\":["),
    );
    let other = other.unwrap().graph;
    let loaded = weights_from_hdf5(&bytes, &other, &mut weights, Which::AllBut(&["dense"])).unwrap();
    assert!(
        loaded.skipped.iter().any(|(name, why)| name == "adapted" && why.contains("other ones")),
        "{loaded:?}"
    );
    let alone = read_bytes(&bytes).unwrap_err();
    assert!(alone.to_string().contains("weights alone"), "{alone}");
}

#[test]
fn keras_2s_hard_sigmoid_is_another_function() {
    let text = |version: &str| {
        let mut model = to_json(&{
            let mut b = Builder::new("m", "in", [1, 1, 1]);
            b.then("x", Op::Activation(Activation::HardSigmoid));
            b.graph
        })
        .unwrap();
        model.insert_str(1, &format!("\"keras_version\": \"{version}\", "));
        from_json(&model)
    };
    assert!(text("3.15.1").is_ok());
    let error = text("2.15.0").unwrap_err().to_string();
    assert!(error.contains("layer x (Activation)") && error.contains("Keras 2's hard_sigmoid"), "{error}");
}

#[test]
fn damaged_files_never_panic() {
    let graph = base_and_head(str::to_owned, 5);
    for name in ["keras2.h5.gz", "keras2_weights.h5.gz", "nested.weights.h5.gz"] {
        let tried = mutation::survives(&unpacked(name), 1500, |bytes| {
            let _ = read_bytes(bytes);
            let mut weights = Weights::zeros(&graph);
            let _ = weights_from_hdf5(bytes, &graph, &mut weights, Which::AllBut(&["head"]));
        });
        assert_eq!(tried, 1501, "{name}");
    }
}
