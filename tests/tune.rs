//! `tune lr` and `tune transfer`: what is found out before training, and what training's figures show afterwards.

use std::path::Path;

use linnaeus_tests::{Outcome, class_folders, everything_in, json, linnaeus, linnaeus_in_shell};
use serde_json::Value;

const SMALL: [&str; 6] = ["--base", "small_cnn", "--image-size", "32", "--batch-size", "16"];

fn run(command: &[&str], data: &Path, options: &[&str]) -> Outcome {
    let words =
        command.iter().copied().chain([data.to_str().unwrap()]).chain(SMALL).chain(options.iter().copied());
    linnaeus(words)
}

/// Runs the line that `found` ends with, as a shell takes it; with few epochs.
fn run_its_line(found: &Outcome, out: &Path) -> Value {
    let line = found.stdout.lines().last().unwrap();
    let arguments = line.strip_prefix("linnaeus ").unwrap_or_else(|| panic!("{found}"));
    let script = format!("exec \"$LINNAEUS\" {arguments} \"$@\"");
    let few = [("--epochs", "1"), ("--fine-tune-epochs", "1"), ("--out", out.to_str().unwrap())];
    let fine_tunes = arguments.contains("--fine-tune ") && !arguments.contains("--fine-tune head");
    let few = few.iter().filter(|(option, _)| !arguments.contains(&format!("{option} ")));
    let few = few.filter(|(option, _)| fine_tunes || *option != "--fine-tune-epochs");
    linnaeus_in_shell(&script, few.flat_map(|(option, value)| [option, value])).succeeds();
    json(&out.join("result.json"))
}

/// What a training comes to: its validation loss in the best epoch.
fn trained(data: &Path, out: &Path, rate: &str) -> f64 {
    let options =
        ["--learning-rate", rate, "--epochs", "8", "--patience", "8", "--out", out.to_str().unwrap()];
    run(&["train"], data, &options).succeeds();
    json(&out.join("result.json"))["best"]["value"].as_f64().unwrap()
}

#[test]
fn the_rate_that_is_found_trains_about_as_well_as_the_best_of_a_grid() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("shapes");
    class_folders(&data, 3, 40, 32);
    let page = folder.path().join("rates.html");
    let options = ["--html", page.to_str().unwrap(), "--trial-epochs", "4"];
    let found = run(&["tune", "lr"], &data, &options).succeeds();
    assert_eq!(everything_in(folder.path()).iter().filter(|path| !path.starts_with("shapes")).count(), 1);
    let line = found.stdout.lines().last().unwrap();
    assert!(line.starts_with("linnaeus train ") && line.contains("--base small_cnn"), "{found}");
    let rate = line.rsplit("--learning-rate ").next().unwrap();
    assert!(found.stdout.contains("the least validation loss"), "{found}");
    let ran = run_its_line(&found, &folder.path().join("line"));
    assert_eq!(ran["recipe"]["learning_rate"].as_f64(), rate.parse().ok());
    let page = std::fs::read_to_string(&page).unwrap();
    assert!(page.contains("<svg") && page.contains(rate), "no drawing, or not of {rate}");

    let chosen = trained(&data, &folder.path().join("chosen"), rate);
    let grid = ["1e-4", "1e-3", "1e-2", "1e-1"];
    let losses = grid.map(|rate| trained(&data, &folder.path().join(rate), rate));
    let best = losses.iter().copied().fold(f64::INFINITY, f64::min);
    let worst = losses.iter().copied().fold(0.0, f64::max);
    assert!(chosen <= best + 0.15 * (worst - best), "{chosen} at {rate}, and {losses:?} at {grid:?}");
}

