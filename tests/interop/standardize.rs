//! What `--standardize` measures is what Keras's `Normalization` adapts to, and nearer to the exact figures,
//! and Keras opens the model that has it.

use linnaeus_tests::{CLASSES, class_folders, draw, keras, linnaeus};
use serde_json::Value;

const SIZE: u32 = 32;

#[test]
fn keras_adapts_to_the_same_figures() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("shapes"), folder.path().join("run"));
    // Parts of the set's own, so that it is known which pictures are trained on.
    class_folders(&data.join("train"), 3, 20, SIZE);
    for (class, name) in CLASSES.iter().enumerate() {
        std::fs::create_dir_all(data.join("test").join(name)).unwrap();
        for index in 0..4 {
            draw(class, 500 + index, SIZE).save(data.join(format!("test/{name}/{index}.png"))).unwrap();
        }
    }
    let places = ["train".as_ref(), data.as_os_str(), "--out".as_ref(), run.as_os_str()];
    let options = ["--base", "small_cnn", "--image-size", "32", "--epochs", "2", "--validation-split", "0"];
    let standardize = ["--monitor", "loss", "--standardize", "--augment", "flip,brightness=0.5,mixup=0.2"];
    let words = options.iter().chain(&standardize).map(|word| word.as_ref());
    linnaeus(places.into_iter().chain(words)).succeeds();

    let pictures: Vec<_> = (0..6_u64)
        .map(|index| {
            let path = folder.path().join(format!("{index}.png"));
            draw(index as usize % 3, 900 + index, SIZE).save(&path).unwrap();
            path
        })
        .collect();
    let (model, train) = (run.join("best.keras"), data.join("train"));
    let words = [&model, &train].into_iter().chain(&pictures).map(|path| path.as_os_str());
    let theirs: Value = serde_json::from_str(&keras("standardize.py", words)).unwrap();
    let numbers = |value: &Value| -> Vec<f64> {
        value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
    };
    assert_eq!(theirs["pictures"], 60);
    let close = |ours: &Value, expected: &Value, tolerance: f64| {
        let (ours, expected) = (numbers(ours), numbers(expected));
        assert_eq!(ours.len(), expected.len());
        for (ours, expected) in ours.iter().zip(expected) {
            assert!((ours - expected).abs() <= tolerance * expected.abs().max(1.0), "{ours} for {expected}");
        }
    };
    for figure in [0, 1] {
        close(&theirs["own"][figure], &theirs["exact"][figure], 1e-6);
        // Keras puts batches together in float32.
        close(&theirs["own"][figure], &theirs["adapted"][figure], 1e-4);
    }
    close(&theirs["by the model"], &theirs["standardized"], 1e-4);

    let predict = ["predict".as_ref(), model.as_os_str(), "--json".as_ref()];
    let ours = linnaeus(predict.into_iter().chain(pictures.iter().map(|path| path.as_os_str()))).json();
    for (ours, theirs) in ours.as_array().unwrap().iter().zip(theirs["probabilities"].as_array().unwrap()) {
        for (class, theirs) in CLASSES.iter().zip(numbers(theirs)) {
            let ours = ours["probabilities"][*class].as_f64().unwrap();
            assert!((ours - theirs).abs() < 1e-4, "{class}: {ours}, Keras {theirs}");
        }
    }
}
