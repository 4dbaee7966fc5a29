//! TFRecord files: TensorFlow reads ours, and we read TensorFlow's, in each of the three ways.

use std::collections::BTreeSet;
use std::path::Path;

use linnaeus_tests::{draw, json, keras, linnaeus};
use serde_json::{Value, json};

const WAYS: [&str; 3] = ["compressed", "raw", "normalized"];
const SIZE: u32 = 20;
const PICTURES: usize = 12;

/// Class folders with pictures that lose nothing.
fn class_folders(data: &Path) {
    for class in 0..2 {
        let folder = data.join(["round", "square"][class]);
        std::fs::create_dir_all(&folder).unwrap();
        for index in 0..PICTURES as u64 {
            draw(class, index, SIZE).save(folder.join(format!("{index:02}.png"))).unwrap();
        }
    }
}

#[test]
fn tensorflow_reads_what_is_converted() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("out"));
    class_folders(&data);
    let words = |value: &Value| value.to_string();
    let expected: BTreeSet<String> = (0..2 * PICTURES)
        .map(|number| {
            let (class, index) = (number / PICTURES, (number % PICTURES) as u64);
            let pixels = draw(class, index, SIZE).into_raw();
            words(&json!({"label": class, "shape": [SIZE, SIZE, 3], "pixels": pixels}))
        })
        .collect();
    for way in WAYS {
        let out = out.join(way);
        let place = ["convert".as_ref(), data.as_os_str(), "--out".as_ref(), out.as_os_str()];
        let options = ["--to", "tfrecord", "--encoding", way, "--shards", "3"].map(AsRef::as_ref);
        linnaeus(place.into_iter().chain(options)).succeeds();
        assert_eq!(std::fs::read_to_string(out.join("classes.txt")).unwrap(), "round\nsquare\n");
        assert!(out.join("train-00002-of-00003.tfrecord").is_file());
        let answer = keras("tfrecords.py", ["read", out.to_str().unwrap(), way]);
        let found: Vec<Value> = serde_json::from_str(&answer).unwrap();
        let found: Vec<String> = found.iter().map(words).collect();
        assert_eq!(found.len(), expected.len(), "{way}");
        assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected, "{way}");
    }
}

#[test]
fn what_tensorflow_writes_is_trained_on() {
    let folder = tempfile::tempdir().unwrap();
    let (data, written) = (folder.path().join("data"), folder.path().join("written"));
    class_folders(&data);
    keras("tfrecords.py", ["write", data.to_str().unwrap(), written.to_str().unwrap()]);
    let mut losses = Vec::new();
    for way in WAYS {
        let (data, run) = (written.join(way), folder.path().join(format!("run-{way}")));
        let places = ["train".as_ref(), data.as_os_str(), "--out".as_ref(), run.as_os_str()];
        let quick = ["--base", "small_cnn", "--image-size", "20", "--epochs", "2", "--batch-size", "8"];
        linnaeus(places.into_iter().chain(quick.iter().map(AsRef::as_ref))).succeeds();
        let result = json(&run.join("result.json"));
        assert_eq!(result["images"]["skipped"]["count"], 0);
        assert_eq!(result["model"]["classes"], json!(["0", "1"]));
        losses.push(result["test"]["loss"].as_f64().unwrap());
    }
    // The same pixels in the same order: the same bits.
    assert!(losses.iter().all(|loss| *loss == losses[0]), "{losses:?}");
}
