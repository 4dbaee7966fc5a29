//! One process trains in a run's folder: a second one is refused and changes nothing, however the first was begun.

use std::fs::File;
use std::path::Path;
use std::process::Command;

use linnaeus_tests::{class_folders, everything_in, member, program, resume, start, train, training};

const REFUSED: &str = "another process is training there";
const NETWORK: [&str; 8] =
    ["--base", "small_cnn", "--image-size", "24", "--batch-size", "4", "--patience", "500"];

fn network<'a>(options: &[&'a str]) -> Vec<&'a str> {
    [&NETWORK, options].concat()
}

/// What lies in a folder, with its bytes.
fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let files = everything_in(folder).into_iter().filter(|name| folder.join(name).is_file());
    files.map(|name| (name.clone(), std::fs::read(folder.join(name)).unwrap())).collect()
}

/// Whether anything is left of a lock, there or below.
fn is_free(run: &Path) -> bool {
    !everything_in(run).iter().any(|name| name.ends_with(".lock"))
}

#[test]
fn a_second_process_is_refused_until_the_first_is_over_or_killed() {
    let folder = tempfile::tempdir().unwrap();
    let (data, whole, run) =
        (folder.path().join("shapes"), folder.path().join("whole"), folder.path().join("run"));
    class_folders(&data, 2, 30, 24);
    let options = network(&["--epochs", "40", "--save-freq", "3", "--dropout", "0.2"]);
    train(&data, &whole, &options).succeeds();
    assert!(is_free(&whole));
    // A folder in which nothing lies but the lock of one that was killed at once is nobody's.
    std::fs::create_dir(&run).unwrap();
    std::fs::write(run.join(".lock"), "").unwrap();
    let path = run.to_str().unwrap();
    let mut first = start(&mut training(&data, &run, &options));
    first.wait_for(|said| said.contains("epoch   2/40"));
    resume(&run).fails(2, &[path, REFUSED, "linnaeus train --resume"]);
    train(&data, &run, &options).fails(2, &[path, REFUSED, "--out"]);
    // Also while the system still takes its memory back.
    first.signal("KILL");
    let mut at_once = start(Command::new(program()).args(["train", "--resume"]).arg(&run));
    at_once.wait_for(|said| said.contains("going on at epoch"));
    at_once.signal("KILL");
    at_once.finish();
    first.finish();
    assert!(!run.join("result.json").exists() && run.join("checkpoints/state.safetensors").exists());

    // Also while one goes on.
    let mut second =
        start(Command::new(program()).args(["train".as_ref(), "--resume".as_ref(), run.as_os_str()]));
    second.wait_for(|said| said.contains("going on at epoch"));
    resume(&run).fails(2, &[path, REFUSED]);
    second.finish().succeeds();
    let weights = |run: &Path| member(&run.join("best.keras"), "model.weights.h5");
    assert!(weights(&run) == weights(&whole), "who was refused has changed something");
    assert!(is_free(&run), "{:?}", everything_in(&run));
    resume(&run).fails(2, &["this run was finished"]);
    assert!(is_free(&run), "{:?}", everything_in(&run));
}

#[test]
fn who_is_refused_leaves_every_byte_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("shapes"), folder.path().join("run"));
    class_folders(&data, 2, 30, 24);
    let options = network(&["--epochs", "300", "--save-freq", "3"]);
    let mut first = start(&mut training(&data, &run, &options));
    first.wait_for(|said| said.contains("epoch   2/300"));
    first.signal("KILL");
    first.finish();
    // It would be cleared away by who goes on.
    std::fs::write(run.join(".writing-x"), "half").unwrap();
    let held = File::options().create(true).append(true).open(run.join(".lock")).unwrap();
    held.try_lock().unwrap();
    let before = contents(&run);
    resume(&run).fails(2, &[REFUSED]);
    train(&data, &run, &options).fails(2, &[REFUSED]);
    let all = network(&["--epochs", "1", "--fold", "all/2"]);
    train(&data, &run, &all).fails(2, &[REFUSED]);
    assert!(contents(&run) == before, "{:?}", everything_in(&run));
    let empty = folder.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    let held_too = File::options().create(true).append(true).open(empty.join(".lock")).unwrap();
    held_too.try_lock().unwrap();
    train(&data, &empty, &options).fails(2, &[REFUSED]);
    assert_eq!(everything_in(&empty), [".lock"]);
}

#[test]
fn a_cross_validation_holds_its_folder_and_the_fold_that_is_under_way() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("shapes"), folder.path().join("run"));
    class_folders(&data, 2, 20, 24);
    let options = network(&["--fold", "all/2", "--epochs", "60", "--save-freq", "2"]);
    let fold = |number: usize| run.join(format!("fold-{number}"));
    let mut whole = start(&mut training(&data, &run, &options));
    whole.wait_for(|_| fold(1).join("history.csv").exists());
    resume(&run).fails(2, &[run.to_str().unwrap(), REFUSED]);
    // One that is yet to come, too, which the whole would then find in use.
    for number in [1, 2] {
        resume(&fold(number)).fails(2, &[run.to_str().unwrap(), REFUSED]);
    }
    whole.signal("KILL");
    whole.finish();
    assert!(!fold(1).join("result.json").exists(), "the fold was over before the others came");

    // And the other way around: whoever goes on with one fold alone keeps the whole from it.
    let mut alone = start(Command::new(program()).args(["train", "--resume"]).arg(fold(1)));
    alone.wait_for(|said| said.contains("going on at epoch"));
    let all_of_it = format!("--resume {};", run.display());
    resume(&run).fails(2, &[run.to_str().unwrap(), REFUSED, &all_of_it]);
    alone.finish().succeeds();
    resume(&run).succeeds();
    assert!(run.join("cross_validation.json").exists() && is_free(&run), "{:?}", everything_in(&run));
}

#[test]
fn those_that_begin_at_once_take_a_number_each() {
    let folder = tempfile::tempdir().unwrap();
    class_folders(&folder.path().join("shapes"), 2, 12, 24);
    let begin = || {
        let mut command = Command::new(program());
        command.current_dir(folder.path()).args(["train", "shapes", "--epochs", "1"]).args(NETWORK);
        start(&mut command)
    };
    for one in [begin(), begin(), begin()] {
        one.finish().succeeds();
    }
    for number in 1..=3 {
        assert!(folder.path().join(format!("runs/shapes-{number}/result.json")).exists());
    }
    assert!(is_free(folder.path()));
}
