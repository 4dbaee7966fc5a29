//! Keras's own file of each network is opened, ours under the same names is opened by Keras, and all answer alike.
//!
//! What Keras has no function for it builds from a file of ours, gives it weights, and saves it in its own way.
//! Of each family one member in the ordinary suite; all networks where `cargo xtask zoo` asks for its table.

#[path = "../crates/zoo/tests/golden/table.rs"]
mod table;

use std::path::Path;
use std::sync::Arc;

use linnaeus::engine::{Pool, Predictor};
use linnaeus::formats::{self, Which, weights};
use linnaeus::graph::{Graph, Weights};
use linnaeus::zoo::{self, Architecture, Options};
use linnaeus_tests::Dialogue;
use serde_json::{Value, json};

/// Of the logits, which are the logarithms of the probabilities but for a constant, as a part of their deviation.
const TOLERANCE: f64 = 1e-4;
const CLASSES: usize = 10;

/// Where Keras has a network from.
#[derive(Clone, Copy, PartialEq)]
enum Origin {
    /// A function in Python.
    Keras,
    /// A file of ours, whose weights do not count.
    OurFile,
}

#[test]
fn files_of_networks_go_both_ways() {
    let mut keras = Dialogue::start("zoo_networks.py");
    let known = keras.ask(&json!({"networks": true})).unwrap();
    let known: Vec<&str> = known["networks"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let (mut opened, mut written, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
    let of_family = if table::is_wanted() { usize::MAX } else { 1 };
    for architecture in zoo::families().flat_map(|family| family.iter().take(of_family)) {
        let name = architecture.name;
        let (origin, mark) = match known.contains(&name) {
            true => (Origin::Keras, ""),
            false => (Origin::OurFile, " †"),
        };
        match compare(&mut keras, architecture, origin) {
            Ok([theirs, ours]) => {
                println!("{name}: Keras's file {theirs:.1e} apart, ours {ours:.1e}{mark}");
                opened.push((name.to_owned(), format!("{theirs:.0e}{mark}")));
                written.push((name.to_owned(), format!("{ours:.0e}{mark}")));
            }
            Err(why) => wrong.push(format!("{name}: {why}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    table::record("opened", opened);
    table::record("written", written);
}

/// How far Keras's file in our hands, and ours in Keras's, are from Keras's own answers.
fn compare(keras: &mut Dialogue, architecture: &Architecture, origin: Origin) -> Result<[f64; 2], String> {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let graph = small(architecture)?;
    make(keras, &graph, folder.path(), origin)?;
    let expected = logits(&floats(&file("keras.f32")));

    let theirs = formats::keras::read(&file("keras.keras")).map_err(|e| e.to_string())?;
    let answers = answers(&theirs.graph, &theirs.weights, &floats(&file("scaled.f32")));
    let opened = agree("Keras's file", &answers, &expected)?;

    // The same weights under the zoo's own names, and pixels as they are: scaling is a part of our network.
    let mut values = Weights::zeros(&graph);
    weights::read_into(&file("keras.keras"), &graph, &mut values, Which::All, weights::NO_NAMES)
        .map_err(|e| e.to_string())?;
    let pictures = floats(&file("pictures.f32"));
    agree("the zoo's network", &self::answers(&graph, &values, &pictures), &expected)?;

    formats::keras::write(&file("ours.keras"), &graph, &values, None).map_err(|e| e.to_string())?;
    let order = json!({
        "open": file("ours.keras"), "pictures": file("pictures.f32"), "answers": file("ours.f32"),
    });
    keras.ask(&order)?;
    let written = agree("our file", &floats(&file("ours.f32")), &expected)?;
    Ok([opened, written])
}

/// The network for pictures of an odd size, not square, a little above the least.
fn small(architecture: &Architecture) -> Result<Graph, String> {
    let (least, [_, _, channels]) = (architecture.minimum_size, architecture.default_input);
    let options = Options::new([least + 13, least + 46, channels], architecture.classifier(CLASSES));
    architecture.build(&options).map_err(|e| e.to_string())
}

/// Lets Keras make its model of `graph`, pictures and answers in `folder`.
fn make(keras: &mut Dialogue, graph: &Graph, folder: &Path, origin: Origin) -> Result<(), String> {
    let mut order = json!({"make": graph.name(), "input": graph.input_shape().dims(), "folder": folder});
    if origin == Origin::OurFile {
        let blank = folder.join("blank.keras");
        formats::keras::write(&blank, graph, &Weights::zeros(graph), None).map_err(|e| e.to_string())?;
        order["from"] = json!(blank);
    }
    keras.ask(&order).map(|_| ())
}

/// The network's answers to pictures that lie one after the other.
fn answers(graph: &Graph, weights: &Weights, pictures: &[f32]) -> Vec<f32> {
    let count = pictures.len() / graph.input_shape().elements();
    let mut predictor = Predictor::new(graph, weights, count, &Arc::new(Pool::new(2))).unwrap();
    predictor.predict(pictures).unwrap().to_vec()
}

/// The largest difference of the logits as a part of their deviation, if it is small.
fn agree(what: &str, answers: &[f32], expected: &[f64]) -> Result<f64, String> {
    let answers = logits(answers);
    let deviation = (expected.iter().map(|x| x * x).sum::<f64>() / expected.len() as f64).sqrt();
    let pairs = answers.iter().zip(expected);
    // A NaN stays one, and is no agreement.
    let farther = |most: f64, apart: f64| if most.is_nan() || apart <= most { most } else { apart };
    let apart = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, farther) / deviation;
    match answers.len() == expected.len() && apart <= TOLERANCE {
        true => Ok(apart),
        false => Err(format!("{what} is {apart:.1e} apart: {answers:.5?} instead of {expected:.5?}")),
    }
}

/// The logits of each picture around their mean, from its probabilities.
fn logits(probabilities: &[f32]) -> Vec<f64> {
    let of_picture = |picture: &[f32]| {
        let logarithms: Vec<f64> = picture.iter().map(|p| f64::from(*p).ln()).collect();
        let mean = logarithms.iter().sum::<f64>() / logarithms.len() as f64;
        logarithms.into_iter().map(move |logarithm| logarithm - mean).collect::<Vec<f64>>()
    };
    probabilities.chunks(CLASSES).flat_map(of_picture).collect()
}

fn floats(path: &Path) -> Vec<f32> {
    let bytes = std::fs::read(path).unwrap();
    bytes.chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect()
}
