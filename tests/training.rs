//! `train`, `evaluate` and `predict` on pictures that a small network learns, and the folder that a run leaves.

use std::path::Path;

use linnaeus_tests::{CLASSES, Outcome, class_folders, draw, everything_in, json, linnaeus, member};

const LEARNS: [&str; 10] =
    ["--base", "small_cnn", "--image-size", "32", "--batch-size", "16", "--epochs", "12", "--patience", "12"];

fn train(data: &Path, out: &Path, options: &[&str]) -> Outcome {
    let places = ["train".as_ref(), data.as_os_str(), "--out".as_ref(), out.as_os_str()];
    linnaeus(places.into_iter().chain(options.iter().map(|word| word.as_ref())))
}

#[test]
fn a_run_learns_and_leaves_what_the_design_promises() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("shapes"), folder.path().join("run"));
    class_folders(&data, 3, 60, 32);
    train(&data, &run, &LEARNS).succeeds();

    let found = everything_in(&run);
    for promised in ["best.keras", "checkpoints", "history.csv", "recipe.toml", "report.html", "result.json"]
    {
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
