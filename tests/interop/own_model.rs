//! A functional model of Keras's, built of layers that are known here, is read, trained and written back, whatever its
//! shape.

use std::path::{Path, PathBuf};

use linnaeus_tests::{Outcome, class_folders, draw, json, keras, linnaeus};

use super::{PICTURES, judge, path};

/// `linnaeus train` on drawn pictures of three classes.
fn train(folder: &Path, run: &str, options: &[&str]) -> (PathBuf, Outcome) {
    let (data, run) = (folder.join("data"), folder.join(run));
    if !data.exists() {
        class_folders(&data, 3, 20, 48);
    }
    let places = ["train", path(&data), "--out", path(&run), "--epochs", "2"];
    let outcome = linnaeus([&places[..], options].concat()).succeeds();
    (run, outcome)
}

/// As PNG files of the model's size.
fn pictures(folder: &Path) -> Vec<PathBuf> {
    let save = |index: usize| {
        let path = folder.join(format!("picture {index}.png"));
        let square = draw(index % 3, 9000 + index as u64, 48);
        image::imageops::crop_imm(&square, 0, 0, 48, 40).to_image().save(&path).unwrap();
        path
    };
    (0..PICTURES).map(save).collect()
}

#[test]
fn a_text_of_keras_is_trained_from_nothing_and_opened_by_keras() {
    let folder = tempfile::tempdir().unwrap();
    keras("write_models.py", [path(folder.path()), "own"]);
    let text = folder.path().join("own.json");
    let (run, outcome) = train(folder.path(), "run", &["--base", path(&text)]);
    assert!(outcome.stderr.contains("(RandomFlip)"), "{outcome}");
    assert!(outcome.stderr.contains("stage from scratch"), "{outcome}");
    let recipe = std::fs::read_to_string(run.join("recipe.toml")).unwrap();
    for line in ["weights = \"none\"", "image_size = [40, 48]", "head = \"softmax\""] {
        assert!(recipe.lines().any(|written| written == line), "{line}: {recipe}");
    }
    judge(&run.join("best.keras"), &pictures(folder.path()));
}

/// Stage one trains what the file marks as trainable, stage two the layers from a name on; the rest keeps its values.
#[test]
fn a_model_of_keras_is_trained_on_from_its_own_weights() {
    let folder = tempfile::tempdir().unwrap();
    keras("write_models.py", [path(folder.path()), "own_frozen"]);
    let model = folder.path().join("own_frozen.keras");
    judge(&model, &pictures(folder.path()));
    let tuned = ["--fine-tune", "last", "--fine-tune-epochs", "1", "--fine-tune-learning-rate", "1e-3"];
    let options = ["--base", path(&model)];
    let (run, outcome) = train(folder.path(), "run", &[&options[..], &tuned].concat());
    assert!(
        outcome.stderr.contains("stage 1 of 2, head: ") && outcome.stderr.contains("from last on"),
        "{outcome}"
    );
    let stages = json(&run.join("result.json"))["stages"].as_array().unwrap().len();
    assert_eq!(stages, 2);
    judge(&run.join("best.keras"), &pictures(folder.path()));

    let values = |file: &Path| {
        let contents = linnaeus::formats::keras::read(file).unwrap();
        move |name: &str| {
            let parameter = contents.graph.parameters().iter().find(|parameter| parameter.name == name);
            contents.weights.get(parameter.unwrap()).to_vec()
        }
    };
    let (before, after) = (values(&model), values(&run.join("best.keras")));
    for (name, learns) in [("stem/kernel", false), ("gate/kernel", false), ("hidden/kernel", true)] {
        assert_eq!(before(name) != after(name), learns, "{name}");
    }
}
