//! The real Keras opens what Linnaeus writes, Linnaeus opens what Keras writes, and both compute the same, in training
//! too.
//!
//! How a picture becomes an input is each program's own matter, so the pictures are PNG files of the input's size:
//! then nothing is resized, and every decoder yields the same pixels.

#[path = "interop/files.rs"]
mod files;
#[path = "interop/fine_tune.rs"]
mod fine_tune;
#[path = "interop/own_model.rs"]
mod own_model;
#[path = "interop/scaling.rs"]
mod scaling;
#[path = "interop/standardize.rs"]
mod standardize;
#[path = "interop/tensorboard.rs"]
mod tensorboard;
#[path = "interop/tfrecords.rs"]
mod tfrecords;
#[path = "interop/torch_files.rs"]
mod torch_files;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use linnaeus::engine::{BatchStatistics, Pool, Slot, Trainer, TrainerOptions, initialize};
use linnaeus::formats;
use linnaeus::graph::{Graph, Weights};
use linnaeus::zoo::{self, Head, Options, Top};
use linnaeus_tests::{class_folders, draw, everything_in, home, keras, linnaeus};
use serde_json::Value;

const PICTURES: usize = 8;
const TOLERANCE: f64 = 1e-4;
/// Of a training step's loss, as a part of it.
const LOSS_TOLERANCE: f64 = 1e-5;
/// Wide enough for the ways that kernels take on wide maps.
const TRAINED_SIZE: u32 = 160;

#[test]
fn keras_opens_the_best_model_of_a_run() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    linnaeus(["demo".as_ref(), "--epochs".as_ref(), "2".as_ref(), "--out".as_ref(), run.as_os_str()])
        .succeeds();
    let pictures = food_photos(folder.path(), 224);
    judge(&run.join("best.keras"), &pictures);
}

#[test]
fn keras_opens_a_network_that_was_trained_from_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let run = train(folder.path(), 32, &["--base", "small_cnn", "--dropout", "0.2", "--augment", "flip"]);
    judge(&run.join("best.keras"), &drawn(folder.path(), 32));
}

/// Keras's own file is opened, and is the frozen base of a training whose result Keras opens again.
#[test]
fn models_of_keras_are_opened_and_trained_on() {
    let folder = tempfile::tempdir().unwrap();
    let mobilenets = ["with_top", "with_head", "nested"];
    keras("write_models.py", [path(folder.path())].into_iter().chain(mobilenets));
    for (model, size) in [("with_top", 128), ("with_head", 96), ("nested", 97)] {
        let pictures = drawn(&folder.path().join(model), size);
        judge(&folder.path().join(model).with_extension("keras"), &pictures);
    }
    let weights = folder.path().join("with_head.keras");
    let run =
        train(folder.path(), 96, &["--base", "mobilenet_v2", "--alpha", "0.5", "--weights", path(&weights)]);
    judge(&run.join("best.keras"), &drawn(folder.path(), 96));
}

/// The scaling of its kind, BGR with each channel's mean subtracted, is a part of the file either way.
#[test]
fn resnets_of_keras_are_opened_and_trained_on() {
    let folder = tempfile::tempdir().unwrap();
    keras("write_models.py", [folder.path().as_os_str(), "resnet".as_ref()]);
    let weights = folder.path().join("resnet.keras");
    judge(&weights, &drawn(&folder.path().join("pictures"), 65));
    // Slowly: its 2048 features tell the shapes apart at once, and answers that are certain show no mistake.
    let slowly = ["--learning-rate", "1e-4"];
    let options = ["--base", "resnet50", "--weights", path(&weights)];
    let run = train(folder.path(), 64, &[options.as_slice(), &slowly].concat());
    judge(&run.join("best.keras"), &drawn(folder.path(), 64));
}

#[test]
fn a_training_step_of_mobilenet_v2_is_that_of_keras() {
    judge_training_step("mobilenet_v2");
}

#[test]
fn a_training_step_of_efficientnet_lite0_is_that_of_keras() {
    judge_training_step("efficientnet_lite0");
}

#[test]
fn a_training_step_of_resnet50_is_that_of_keras() {
    judge_training_step("resnet50");
}

