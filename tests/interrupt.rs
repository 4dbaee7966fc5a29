//! Ctrl-C in the middle of an epoch: the run ends soon, keeps the best so far, and says so.
#![cfg(unix)]

use std::process::Command;

use linnaeus_tests::{class_folders, everything_in, json, linnaeus, program, start};

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
    let picture = data.join("disc/000.png");
    linnaeus(["predict".as_ref(), best.as_os_str(), picture.as_os_str()]).succeeds();
}
