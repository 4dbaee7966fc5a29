//! Places that cannot be written: a clear message, exit status 1, and no half file.
#![cfg(unix)]

use std::ffi::{OsStr, OsString};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use linnaeus_tests::{Outcome, class_folders, everything_in, linnaeus, linnaeus_in_shell, training};

/// Some hundred kilobytes of model: more than the disk of the test has.
const TRAIN: &str =
    "--base mobilenet_v2 --alpha 0.35 --weights none --image-size 32 --epochs 2 --batch-size 8";

/// A folder with small pictures, and places beside them.
struct Place {
    folder: TempDir,
    data: PathBuf,
}

impl Place {
    /// With pictures of so many classes.
    fn new(classes: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        class_folders(&data, classes, 8, 32);
        Self { folder, data }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// An empty folder of this name.
    fn empty(&self, name: &str) -> PathBuf {
        std::fs::create_dir(self.path(name)).unwrap();
        self.path(name)
    }

    /// What has the program train to `run`.
    fn arguments(&self, run: &Path) -> Vec<OsString> {
        let options: Vec<&str> = TRAIN.split(' ').collect();
        training(&self.data, run, &options).get_args().map(OsStr::to_owned).collect()
    }

    /// Trains as somebody who is not root, who may read and write anywhere.
    fn train_as_nobody(&self, run: &Path) -> Outcome {
        set_mode(self.folder.path(), 0o755);
        // The binary may lie where only root can look: nobody gets a copy.
        let copied = self.path("linnaeus");
        std::fs::copy(linnaeus_tests::program(), &copied).unwrap();
        let script = format!(
            "if [ \"$(id -u)\" = 0 ]; then exec setpriv --reuid 65534 --regid 65534 --clear-groups \"{0}\" \"$@\"; \
             fi; exec \"{0}\" \"$@\"",
            copied.display()
        );
        linnaeus_in_shell(&script, self.arguments(run))
    }
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
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
    let place = Place::new(2);
    let file = place.path("notes.txt");
    std::fs::write(&file, "mine").unwrap();
    linnaeus(place.arguments(&file)).fails(2, &["notes.txt"]);
    linnaeus(place.arguments(&file.join("run"))).fails(2, &["notes.txt"]);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
}

#[test]
fn a_read_only_output_folder() {
    let place = Place::new(2);
    let locked = place.empty("locked");
    set_mode(&locked, 0o555);
    let outcome = place.train_as_nobody(&locked.join("run")).fails(1, &["locked"]);
    assert!(everything_in(&locked).is_empty(), "{outcome}");
}

/// Left out, a whole class would be missing in the model.
#[test]
fn a_class_folder_that_may_not_be_read() {
    let place = Place::new(3);
    let (free, disc) = (place.empty("free"), place.data.join("disc"));
    set_mode(&free, 0o777);
    set_mode(&disc, 0o000);
    let outcome = place.train_as_nobody(&free.join("run"));
    set_mode(&disc, 0o755);
    outcome.fails(1, &["can't read", "disc", "allow that folder to be read"]);
}

/// A disk of 400 KB, in name spaces of its own, so that nobody needs to be root and it is gone afterwards.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk() {
    let place = Place::new(2);
    let (disk, kept) = (place.empty("disk"), place.empty("kept"));
    let script = format!(
        "exec unshare --user --map-root-user --mount sh -c 'mount -t tmpfs -o size=400k tmpfs \"{0}\" || exit 99; \
         \"$LINNAEUS\" \"$@\"; status=$?; cp -r \"{0}/.\" \"{1}\"; exit $status' sh \"$@\"",
        disk.display(),
        kept.display()
    );
    let outcome = linnaeus_in_shell(&script, place.arguments(&disk.join("run")));
    if outcome.status == Some(99) || outcome.stderr.contains("unshare") {
        println!("this machine lets nobody mount a small disk; a_file_that_may_not_grow tests the same path");
        return;
    }
    left_no_half_file(&kept, &outcome.fails(1, &["best.keras"]));
}

/// A limit on the size of files stops a write in its middle, as a full disk does, on every Unix.
#[test]
fn a_file_that_may_not_grow() {
    let place = Place::new(2);
    let run = place.path("run");
    let script = "trap '' XFSZ; ulimit -f 600; exec \"$LINNAEUS\" \"$@\""; // blocks of 512 bytes: 300 KB
    let outcome = linnaeus_in_shell(script, place.arguments(&run)).fails(1, &["best.keras"]);
    left_no_half_file(&run, &outcome);
}
