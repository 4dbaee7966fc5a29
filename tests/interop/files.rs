//! Files that the real Keras and PyTorch wrote are loaded into our networks, whatever their format.

use std::path::Path;
use std::sync::Arc;

use linnaeus::engine::{Pool, Predictor, initialize};
use linnaeus::formats::weights::{NO_NAMES, Names, read_into};
use linnaeus::formats::{Loaded, Matching, Which, keras as keras_files, safetensors};
use linnaeus::graph::{Graph, Weights};
use linnaeus::zoo::{self, Architecture, InputScaling, Options, Top};
use linnaeus_tests::{keras, torch};
use serde_json::Value;

const CLASSES: usize = 10;

#[test]
fn mobilenet_v2_is_loaded_from_every_file_of_keras() {
    judge_files_of_keras("mobilenet_v2", 64);
}

/// Groups of pooled values, sums and products with numbers.
#[test]
fn mobilenet_v3_small_is_loaded_from_every_file_of_keras() {
    judge_files_of_keras("mobilenet_v3_small", 64);
}

/// An adapted normalization, and dropouts of whole pictures.
#[test]
fn efficientnet_b0_is_loaded_from_every_file_of_keras() {
    judge_files_of_keras("efficientnet_b0", 64);
}

/// Separable convolutions, cropping, and layers in an order that takes care.
#[test]
fn nasnet_mobile_is_loaded_from_every_file_of_keras() {
    judge_files_of_keras("nasnet_mobile", 64);
}

/// Layers without names of their own, which Keras numbers on.
#[test]
fn xception_is_loaded_from_every_file_of_keras() {
    judge_files_of_keras("xception", 75);
}

/// Models in the model, and layers of Keras's applications that it does not export.
#[test]
fn convnext_tiny_is_loaded_from_every_file_of_keras() {
    judge_files_of_keras("convnext_tiny", 64);
}

