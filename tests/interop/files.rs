//! Files that the real Keras wrote are loaded into our networks, whatever their format.

use std::path::Path;

use linnaeus::engine::initialize;
use linnaeus::formats::weights::{NO_NAMES, read_into};
use linnaeus::formats::{Loaded, Matching, Which, keras as keras_files, safetensors};
use linnaeus::graph::{Graph, Parameter, Weights};
use linnaeus::zoo::{self, Architecture, Options, Top};
use linnaeus_tests::{class_folders, json, keras, linnaeus};
use serde_json::Value;

const CLASSES: usize = 10;

/// A test for one member of each family that `keras.applications` has too, with pictures of a size.
macro_rules! judged_by_keras {
    ($($(#[$about:meta])* $test:ident: $network:literal, $size:literal;)*) => {
        $($(#[$about])* #[test] fn $test() { judge_files_of_keras($network, $size); })*
        const OF_KERAS: &[&str] = &[$($network),*];
    };
}

judged_by_keras! {
    /// Models in the model, and layers of Keras's applications that it does not export.
    convnext_tiny_is_loaded_from_every_file_of_keras: "convnext_tiny", 64;
    densenet121_is_loaded_from_every_file_of_keras: "densenet121", 64;
    /// An adapted normalization, and dropouts of whole pictures.
    efficientnet_b0_is_loaded_from_every_file_of_keras: "efficientnet_b0", 64;
    efficientnet_v2_b0_is_loaded_from_every_file_of_keras: "efficientnet_v2_b0", 64;
    /// Scaled sums, and norms without factors.
    inception_resnet_v2_is_loaded_from_every_file_of_keras: "inception_resnet_v2", 75;
    inception_v3_is_loaded_from_every_file_of_keras: "inception_v3", 75;
    mobilenet_is_loaded_from_every_file_of_keras: "mobilenet", 64;
    mobilenet_v2_is_loaded_from_every_file_of_keras: "mobilenet_v2", 64;
    /// Groups of pooled values, sums and products with numbers.
    mobilenet_v3_small_is_loaded_from_every_file_of_keras: "mobilenet_v3_small", 64;
    /// Separable convolutions, cropping, and layers in an order that takes care.
    nasnet_mobile_is_loaded_from_every_file_of_keras: "nasnet_mobile", 64;
    resnet50_is_loaded_from_every_file_of_keras: "resnet50", 64;
    resnet50_v2_is_loaded_from_every_file_of_keras: "resnet50_v2", 64;
    /// Dense layers behind a flattened map.
    vgg16_is_loaded_from_every_file_of_keras: "vgg16", 64;
    /// Layers without names of their own, which Keras numbers on.
    xception_is_loaded_from_every_file_of_keras: "xception", 75;
}

/// The first members of the families that Keras does not have.
const NOT_OF_KERAS: [&str; 5] =
    ["efficientnet_lite0", "plain_cnn", "resnet50_v1_5", "resnext50_32x4d", "small_cnn"];

#[test]
fn no_family_is_left_out() {
    for family in zoo::families() {
        let is_read = family.iter().any(|member| OF_KERAS.contains(&member.name));
        let first = family[0].name;
        assert_ne!(is_read, NOT_OF_KERAS.contains(&first), "the family of {first}");
    }
}

/// Any network that `keras.applications` has too, built there for pictures of `size`: its own files are opened and
/// loaded, and Keras finds in ours what it wrote, bit by bit.
#[track_caller]
fn judge_files_of_keras(network: &str, size: usize) {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    keras("write_files.py", [folder.path().to_str().unwrap(), network, &size.to_string()]);

    let own = keras_files::read(&place("model.keras")).unwrap();
    let text = std::fs::read_to_string(place("model.json")).unwrap();
    assert_eq!(keras_files::from_json(&text).unwrap().graph, own.graph);
    assert_eq!(keras_files::read(&place("whole.h5")).unwrap().weights, own.weights);
    keras_files::write(&place("again.keras"), &own.graph, &own.weights, None).unwrap();

    let architecture = zoo::find(network).unwrap();
    let graph = build(architecture, size);
    let (weights, _) = load(&place("model.keras"), &graph, Which::AllBut(&[]));
    keras_files::write(&place("ours.keras"), &graph, &weights, None).unwrap();
    for file in ["model.weights.h5", "whole.h5", "weights.h5"] {
        assert!(load(&place(file), &graph, Which::AllBut(&[])).0 == weights, "{network}: {file}");
    }
    safetensors::write(&place("ours.safetensors"), &graph, &weights).unwrap();
    let (again, loaded) = load(&place("ours.safetensors"), &graph, Which::All);
    assert_eq!((again == weights, loaded.matching), (true, Matching::ByName), "{network}: ours.safetensors");

    let head = head(architecture, &graph);
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let (base, loaded) = load(&place("wrapped.h5"), &graph, Which::AllBut(&head));
    assert!(loaded.skipped.iter().any(|(layer, _)| layer == "another_head"), "{:?}", loaded.skipped);
    let is_of_base = |parameter: &&Parameter| !head.contains(&graph.node(parameter.node).name.as_str());
    for parameter in graph.parameters().iter().filter(is_of_base) {
        assert!(base.get(parameter) == weights.get(parameter), "{network}: wrapped.h5: {}", parameter.name);
    }

    let files = ["model.keras", "again.keras", "ours.keras"].map(place);
    let answer: Value = serde_json::from_str(&keras("same_weights.py", files)).unwrap();
    let variables = graph.parameters().len() as u64;
    assert_eq!(answer["variables"], variables, "{network}");
    assert_eq!(answer["same"], serde_json::json!([variables, variables]), "{network}");
    let apart = answer["apart"].as_f64().unwrap();
    assert!(apart < 1e-5, "{network}: {apart} apart"); // NaN fails too
}

/// What people hold from Keras 2, a whole model in which a base is one layer: training starts from that base.
#[test]
fn a_base_in_a_wrapper_trains_on() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    keras("write_models.py", [folder.path().to_str().unwrap(), "wrapped"]);
    class_folders(&folder.path().join("data"), 3, 20, 64);
    let (data, run, wrapped) = (place("data"), place("run"), place("wrapped.h5"));
    let from = ["train", &data, "--base", "mobilenet_v2", "--weights", &wrapped, "--image-size", "64"];
    let outcome =
        linnaeus(from.iter().chain(&["--epochs", "5", "--batch-size", "8", "--out", &run, "--json"]))
            .succeeds();

    let architecture = zoo::find("mobilenet_v2").unwrap();
    let graph = build(architecture, 64);
    let head = head(architecture, &graph);
    let base = graph.nodes().iter().filter(|node| !node.parameters.is_empty() && !head.contains(&node.name));
    let base: Vec<&str> = base.map(|node| node.name.as_str()).collect();
    let said = outcome.json()["model"]["loaded"].clone();
    let mut loaded: Vec<&str> =
        said["loaded"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    let mut expected = base.clone();
    loaded.sort_unstable();
    expected.sort_unstable();
    assert_eq!(loaded, expected);
    assert!(said["skipped"].to_string().contains("another_head"), "{said}");

    let result = json(&folder.path().join("run/result.json"));
    let epochs = result["stages"][0]["epochs"].as_array().unwrap();
    let loss = |epoch: &Value| epoch["metrics"]["loss"].as_f64().unwrap();
    assert!(loss(&epochs[4]) < loss(&epochs[0]), "it does not learn: {epochs:?}");
    // The base is still Keras's.
    let files = [place("base.keras"), place("base.keras"), place("run/best.keras")];
    let answer: Value = serde_json::from_str(&keras("same_weights.py", files)).unwrap();
    assert_eq!(answer["same"], serde_json::json!([answer["variables"], answer["variables"]]));
}

fn build(architecture: &Architecture, size: usize) -> Graph {
    let options = Options::new([size, size, 3], Top::Published { classes: CLASSES });
    architecture.build(&options).unwrap()
}

/// The layers behind the base.
fn head(architecture: &Architecture, graph: &Graph) -> Vec<String> {
    let base = architecture.base_output(graph).unwrap().index();
    graph.nodes()[base + 1..].iter().map(|node| node.name.clone()).collect()
}

#[track_caller]
fn load(file: &Path, graph: &Graph, which: Which<'_>) -> (Weights, Loaded) {
    let mut weights = initialize(graph, 7);
    let loaded = read_into(file, graph, &mut weights, which, NO_NAMES);
    (weights, loaded.unwrap_or_else(|error| panic!("{error}")))
}
