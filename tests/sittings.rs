//! A run in several sittings: what it took in all of them, and what may be written otherwise from one to the next.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use linnaeus_tests::{class_folders, everything_in, json, member, program, resume, start, train, training};
use serde_json::Value;

const NETWORK: [&str; 12] = [
    "--base",
    "small_cnn",
    "--image-size",
    "24",
    "--batch-size",
    "4",
    "--patience",
    "500",
    "--save-freq",
    "3",
    "--augment",
    "flip",
];

/// Begins a run and stops or kills it when it has said so much.
fn left(data: &Path, run: &Path, options: &[&str], (signal, when): (&str, &str)) {
    let mut running = start(&mut training(data, run, &[&NETWORK, options].concat()));
    running.wait_for(|said| said.contains(when));
    running.signal(signal);
    running.finish();
    assert!(!run.join("result.json").exists() || signal == "INT", "it was over already");
}

fn figure(seconds: &Value, part: &str) -> f64 {
    seconds[part].as_f64().unwrap_or_else(|| panic!("no {part} in {seconds}"))
}

#[test]
fn seconds_are_those_of_all_sittings() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("shapes");
    class_folders(&data, 2, 30, 24);
    let starts = ["--epochs", "16", "--starts", "2"];
    for (name, options, way) in [
        ("killed", &["--epochs", "40"][..], ("KILL", "epoch  20/40")),
        ("stopped", &["--epochs", "40"], ("INT", "epoch  20/40")),
        ("starts", &starts, ("KILL", "the start with seed 0 reached")),
    ] {
        let run = folder.path().join(name);
        left(&data, &run, options, way);
        let earlier = json(&run.join("checkpoints/seconds.json"));
        let began = Instant::now();
        resume(&run).succeeds();
        let (now, sitting) = (json(&run.join("result.json"))["seconds"].clone(), began.elapsed());
        let (before, total) = (figure(&earlier, "total"), figure(&now, "total"));
        assert!(before > 0.0 && total > before, "{name}: {earlier} {now}");
        assert!(total <= before + sitting.as_secs_f64(), "{name}: {earlier} {now}, {sitting:?}");
        for (part, spent) in earlier.as_object().unwrap() {
            assert!(figure(&now, part) >= spent.as_f64().unwrap(), "{name}, {part}: {earlier} {now}");
        }
        let learning = if name == "starts" { "starts" } else { "backward" };
        assert!(figure(&now, learning) > figure(&earlier, learning), "{name}: {earlier} {now}");
        assert!(
            figure(&earlier, learning) > 0.0 && figure(&now, "evaluation") > 0.0,
            "{name}: {earlier} {now}"
        );
        assert!(!run.join("checkpoints/seconds.json").exists());
    }
}

#[test]
fn what_is_written_of_epochs_may_be_changed() {
    let folder = tempfile::tempdir().unwrap();
    let (data, whole, run) =
        (folder.path().join("shapes"), folder.path().join("whole"), folder.path().join("run"));
    class_folders(&data, 2, 30, 24);
    train(&data, &whole, &[&NETWORK[..], &["--epochs", "30"]].concat()).succeeds();
    left(&data, &run, &["--epochs", "30"], ("KILL", "epoch  10/30"));
    let recipe = std::fs::read_to_string(run.join("recipe.toml")).unwrap();
    let edited = recipe
        .replace("checkpoint_best_only = false", "checkpoint_best_only = true")
        .replace("histogram_freq = 0", "histogram_freq = 1");
    assert_eq!(edited.lines().zip(recipe.lines()).filter(|(now, before)| now != before).count(), 2);
    std::fs::write(run.join("recipe.toml"), "checkpoint = \"{epoch:02d}.keras\"\n".to_owned() + &edited)
        .unwrap();
    let mut going_on =
        start(Command::new(program()).args(["train".as_ref(), "--resume".as_ref(), run.as_os_str()]));
    going_on.wait_for(|said| said.contains("/30  loss"));
    let said = going_on.finish().succeeds().stderr;
    for words in [
        "which holds from here on: checkpoint was not given and is now \"{epoch:02d}.keras\"",
        "histogram_freq was 0 and is now 1; what was written of the epochs before stays as it is",
    ] {
        assert!(said.contains(words), "{said}");
    }
    let weights = |file: &Path| member(file, "model.weights.h5");
    assert!(weights(&run.join("best.keras")) == weights(&whole.join("best.keras")));

    // The best of the epochs before is known, though none was saved: what is no better than that is not saved either.
    let first = |line: &str| line.split("at epoch ").nth(1)?.split(' ').next()?.parse::<usize>().ok();
    let first = said.lines().find_map(first).unwrap();
    let result = json(&run.join("result.json"));
    let epochs = result["stages"][0]["epochs"].as_array().unwrap();
    let (mut expected, mut best) = (Vec::new(), f64::INFINITY);
    for (number, epoch) in (1..).zip(epochs) {
        let loss = epoch["metrics"]["val_loss"].as_f64().unwrap();
        if loss < best {
            best = loss;
            expected.extend((number >= first).then(|| format!("{number:02}.keras")));
        }
    }
    let mut saved = everything_in(&run.join("checkpoints"));
    saved.sort();
    assert!(!expected.is_empty() && expected.len() < 31 - first, "these pictures show nothing: {expected:?}");
    assert_eq!(saved, expected, "from epoch {first} on\n{said}");
}
