//! TensorFlow reads a run's TensorBoard events: scalars, histograms, the confusion picture, the settings.

use linnaeus_tests::{class_folders, json, keras, linnaeus};
use serde_json::{Value, json};

#[test]
fn tensorflow_reads_everything_that_is_written_for_tensorboard() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("shapes"), folder.path().join("run"));
    class_folders(&data, 3, 20, 24);
    let places = ["train".as_ref(), data.as_os_str(), "--out".as_ref(), run.as_os_str()];
    let options = ["--base", "small_cnn", "--image-size", "24", "--epochs", "3", "--histogram-freq", "2"];
    let learning = ["--optimizer", "adam,beta_1=0.8", "--metrics", "accuracy,recall", "--use-ema"];
    let options = options.into_iter().chain(learning).map(AsRef::as_ref);
    linnaeus(places.into_iter().chain(options)).succeeds();
    let board = run.join("tensorboard");
    let found: Value = serde_json::from_str(&keras("tensorboard.py", [board.to_str().unwrap()])).unwrap();

    // Scalars as the result has them, from step 0 on.
    let result = json(&run.join("result.json"));
    for (place, prefix) in [("train", ""), ("validation", "val_")] {
        let epochs = result["stages"][0]["epochs"].as_array().unwrap();
        for figure in ["loss", "accuracy", "recall"] {
            let written = found[place]["scalars"][format!("epoch_{figure}")].as_array().unwrap();
            assert_eq!(written.len(), 3);
            for (step, (written, epoch)) in written.iter().zip(epochs).enumerate() {
                let expected = epoch["metrics"][format!("{prefix}{figure}")].as_f64().unwrap();
                assert_eq!(written[0], step);
                assert!(
                    (written[1].as_f64().unwrap() - expected).abs() < 1e-6,
                    "{figure} of {place}: {written}"
                );
            }
        }
    }
    // Epoch 2 of 3 has histograms, of each parameter that learns.
    let histograms = found["train"]["histograms"].as_object().unwrap();
    assert!(histograms.len() >= 4, "{histograms:?}");
    for (tag, values) in histograms {
        assert!(tag.ends_with("/histogram"), "{tag}");
        assert_eq!((values.as_array().unwrap().len(), &values[0]["step"]), (1, &json!(1)), "{tag}");
        assert!(values[0]["count"].as_f64().unwrap() >= 1.0, "{tag}");
        assert_eq!(values[0]["last_limit"], values[0]["max"], "{tag}");
    }
    for part in ["validation", "test"] {
        let picture = &found[part]["pictures"]["confusion_matrix"];
        assert_eq!(picture["size"], json!([192, 192, 3]), "{part}");
        assert!(picture["description"].as_str().unwrap().contains("the predicted ones from the left"));
    }
    let each_epoch = &found["validation"]["pictures"]["epoch_confusion_matrix"];
    assert_eq!((&each_epoch["steps"], &each_epoch["size"]), (&json!([0, 1, 2]), &json!([192, 192, 3])));
    let hparams = &found["."]["hparams"];
    assert_eq!(hparams["status"], 1, "{hparams}");
    for (name, value) in [
        ("optimizer", json!("adam,beta_1=0.8")),
        ("epochs", json!(3.0)),
        ("use_ema", json!(true)),
        ("metrics", json!("accuracy,recall")),
    ] {
        assert_eq!(hparams["settings"][name], value, "{name}");
    }
    let metrics = hparams["metrics"].as_array().unwrap();
    assert!(metrics.contains(&json!(["validation", "epoch_recall"])), "{metrics:?}");
    // Each of them is where the page looks for it.
    for metric in metrics {
        let (group, tag) = (metric[0].as_str().unwrap(), metric[1].as_str().unwrap());
        assert!(found[group]["scalars"][tag].is_array(), "{metric}");
    }
}
