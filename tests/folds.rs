//! A cross-validation: each fold held out by a run of its own, and what all of them say together.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use linnaeus_tests::{Outcome, class_folders, draw, everything_in, json, linnaeus, program, start};
use serde_json::Value;

fn train(data: &Path, run: &Path, options: &[&str]) -> Command {
    let mut command = Command::new(program());
    command.arg("train").arg(data).arg("--out").arg(run);
    command.args(["--base", "small_cnn", "--image-size", "32", "--batch-size", "4", "--augment", "flip"]);
    command.args(["--learning-rate", "3e-3"]).args(options);
    command
}

fn run(data: &Path, run: &Path, options: &[&str]) -> Outcome {
    start(&mut train(data, run, options)).finish()
}

/// Starts a cross-validation into `run`, and sends it a signal when its second fold has learned.
fn leave_in_second_fold(mut command: Command, run: &Path, signal: &str) -> Outcome {
    let mut running = start(&mut command);
    let second = run.join("fold-2/history.csv");
    running.wait_for(|_| second.exists());
    running.signal(signal);
    running.finish()
}

/// The pictures of each part by the run's `split.csv`.
fn parts(run: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let table = std::fs::read_to_string(run.join("split.csv")).unwrap();
    let mut parts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in table.lines().skip(1) {
        let (picture, part) = (row.split(',').next().unwrap(), row.rsplit(',').next().unwrap());
        parts.entry(part.into()).or_default().insert(picture.into());
    }
    parts
}

/// What the folds say, without what the clock and the place say.
fn figures(run: &Path) -> Value {
    let mut found = json(&run.join("cross_validation.json"));
    found["seconds"].take();
    found["folds"].as_array_mut().unwrap().iter_mut().for_each(|fold| drop(fold["folder"].take()));
    found
}

/// Checks the page over all folds: it says what the figures are, and leads to the page of each fold and nowhere else.
fn check_page(run: &Path, folds: usize) {
    let page = std::fs::read_to_string(run.join("report.html")).unwrap();
    let links: Vec<&str> =
        page.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let expected: Vec<String> = (1..=folds).map(|fold| format!("fold-{fold}/report.html")).collect();
    assert_eq!(links, expected);
    assert!(links.iter().all(|link| run.join(link).is_file()), "{:?}", everything_in(run));
    let found = json(&run.join("cross_validation.json"));
    let right = format!("{} are right", found["correct"]);
    let mean = found["spread"]["accuracy"]["mean"].as_f64().unwrap();
    let mean = format!("mean {:.1}\u{a0}%", (mean * 1000.0).round() / 10.0);
    for words in [right.as_str(), &mean, "id=\"confusion\"", "disc", "cross"] {
        assert!(page.contains(words), "the page lacks {words:?}");
    }
}

#[test]
fn each_picture_is_judged_by_the_run_that_did_not_learn_from_it() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("shapes"), folder.path().join("run"));
    class_folders(&data, 3, 20, 32);
    let said = run(&data, &out, &["--fold", "all/4", "--epochs", "3"]).succeeds();
    let folds: Vec<_> = (1..=4).map(|number| out.join(format!("fold-{number}"))).collect();
    let shared = parts(&folds[0]);
    let pool: BTreeSet<String> = shared["train"].union(&shared["val"]).cloned().collect();
    let mut held_out = BTreeSet::new();
    for fold in &folds {
        let own = parts(fold);
        assert_eq!(own["test"], shared["test"]);
        assert_eq!(own["train"].union(&own["val"]).cloned().collect::<BTreeSet<_>>(), pool);
        assert!(own["val"].iter().all(|picture| held_out.insert(picture.clone())), "held out twice");
    }
    assert_eq!(held_out, pool);

    let found = json(&out.join("cross_validation.json"));
    assert_eq!(found["pictures"], pool.len());
    let results: Vec<Value> = folds.iter().map(|fold| json(&fold.join("result.json"))).collect();
    for (name, path) in [
        ("accuracy", "/validation/accuracy"),
        ("loss", "/validation/loss"),
        ("macro_f1", "/validation/macro_average/f1"),
        ("test_accuracy", "/test/accuracy"),
    ] {
        let values: Vec<f64> =
            results.iter().map(|run| run.pointer(path).unwrap().as_f64().unwrap()).collect();
        let mean = values.iter().sum::<f64>() / 4.0;
        let deviation = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / 3.0).sqrt();
        let spread = &found["spread"][name];
        let is = |key: &str, expected: f64| (spread[key].as_f64().unwrap() - expected).abs() < 1e-12;
        assert!(is("mean", mean) && is("deviation", deviation), "{name}: {spread} of {values:?}");
    }
    let confusion = found["confusion"].as_array().unwrap().iter().flat_map(|row| row.as_array().unwrap());
    assert_eq!(confusion.map(|count| count.as_u64().unwrap()).sum::<u64>(), pool.len() as u64);
    check_page(&out, 4);
    let places = [out.join("fold-*"), out.join("report.html")].map(|path| path.display().to_string());
    for words in ["mean", "deviation", "had not learned from it", &places[0], &places[1]] {
        assert!(said.stdout.contains(words), "{said}");
    }

    let picture = data.join("disc/000.png");
    linnaeus(["predict".as_ref(), out.as_os_str(), picture.as_os_str()]).fails(2, &["fold-1"]);
    linnaeus(["predict".as_ref(), folds[0].as_os_str(), picture.as_os_str()]).succeeds();

    // One fold alone is the same run.
    let alone = folder.path().join("alone");
    run(&data, &alone, &["--fold", "2/4", "--epochs", "3"]).succeeds();
    assert_eq!(parts(&alone), parts(&folds[1]));
    let result = json(&alone.join("result.json"));
    assert_eq!(result["validation"], results[1]["validation"]);
    // Nor is another thing said of its set.
    assert_eq!(result["notes"], results[1]["notes"]);
    linnaeus(["train".as_ref(), "--resume".as_ref(), out.as_os_str()]).fails(2, &["was finished"]);
}

