//! Ctrl-C in the middle of an epoch: the run ends soon, keeps the best so far, says so, and can be gone on with.
#![cfg(unix)]

use std::path::{Path, PathBuf};
use std::process::Command;

use linnaeus_tests::{Outcome, class_folders, everything_in, json, linnaeus, member, program, start};

#[test]
fn the_best_so_far_is_kept_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("shapes"), folder.path().join("run"));
    class_folders(&data, 3, 60, 32);
    let mut train = Command::new(program());
    train.arg("train").arg(&data).arg("--out").arg(&run);
    train.args(["--base", "small_cnn", "--image-size", "32", "--batch-size", "4"]);
    train.args(["--epochs", "10000", "--patience", "10000"]);
    let mut running = start(&mut train);
    let best = run.join("best.keras");
    running.wait_for(|_| best.exists());
    running.signal("INT");
    let outcome = running.finish().fails(1, &["stopping"]);
    assert!(outcome.stdout.contains("the best so far is kept"), "{outcome}");
    assert!(outcome.stdout.contains(best.to_str().unwrap()), "{outcome}");
    assert!(!everything_in(&run).iter().any(|name| name.contains(".writing-")), "{outcome}");
    let result = json(&run.join("result.json"));
    assert!(result["test"]["accuracy"].as_f64().is_some(), "{result:#}");
    assert_eq!(
        (&result["interrupted"], &result["stages"][0]["stopped"]),
        (&true.into(), &"stopped by the user".into())
    );
    let go_on = format!("linnaeus train --resume {}", run.display());
    assert!(outcome.stdout.contains(&go_on), "{outcome}");
    let picture = data.join("disc/000.png");
    linnaeus(["predict".as_ref(), best.as_os_str(), picture.as_os_str()]).succeeds();
}

/// Starts the binary and stops it with Ctrl-C when it has said so much.
fn stopped<S: AsRef<std::ffi::OsStr>>(words: impl IntoIterator<Item = S>, when: &str) -> Outcome {
    let mut running = start(Command::new(program()).args(words));
    running.wait_for(|said| said.contains(when));
    running.signal("INT");
    running.finish().fails(1, &["stopping"])
}

fn resume(run: &Path) -> [&std::ffi::OsStr; 3] {
    ["train".as_ref(), "--resume".as_ref(), run.as_os_str()]
}

/// What a run comes to: its weights, its figures, and its epochs.
fn comes_to(run: &Path) -> (Vec<u8>, String, Vec<usize>) {
    let result = json(&run.join("result.json"));
    assert_eq!(result["interrupted"], serde_json::Value::Null);
    let epochs = |stage: &serde_json::Value| stage["epochs"].as_array().unwrap().len();
    let stages = result["stages"].as_array().unwrap().iter().map(epochs).collect();
    let figures = format!("{} {} {}", result["best"], result["test"]["loss"], result["seed"]);
    (member(&run.join("best.keras"), "model.weights.h5"), figures, stages)
}

/// What is left of a run that is over: nothing that it went on from.
fn is_over(run: &Path) -> bool {
    std::fs::read_dir(run.join("checkpoints")).map_or(true, |mut entries| entries.next().is_none())
}

#[test]
fn a_stopped_run_goes_on_to_the_same_bits_and_another_report() {
    let folder = tempfile::tempdir().unwrap();
    let (data, first) = (folder.path().join("shapes"), folder.path().join("first"));
    class_folders(&data, 3, 20, 32);
    let network = ["--base", "small_cnn", "--image-size", "32", "--batch-size", "8", "--patience", "50"];
    let words = |run: &Path, options: &[&str]| -> Vec<PathBuf> {
        let places = ["train".into(), data.clone(), "--out".into(), run.to_path_buf()];
        places.into_iter().chain(network.iter().chain(options).map(PathBuf::from)).collect()
    };
    linnaeus(words(&first, &["--epochs", "1"])).succeeds();
    let options = [
        "--weights",
        first.to_str().unwrap(),
        "--epochs",
        "12",
        "--fine-tune",
        "2 blocks",
        "--fine-tune-epochs",
        "12",
        "--augment",
        "flip,rotation=0.1,mixup=0.2",
        "--dropout",
        "0.2",
        "--use-ema",
        "--reduce-lr-on-plateau",
        "factor=0.5,patience=1,min_delta=100",
    ];
    let (whole, run) = (folder.path().join("whole"), folder.path().join("run"));
    linnaeus(words(&whole, &options)).succeeds();
    let expected = comes_to(&whole);
    assert_eq!(expected.2, [12, 12]);

    stopped(words(&run, &options), "epoch   2/24");
    let early = json(&run.join("result.json"));
    assert!(early["stages"].as_array().unwrap().len() == 1 && run.join("report.html").exists());
    let said = stopped(resume(&run), "epoch   5/24");
    assert!(said.stderr.contains("note: going on in stage 1 of 2, at epoch "), "{said}");
    let said = stopped(resume(&run), "epoch  15/24");
    assert!(said.stderr.contains("note: going on in stage 1 of 2, at epoch "), "{said}");
    assert_eq!(json(&run.join("result.json"))["stages"].as_array().unwrap().len(), 2);
    // Of a result that is damaged nobody knows whether the run was over, so nothing of it is cleared away.
    let result = run.join("result.json");
    let text = std::fs::read_to_string(&result).unwrap();
    std::fs::write(&result, &text[..text.len() / 2]).unwrap();
    linnaeus(resume(&run)).fails(1, &["result.json", "put the file back"]);
    std::fs::write(&result, text).unwrap();
    let again = ["train".as_ref(), data.as_os_str(), "--out".as_ref(), run.as_os_str()];
    linnaeus(again).fails(2, &["holds a run that was stopped", "--resume"]);
    // What was reported is of an earlier model, and goes as soon as there may be a better one.
    let mut command = Command::new(program());
    let mut running = start(command.args(resume(&run)));
    running.wait_for(|said| said.contains("epoch  18/24"));
    running.signal("KILL");
    let said = running.finish();
    assert!(said.stderr.contains("note: going on in stage 2 of 2, at epoch "), "{said}");
    assert!(!run.join("result.json").exists() && !run.join("report.html").exists());
    linnaeus(resume(&run)).succeeds();
    assert!(comes_to(&run) == expected, "{:?} {:?}", comes_to(&run).1, expected.1);
    assert!(is_over(&run), "{:?}", everything_in(&run));
    linnaeus(resume(&run)).fails(2, &["this run was finished"]);
}

