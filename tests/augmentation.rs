//! What happens to training pictures: looked at with `preview`, learned from with `train`,
//! and refused where it makes no sense.

use std::path::Path;

use linnaeus_tests::{class_folders, everything_in, json, linnaeus, train};

const LEARNS: [&str; 10] =
    ["--base", "small_cnn", "--image-size", "32", "--batch-size", "16", "--epochs", "16", "--patience", "16"];

#[test]
fn a_run_learns_from_mixtures() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("shapes"), folder.path().join("run"));
    class_folders(&data, 3, 60, 32);
    let mixed = ["--augment", "RandomFlip('horizontal'),MixUp,cutmix=1", "--class-weights", "balanced"];
    train(&data, &run, &[&LEARNS[..], &mixed].concat()).succeeds();
    let result = json(&run.join("result.json"));
    let accuracy = result["test"]["accuracy"].as_f64().unwrap();
    assert!(accuracy >= 0.9, "test accuracy {accuracy}");
    // Of a mixture nobody can be sure.
    let epochs = result["stages"][0]["epochs"].as_array().unwrap();
    let last = &epochs[epochs.len() - 1];
    let [learned, judged] = ["loss", "val_loss"].map(|name| last["metrics"][name].as_f64().unwrap());
    assert!(learned > judged, "{last}");
    let recipe = std::fs::read_to_string(run.join("recipe.toml")).unwrap();
    assert!(recipe.contains("augment = \"flip,mixup=0.2,cutmix=1\""), "{recipe}");
}