/// Everything learns, the norms take the batch's figures: the loss of one step is the one that Keras finds in float64,
/// and no gradient is further from Keras's in float64 than Keras's own float32 goes (0.07 on these networks with random
/// weights; ours 0.01 to 0.02).
#[track_caller]
fn judge_training_step(architecture: &str) {
    let folder = tempfile::tempdir().unwrap();
    let (model, gradients) = (folder.path().join("model.keras"), folder.path().join("gradients"));
    let head = Head::new(3);
    let options = Options::new([TRAINED_SIZE as usize, TRAINED_SIZE as usize, 3], Top::Head(head));
    let graph = zoo::find(architecture).unwrap().build(&options).unwrap();
    let weights = initialize(&graph, 7);
    formats::keras::write(&model, &graph, &weights, None).unwrap();
    let pictures = drawn(folder.path(), TRAINED_SIZE);
    let arguments = [path(&model), path(&gradients)].into_iter().chain(pictures.iter().map(|p| path(p)));
    let answer: Value = serde_json::from_str(&keras("train_step.py", arguments)).unwrap();
    let (loss, trainer) = training_step(&graph, weights, &pictures);
    let by_keras = answer["loss"].as_f64().unwrap();
    assert!((loss - by_keras).abs() < LOSS_TOLERANCE * by_keras, "loss {loss}, Keras {by_keras}");
    let allowed = answer["float32_apart"].as_f64().unwrap();
    assert!(allowed < 0.2, "Keras's own float32 is {allowed} off: it judges nothing");
    let names = answer["parameters"].as_array().unwrap().iter().map(|name| name.as_str().unwrap());
    judge_gradients(
        &graph,
        &trainer,
        &names.collect::<Vec<_>>(),
        &std::fs::read(&gradients).unwrap(),
        allowed,
    );
}

/// The mean cross-entropy of pictures whose classes take turns, and the trainer after the backward.
fn training_step(graph: &Graph, weights: Weights, pictures: &[PathBuf]) -> (f64, Trainer) {
    let statistics = BatchStatistics::Batch;
    let options = TrainerOptions { batch: PICTURES, start: None, statistics, seed: 0 };
    let mut trainer = Trainer::new(graph, weights, &options, &Arc::new(Pool::new(2))).unwrap();
    let pixels = pictures.iter().flat_map(|picture| image::open(picture).unwrap().to_rgb8().into_raw());
    trainer.input(PICTURES).iter_mut().zip(pixels).for_each(|(input, pixel)| *input = f32::from(pixel));
    let mut gradient = trainer.forward(PICTURES, 0).values.to_vec();
    let (mut loss, classes) = (0.0, gradient.len() / PICTURES);
    for (picture, row) in gradient.chunks_exact_mut(classes).enumerate() {
        loss -= f64::from(row[picture % classes]).ln() / PICTURES as f64;
        row[picture % classes] -= 1.0;
        row.iter_mut().for_each(|value| *value /= PICTURES as f32);
    }
    trainer.backward(PICTURES, &gradient);
    (loss, trainer)
}

/// `by_keras` holds float32: the gradients of the parameters of these names, one after the other.
#[track_caller]
fn judge_gradients(graph: &Graph, trainer: &Trainer, names: &[&str], by_keras: &[u8], allowed: f64) {
    let floats =
        by_keras.chunks_exact(4).map(|bytes| f64::from(f32::from_le_bytes(bytes.try_into().unwrap())));
    let by_keras: Vec<f64> = floats.collect();
    assert_eq!((names.len(), by_keras.len()), (trainer.slots().len(), trainer.gradients().len()));
    // A bias before a norm has no gradient but rounding.
    let least = 1e-3 * length(&by_keras);
    let (mut farthest, mut wrong, mut rest) = (0.0_f64, Vec::new(), by_keras.as_slice());
    for name in names {
        let of_name = |slot: &&Slot| graph.parameter(slot.parameter).name == *name;
        let slot = trainer.slots().iter().find(of_name).unwrap_or_else(|| panic!("no {name} here"));
        let ours = &trainer.gradients()[slot.gradients.clone()];
        let (keras, more) = rest.split_at(ours.len());
        rest = more;
        let difference: Vec<f64> = ours.iter().zip(keras).map(|(a, b)| f64::from(*a) - b).collect();
        let apart = length(&difference) / length(keras).max(least);
        farthest = farthest.max(apart);
        if apart.is_nan() || apart > allowed {
            wrong.push(format!("{name}: {apart:.1e}"));
        }
    }
    println!("{}: gradients at most {farthest:.1e} apart", graph.name());
    assert!(wrong.is_empty(), "{}: gradients that are not Keras's: {wrong:#?}", graph.name());
}

