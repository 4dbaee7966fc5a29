//! `--fine-tune` trains the layers that Keras's users unfreeze, by number and by name.

use std::path::Path;

use linnaeus_tests::{class_folders, keras, linnaeus};
use serde_json::{Value, json};

#[test]
fn the_last_layers_of_mobilenet_v2_are_those_of_keras() {
    let arguments = json!({"alpha": 0.35});
    let layers = ["block_13_expand", "30", "Conv_1"];
    judge("mobilenet_v2", &["--alpha", "0.35"], ("MobileNetV2", &arguments), &layers);
}

/// Its blocks have two branches, whose layers Keras lists by turns.
#[test]
fn the_last_layers_of_resnet50_are_those_of_keras() {
    let layers = ["conv5_block1_0_conv", "conv5_block1_1_conv", "25"];
    judge("resnet50", &[], ("ResNet50", &json!({})), &layers);
}

#[track_caller]
fn judge(base: &str, options: &[&str], (application, arguments): (&str, &Value), layers: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let (data, first) = (folder.path().join("data"), folder.path().join("first"));
    class_folders(&data, 2, 6, 32);
    let train = |run: &Path, more: &[&str]| {
        let places = ["train", data.to_str().unwrap(), "--out", run.to_str().unwrap(), "--base", base];
        let short = ["--image-size", "32", "--epochs", "1"];
        linnaeus([&places[..], &short, options, more].concat()).succeeds();
    };
    train(&first, &["--weights", "none"]);
    for layer in layers {
        let run = folder.path().join(layer);
        train(&run, &["--weights", first.to_str().unwrap(), "--fine-tune", layer, "--fine-tune-epochs", "1"]);
        let best = run.join("best.keras");
        let words = [best.to_str().unwrap(), application, &arguments.to_string(), layer];
        let learn: Value = serde_json::from_str(&keras("fine_tuned_layers.py", words)).unwrap();
        assert!(learn["keras"].as_array().is_some_and(|names| names.len() > 2), "{learn}");
        assert_eq!(learn["ours"], learn["keras"], "{base}, {layer}");
    }
}