#[test]
fn starts_that_are_stopped_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("shapes");
    class_folders(&data, 3, 20, 32);
    let (whole, run) = (folder.path().join("whole"), folder.path().join("run"));
    let words = |run: &Path| -> Vec<PathBuf> {
        let options = ["--base", "small_cnn", "--image-size", "32", "--batch-size", "8", "--epochs", "16"];
        let starts = ["--starts", "4", "--patience", "50", "--augment", "flip"];
        let places = ["train".into(), data.clone(), "--out".into(), run.to_path_buf()];
        places.into_iter().chain(options.iter().chain(&starts).map(PathBuf::from)).collect()
    };
    linnaeus(words(&whole)).succeeds();
    let expected = comes_to(&whole);
    // While the third is tried: the best of two is tested.
    let said = stopped(words(&run), "the start with seed 1 reached");
    assert!(said.stderr.contains("note: of the starts so far the one with seed "), "{said}");
    let early = json(&run.join("result.json"));
    assert_eq!(early["interrupted"], true);
    assert!(early["test"]["accuracy"].as_f64().is_some());
    assert!(
        early["notes"].to_string().contains("the model is the best of them so far, with seed"),
        "{early:#}"
    );
    let said = stopped(resume(&run), "is the run, and goes on");
    assert!(said.stderr.contains("note: the run was left while starts were tried"), "{said}");
    let again = |line: &&str| line.contains("seed 0 reached") && line.contains("in 4 epochs");
    assert_eq!(said.stderr.lines().find(again), None, "a start that was tried is not tried again: {said}");
    let said = linnaeus(resume(&run)).succeeds();
    assert!(said.stderr.contains("note: going on at epoch "), "{said}");
    assert!(comes_to(&run) == expected, "{:?} {:?}", comes_to(&run).1, expected.1);
    assert!(is_over(&run), "{:?}", everything_in(&run));
}

#[test]
fn one_that_is_stopped_while_pictures_are_read_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("large"), folder.path().join("run"));
    for (name, level) in [("dark", 40), ("light", 220)] {
        let mut png = std::io::Cursor::new(Vec::new());
        let large = image::RgbImage::from_pixel(1600, 1600, image::Rgb([level; 3]));
        large.write_to(&mut png, image::ImageFormat::Png).unwrap();
        std::fs::create_dir_all(data.join(name)).unwrap();
        for index in 0..120_u8 {
            // What stands behind a picture's end makes it no copy.
            let bytes = [png.get_ref(), &[index][..]].concat();
            std::fs::write(data.join(name).join(format!("{index}.png")), bytes).unwrap();
        }
    }
    let small = ["--base", "small_cnn", "--image-size", "32", "--threads", "1"];
    let words = |command: &[&str], more: &[&str]| -> Vec<PathBuf> {
        let places = [data.clone(), "--out".into(), run.clone()];
        let options = small.iter().chain(more).map(PathBuf::from);
        command.iter().map(PathBuf::from).chain(places).chain(options).collect()
    };
    for (command, more) in
        [(&["train"][..], &[][..]), (&["train"], &["--fold", "all/2"]), (&["tune", "lr"], &[])]
    {
        let said = stopped(words(command, more), "reading ").fails(1, &["the same command begins again"]);
        assert!(!said.stderr.contains("--resume"), "{said}");
        assert!(!run.exists(), "{:?}", everything_in(&run));
    }
    // A run that was left goes on, also where it is stopped so.
    stopped(
        words(&["train"], &["--epochs", "1000", "--patience", "1000", "--save-freq", "1"]),
        "epoch   2/1000",
    );
    let go_on = format!("linnaeus train --resume {}", run.display());
    stopped(resume(&run), "reading ").fails(1, &[&go_on]);
}

#[test]
fn a_run_that_is_stopped_before_its_first_epoch_is_over_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("shapes"), folder.path().join("run"));
    class_folders(&data, 2, 60, 96);
    let mut train = Command::new(program());
    train.arg("train").arg(&data).arg("--out").arg(&run).args(["--epochs", "2", "--batch-size", "2"]);
    train.args(["--base", "mobilenet_v2", "--weights", "none", "--image-size", "96"]);
    let mut running = start(&mut train);
    running.wait_for(|said| said.contains("stage "));
    running.signal("INT");
    running.finish().fails(1, &["stopped before its first epoch was over", "--resume", "goes on"]);
    assert!(!run.join("result.json").exists());
    let said = linnaeus(resume(&run)).succeeds();
    assert!(said.stderr.contains("note: going on at epoch 1 of 2, "), "{said}");
}