fn length(values: &[f64]) -> f64 {
    values.iter().map(|value| value * value).sum::<f64>().sqrt()
}

/// The folder of a short run on drawn pictures.
fn train(folder: &Path, size: u32, options: &[&str]) -> PathBuf {
    let (data, run) = (folder.join("data"), folder.join("run"));
    class_folders(&data, 3, 20, size);
    let size = size.to_string();
    let places = ["train", path(&data), "--out", path(&run), "--image-size", &size, "--epochs", "2"];
    linnaeus(places.iter().chain(options)).succeeds();
    run
}

/// Both programs' probabilities for each picture agree, and they say something: no class is certain or left out.
#[track_caller]
fn judge(model: &Path, pictures: &[PathBuf]) {
    assert_eq!(pictures.len(), PICTURES);
    let by_keras = keras("predict.py", std::iter::once(path(model)).chain(pictures.iter().map(|p| path(p))));
    let by_keras: Vec<Vec<f64>> = serde_json::from_str(&by_keras).unwrap();
    let arguments =
        ["predict", path(model)].into_iter().chain(pictures.iter().map(|p| path(p))).chain(["--json"]);
    let answers = linnaeus(arguments).succeeds().json();
    let ours: Vec<Vec<f64>> = answers.as_array().unwrap().iter().map(probabilities).collect();
    let mut farthest = 0.0_f64;
    for (ours, keras) in ours.iter().zip(&by_keras) {
        assert_eq!(ours.len(), keras.len(), "{ours:?}\n{keras:?}");
        let apart = ours.iter().zip(keras).map(|(a, b)| (a - b).abs());
        farthest = apart.fold(farthest, f64::max);
    }
    println!("{}: at most {farthest:.1e} apart", model.display());
    assert_eq!(ours.len(), by_keras.len());
    assert!(farthest <= TOLERANCE, "{farthest} apart: Linnaeus {ours:?}\nKeras {by_keras:?}");
    assert!(says_something(&ours), "these answers would hide a mistake: {ours:?}");
}

/// Whether the answers to different pictures differ by far more than the tolerance, short of certainty.
fn says_something(answers: &[Vec<f64>]) -> bool {
    let spread = |class: usize| {
        let of_class = answers.iter().map(|answer| answer[class]);
        let (low, high) = of_class.fold((1.0_f64, 0.0_f64), |(low, high), p| (low.min(p), high.max(p)));
        high - low
    };
    let widest = (0..answers[0].len()).map(spread).fold(0.0, f64::max);
    let uncertain = answers.iter().filter(|answer| answer.iter().all(|p| *p < 0.999)).count();
    widest > 0.02 && uncertain >= answers.len() / 2
}

/// In the order of the classes.
fn probabilities(answer: &Value) -> Vec<f64> {
    answer["probabilities"].as_object().unwrap().values().map(|p| p.as_f64().unwrap()).collect()
}

/// Pictures of shapes, as PNG files of `size` pixels a side.
fn drawn(folder: &Path, size: u32) -> Vec<PathBuf> {
    std::fs::create_dir_all(folder).unwrap();
    let save = |index: usize| {
        let path = folder.join(format!("drawn {index}.png"));
        draw(index % 3, 1000 + index as u64, size).save(&path).unwrap();
        path
    };
    (0..PICTURES).map(save).collect()
}

/// Photos of foods that the demo held out, resized here to PNG files of `size` pixels a side.
fn food_photos(folder: &Path, size: u32) -> Vec<PathBuf> {
    let test = home().join("data/food/test");
    let photos: Vec<String> =
        everything_in(&test).into_iter().filter(|name| name.ends_with(".jpeg")).collect();
    let step = photos.len() / PICTURES;
    let save = |(index, name): (usize, &String)| {
        let path = folder.join(format!("photo {index}.png"));
        let photo = image::open(test.join(name)).unwrap();
        photo.resize_exact(size, size, image::imageops::FilterType::Triangle).to_rgb8().save(&path).unwrap();
        path
    };
    photos.iter().step_by(step).take(PICTURES).enumerate().map(save).collect()
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}