#[test]
fn a_search_is_told_as_json_and_left_only_where_it_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("shapes"), folder.path().join("found"));
    class_folders(&data, 2, 20, 16);
    let options =
        ["--trial-epochs", "1", "--from", "1e-4", "--to", "1e-2", "--range-steps", "30", "--pictures", "20"];
    let asked: Vec<&str> =
        options.iter().copied().chain(["--json", "--out", out.to_str().unwrap()]).collect();
    let found = run(&["tune", "lr"], &data, &asked).succeeds().json();
    let trials = found["trials"].as_array().unwrap();
    assert!(trials.len() >= 5, "{found:#}");
    let rates: Vec<f64> = trials.iter().map(|trial| trial["learning_rate"].as_f64().unwrap()).collect();
    assert!(rates.is_sorted() && rates.contains(&found["learning_rate"].as_f64().unwrap()), "{found:#}");
    let least = trials.iter().filter_map(|trial| trial["loss"].as_f64()).fold(f64::INFINITY, f64::min);
    let taken = trials.iter().find(|trial| trial["learning_rate"] == found["learning_rate"]).unwrap();
    assert_eq!(taken["loss"].as_f64(), Some(least), "{found:#}");
    let points = found["range_test"]["points"].as_array().unwrap();
    assert!(points.len() >= 10 && points.len() <= 30, "{} steps", points.len());
    assert!(found["pictures"].as_u64().unwrap() <= 22, "{found:#}");
    assert_eq!(json(&out.join("tune-lr.json")), found);
    assert_eq!(everything_in(&out), ["tune-lr.html", "tune-lr.json"]);
    // The same again, but for the time it took.
    let again = run(&["tune", "lr"], &data, &[options.as_slice(), &["--json", "--threads", "1"]].concat());
    let without_time = |mut found: Value| {
        found["seconds"] = Value::Null;
        found
    };
    assert_eq!(without_time(again.succeeds().json()), without_time(found));
}

#[test]
fn wrong_use_is_said_before_a_step() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("shapes"), folder.path().join("found"));
    class_folders(&data, 2, 10, 16);
    let lr = |options: &[&str]| run(&["tune", "lr"], &data, options);
    lr(&["--from", "0"]).fails(2, &["--from: expected more than 0"]);
    lr(&["--from", "1", "--to", "0.1"]).fails(2, &["--to: expected --from, 1, or more"]);
    lr(&["--from", "-1"]).fails(2, &["--from: expected more than 0", "-1"]);
    lr(&["--to", "fast"]).fails(2, &["--to", "fast"]);
    lr(&["--range-steps", "3"]).fails(2, &["expected 10 to 100000"]);
    lr(&["--trial-epochs", "0"]).fails(2, &["--trial-epochs"]);
    lr(&["--pictures", "0"]).fails(2, &["--pictures"]);
    lr(&["--optimizer", "adan"]).fails(2, &["adam"]);
    linnaeus(["tune", "lr"]).fails(2, &["there is no data"]);
    linnaeus(["tune", "lr", "no/such/folder", "--base", "small_cnn"]).fails(2, &["no/such/folder"]);
    linnaeus(["tune"]).fails(2, &["lr", "transfer"]);
    std::fs::create_dir(&out).unwrap();
    std::fs::write(out.join("tune-lr.json"), "mine").unwrap();
    lr(&["--out", out.to_str().unwrap()]).fails(2, &["tune-lr.json is there already"]);
    let transfer = |options: &[&str]| run(&["tune", "transfer"], &data, options);
    transfer(&[]).fails(2, &["weights that others trained", "small_cnn"]);
    transfer(&["--epochs", "1"]).fails(2, &["--epochs: expected 2 or more"]);
    transfer(&["--fine-tune", "blocks"]).fails(2, &["--fine-tune blocks", "2 blocks"]);
    let recipe = folder.path().join("stages.toml");
    let stage = "[[stage]]\nlayers = \"all\"\nepochs = 1\nlearning_rate = 0.1\n";
    std::fs::write(&recipe, stage).unwrap();
    transfer(&["--recipe", recipe.to_str().unwrap()]).fails(2, &["[[stage]]: leave them out"]);
    lr(&["--recipe", recipe.to_str().unwrap()]).fails(2, &["each [[stage]]", "a learning_rate of its own"]);
    assert_eq!(everything_in(&out), ["tune-lr.json"]);
}

