//! Same seed, same bits: whatever the number of threads, a run leaves the same weights.

use std::path::Path;

use linnaeus_tests::{class_folders, member, train};

const SMALL: [&str; 12] = [
    "--base",
    "small_cnn",
    "--image-size",
    "24",
    "--batch-size",
    "8",
    "--dropout",
    "0.3",
    "--augment",
    "flip,rotation=0.1,zoom=0.1,brightness=0.2",
    "--epochs",
    "2",
];
const DEEP: [&str; 12] = [
    "--base",
    "mobilenet_v2",
    "--alpha",
    "0.35",
    "--weights",
    "none",
    "--image-size",
    "40",
    "--optimizer",
    "sgd",
    "--epochs",
    "1",
];

#[test]
fn one_thread_and_two_leave_the_same_weights() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    class_folders(&data, 3, 16, 40);
    for (name, options) in [("small", &SMALL), ("deep", &DEEP)] {
        let weights = |threads: &str, seed: &str| {
            let out = folder.path().join(format!("{name} {threads} {seed}"));
            trained(&data, &out, options, threads, seed)
        };
        let one = weights("1", "5");
        assert!(one == weights("2", "5"), "{name}: 1 and 2 threads leave different weights");
        assert!(one == weights("3", "5"), "{name}: 1 and 3 threads leave different weights");
        assert!(one != weights("2", "6"), "{name}: another seed leaves the same weights");
    }
}

/// The bytes of the weights that a run leaves.
fn trained(data: &Path, out: &Path, options: &[&str], threads: &str, seed: &str) -> Vec<u8> {
    train(data, out, &[options, &["--threads", threads, "--seed", seed]].concat()).succeeds();
    member(&out.join("best.keras"), "model.weights.h5")
}