/// What one fold holds out the others learn from, so a frozen base sees each picture once; a fold alone ends with the same bits.
#[test]
fn folds_share_the_features_of_a_frozen_base() {
    let folder = tempfile::tempdir().unwrap();
    let (data, first) = (folder.path().join("shapes"), folder.path().join("first"));
    class_folders(&data, 2, 20, 32);
    let (all, alone) = (folder.path().join("all"), folder.path().join("alone"));
    run(&data, &first, &["--epochs", "1"]).succeeds();
    let weights = first.join("best.keras");
    let weights = weights.to_str().unwrap();
    let frozen = |out: &Path, fold: &str| {
        let size = ["--base", "small_cnn", "--image-size", "32"];
        let options = ["--weights", weights, "--epochs", "2", "--fold", fold];
        linnaeus_tests::train(&data, out, &[&size[..], &options].concat())
    };
    let said = frozen(&all, "all/3").succeeds();
    assert_eq!(said.stderr.matches("features are computed once per picture").count(), 1, "{said}");
    frozen(&alone, "3/3").succeeds();
    assert_eq!(parts(&alone), parts(&all.join("fold-3")));
    let model = |run: &Path| std::fs::read(run.join("best.keras")).unwrap();
    assert!(model(&alone) == model(&all.join("fold-3")));
}

#[test]
fn one_that_was_killed_goes_on_with_the_same_folds() {
    let folder = tempfile::tempdir().unwrap();
    let (data, whole, killed) =
        (folder.path().join("shapes"), folder.path().join("whole"), folder.path().join("killed"));
    class_folders(&data, 2, 30, 32);
    let options = ["--fold", "all/3", "--epochs", "6", "--save-freq", "2"];
    run(&data, &whole, &options).succeeds();
    leave_in_second_fold(train(&data, &killed, &options), &killed, "KILL");
    assert!(!killed.join("cross_validation.json").exists());
    let recipe = killed.join("recipe.toml");
    let text = std::fs::read_to_string(&recipe).unwrap();
    std::fs::write(&recipe, text.replace("batch_size = 4", "batch_size = 8")).unwrap();
    let resume = ["train".as_ref(), "--resume".as_ref(), killed.as_os_str()];
    linnaeus(resume).fails(2, &["batch_size was 4 and is now 8"]);
    std::fs::write(&recipe, text).unwrap();
    // Nor does the fold that was left, alone: its result would fit to no other's.
    let (second, recipe) = (killed.join("fold-2"), killed.join("fold-2/recipe.toml"));
    let text = std::fs::read_to_string(&recipe).unwrap();
    assert!(second.join("checkpoints/state.safetensors").exists());
    let impatient: String =
        text.lines().filter(|line| !line.starts_with("patience")).map(|line| format!("{line}\n")).collect();
    std::fs::write(&recipe, format!("patience = 3\n{impatient}")).unwrap();
    linnaeus_tests::resume(&second)
        .fails(2, &["patience was", "and is now 3", "folds of different settings"]);
    std::fs::write(&recipe, text).unwrap();
    let first = std::fs::read(killed.join("fold-1/best.keras")).unwrap();
    assert!(!killed.join("report.html").exists());
    linnaeus(resume).succeeds();
    assert_eq!(figures(&killed), figures(&whole));
    check_page(&killed, 3);
    assert_eq!(std::fs::read(killed.join("fold-1/best.keras")).unwrap(), first);
}

