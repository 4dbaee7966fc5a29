//! `train`, `evaluate` and `predict` on pictures that a small network learns, and the folder that a run leaves.

use std::path::Path;

use linnaeus_tests::{CLASSES, class_folders, draw, everything_in, json, linnaeus, member, train};

const LEARNS: [&str; 10] =
    ["--base", "small_cnn", "--image-size", "32", "--batch-size", "16", "--epochs", "12", "--patience", "12"];

#[test]
fn a_run_learns_and_leaves_what_the_design_promises() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("shapes"), folder.path().join("run"));
    class_folders(&data, 3, 60, 32);
    train(&data, &run, &LEARNS).succeeds();

    let found = everything_in(&run);
    for promised in ["best.keras", "history.csv", "recipe.toml", "report.html", "result.json"] {
        assert!(found.iter().any(|name| name == promised), "no {promised} among {found:?}");
    }
    assert!(found.iter().any(|name| name.contains("tfevents")), "no TensorBoard events among {found:?}");
    assert!(!found.iter().any(|name| name.contains(".writing-")), "half files: {found:?}");

    let result = json(&run.join("result.json"));
    let accuracy = result["test"]["accuracy"].as_f64().unwrap();
    assert!(accuracy >= 0.9, "test accuracy {accuracy}");
    assert!(result["test"]["loss"].as_f64().unwrap() < 0.5, "{result:#}");
    assert!(result["seconds"]["total"].as_f64().unwrap() > 0.0, "{result:#}");
    let report = std::fs::read_to_string(run.join("report.html")).unwrap();
    assert!(CLASSES.iter().all(|class| report.contains(class)));
    assert!(
        !report.contains("src=\"http") && !report.contains("href=\"http"),
        "the report fetches something"
    );

    the_model_says_what_the_run_measured(&data, &run, accuracy);
    the_recipe_repeats_the_run(&run, &folder.path().join("again"));
}

fn the_model_says_what_the_run_measured(data: &Path, run: &Path, accuracy: f64) {
    let model = run.join("best.keras");
    let pictures = data.with_file_name("unseen");
    for (class, name) in CLASSES.iter().enumerate() {
        std::fs::create_dir_all(pictures.join(name)).unwrap();
        for index in 0..10 {
            draw(class, 5000 + index, 32).save(pictures.join(name).join(format!("{index}.png"))).unwrap();
        }
    }
    let evaluate = ["evaluate".as_ref(), model.as_os_str(), pictures.as_os_str(), "--json".as_ref()];
    let evaluated = linnaeus(evaluate).succeeds().json();
    let unseen = evaluated["test"]["accuracy"].as_f64().unwrap();
    assert!(unseen >= accuracy - 0.1, "{unseen} on unseen pictures, {accuracy} in the run");

    let picture = pictures.join("disc/3.png");
    let answers =
        linnaeus(["predict".as_ref(), model.as_os_str(), picture.as_os_str(), "--json".as_ref()]).json();
    let answer = &answers[0];
    assert_eq!(answer["picture"], picture.to_str().unwrap());
    let names: Vec<&String> = answer["probabilities"].as_object().unwrap().keys().collect();
    assert_eq!(names, CLASSES);
    let total: f64 = CLASSES.iter().map(|name| answer["probabilities"][name].as_f64().unwrap()).sum();
    assert!((total - 1.0).abs() < 1e-5, "{answer}");
    assert_eq!(answer["probability"], answer["probabilities"][answer["class"].as_str().unwrap()]);
}

fn the_recipe_repeats_the_run(run: &Path, again: &Path) {
    let recipe = run.join("recipe.toml");
    let repeat =
        ["train".as_ref(), "--recipe".as_ref(), recipe.as_os_str(), "--out".as_ref(), again.as_os_str()];
    linnaeus(repeat).succeeds();
    let weights = |run: &Path| member(&run.join("best.keras"), "model.weights.h5");
    assert!(weights(run) == weights(again), "the recipe of a run leaves other weights than the run");
}

#[test]
fn two_classes_may_share_one_sigmoid_unit() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("shapes"), folder.path().join("run"));
    class_folders(&data, 2, 60, 32);
    train(&data, &run, &[&LEARNS[..], &["--head", "sigmoid"]].concat()).succeeds();
    let accuracy = json(&run.join("result.json"))["test"]["accuracy"].as_f64().unwrap();
    assert!(accuracy >= 0.9, "test accuracy {accuracy}");
}

