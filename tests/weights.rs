//! Weights that others trained: what is said of them, and bases that start from files.

use std::path::Path;
use std::process::Command;

use linnaeus_tests::{Outcome, class_folders, json, linnaeus, program, start};

/// The least job that trains: small pictures of two classes, one epoch.
const QUICK: [&str; 7] = ["--image-size", "32", "--epochs", "1", "--patience", "1", "--json"];

/// A run on pictures in `folder`, with the options `words`.
fn train(folder: &Path, run: &str, words: &[&str]) -> Outcome {
    let data = folder.join("data");
    if !data.exists() {
        class_folders(&data, 2, 6, 24);
    }
    let run = folder.join(run);
    let named = ["train", data.to_str().unwrap(), "--out", run.to_str().unwrap()];
    linnaeus([&named[..], &QUICK, words].concat())
}

/// The binary with a cache of its own and no network: a proxy that nobody answers at.
fn offline(cache: &Path, words: &[&str]) -> Outcome {
    let mut command = Command::new(program());
    command.args(words).env("LINNAEUS_HOME", cache);
    for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        command.env(variable, "http://127.0.0.1:9");
    }
    command.env_remove("NO_PROXY").env_remove("no_proxy");
    start(&mut command).finish()
}

#[test]
fn without_a_network_it_is_said_what_to_do() {
    let cache = tempfile::tempdir().unwrap();
    let address = "https://storage.googleapis.com/tensorflow/keras-applications/resnet/resnet50_weights";
    let import = "linnaeus weights import resnet50 FILE";
    for words in [&["weights", "pull", "resnet50"][..], &["predict", "resnet50", "elephant.jpg"]] {
        let outcome = offline(cache.path(), words).fails(1, &[address, "is the network reachable?", import]);
        assert!(!outcome.stderr.contains("--weights"), "advice that the command does not take: {outcome}");
    }
    let left = std::fs::read_dir(cache.path().join("downloads")).unwrap().count();
    assert_eq!(left, 0, "something is left of a download that brought nothing");
}

#[test]
fn what_was_never_published_is_said_before_anything_is_fetched() {
    let cases: [(&[&str], &[&str]); 5] = [
        (
            &["weights", "pull", "small_cnn"],
            &["small_cnn has no published weights", "weights import small_cnn"],
        ),
        (
            &["weights", "pull", "mobilenet_v2", "--alpha", "0.6"],
            &["0.35, 0.5, 0.75, 1, 1.3, 1.4, not of 0.6"],
        ),
        (&["weights", "pull", "mobilenetv2"], &["did you mean mobilenet_v2?"]),
        (&["predict", "efficientnet_lite00", "x.jpg"], &["did you mean efficientnet_lite0?"]),
        (&["predict", "small_cnn", "x.jpg"], &["never published with a classifier", "--base small_cnn"]),
    ];
    for (words, expected) in cases {
        linnaeus(words).fails(2, expected);
    }
}

#[test]
fn a_base_starts_from_a_run_and_what_was_loaded_is_said() {
    let folder = tempfile::tempdir().unwrap();
    train(folder.path(), "first", &["--base", "small_cnn"]).succeeds();
    let first = folder.path().join("first");

    let outcome =
        train(folder.path(), "second", &["--base", "small_cnn", "--weights", first.to_str().unwrap()])
            .succeeds();
    assert!(outcome.stderr.contains("loaded from ") && outcome.stderr.contains("best.keras"), "{outcome}");
    // The same pictures, so that what the head has learnt is of use, and is said.
    assert!(outcome.stderr.contains("its head comes along too (head_hidden, head_dense)"), "{outcome}");
    let loaded = &outcome.json()["model"]["loaded"];
    let names: Vec<&str> = loaded["loaded"].as_array().unwrap().iter().map(|n| n.as_str().unwrap()).collect();
    assert!(names.contains(&"block1_conv") && names.contains(&"block3_conv"), "{names:?}");
    assert_eq!(json(&folder.path().join("second/result.json"))["model"]["loaded"], *loaded);

    // Of another network; and of another number of colours.
    let other = ["--base", "mobilenet_v2", "--weights", first.to_str().unwrap()];
    train(folder.path(), "third", &other)
        .fails(1, &["best.keras", "--base mobilenet_v2 needs weights of mobilenet_v2"]);
    let grey = ["--base", "small_cnn", "--weights", first.to_str().unwrap(), "--color-mode", "grayscale"];
    train(folder.path(), "fourth", &grey).fails(1, &["block1_conv", "[3, 3, 1, 32]", "[3, 3, 3, 32]"]);
}

#[test]
fn a_head_of_another_size_is_replaced_and_said() {
    let folder = tempfile::tempdir().unwrap();
    train(folder.path(), "first", &["--base", "small_cnn", "--pooling", "avg"]).succeeds();
    let first = folder.path().join("first/best.keras");
    let words = ["--base", "small_cnn", "--weights", first.to_str().unwrap(), "--image-size", "40"];
    let words: Vec<&str> = words.into_iter().chain(["--pooling", "max"]).collect();
    std::fs::rename(folder.path().join("data"), folder.path().join("two")).unwrap();
    class_folders(&folder.path().join("data"), 3, 6, 24);
    let data = folder.path().join("data");
    let run = folder.path().join("second");
    let named = ["train", data.to_str().unwrap(), "--out", run.to_str().unwrap(), "--epochs", "1", "--json"];
    let outcome = linnaeus([&named[..], &words].concat()).succeeds();
    let skipped = outcome.json()["model"]["loaded"]["skipped"].clone();
    assert_eq!(skipped[0]["name"], "head_dense");
    let why = skipped[0]["why"].as_str().unwrap();
    assert_eq!(why, "the file's classes are others (cross, disc)");
    assert!(outcome.stderr.contains("head_dense: the file's classes are others"), "{outcome}");
    // The card of the file is of pictures of another size.
    assert!(outcome.stderr.contains("32 × 32") && outcome.stderr.contains("40 × 40"), "{outcome}");
}