#[cfg(unix)]
#[test]
fn one_that_was_stopped_goes_on_with_the_fold_that_it_was_in() {
    let folder = tempfile::tempdir().unwrap();
    let (data, whole, stopped) =
        (folder.path().join("shapes"), folder.path().join("whole"), folder.path().join("stopped"));
    class_folders(&data, 2, 30, 32);
    let options = ["--fold", "all/2", "--epochs", "40", "--patience", "40"];
    run(&data, &whole, &options).succeeds();
    let said = leave_in_second_fold(train(&data, &stopped, &options), &stopped, "INT");
    let said = said.fails(1, &["stopped in fold 2 of 2", "--resume", stopped.to_str().unwrap()]);
    assert!(said.stderr.matches("goes on").count() == 1 && !said.stderr.contains("begins again"), "{said}");
    assert!(!stopped.join("report.html").exists());
    let said = linnaeus(["train".as_ref(), "--resume".as_ref(), stopped.as_os_str()]).succeeds();
    assert!(said.stderr.contains("going on at epoch") && !said.stderr.contains("fold 1 of 2"), "{said}");
    assert_eq!(figures(&stopped), figures(&whole));
    check_page(&stopped, 2);
}

#[test]
fn a_picture_that_comes_later_changes_no_fold() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("shapes"), folder.path().join("run"));
    class_folders(&data, 2, 20, 32);
    let mut running = start(&mut train(&data, &out, &["--fold", "all/2", "--epochs", "20"]));
    let (first, second) = (out.join("fold-1"), out.join("fold-2"));
    running.wait_for(|_| out.join("recipe.toml").exists());
    running.signal("KILL");
    running.finish();
    let before = [&first, &second].map(|fold| parts(fold));
    draw(0, 77, 32).save(data.join("disc/new.png")).unwrap();
    assert!(!second.join("result.json").exists());
    // Also of a fold that is gone on with alone, before it has learned anything, from within it; by no other recipe.
    let recipe = second.join("recipe.toml");
    let text = std::fs::read_to_string(&recipe).unwrap();
    let alone =
        || start(Command::new(program()).args(["train", "--resume", "."]).current_dir(&second)).finish();
    std::fs::write(&recipe, text.replace("epochs = 20", "epochs = 2")).unwrap();
    alone().fails(2, &["recipe.toml", "epochs was 20 and is now 2"]);
    std::fs::write(&recipe, text).unwrap();
    alone().succeeds();
    // And where the set has moved meanwhile, which is written down.
    let moved = folder.path().join("moved");
    std::fs::rename(&data, &moved).unwrap();
    linnaeus(["train".as_ref(), moved.as_os_str(), "--resume".as_ref(), out.as_os_str()]).succeeds();
    assert!(std::fs::read_to_string(out.join("recipe.toml")).unwrap().contains("moved"));
    for (fold, before) in [&first, &second].into_iter().zip(before) {
        let now = parts(fold);
        assert_eq!((&now["val"], &now["test"]), (&before["val"], &before["test"]));
        assert_eq!(now["train"].difference(&before["train"]).collect::<Vec<_>>(), ["disc/new.png"]);
    }
}

#[test]
fn what_is_no_cross_validation_is_refused_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("shapes"), folder.path().join("run"));
    class_folders(&data, 2, 6, 32);
    for (fold, words) in [
        ("all/1", &["--fold", "2 or more", "all/1"][..]),
        ("all/x", &["--fold", "all/5"]),
        ("all/999", &["--fold", "pictures to share out", "999"]),
        ("all/11", &["fold 11 would hold out no picture"]),
    ] {
        run(&data, &out, &["--fold", fold]).fails(2, words);
        assert!(!out.exists(), "{:?}", everything_in(folder.path()));
    }
    let options = ["--fold", "all/3", "--base", "no_such_network"];
    let small = ["train".as_ref(), data.as_os_str(), "--out".as_ref(), out.as_os_str()];
    linnaeus(small.into_iter().chain(options.map(AsRef::as_ref))).fails(2, &["no_such_network"]);
    let search = ["tune".as_ref(), "lr".as_ref(), data.as_os_str(), "--base".as_ref(), "small_cnn".as_ref()];
    linnaeus(search.into_iter().chain(["--fold", "all/3"].map(AsRef::as_ref))).fails(2, &["as 1/5"]);
    let parted = folder.path().join("parted");
    class_folders(&parted.join("train"), 2, 6, 32);
    let held_out = parted.join("val/disc");
    std::fs::create_dir_all(&held_out).unwrap();
    draw(1, 77, 32).save(held_out.join("other.png")).unwrap();
    for fold in ["all/3", "1/3"] {
        let words = &["--fold", "validation part of its own", "--merge-validation"];
        run(&parted, &out, &["--fold", fold]).fails(2, words);
        assert!(!out.exists(), "{:?}", everything_in(folder.path()));
    }

    // Nor is another's run taken for that of a fold.
    let other = out.join("fold-2");
    run(&data, &other, &["--epochs", "1"]).succeeds();
    let before = everything_in(&out);
    run(&data, &out, &["--fold", "all/3"]).fails(2, &[other.to_str().unwrap(), "holds a run already"]);
    assert_eq!(everything_in(&out), before);
}