/// The course's two stages: a new head on a frozen base, then the base's last layers too; the best of both is kept.
#[test]
fn fine_tuning_keeps_the_best_of_both_stages() {
    let folder = tempfile::tempdir().unwrap();
    let (data, first) = (folder.path().join("shapes"), folder.path().join("first"));
    class_folders(&data, 3, 40, 32);
    let short = ["--base", "small_cnn", "--image-size", "32", "--batch-size", "16", "--epochs", "2"];
    train(&data, &first, &short).succeeds();

    let second = folder.path().join("second");
    let weights = ["--weights", first.to_str().unwrap(), "--fine-tune", "4", "--fine-tune-epochs", "3"];
    let rate = ["--fine-tune-learning-rate", "1e-3"];
    train(&data, &second, &[&short[..], &weights[..], &rate[..]].concat()).succeeds();

    let result = json(&second.join("result.json"));
    let stages = result["stages"].as_array().unwrap();
    let names: Vec<_> = stages.iter().map(|stage| stage["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["head", "fine-tune"]);
    let epochs: Vec<_> = stages.iter().flat_map(|stage| stage["epochs"].as_array().unwrap()).collect();
    let numbers: Vec<_> = epochs.iter().map(|epoch| epoch["epoch"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
    let loss = |epoch: &serde_json::Value| epoch["metrics"]["val_loss"].as_f64().unwrap();
    let best = epochs.iter().copied().min_by(|a, b| loss(a).total_cmp(&loss(b))).unwrap();
    assert_eq!(result["best"]["epoch"], best["epoch"]);
    assert_eq!(result["best"]["value"].as_f64().unwrap(), loss(best));
    // The model that is kept is the best epoch's: it gives that epoch's loss again.
    let again = result["validation"]["loss"].as_f64().unwrap();
    assert!((again - loss(best)).abs() < 1e-4, "{again} instead of {}", loss(best));
}

#[test]
fn every_setting_of_learning_takes_part() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("shapes"), folder.path().join("run"));
    class_folders(&data, 3, 40, 32);
    let class = CLASSES[1];
    let metrics = format!("accuracy,auc,recall[{class}]");
    let monitor = format!("val_recall[{class}]");
    let learning = [
        ["--optimizer", "adamw"],
        ["--weight-decay", "0.01"],
        ["--global-clipnorm", "1"],
        ["--gradient-accumulation-steps", "2"],
        ["--schedule", "cosine,warmup_steps=2epochs"],
        ["--label-smoothing", "0.1"],
        ["--class-weights", "balanced"],
        ["--ema-momentum", "0.9"],
        ["--metrics", &metrics],
        ["--monitor", &monitor],
    ]
    .concat();
    let options = [&LEARNS[..], &learning, &["--use-ema"]].concat();
    train(&data, &run, &options).succeeds();
    let history = std::fs::read_to_string(run.join("history.csv")).unwrap();
    let mut lines = history.lines();
    let columns: Vec<&str> = lines.next().unwrap().split(',').collect();
    for name in ["auc", &format!("recall[{class}]"), "val_auc", &monitor] {
        assert!(columns.contains(&name), "no {name} among {columns:?}");
    }
    let place = columns.iter().position(|column| *column == "learning_rate").unwrap();
    let rates: Vec<f64> = lines.map(|line| line.split(',').nth(place).unwrap().parse().unwrap()).collect();
    assert!(rates[0] < rates[1] && rates.last().unwrap() < &(0.2 * rates[1]), "up, then down: {rates:?}");
    let result = json(&run.join("result.json"));
    assert!(result["test"]["accuracy"].as_f64().unwrap() >= 0.8, "{result:#}");
    assert_eq!(result["recipe"]["schedule"], "cosine,warmup_steps=2epochs");

    // Classes are known once the pictures are listed, and before anything is written.
    let again = folder.path().join("again");
    for (option, value) in [("--metrics", "recall[moon]"), ("--class-weights", "moon=2")] {
        let monitored = [&LEARNS[..], &[option, value, "--monitor", "val_loss"]].concat();
        train(&data, &again, &monitored).fails(2, &["moon", class]);
        assert!(!again.exists());
    }
}