#[test]
fn a_sheet_shows_everything_and_says_what_is_mixed() {
    let folder = tempfile::tempdir().unwrap();
    let (data, sheet) = (folder.path().join("shapes"), folder.path().join("sheet.png"));
    class_folders(&data, 3, 4, 48);
    let show = |augment: &str, seed: &str| {
        let arguments = ["preview".as_ref(), data.as_os_str(), "--out".as_ref(), sheet.as_os_str()];
        let options = [
            "--augment",
            augment,
            "--image-size",
            "96",
            "--pictures",
            "5",
            "--variants",
            "4",
            "--seed",
            seed,
        ];
        let outcome = linnaeus(
            arguments.into_iter().chain(options.iter().map(|word| word.as_ref())).chain(["--json".as_ref()]),
        );
        assert_eq!(outcome.succeeds().json()["pictures"].as_array().unwrap().len(), 5);
        image::open(&sheet).unwrap().into_rgb8()
    };
    for name in [
        "flip",
        "rotation=0.2",
        "zoom=0.3",
        "shift=0.2",
        "shear=0.3",
        "crop=0.5",
        "brightness=0.4",
        "contrast=0.8",
        "saturation=0.8",
        "hue=0.5",
        "noise=0.2",
        "cutout=0.5",
        "autocontrast=1",
        "equalize=1",
        "posterize=1",
        "solarize=1",
        "grayscale=1",
        "sharpness=1",
        "randaugment",
        "rotation=0.2,fill=constant",
        "RandomFlip(\"horizontal\"),RandomRotation(0.2, fill_mode=\"wrap\"),RandomContrast(0.5)",
    ] {
        let (one, other) = (show(name, "1"), show(name, "2"));
        assert_eq!(one.dimensions(), (4 + 5 * 100, 4 + 5 * 100), "{name}");
        // The first column is the pictures as they are, and the second is not.
        let column = |sheet: &image::RgbImage, number: u32| {
            image::imageops::crop_imm(sheet, 4 + number * 100, 0, 96, sheet.height()).to_image()
        };
        assert_eq!(column(&one, 0), column(&other, 0), "{name}");
        assert!((1..5).any(|number| column(&one, number) != column(&one, 0)), "{name} changes nothing");
    }
    for name in ["mixup=1", "cutmix=1", "flip,mixup=0.4,cutmix=1"] {
        let sheet = show(name, "1");
        assert_eq!(sheet.dimensions(), (4 + 5 * 100, 4 + 5 * 122), "{name}: room for two lines");
        let ink = |row: u32, column: u32| {
            let (left, top) = (4 + column * 100, 4 + row * 122 + 96);
            (0..96)
                .flat_map(|x| (0..22).map(move |y| (x, y)))
                .filter(|(x, y)| sheet.get_pixel(left + x, top + y).0 == [0; 3])
                .count()
        };
        for row in 0..5 {
            // One line of a class, and two of two shares.
            assert!(ink(row, 0) > 40, "{name}, row {row}");
            assert!((1..5).all(|column| ink(row, column) > ink(row, 0) + 40), "{name}, row {row}");
        }
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("shapes"), folder.path().join("run"));
    class_folders(&data, 2, 4, 16);
    let cnn = ["--base", "small_cnn"];
    for (options, words) in [
        (&["--augment", "mixup=-0.2"][..], &["mixup", "a number from 0 to 32", "-0.2"][..]),
        (&["--augment", "randaugment=2"], &["randaugment", "2:9", "received \"2\""]),
        (&["--augment", "mixupp=0.2"], &["mixupp", "mixup, cutmix"]),
    ] {
        train(&data, &run, &[&cnn[..], options].concat()).fails(2, words);
    }
    // Keras's layers: one without its factor, and one that means something else.
    for (layers, words) in [
        ("RandomFlip,RandomRotation", &["RandomRotation", "factor is missing"][..]),
        ("RandomZoom(0.1, 0.2)", &["both axes are zoomed alike here"]),
        ("RandomSaturation(0.3)", &["saturation=0.3"]),
    ] {
        train(&data, &run, &[&cnn[..], &["--augment", layers]].concat()).fails(2, words);
    }
    let published = ["--standardize", "--base", "mobilenet_v2", "--weights", "none"];
    let file = folder.path().join("weights.keras");
    std::fs::write(&file, "nothing").unwrap();
    let from = |weights| train(&data, &run, &[&published[..4], &[weights]].concat());
    from(file.to_str().unwrap()).fails(2, &["--standardize", "comes with them", "--weights none"]);
    train(&data, &run, &["--base", file.to_str().unwrap(), "--standardize"]).fails(2, &["--standardize"]);
    assert!(everything_in(folder.path()).iter().all(|name| !name.starts_with("run")));
}

/// The figures do not depend on threads, and a run that is gone on with keeps them.
#[test]
fn a_run_that_standardizes_is_the_same_at_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("shapes");
    class_folders(&data, 3, 40, 32);
    let run = |name: &str, threads: &str| {
        let run = folder.path().join(name);
        train(&data, &run, &[&LEARNS[..], &["--standardize", "--threads", threads]].concat()).succeeds();
        run
    };
    let (one, two) = (run("one", "1"), run("two", "2"));
    let accuracy = json(&one.join("result.json"))["test"]["accuracy"].as_f64().unwrap();
    assert!(accuracy >= 0.9, "test accuracy {accuracy}");
    let model = |run: &Path| std::fs::read(run.join("best.keras")).unwrap();
    assert!(model(&one) == model(&two), "other threads, other bits");
    assert!(!one.join("checkpoints/standardization.json").exists(), "a finished run leaves none");
    // The head and the base that reads standardized pictures come along together.
    let again = folder.path().join("again");
    let weights = one.join("best.keras");
    let options = ["--weights", weights.to_str().unwrap(), "--epochs", "1", "--learning-rate", "0.000000001"];
    train(&data, &again, &[&["--base", "small_cnn", "--image-size", "32"][..], &options].concat()).succeeds();
    let kept = json(&again.join("result.json"))["test"]["accuracy"].as_f64().unwrap();
    assert!((kept - accuracy).abs() < 1e-9, "{kept} after {accuracy}");
}