/// A base that learned its own pictures, of which new ones are more: it must help.
#[test]
fn a_base_that_saw_such_pictures_helps() {
    let folder = tempfile::tempdir().unwrap();
    let (data, first) = (folder.path().join("shapes"), folder.path().join("first"));
    class_folders(&data, 3, 60, 32);
    let options = ["--epochs", "12", "--patience", "12", "--out", first.to_str().unwrap()];
    run(&["train"], &data, &options).succeeds();
    let weights = first.join("best.keras");
    let few = folder.path().join("few");
    class_folders(&few, 3, 24, 32);
    let options = [
        "--weights",
        weights.to_str().unwrap(),
        "--epochs",
        "2",
        "--validation-split",
        "0.5",
        "--learning-rate",
        "1e-2",
    ];
    let probe =
        run(&["tune", "transfer"], &few, &[options.as_slice(), &["--json"]].concat()).succeeds().json();
    let names: Vec<&str> =
        probe["ways"].as_array().unwrap().iter().map(|way| way["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["frozen", "fine-tuned", "from scratch"]);
    assert_eq!(probe["transfer"], "positive", "{probe:#}");
    assert!(probe["take"] != "from scratch", "{probe:#}");
    for way in probe["ways"].as_array().unwrap() {
        let (accuracy, interval) = (way["accuracy"].as_f64().unwrap(), &way["accuracy_interval"]);
        assert!(
            interval[0].as_f64().unwrap() <= accuracy && accuracy <= interval[1].as_f64().unwrap(),
            "{way:#}"
        );
    }
    let shown = run(&["tune", "transfer"], &few, &options).succeeds();
    assert!(shown.stdout.contains("The pretrained base helps"), "{shown}");
    let ran = run_its_line(&shown, &folder.path().join("line"));
    let stages = if probe["take"] == "fine-tuned" { 2 } else { 1 };
    assert_eq!(ran["stages"].as_array().unwrap().len(), stages, "{shown}");
    // The same from a recipe that fine-tunes, which the line must undo where it does not.
    let recipe = folder.path().join("recipe.toml");
    std::fs::write(&recipe, "fine_tune = 2\nlayer_decay = 0.5\n").unwrap();
    let options = [options.as_slice(), &["--recipe", recipe.to_str().unwrap()]].concat();
    let shown = run(&["tune", "transfer"], &few, &options).succeeds();
    run_its_line(&shown, &folder.path().join("line from a recipe"));
    assert!(!folder.path().join("runs").exists());
}

/// A base whose weights are all about 0 tells nothing of a picture: it must hurt.
#[test]
fn a_base_of_nothing_hurts() {
    let folder = tempfile::tempdir().unwrap();
    let (data, first) = (folder.path().join("shapes"), folder.path().join("first"));
    class_folders(&data, 3, 60, 32);
    let decay = ["--optimizer", "adamw", "--weight-decay", "1e7", "--learning-rate", "1e-7"];
    let options = ["--epochs", "1", "--out", first.to_str().unwrap()];
    run(&["train"], &data, &[decay.as_slice(), &options].concat()).succeeds();
    let (recipe, weights) = (folder.path().join("recipe.toml"), first.join("best.keras"));
    std::fs::write(&recipe, "fine_tune = 2\nfine_tune_learning_rate = 1e-7\n").unwrap();
    let files = ["--recipe", recipe.to_str().unwrap(), "--weights", weights.to_str().unwrap()];
    let options = ["--epochs", "8", "--validation-split", "0.5", "--learning-rate", "3e-3"];
    let shown = run(&["tune", "transfer"], &data, &[files.as_slice(), &options].concat()).succeeds();
    assert!(shown.stdout.contains("The pretrained base hurts"), "{shown}");
    let ran = run_its_line(&shown, &folder.path().join("line"));
    assert_eq!(ran["recipe"]["weights"], "none", "{shown}");
    assert_eq!(ran["stages"][0]["name"], "from scratch", "{shown}");
}

/// A try is the training that it stands for: with its rate and epochs, `train` comes to the same bits.
#[test]
fn a_try_is_the_training_that_it_stands_for() {
    let folder = tempfile::tempdir().unwrap();
    let (data, first) = (folder.path().join("shapes"), folder.path().join("first"));
    class_folders(&data, 3, 30, 32);
    let path = |path: &Path| path.to_str().unwrap().to_owned();
    run(&["train"], &data, &["--epochs", "1", "--out", &path(&first)]).succeeds();
    let weights = path(&first.join("best.keras"));
    let recipe = |name: &str, text: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        path(&file)
    };
    let all = recipe("all.toml", "[[stage]]\nlayers = \"all\"\nepochs = 2\nlayer_decay = 0.5\n");
    // At such a rate the best epoch is not the last, and the second stage begins with the best.
    let head = "[[stage]]\nlayers = \"head\"\nepochs = 6\nlearning_rate = 3\n";
    let second = recipe("second.toml", &format!("{head}[[stage]]\nlayers = \"all\"\nepochs = 2\n"));
    let cases: [(&str, &[&str], &[&str]); 6] = [
        ("plain", &[], &["--epochs", "2"]),
        ("standardized", &["--standardize"], &["--epochs", "2"]),
        ("short epochs", &["--steps-per-epoch", "2"], &["--epochs", "2"]),
        ("all layers", &["--weights", &weights, "--recipe", &all], &[]),
        ("a second stage", &["--weights", &weights, "--recipe", &second], &[]),
        // The short run before has another weight decay and no rate of its own.
        ("after an initial run", &[], &["--epochs", "2"]),
    ];
    for (name, options, epochs) in cases {
        let initial: &[&str] = if name == "after an initial run" { &["--initial-epochs", "1"] } else { &[] };
        let search =
            ["--trial-epochs", "2", "--from", "3e-3", "--to", "3e-3", "--range-steps", "10", "--json"];
        let found = run(&["tune", "lr"], &data, &[options, initial, &search].concat()).succeeds().json();
        let trials = found["trials"].as_array().unwrap();
        let tried = trials.iter().find(|trial| trial["learning_rate"] == 3e-3).unwrap();
        let out = folder.path().join(name);
        let more = ["--learning-rate", "3e-3", "--out", out.to_str().unwrap()];
        run(&["train"], &data, &[options, epochs, &more].concat()).succeeds();
        let stages = json(&out.join("result.json"))["stages"].clone();
        let last = stages.as_array().unwrap().last().unwrap()["epochs"].as_array().unwrap().clone();
        let losses = last.iter().map(|epoch| epoch["metrics"]["val_loss"].as_f64().unwrap());
        assert_eq!(tried["loss"].as_f64(), losses.reduce(f64::min), "{name}: {stages:#}");
        if name == "a second stage" {
            let first = stages[0]["epochs"].as_array().unwrap().iter();
            let losses: Vec<f64> =
                first.map(|epoch| epoch["metrics"]["val_loss"].as_f64().unwrap()).collect();
            let best = losses.iter().copied().fold(f64::INFINITY, f64::min);
            assert!(
                *losses.last().unwrap() > best,
                "the best epoch of the first stage is its last: {losses:?}"
            );
        }
    }
}

#[test]
fn a_search_takes_steps_as_a_training_does() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("shapes");
    class_folders(&data, 2, 30, 16);
    let options =
        ["--steps-per-epoch", "1", "--from", "1e-3", "--to", "1e-3", "--range-steps", "12", "--json"];
    let found = run(&["tune", "lr"], &data, &options).succeeds().json();
    // 60 steps a try, where its epochs are not given.
    assert_eq!(found["epochs"], 60, "{found:#}");
    // The rates of the range test rise step by step, whatever an epoch is, until they are too large.
    let last = found["range_test"]["points"].as_array().unwrap().last().unwrap();
    assert!(last["learning_rate"].as_f64().unwrap() > 1e-2, "{found:#}");
}