/// As many classes, and others: a head that fits by its shape would have learnt something else.
#[test]
fn a_head_of_other_classes_stays_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    train(folder.path(), "first", &["--base", "small_cnn"]).succeeds();
    let data = folder.path().join("data");
    std::fs::rename(data.join("disc"), data.join("circle")).unwrap();
    let first = folder.path().join("first");
    let words = ["--base", "small_cnn", "--weights", first.to_str().unwrap()];
    let outcome = train(folder.path(), "second", &words).succeeds();
    let loaded = &outcome.json()["model"]["loaded"];
    assert!(!loaded["loaded"].to_string().contains("head"), "{loaded}");
    assert_eq!(loaded["skipped"][0]["why"], "the file's classes are others (cross, disc)");
    assert!(!outcome.stderr.contains("comes along"), "{outcome}");
    // Nor is a network taken for another whose layers happen to have the same shapes.
    let other = ["--base", "plain_cnn", "--weights", first.to_str().unwrap()];
    train(folder.path(), "third", &other).fails(1, &["--base plain_cnn needs weights of plain_cnn"]);
}

#[test]
fn the_pooling_is_as_asked_for_and_stays_in_the_recipe() {
    let folder = tempfile::tempdir().unwrap();
    train(folder.path(), "max", &["--base", "small_cnn", "--pooling", "max"]).succeeds();
    let recipe = std::fs::read_to_string(folder.path().join("max/recipe.toml")).unwrap();
    assert!(recipe.contains("pooling = \"max\""), "{recipe}");
    let config = linnaeus_tests::member(&folder.path().join("max/best.keras"), "config.json");
    assert!(String::from_utf8(config).unwrap().contains("GlobalMaxPooling2D"));
    train(folder.path(), "mean", &["--base", "small_cnn", "--pooling", "mean"])
        .fails(2, &["avg or max or flatten", "received mean"]);
}

#[test]
fn weights_are_imported_as_a_base() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache");
    train(folder.path(), "run", &["--base", "mobilenet_v2", "--weights", "none"]).succeeds();
    let run = folder.path().join("run");
    let file = run.join("best.keras");
    let words = ["weights", "import", "mobilenet_v2", run.to_str().unwrap(), "--json"];
    let imported = offline(&cache, &words).succeeds().json();
    assert_eq!(imported["part"], "base");
    assert!(imported["path"].as_str().unwrap().ends_with("mobilenet_v2-no-top.keras"), "{imported}");
    assert!(imported["loaded"]["skipped"].to_string().contains("head_dense"), "{imported}");
    // Then it is what "imagenet" stands for.
    let data = folder.path().join("data");
    let run = folder.path().join("again");
    let words = ["train", data.to_str().unwrap(), "--out", run.to_str().unwrap(), "--base", "mobilenet_v2"];
    let outcome = offline(&cache, &[&words[..], &["--weights", "imagenet"], &QUICK].concat()).succeeds();
    let result = json(&run.join("result.json"));
    assert_eq!(result["recipe"]["weights"], "imagenet");
    assert!(outcome.stderr.contains("mobilenet_v2-no-top.keras"), "{outcome}");
    // And whose work it is stays known.
    let origin = format!("imported from {}", file.file_name().unwrap().display());
    assert_eq!(result["model"]["weights"], origin);
    let card = linnaeus_tests::member(&run.join("best.keras"), "linnaeus.json");
    let card: serde_json::Value = serde_json::from_slice(&card).unwrap();
    assert_eq!(card["trained"]["weights"], origin);
    let kept = cache.join("weights/mobilenet_v2-no-top.keras");
    let here = format!("here: {} (the base only, {origin})", kept.display());
    for words in [&["weights", "list"][..], &["weights", "list", "mobilenet_v2"]] {
        let listed = offline(&cache, words).succeeds().stdout;
        assert!(listed.contains(&here), "{listed}");
    }
    let models = offline(&cache, &["models"]).succeeds().stdout;
    assert!(
        models.lines().any(|line| line.starts_with("mobilenet_v2 ") && line.ends_with("base in the cache"))
    );

    // One that was cut off is no longer there, and it is said what to do.
    let bytes = std::fs::read(&kept).unwrap();
    std::fs::write(&kept, &bytes[..bytes.len() / 2]).unwrap();
    let listed = offline(&cache, &["weights", "list"]).succeeds().stdout;
    let damaged = format!("damaged: {}: ", kept.display());
    assert!(
        listed.contains(&damaged) && listed.contains("run `linnaeus weights pull mobilenet_v2 --no-top`")
    );
    let words = ["weights", "list", "--json"];
    let listed = offline(&cache, &words).succeeds().json();
    let one = listed.as_array().unwrap().iter().find(|one| one["name"] == "mobilenet_v2").unwrap();
    assert_eq!((&one["cached"], one["paths"].as_array().unwrap().len()), (&serde_json::json!(false), 0));
    assert!(one["kept"][0]["damaged"].as_str().unwrap().contains("truncated"), "{one}");

    linnaeus(["weights", "import", "resnet50", run.join("best.keras").to_str().unwrap()])
        .fails(1, &["of another model", "conv1_conv"]);
    linnaeus(["weights", "import", "mobilenet_v2", "Cargo.toml"]).fails(1, &["Cargo.toml"]);
}
