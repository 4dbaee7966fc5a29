//! Bad input: a clear message and the right exit status, no panic, nothing half-written.

use std::path::{Path, PathBuf};

use linnaeus_tests::{
    Outcome, class_folders, draw, enormous_png, everything_in, json, linnaeus, linnaeus_in_shell,
};

/// A folder with pictures to spoil, and a place for the run.
struct Trial {
    folder: tempfile::TempDir,
}

impl Trial {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// With `count` pictures of `classes` classes.
    fn with(classes: usize, count: usize) -> Self {
        let trial = Self::new();
        class_folders(&trial.data(), classes, count, 24);
        trial
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn run(&self) -> PathBuf {
        self.folder.path().join("run")
    }

    /// One epoch of a small network, with these options besides.
    fn train(&self, options: &[&str]) -> Outcome {
        let (data, run) = (self.data(), self.run());
        let places = ["train".as_ref(), data.as_os_str(), "--out".as_ref(), run.as_os_str()];
        let quick = ["--image-size", "32", "--epochs", "1", "--batch-size", "8"];
        let network: &[&str] = if options.contains(&"--base") { &[] } else { &["--base", "small_cnn"] };
        linnaeus(
            places.into_iter().chain(quick.iter().chain(network).chain(options).map(|word| word.as_ref())),
        )
    }

    /// Training fails so, and leaves no file.
    #[track_caller]
    fn refuses(&self, options: &[&str], status: i32, words: &[&str]) {
        let outcome = self.train(options).fails(status, words);
        let files: Vec<String> =
            everything_in(&self.run()).into_iter().filter(|name| self.run().join(name).is_file()).collect();
        assert!(files.is_empty(), "{files:?} were left\n{outcome}");
    }
}

#[test]
fn a_missing_folder() {
    let trial = Trial::new();
    trial.refuses(&[], 2, &[trial.data().to_str().unwrap()]);
}

/// The next training would take it for a class, or for pictures of one.
#[test]
fn a_run_that_would_lie_among_its_pictures() {
    let trial = Trial::with(2, 12);
    for inside in ["runs/1", "disc/run"] {
        let (data, inside) = (trial.data(), trial.data().join(inside));
        let places = ["train".as_ref(), data.as_os_str(), "--out".as_ref(), inside.as_os_str()];
        linnaeus(places).fails(2, &["lies in the set itself", "as --out"]);
        assert!(!inside.exists());
    }
    // Where nothing else is asked for, runs lie in the working folder.
    let script = r#"cd "$1" && exec "$LINNAEUS" train . --epochs 1"#;
    let said = linnaeus_in_shell(script, [trial.data()]);
    let beside = trial.folder.path().canonicalize().unwrap().join("runs").join("data-1");
    let advice = format!("--out {}", beside.display());
    said.fails(2, &["runs/data-1 lies in the set itself", "outside of .", &advice]);
    assert!(!trial.data().join("runs").exists());
    // Beside the folders of its parts nobody looks for pictures.
    let (parts, run) = (trial.folder.path().join("parts"), trial.folder.path().join("parts/runs/1"));
    std::fs::create_dir(&parts).unwrap();
    std::fs::rename(trial.data(), parts.join("train")).unwrap();
    let places = ["train".as_ref(), parts.as_os_str(), "--out".as_ref(), run.as_os_str()];
    let quick = ["--base", "small_cnn", "--image-size", "24", "--epochs", "1"];
    linnaeus(places.into_iter().chain(quick.iter().map(|word| word.as_ref()))).succeeds();
    assert_eq!(json(&run.join("result.json"))["model"]["classes"], serde_json::json!(["cross", "disc"]));
}

#[test]
fn an_empty_folder() {
    let trial = Trial::new();
    std::fs::create_dir(trial.data()).unwrap();
    trial.refuses(&[], 2, &[trial.data().to_str().unwrap()]);
}

/// Everywhere: what is named and is not there is wrong use.
#[test]
fn what_is_not_there_is_wrong_use() {
    for words in [
        &["doctor", "nosuch"][..],
        &["train", "nosuch.csv"],
        &["preview", "nosuch", "--augment", "flip"],
        &["convert", "nosuch", "--to", "tfrecord", "--out", "records"],
        &["bench", "pipeline", "nosuch"],
        &["evaluate", "nosuch", "photos"],
        &["predict", "nosuch.keras", "photo.jpg"],
        &["export", "nosuch.keras", "--to", "json"],
        &["weights", "import", "mobilenet_v2", "nosuch.h5"],
        &["train", "photos", "--recipe", "nosuch.toml"],
        &["train", "--resume", "nosuch"],
        &["tune", "lr", "nosuch"],
    ] {
        linnaeus(words).fails(2, &["nosuch"]);
    }
}

#[test]
fn class_folders_without_pictures() {
    let trial = Trial::with(3, 0);
    trial.refuses(&[], 2, &[trial.data().to_str().unwrap()]);
}

#[test]
fn one_class_only() {
    let trial = Trial::with(1, 12);
    trial.refuses(&[], 2, &["cross", "one class only"]);
    linnaeus(["tune".as_ref(), "lr".as_ref(), trial.data().as_os_str()]).fails(2, &["one class only"]);
}

/// What is written must have a place: before anything is read, and before it is all for nothing.
#[test]
fn a_place_that_is_none_is_wrong_use() {
    let trial = Trial::with(2, 12);
    let (data, file) = (trial.data(), trial.folder.path().join("notes.txt"));
    std::fs::write(&file, "mine").unwrap();
    let below = file.join("run");
    let small = ["--base", "small_cnn", "--image-size", "32", "--epochs", "1"];
    let to = |command: &[&str], out: &Path, options: &[&str]| {
        let places = [data.to_str().unwrap(), "--out", out.to_str().unwrap()];
        linnaeus(command.iter().chain(&places).chain(options))
    };
    for out in [&file, &below] {
        to(&["train"], out, &small).fails(2, &["--out: expected a folder", "notes.txt is a file"]);
        to(&["tune", "lr"], out, &small).fails(2, &["--out: expected a folder", "notes.txt is a file"]);
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
    let before = everything_in(&data);
    let inside = data.join("disc/found");
    for command in [["tune", "lr"], ["tune", "transfer"]] {
        to(&command, &inside, &small).fails(2, &["lies in the set itself", "as --out"]);
    }
    let sheet = ["--augment", "flip", "--pictures", "1", "--variants", "1"];
    let beside = trial.folder.path().canonicalize().unwrap().join("sheet.png");
    let advice = format!("--out {}", beside.display());
    to(&["preview"], &data.join("disc/sheet.png"), &sheet).fails(2, &["lies in the set itself", &advice]);
    to(&["preview"], trial.folder.path(), &sheet).fails(2, &["--out: expected the name of a file"]);
    assert_eq!(everything_in(&data), before);
    to(&["preview"], &beside, &sheet).succeeds();
}

#[test]
fn a_class_with_one_picture_is_named() {
    let trial = Trial::with(2, 12);
    std::fs::create_dir(trial.data().join("lonely")).unwrap();
    draw(2, 0, 24).save(trial.data().join("lonely/one.png")).unwrap();
    let outcome = trial.train(&[]).succeeds();
    let note = outcome.stderr.lines().find(|line| line.starts_with("note:") && line.contains("lonely"));
    assert!(note.is_some(), "{outcome}");
}

#[test]
fn files_that_are_no_pictures_are_skipped_and_named() {
    let trial = Trial::with(2, 20);
    let class = trial.data().join("disc");
    let mut jpeg = std::io::Cursor::new(Vec::new());
    draw(1, 99, 64).write_to(&mut jpeg, image::ImageFormat::Jpeg).unwrap();
    let half = &jpeg.get_ref()[..jpeg.get_ref().len() / 2];
    let spoiled: [(&str, &[u8]); 4] = [
        ("a text.jpg", b"not a picture at all\n"),
        ("cut short.jpg", half),
        ("empty.png", b""),
        ("enormous.png", &enormous_png()),
    ];
    for (name, bytes) in spoiled {
        std::fs::write(class.join(name), bytes).unwrap();
    }
    trial.train(&[]).succeeds();
    let result = json(&trial.run().join("result.json"));
    let skipped = result["images"]["skipped"].to_string();
    let report = std::fs::read_to_string(trial.run().join("report.html")).unwrap();
    for (name, _) in spoiled {
        assert!(skipped.contains(name), "{name} is not among {skipped}");
        assert!(report.contains(name), "{name} is not in the report");
    }
    assert_eq!(result["images"]["skipped"]["count"], 4, "{skipped}");
}

#[test]
fn names_may_have_spaces_and_letters_of_any_script() {
    let trial = Trial::new();
    for (class, name) in ["grüne Äpfel", "りんご 赤"].into_iter().enumerate() {
        std::fs::create_dir_all(trial.data().join(name)).unwrap();
        for index in 0..10 {
            draw(class, index, 24)
                .save(trial.data().join(name).join(format!("Foto Nº {index} – «Kopie».png")))
                .unwrap();
        }
    }
    trial.train(&[]).succeeds();
    let picture = trial.data().join("りんご 赤/Foto Nº 3 – «Kopie».png");
    let model = trial.run().join("best.keras");
    let answers =
        linnaeus(["predict".as_ref(), model.as_os_str(), picture.as_os_str(), "--json".as_ref()]).json();
    assert_eq!(answers[0]["picture"], picture.to_str().unwrap());
    let names: Vec<&String> = answers[0]["probabilities"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["grüne Äpfel", "りんご 赤"]);
}

#[test]
fn unknown_names_are_refused_with_the_names_that_exist() {
    let trial = Trial::with(2, 12);
    trial.refuses(&["--base", "mobilenetv2"], 2, &["mobilenetv2", "did you mean mobilenet_v2?"]);
    trial.refuses(
        &["--base", "mobilenet_v3"],
        2,
        &["mobilenet_v3_small, mobilenet_v3_large", "linnaeus models"],
    );
    trial.refuses(&["--weights", "imagnet"], 2, &["imagnet", "did you mean imagenet?"]);
    trial.refuses(&["--monitor", "val_los"], 2, &["val_los", "val_loss", "val_accuracy"]);
    trial.refuses(&["--metrics", "acuracy"], 2, &["acuracy", "accuracy"]);
    trial.refuses(&["--optimizer", "adan"], 2, &["adan", "adam"]);
    trial.refuses(&["--augment", "rotate=0.1"], 2, &["rotate", "rotation"]);
    trial.refuses(&["--augment", "RandomFlp"], 2, &["RandomFlp", "did you mean RandomFlip?"]);
    trial.refuses(&["--augment", "RandomFlip(\"horizontal\""], 2, &["the bracket behind RandomFlip"]);
    trial.refuses(&["--optimizer", "Adam(learning_rate=1e-3)"], 2, &["adam", "--learning-rate 1e-3"]);
    trial.refuses(
        &["--schedule", "ReduceLROnPlateau(factor=0.5)"],
        2,
        &["--reduce-lr-on-plateau factor=0.5"],
    );
    trial.refuses(&["--stop-when", "val_accuracy"], 2, &["in quotes", "a shell takes"]);
    trial.refuses(
        &["--schedule", "cosine,warmup_steps=3epochs"],
        2,
        &["warm-up of 3epochs", "a shorter one"],
    );
    trial.refuses(&["--epoch-count", "3"], 2, &["--epoch-count"]);
}

/// What is advised for Keras's schedule, and Keras's objects that mean the same here, are taken.
#[test]
fn keras_s_objects_are_taken_or_answered_with_what_is() {
    let trial = Trial::with(2, 12);
    trial.refuses(
        &["--schedule", "CosineDecay(0.001,100)"],
        2,
        &["is written cosine,decay_steps=100 here with --learning-rate 0.001 beside it"],
    );
    trial.refuses(
        &["--metrics", "AUC(name='prc', curve='PR')", "--monitor", "val_prc"],
        2,
        &["leave name=prc out, and write --monitor val_auc_pr for val_prc"],
    );
    let options = [
        &["--schedule", "cosine,decay_steps=100", "--learning-rate", "0.001"][..],
        &["--metrics", "acc,AUC(curve=\"PR\", name=\"auc_pr\"),TopKCategoricalAccuracy(k=2)"],
        &["--initializer", "RandomNormal(stddev=0.1)"],
        &["--reduce-lr-on-plateau", "ReduceLROnPlateau(monitor='val_auc_pr', factor=0.5)"],
    ];
    trial.train(&options.concat()).succeeds();
    let recipe = &json(&trial.run().join("result.json"))["recipe"];
    assert_eq!(recipe["metrics"], serde_json::json!(["accuracy", "auc_pr", "top_k_categorical_accuracy[2]"]));
    assert_eq!(recipe["initializer"], "random_normal=0.1");
    assert_eq!(recipe["reduce_lr_on_plateau"], "monitor=val_auc_pr,factor=0.5");
}

#[test]
fn damaged_and_foreign_weights_are_refused() {
    let trained = Trial::with(2, 12);
    trained.train(&[]).succeeds();
    let best = trained.run().join("best.keras");
    let whole = std::fs::read(&best).unwrap();

    let trial = Trial::with(2, 12);
    let deep = ["--base", "mobilenet_v2", "--alpha", "0.35", "--weights"];
    trial.refuses(&[&deep[..], &[best.to_str().unwrap()]].concat(), 1, &["best.keras"]);

    let cut = trial.folder.path().join("cut.keras");
    for length in [0, 100, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&cut, &whole[..length]).unwrap();
        trial.refuses(&["--weights", cut.to_str().unwrap()], 1, &["cut.keras"]);
        let picture = trial.data().join("disc/000.png");
        linnaeus([Path::new("predict"), &cut, &picture]).fails(1, &["cut.keras"]);
    }
    trial.refuses(&["--weights", "missing.keras"], 2, &["missing.keras"]);
}

#[test]
fn a_run_never_replaces_another() {
    let trial = Trial::with(2, 12);
    trial.train(&[]).succeeds();
    let kept = std::fs::read(trial.run().join("best.keras")).unwrap();
    trial.train(&["--seed", "1"]).fails(2, &["--out"]);
    assert!(kept == std::fs::read(trial.run().join("best.keras")).unwrap());
}

#[test]
fn values_below_zero_are_wrong_values_not_unknown_options() {
    let trial = Trial::with(2, 12);
    trial.refuses(&["--learning-rate", "-1"], 2, &["--learning-rate", "-1", "0.001"]);
    trial.refuses(&["--patience", "-3"], 2, &["--patience", "-3", "a whole number"]);
    linnaeus(["demo", "--epochs", "-3"]).fails(2, &["--epochs", "-3", "a whole number"]);
    trial.refuses(&["--fine-tune", "-1"], 2, &["--fine-tune", "-1", "a whole number"]);
    trial.refuses(&["--seed", "-1"], 2, &["--seed", "a whole number"]);
    let large = "18446744073709551615";
    linnaeus(["train", "photos", "--batch-size", large])
        .fails(2, &["--batch-size", large, "from 1 to 65536"]);
    trial.refuses(&["--seed", large], 2, &["--seed", large, "a whole number from 0 to 9223372036854775807"]);
    trial.refuses(&["--class-weights", "disc=1e38"], 2, &["weights from 0 to 1000000", "disc=1e38"]);
    linnaeus(["train", "--reduce-lr-on-plateau", "photos"]).fails(2, &["photos", "stands behind the data"]);
    trial.refuses(&["--min-delta", "-0.1"], 2, &["--min-delta", "-0.1"]);
}

#[test]
fn a_damaged_jpeg_is_told_in_one_line() {
    let trial = Trial::with(2, 12);
    trial.train(&[]).succeeds();
    let mut jpeg = std::io::Cursor::new(Vec::new());
    draw(1, 99, 64).write_to(&mut jpeg, image::ImageFormat::Jpeg).unwrap();
    let whole = jpeg.into_inner();
    let path = trial.folder.path().join("spoiled.jpg");
    for at in (2..whole.len() - 2).step_by(whole.len() / 40) {
        let mut spoiled = whole.clone();
        spoiled[at..at + 2].copy_from_slice(&[0xff, 0x01]);
        std::fs::write(&path, spoiled).unwrap();
        let outcome = linnaeus([Path::new("predict"), &trial.run(), &path]);
        assert!(outcome.stderr.lines().count() <= 1, "{at}: {outcome}");
        assert!(!outcome.stderr.trim_end().contains(char::is_control), "{at}: {outcome:?}");
    }
}

#[test]
fn bench_refuses_what_it_would_pass_over() {
    let trial = Trial::with(2, 4);
    let data = trial.data();
    let data = data.to_str().unwrap();
    linnaeus(["bench", "pipeline"]).fails(2, &["a folder of class folders"]);
    for options in [&["--profile"][..], &["--mode", "full"], &["--steps", "3"]] {
        let words = [&["bench", "pipeline", data], options].concat();
        linnaeus(&words).fails(2, &[options[0], "leave it out"]);
    }
    linnaeus(["bench", "small_cnn", data]).fails(2, &["a folder of pictures", "bench pipeline"]);
    linnaeus(["bench", "small_cnn", "--augment", "flip"]).fails(2, &["--augment", "bench pipeline"]);
    linnaeus(["bench", "mobilenetv2"])
        .fails(2, &["did you mean mobilenet_v2?", "linnaeus models", "pipeline"]);
    linnaeus(["bench", "small_cnn", "--steps", "-1"]).fails(2, &["--steps", "a whole number"]);
}

#[test]
fn a_folder_without_pictures_has_nothing_to_predict() {
    let trial = Trial::new();
    std::fs::create_dir(trial.data()).unwrap();
    let data = trial.data();
    linnaeus([Path::new("predict"), Path::new("any.keras"), &data]).fails(1, &["no picture", "data"]);
}

#[test]
fn a_wrong_layer_to_fine_tune_from_fails_before_anything_is_read() {
    let trained = Trial::with(2, 12);
    trained.train(&[]).succeeds();
    let weights = trained.run();
    let weights = weights.to_str().unwrap();
    // The data is not there, which nobody gets to see.
    let trial = Trial::new();
    let refuses = |layer: &str, words: &[&str]| {
        trial.refuses(&["--weights", weights, "--fine-tune", layer], 2, words);
    };
    refuses("blok2_conv", &["blok2_conv", "no such layer", "block2_conv"]);
    refuses("head_dense", &["head_dense", "a layer of the new head"]);
    trial.refuses(&["--weights", "none", "--fine-tune", "block2_conv"], 2, &["leave one of them out"]);
}

#[test]
fn a_model_of_ones_own_must_answer_for_the_classes_of_the_data() {
    let trained = Trial::with(3, 12);
    trained.train(&[]).succeeds();
    let model = trained.run().join("best.keras");
    let model = model.to_str().unwrap();
    let trial = Trial::with(2, 12);
    let advice = format!("--base small_cnn --weights {model}");
    trial.refuses(&["--base", model], 2, &["answers for 3 classes", "has 2", &advice]);
    trial.refuses(&["--base", "missing.json"], 2, &["there is no file missing.json"]);
    trial.refuses(&["--base", trial.data().to_str().unwrap()], 2, &["best.keras"]);
}

#[test]
fn sizes_that_are_none_are_refused_with_the_right_form() {
    for size in ["224 pixels", "224,224,3", "1.5"] {
        linnaeus(["train", "photos", "--image-size", size]).fails(2, &[size, "HEIGHT,WIDTH"]);
        linnaeus(["models", "resnet50", "--image-size", size]).fails(2, &[size, "HEIGHT,WIDTH"]);
    }
}

#[test]
fn broken_weights_bring_no_advice_about_their_network() {
    let trial = Trial::with(2, 12);
    let file = trial.folder.path().join("broken.h5");
    std::fs::write(&file, b"\x89HDF\r\n\x1a\n and nothing more").unwrap();
    let outcome = trial.train(&["--weights", file.to_str().unwrap()]).fails(1, &["broken.h5"]);
    assert!(!outcome.stderr.contains("--alpha"), "{outcome}");
}