fn findings(data: &Path, out: &Path, options: &[&str]) -> (Vec<String>, Outcome) {
    let said = run(&["train"], data, &[options, &["--out", out.to_str().unwrap()]].concat()).succeeds();
    let result = json(&out.join("result.json"));
    let kinds = result["findings"].as_array().unwrap().iter();
    (kinds.map(|finding| finding["kind"].as_str().unwrap().to_owned()).collect(), said)
}

#[test]
fn what_goes_wrong_is_said_with_the_option_to_change() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("shapes");
    class_folders(&data, 3, 40, 32);
    let out = folder.path().join("high");
    let (found, said) = findings(&data, &out, &["--learning-rate", "10", "--epochs", "6"]);
    assert_eq!(found[0], "rate_too_high", "{said}");
    // While it goes on, at its end, and in the report.
    assert!(said.stderr.contains("note: the learning rate is too high"), "{said}");
    assert_eq!(said.stderr.matches("the learning rate is too high").count(), 1, "{said}");
    assert!(
        said.stdout.contains("What the training shows:") && said.stdout.contains("--learning-rate 1,"),
        "{said}"
    );
    assert!(std::fs::read_to_string(out.join("report.html")).unwrap().contains("learning rate is too high"));

    let (found, said) = findings(
        &data,
        &folder.path().join("low"),
        &["--learning-rate", "1e-7", "--epochs", "6", "--patience", "6"],
    );
    assert_eq!(found[0], "rate_too_low", "{said}");

    let healthy = ["--learning-rate", "3e-3", "--epochs", "30", "--patience", "8"];
    let (found, said) = findings(&data, &folder.path().join("healthy"), &healthy);
    assert_eq!(found, [""; 0], "{said}");
    assert!(!said.stdout.contains("What the training shows"), "{said}");
}