/// Any network that `keras.applications` has too, built there for pictures of `size`: its own files are opened and
/// loaded, and Keras finds in ours what it wrote, bit by bit.
#[track_caller]
pub(crate) fn judge_files_of_keras(network: &str, size: usize) {
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
    let mut ours = vec![place("again.keras")];
    for file in ["model.keras", "model.weights.h5", "whole.h5", "weights.h5"] {
        let (weights, _) = load(&place(file), &graph, Which::AllBut(&[]), NO_NAMES);
        ours.push(place(&format!("from_{file}.keras")));
        keras_files::write(ours.last().unwrap(), &graph, &weights, None).unwrap();
        safetensors::write(&place("ours.safetensors"), &graph, &weights).unwrap();
        let (again, loaded) = load(&place("ours.safetensors"), &graph, Which::All, NO_NAMES);
        assert_eq!((again == weights, loaded.matching), (true, Matching::ByName), "{file}");
    }
    let head = head(architecture, &graph);
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let (weights, loaded) = load(&place("wrapped.h5"), &graph, Which::AllBut(&head), NO_NAMES);
    assert!(loaded.skipped.iter().any(|(layer, _)| layer == "another_head"), "{:?}", loaded.skipped);
    ours.push(place("from_wrapped.keras"));
    keras_files::write(ours.last().unwrap(), &graph, &weights, None).unwrap();

    let files = std::iter::once(place("model.keras")).chain(ours);
    let answer: Value = serde_json::from_str(&keras("same_weights.py", files)).unwrap();
    let variables = graph.parameters().len() as u64;
    let of_base = graph.parameters().iter().filter(|parameter| {
        let name = &graph.node(parameter.node).name;
        !head.contains(&name.as_str())
    });
    let mut expected = vec![variables; 5];
    expected.push(of_base.count() as u64);
    assert_eq!(answer["variables"], variables, "{network}");
    assert_eq!(answer["same"], serde_json::json!(expected), "{network}");
    let apart = answer["apart"].as_f64().unwrap();
    assert!(apart < 1e-5, "{network}: {apart} apart"); // NaN fails too
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
fn load(file: &Path, graph: &Graph, which: Which<'_>, names: Option<Names<'_>>) -> (Weights, Loaded) {
    let mut weights = initialize(graph, 7);
    let loaded = read_into(file, graph, &mut weights, which, names);
    (weights, loaded.unwrap_or_else(|error| panic!("{error}")))
}

/// The networks of torchvision and timm, and what they are called here: one with each layout of weights.
const OF_TORCH: [(&str, &str); 5] = [
    ("torchvision:vgg16", "vgg16"), // a dense layer behind a flattened map
    ("torchvision:resnext50_32x4d", "resnext50_32x4d"), // grouped
    ("torchvision:densenet121", "densenet121"),
    ("timm:tf_mobilenetv3_small_100", "mobilenet_v3_small"), // depthwise, and dense layers as convolutions
    ("timm:tf_efficientnet_lite0", "efficientnet_lite0"),
];

#[test]
fn networks_are_loaded_from_every_file_of_pytorch() {
    let folder = tempfile::tempdir().unwrap();
    let names = OF_TORCH.iter().map(|(theirs, _)| *theirs);
    torch("write_torch.py", std::iter::once(folder.path().to_str().unwrap()).chain(names));
    for (theirs, ours) in OF_TORCH {
        let (_, name) = theirs.split_once(':').unwrap();
        judge_files_of_torch(&folder.path().join(name), ours);
    }
}

/// Any network that torchvision or timm has too: all files that it wrote to `folder` give the same weights, and with
/// them our network its logits.
#[track_caller]
pub(crate) fn judge_files_of_torch(folder: &Path, network: &str) {
    const SIZE: usize = 64;
    let architecture = zoo::find(network).unwrap();
    let plain = InputScaling::Rescaling { scale: 1.0, offset: 0.0 }; // the picture is what PyTorch's network read
    let options = Options::new([SIZE, SIZE, 3], Top::Published { classes: CLASSES }).scaling(plain);
    let graph = architecture.build(&options).unwrap();
    let files = ["legacy.pth", "zipped.pth", "checkpoint.pt", "model.safetensors"];
    let mut all: Vec<Weights> = Vec::new();
    for file in files {
        let mut refusals = Vec::new();
        let loaded = architecture.torch_names.iter().find_map(|names| {
            let mut weights = initialize(&graph, 7);
            let names: Names<'_> = names;
            let loaded = read_into(&folder.join(file), &graph, &mut weights, Which::All, Some(names));
            loaded.map(|_| weights).map_err(|refusal| refusals.push(refusal.to_string())).ok()
        });
        all.push(loaded.unwrap_or_else(|| panic!("{network}: {refusals:?}")));
    }
    assert!(all.iter().all(|weights| *weights == all[0]), "{network}");
    let picture = floats(&folder.join("input.f32")); // [C, H, W]
    let mut predictor = Predictor::new(&graph, &all[0], 1, &Arc::new(Pool::new(2))).unwrap();
    let input = predictor.input(1);
    for (index, value) in input.iter_mut().enumerate() {
        *value = picture[index % 3 * SIZE * SIZE + index / 3];
    }
    let ours: Vec<f64> = centred(predictor.run(1).iter().map(|p| f64::from(*p).ln()).collect());
    let theirs = centred(floats(&folder.join("logits.f32")).into_iter().map(f64::from).collect());
    let largest = theirs.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    let apart = ours.iter().zip(&theirs).fold(0.0_f64, |most, (a, b)| {
        // A NaN stays one, and is no agreement.
        let apart = (a - b).abs();
        if apart <= most { most } else { apart }
    });
    println!("{network}: logits of up to {largest:.2e}, at most {apart:.1e} apart");
    assert!(ours.len() == CLASSES && apart < 1e-4 * largest, "{network}: {ours:?}\nPyTorch {theirs:?}");
}

/// A softmax leaves open what all logits have in common.
fn centred(values: Vec<f64>) -> Vec<f64> {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.into_iter().map(|value| value - mean).collect()
}

fn floats(path: &Path) -> Vec<f32> {
    let bytes = std::fs::read(path).unwrap();
    bytes.chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect()
}
