//! Places that cannot be written: a clear message, exit status 1, and no half file.
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use linnaeus_tests::{Outcome, class_folders, everything_in, linnaeus, linnaeus_in_shell};

/// Some hundred kilobytes of model: more than the disk of the test has.
const TRAIN: &str =
    "--base mobilenet_v2 --alpha 0.35 --weights none --image-size 32 --epochs 2 --batch-size 8";

fn arguments<'a>(data: &'a Path, run: &'a Path) -> Vec<&'a str> {
    let places = ["train", data.to_str().unwrap(), "--out", run.to_str().unwrap()];
    places.into_iter().chain(TRAIN.split(' ')).collect()
}

#[track_caller]
fn left_no_half_file(folder: &Path, outcome: &Outcome) {
    let found = everything_in(folder);
    assert!(
        !found.iter().any(|name| name.contains(".writing-") || name.ends_with(".keras")),
        "{found:?}\n{outcome}"
    );
}

#[test]
fn a_file_in_the_place_of_the_output_folder() {
    let folder = tempfile::tempdir().unwrap();
    let (data, file) = (folder.path().join("data"), folder.path().join("notes.txt"));
    class_folders(&data, 2, 8, 32);
    std::fs::write(&file, "mine").unwrap();
    linnaeus(arguments(&data, &file)).fails(1, &["notes.txt"]);
    linnaeus(arguments(&data, &file.join("run"))).fails(1, &["notes.txt"]);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
}

/// Runs the program below `folder` as somebody who is not root, who may read and write anywhere.
fn as_nobody(folder: &Path, arguments: Vec<&str>) -> Outcome {
    set_mode(folder, 0o755);
    // The binary may lie where only root can look: nobody gets a copy.
    let copied = folder.join("linnaeus");
    std::fs::copy(linnaeus_tests::program(), &copied).unwrap();
    let script = format!(
        "if [ \"$(id -u)\" = 0 ]; then exec setpriv --reuid 65534 --regid 65534 --clear-groups \"{0}\" \"$@\"; fi; \
         exec \"{0}\" \"$@\"",
        copied.display()
    );
    linnaeus_in_shell(&script, arguments)
}

#[test]
fn a_read_only_output_folder() {
    let folder = tempfile::tempdir().unwrap();
    let (data, locked) = (folder.path().join("data"), folder.path().join("locked"));
    class_folders(&data, 2, 8, 32);
    std::fs::create_dir(&locked).unwrap();
    set_mode(&locked, 0o555);
    let outcome = as_nobody(folder.path(), arguments(&data, &locked.join("run"))).fails(1, &["locked"]);
    assert!(everything_in(&locked).is_empty(), "{outcome}");
}

/// Left out, a whole class would be missing in the model.
#[test]
fn a_class_folder_that_may_not_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let (data, free) = (folder.path().join("data"), folder.path().join("free"));
    class_folders(&data, 3, 8, 32);
    std::fs::create_dir(&free).unwrap();
    set_mode(&free, 0o777);
    set_mode(&data.join("disc"), 0o000);
    let outcome = as_nobody(folder.path(), arguments(&data, &free.join("run")));
    set_mode(&data.join("disc"), 0o755);
    outcome.fails(1, &["can't read", "disc", "allow that folder to be read"]);
}

/// A disk of 400 KB, in name spaces of its own, so that nobody needs to be root and it is gone afterwards.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk() {
    let folder = tempfile::tempdir().unwrap();
    let (data, disk) = (folder.path().join("data"), folder.path().join("disk"));
    class_folders(&data, 2, 8, 32);
    std::fs::create_dir(&disk).unwrap();
    let kept = folder.path().join("kept");
    std::fs::create_dir(&kept).unwrap();
    let script = format!(
        "exec unshare --user --map-root-user --mount sh -c 'mount -t tmpfs -o size=400k tmpfs \"{0}\" || exit 99; \
         \"$LINNAEUS\" \"$@\"; status=$?; cp -r \"{0}/.\" \"{1}\"; exit $status' sh \"$@\"",
        disk.display(),
        kept.display()
    );
    let outcome = linnaeus_in_shell(&script, arguments(&data, &disk.join("run")));
    if outcome.status == Some(99) || outcome.stderr.contains("unshare") {
        println!("this machine lets nobody mount a small disk; a_file_that_may_not_grow tests the same path");
        return;
    }
    left_no_half_file(&kept, &outcome.fails(1, &["best.keras"]));
}

/// A limit on the size of files stops a write in its middle, as a full disk does, on every Unix.
#[test]
fn a_file_that_may_not_grow() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("data"), folder.path().join("run"));
    class_folders(&data, 2, 8, 32);
    let script = "trap '' XFSZ; ulimit -f 600; exec \"$LINNAEUS\" \"$@\""; // blocks of 512 bytes: 300 KB
    let outcome = linnaeus_in_shell(script, arguments(&data, &run)).fails(1, &["best.keras"]);
    left_no_half_file(&run, &outcome);
}
