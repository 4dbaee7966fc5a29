//! Data that is no folder of class folders: listings and TFRecord files, good and bad ones.

use std::path::{Path, PathBuf};

use linnaeus_tests::{Outcome, class_folders, everything_in, json, linnaeus};

/// Pictures of two classes, and a place for listings and runs.
struct Trial(tempfile::TempDir);

impl Trial {
    fn new() -> Self {
        let trial = Self(tempfile::tempdir().unwrap());
        class_folders(&trial.path("photos"), 2, 20, 24);
        trial
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The pictures' paths beside the listing, and their classes.
    fn pictures(&self) -> Vec<(String, String)> {
        let files = everything_in(&self.path("photos")).into_iter();
        let files = files.filter(|name| self.path("photos").join(name).is_file());
        files.map(|name| (format!("photos/{name}"), name.split('/').next().unwrap().to_owned())).collect()
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        std::fs::write(self.path(name), text).unwrap();
        self.path(name)
    }

    /// One epoch of a small network.
    fn train(&self, data: &Path, options: &[&str]) -> Outcome {
        let run = self.path("run");
        let places = ["train".as_ref(), data.as_os_str(), "--out".as_ref(), run.as_os_str()];
        let quick = ["--base", "small_cnn", "--image-size", "32", "--epochs", "1", "--batch-size", "8"];
        linnaeus(places.into_iter().chain(quick.iter().chain(options).map(|word| word.as_ref())))
    }

    fn result(&self) -> serde_json::Value {
        json(&self.path("run/result.json"))
    }
}

#[test]
fn a_listing_is_trained_on_as_its_folder_would_be() {
    let trial = Trial::new();
    trial.train(&trial.path("photos"), &[]).succeeds();
    let of_folder = trial.result();
    let mut losses = vec![of_folder["test"]["loss"].as_f64().unwrap()];
    let rows = |between: &str| {
        let row = |(file, class): &(String, String)| format!("{file}{between}{class}\n");
        trial.pictures().iter().map(row).collect::<String>()
    };
    let objects: Vec<String> = trial
        .pictures()
        .iter()
        .map(|(file, class)| format!("{{\"path\":\"{file}\",\"label\":\"{class}\"}}"))
        .collect();
    let listings = [
        trial.write("a.csv", &format!("path,label\n{}", rows(","))),
        trial.write("b.csv", &rows(";")),
        trial.write(
            "c.tsv",
            &format!("label_id\tfile\tspecies\n{}", rows("\t").replace("photos", "7\tphotos")),
        ),
        trial.write("d.json", &format!("[{}]", objects.join(","))),
        trial.write("e.jsonl", &objects.join("\n")),
    ];
    for listing in listings {
        std::fs::remove_dir_all(trial.path("run")).unwrap();
        trial.train(&listing, &[]).succeeds();
        assert_eq!(trial.result()["model"]["classes"], of_folder["model"]["classes"]);
        losses.push(trial.result()["test"]["loss"].as_f64().unwrap());
    }
    assert!(losses.iter().all(|loss| *loss == losses[0]), "{losses:?}");
}

#[test]
fn groups_stay_together_and_folds_are_held_out() {
    let trial = Trial::new();
    let rows: String = trial
        .pictures()
        .iter()
        .enumerate()
        .map(|(number, (file, class))| format!("{file},{class},patient {}\n", number / 5))
        .collect();
    let listing = trial.write("a.csv", &format!("image,label,patient_id\n{rows}"));
    trial.train(&listing, &["--fold", "2/4", "--test-split", "0.2"]).succeeds();
    let parts = &trial.result()["images"]["parts"];
    let counts: Vec<u64> = (0..3).map(|part| parts[part]["pictures"].as_u64().unwrap()).collect();
    assert_eq!(counts.iter().sum::<u64>(), 40);
    assert!(counts.iter().all(|count| count % 5 == 0), "whole patients: {counts:?}");
    let recipe = std::fs::read_to_string(trial.path("run/recipe.toml")).unwrap();
    assert!(recipe.contains("fold = \"2/4\""), "{recipe}");
    let notes = trial.result()["notes"].to_string();
    assert!(notes.contains("column \\\"patient_id\\\" keeps pictures together, 8 groups"), "{notes}");
    std::fs::remove_dir_all(trial.path("run")).unwrap();
    trial.train(&listing, &["--fold", "5/4"]).fails(2, &["--fold", "5 of 4", "2 folds or more"]);
    let photos = trial.path("photos");
    trial.train(&photos, &["--group-by", "("]).fails(2, &["is no regular expression"]);
    trial.train(&photos, &["--group-by", "patient"]).fails(2, &["finds nothing in the pictures' paths"]);
}

#[test]
fn wrong_listings_are_refused_before_anything_is_written() {
    let trial = Trial::new();
    let (first, _) = &trial.pictures()[0];
    type Case<'a> = (&'a str, &'a str, &'a [&'a str], i32, &'a [&'a str]);
    let cases: [Case<'_>; 6] = [
        (
            "a.csv",
            "path,label\nphotos/gone.png,cat\n",
            &[],
            1,
            &["a.csv", "none of its pictures (1) is there", "line 2"],
        ),
        (
            "a.csv",
            &format!("path,label\n{first},\"cat\n"),
            &[],
            1,
            &["a quote opens on line 2 and is never closed"],
        ),
        (
            "a.csv",
            &format!("path,kind\n{first},cat\n"),
            &["--label-column", "label"],
            2,
            &["--label-column label: there is no such column; there are path, kind"],
        ),
        ("a.csv", &format!("path,label\n{first}\n"), &[], 1, &["line 2 has 1 cell,"]),
        ("a.json", "{\"path\": 1}", &[], 1, &["expected a list of objects"]),
        ("a.txt", "path,label\n", &[], 2, &["is a file and no listing"]),
    ];
    for (name, text, options, status, words) in cases {
        let listing = trial.write(name, text);
        trial.train(&listing, options).fails(status, words);
        assert!(!trial.path("run").exists());
    }
    let photos = trial.path("photos");
    trial.train(&photos, &["--label-column", "x"]).fails(2, &["is no listing, so it has no columns"]);
}

#[test]
fn a_row_whose_file_is_missing_stops_nothing() {
    let trial = Trial::new();
    let rows: String = trial.pictures().iter().map(|(file, class)| format!("{file},{class}\n")).collect();
    let listing = trial.write("a.csv", &format!("path,label\n{rows}photos/gone.png,round\n"));
    trial.train(&listing, &[]).succeeds();
    let skipped = &trial.result()["images"]["skipped"];
    assert_eq!(skipped["count"], 1);
    assert!(
        skipped["list"][0]["reason"].as_str().unwrap().contains("line 42: there is no such file"),
        "{skipped}"
    );
}

#[test]
fn damaged_records_are_left_out_and_named() {
    let trial = Trial::new();
    let (photos, records) = (trial.path("photos"), trial.path("records"));
    let convert = |data: &Path, out: &Path, options: &[&str]| {
        let places =
            ["convert".as_ref(), data.as_os_str(), "--out".as_ref(), out.as_os_str(), "--to".as_ref()];
        linnaeus(
            places.into_iter().chain(["tfrecord".as_ref()]).chain(options.iter().map(|word| word.as_ref())),
        )
    };
    convert(&photos, &records, &["--shards", "2"]).succeeds();
    convert(&photos, &records, &[]).fails(2, &["is there already"]);
    convert(&photos, &trial.path("x"), &["--encoding", "zip"]).fails(2, &["compressed, raw or normalized"]);
    convert(&photos, &trial.path("x"), &["--image-size", "8"]).fails(2, &["--encoding raw"]);
    let first = records.join("train-00000-of-00002.tfrecord");
    let mut bytes = std::fs::read(&first).unwrap();
    let second = records.join("train-00001-of-00002.tfrecord");
    let cut = std::fs::metadata(&second).unwrap().len() - 10;
    bytes[100] ^= 1;
    std::fs::write(&first, bytes).unwrap();
    std::fs::File::options().write(true).open(&second).unwrap().set_len(cut).unwrap();
    trial.train(&records, &[]).succeeds();
    let skipped = trial.result()["images"]["skipped"].clone();
    // The one whose bytes changed; of the file that is cut off nobody knows how many are lost.
    assert_eq!(skipped["count"], 1, "{skipped}");
    assert!(skipped.to_string().contains("its checksum is wrong"), "{skipped}");
    let notes = trial.result()["notes"].to_string();
    assert!(
        notes.contains("train-00001-of-00002.tfrecord: ") && notes.contains("it is cut off: "),
        "{notes}"
    );
}

#[test]
fn a_preview_is_a_picture() {
    let trial = Trial::new();
    let (photos, sheet) = (trial.path("photos"), trial.path("sheet.png"));
    let places = ["preview".as_ref(), photos.as_os_str(), "--out".as_ref(), sheet.as_os_str()];
    let preview = |augment: &str| {
        let options = ["--augment", augment, "--pictures", "3", "--variants", "4", "--image-size", "32"];
        linnaeus(places.into_iter().chain(options.iter().map(|word| word.as_ref())))
    };
    preview("flip,hue=0.2,cutout=0.3,fill=wrap").succeeds();
    let picture = image::open(&sheet).unwrap();
    assert_eq!((picture.width(), picture.height()), (4 + 5 * 36, 4 + 3 * 36));
    preview("wobble").fails(2, &["--augment", "there is no augmentation \"wobble\""]);
}
