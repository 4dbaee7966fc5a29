//! What watches a training: objectives, a plateau, checkpoints by their names, and a loss that is no number.

use std::path::Path;
use std::time::Instant;

use linnaeus_tests::{Outcome, class_folders, everything_in, json, kill_and_go_on, member, training};

const QUICK: [&str; 6] = ["--base", "small_cnn", "--image-size", "24", "--batch-size", "16"];

fn train(data: &Path, out: &Path, options: &[&str]) -> Outcome {
    linnaeus_tests::train(data, out, &[&QUICK, options].concat())
}

/// The epochs' figures of this name.
fn figures(run: &Path, name: &str) -> Vec<f64> {
    let result = json(&run.join("result.json"));
    let epochs =
        result["stages"].as_array().unwrap().iter().flat_map(|stage| stage["epochs"].as_array().unwrap());
    let figure = |epoch: &serde_json::Value| match name {
        "learning_rate" => epoch[name].as_f64().unwrap(),
        name => epoch["metrics"][name].as_f64().unwrap(),
    };
    epochs.map(figure).collect()
}

/// The models in `checkpoints/`; what was being written when a run was killed is none.
fn checkpoints(run: &Path) -> Vec<String> {
    let mut found = everything_in(&run.join("checkpoints"));
    found.retain(|name| name.ends_with(".keras"));
    found.sort();
    found
}

#[test]
fn an_objective_ends_the_run_with_the_epoch_that_reached_it() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("shapes"), folder.path().join("run"));
    class_folders(&data, 3, 40, 24);
    // The monitor would keep the first epoch: nothing is larger than its loss.
    let options = ["--epochs", "40", "--monitor", "val_loss", "--mode", "max", "--patience", "40"];
    let goal = "val_accuracy>=0.7 and accuracy>0.5";
    let outcome =
        train(&data, &run, &[&options[..], &["--stop-when", goal, "--stop-when", "diverged"]].concat());
    outcome.succeeds();
    let (accuracy, result) = (figures(&run, "val_accuracy"), json(&run.join("result.json")));
    let (last, before) = accuracy.split_last().unwrap();
    assert!(*last >= 0.7 && accuracy.len() < 40, "{accuracy:?}");
    let learned = figures(&run, "accuracy");
    assert!(before.iter().zip(&learned).all(|(v, t)| *v < 0.7 || *t <= 0.5), "{accuracy:?} {learned:?}");
    assert_eq!(result["best"]["epoch"], accuracy.len());
    let stopped = result["stages"][0]["stopped"].as_str().unwrap();
    assert!(stopped.starts_with(&format!("{goal} is reached in epoch {}", accuracy.len())), "{stopped}");
    let kept = result["validation"]["accuracy"].as_f64().unwrap();
    assert!((kept - last).abs() < 1e-9, "the model that is kept has {kept}, the epoch {last}");
}

#[test]
fn what_cannot_be_is_refused_before_anything_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let nothing = folder.path().join("no-such-folder");
    for (options, expected) in [
        (&["--stop-when", "val_recall>=0.9"][..], &["--stop-when", "val_recall", "there are val_loss"][..]),
        (&["--stop-when", "soon"], &["there is no objective soon", "\"val_recall>=0.95\"", "or diverged"]),
        (&["--reduce-lr-on-plateau", "patiense=3"], &["did you mean patience?"]),
        (&["--checkpoint", "{val_los:.2f}.keras"], &["did you mean val_loss?"]),
        (&["--checkpoint", "models/{epoch}.keras"], &["a file name that ends in .keras"]),
        (&["--checkpoint-every", "2"], &["give --checkpoint a file name too"]),
        (&["--optimizer", "adam,beta1=0.8"], &["did you mean beta_1?"]),
        (&["--loss", "categorical_focal_crossentropy,gama=1"], &["did you mean gamma?"]),
    ] {
        train(&nothing, &run, options).fails(2, expected);
    }
    assert!(!run.exists());
}

/// A plateau, checkpoints and averages in a run that is killed on the way.
#[test]
fn plateaus_and_checkpoints_survive_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let (data, whole) = (folder.path().join("shapes"), folder.path().join("whole"));
    class_folders(&data, 3, 40, 24);
    let options = [
        ["--epochs", "8"],
        ["--patience", "8"],
        ["--reduce-lr-on-plateau", "factor=0.5,patience=2,min_delta=10"],
        ["--checkpoint", "m-{epoch:02d}-{val_loss:.2f}.keras"],
        ["--checkpoint-every", "3"],
        ["--save-freq", "2"],
    ]
    .concat();
    let options = [&options[..], &["--use-ema"]].concat();
    let began = Instant::now();
    train(&data, &whole, &options).succeeds();
    let length = began.elapsed();
    // No loss falls by ten, so every second epoch without that halves the rate.
    let rates = figures(&whole, "learning_rate");
    assert_eq!(rates, [1e-3, 1e-3, 1e-3, 5e-4, 5e-4, 2.5e-4, 2.5e-4, 1.25e-4]);
    let losses = figures(&whole, "val_loss");
    let expected: Vec<String> =
        [3, 6].map(|epoch| format!("m-{epoch:02}-{:.2}.keras", losses[epoch - 1])).into();
    assert_eq!(checkpoints(&whole), expected);

    let begin = |run: &Path| training(&data, run, &[&QUICK, &options[..]].concat());
    let weights = |file: &Path| member(file, "model.weights.h5");
    kill_and_go_on(3, length, folder.path(), begin, |run| {
        assert!(weights(&run.join("best.keras")) == weights(&whole.join("best.keras")), "{}", run.display());
        assert_eq!(figures(run, "learning_rate"), rates);
        assert_eq!(checkpoints(run), expected);
        for name in &expected {
            let of = |run: &Path| weights(&run.join("checkpoints").join(name));
            assert!(of(run) == of(&whole), "{name} of {}", run.display());
        }
    });
}

#[test]
fn the_best_epochs_alone_may_be_checkpoints() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("shapes"), folder.path().join("run"));
    class_folders(&data, 3, 20, 24);
    let options = ["--epochs", "5", "--checkpoint", "{epoch}.keras", "--checkpoint-best-only"];
    train(&data, &run, &options).succeeds();
    let losses = figures(&run, "val_loss");
    let is_best = |epoch: &usize| losses[..*epoch].iter().all(|earlier| losses[*epoch] < *earlier);
    let expected: Vec<String> =
        (0..losses.len()).filter(is_best).map(|epoch| format!("{}.keras", epoch + 1)).collect();
    assert_eq!(checkpoints(&run), expected);
    let last = run.join("checkpoints").join(expected.last().unwrap());
    assert!(member(&last, "model.weights.h5") == member(&run.join("best.keras"), "model.weights.h5"));
}

/// The loss is finite, and its epoch is on record.
#[test]
fn a_loss_that_diverges_is_no_loss_that_is_no_number() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("shapes"), folder.path().join("run"));
    class_folders(&data, 3, 20, 24);
    let options = ["--learning-rate", "0.1", "--epochs", "40", "--stop-when", "diverged=1,patience=1"];
    let outcome = train(&data, &run, &[&options[..], &["--steps-per-epoch", "2"]].concat()).succeeds();
    let (losses, result) = (figures(&run, "loss"), json(&run.join("result.json")));
    let (last, before) = losses.split_last().unwrap();
    let least = before.iter().copied().fold(f64::INFINITY, f64::min);
    assert!(last.is_finite() && *last > least && losses.len() < 40, "{losses:?}");
    let stopped = result["stages"][0]["stopped"].as_str().unwrap();
    assert!(stopped.starts_with(&format!("epoch {}: the training diverges", losses.len())), "{stopped}");
    assert!(outcome.stderr.contains(stopped), "{}", outcome.stderr);
    for told in [&outcome.stdout, &outcome.stderr, &result["findings"].to_string()] {
        assert!(!told.contains("no number") && !told.contains("not_a_number"), "{told}");
    }
    // Two steps of 16 pictures are an epoch, whatever there is to learn from.
    let epochs = result["stages"][0]["epochs"].as_array().unwrap();
    let seconds: f64 = epochs.iter().map(|epoch| epoch["seconds"].as_f64().unwrap()).sum();
    let rate = result["images_per_second"]["train"].as_f64().unwrap();
    assert!((rate * seconds - 32.0 * epochs.len() as f64).abs() < 0.01, "{rate} for {seconds} s");
}

#[test]
fn a_loss_that_is_no_number_names_the_layer_and_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("shapes"), folder.path().join("run"));
    class_folders(&data, 3, 20, 24);
    let far = ["--optimizer", "sgd", "--learning-rate", "100", "--momentum", "0.99", "--epochs", "30"];
    let outcome = train(&data, &run, &far);
    let said =
        format!("{}{}", outcome.stderr, std::fs::read_to_string(run.join("result.json")).unwrap_or_default());
    assert!(said.contains("the loss is "), "{said}");
    assert!(said.contains("the first layer in order"), "{said}");
    assert!(said.contains(".png"), "{said}");
}

/// Keras's names are taken for ours, which the recipe, the history and the checkpoints have;
/// a plateau needs no settings.
#[test]
fn keras_s_names_are_taken_for_ours() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("shapes"), folder.path().join("run"));
    class_folders(&data, 2, 20, 24);
    let options = [
        "--epochs",
        "1",
        "--optimizer",
        "AdamW,beta_1=0.85",
        "--loss",
        "CategoricalCrossentropy",
        "--schedule",
        "CosineDecay",
        "--metrics",
        "acc,AUC,Recall",
        "--monitor",
        "val_acc",
        "--class-weights",
        "0=1,1=0.5",
        "--augment",
        "mixup",
        "--stop-when",
        "val_recall ≥ 0.5 and val_acc>0.999",
        "--checkpoint",
        "{epoch}-{val_acc:.1f}.keras",
        "--reduce-lr-on-plateau",
    ];
    train(&data, &run, &options).succeeds();
    let recipe = std::fs::read_to_string(run.join("recipe.toml")).unwrap();
    for line in [
        "optimizer = \"adamw,beta_1=0.85\"",
        "loss = \"categorical_crossentropy\"",
        "schedule = \"cosine\"",
        "metrics = [\"accuracy\", \"auc\", \"recall\"]",
        "monitor = \"val_accuracy\"",
        "augment = \"mixup=0.2\"",
        "reduce_lr_on_plateau = \"factor=0.1,patience=10\"",
        "stop_when = [\"val_recall>=0.5 and val_accuracy>0.999\"]",
    ] {
        assert!(recipe.lines().any(|found| found == line), "no {line} in\n{recipe}");
    }
    let history = std::fs::read_to_string(run.join("history.csv")).unwrap();
    assert!(
        history.contains("loss,accuracy,auc,recall,val_loss,val_accuracy,val_auc,val_recall"),
        "{history}"
    );
    let accuracy = figures(&run, "val_accuracy")[0];
    assert_eq!(checkpoints(&run), [format!("1-{accuracy:.1}.keras")]);
}
