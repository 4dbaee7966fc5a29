//! Keras's own file of each network is opened, ours under the same names is opened by Keras, and all answer alike.
//!
//! Of each family one member in the ordinary suite; all networks where `cargo xtask zoo` asks for its table.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use linnaeus::engine::{Pool, Predictor};
use linnaeus::formats::{self, Which, weights};
use linnaeus::graph::{Graph, Weights};
use linnaeus::zoo::{self, Options, Top};
use linnaeus_tests::Dialogue;
use serde_json::{Map, Value, json};

/// Of the logits, which are the logarithms of the probabilities but for a constant, as a part of their deviation.
const TOLERANCE: f64 = 1e-4;
const CLASSES: usize = 10;

#[test]
fn files_of_networks_go_both_ways() {
    let table = std::env::var_os("LINNAEUS_ZOO_TABLE").map(PathBuf::from);
    let mut keras = Dialogue::start("zoo_networks.py");
    let families = keras.ask(&json!({"networks": true})).unwrap();
    let (mut opened, mut written, mut wrong) = (Map::new(), Map::new(), Vec::new());
    for family in families["families"].as_array().unwrap() {
        let members = family.as_array().unwrap().iter().map(|name| name.as_str().unwrap());
        for name in members.take(if table.is_some() { usize::MAX } else { 1 }) {
            match compare(&mut keras, name) {
                Ok([theirs, ours]) => {
                    println!("{name}: Keras's file {theirs:.1e} apart, ours {ours:.1e}");
                    opened.insert(name.into(), format!("{theirs:.0e}").into());
                    written.insert(name.into(), format!("{ours:.0e}").into());
                }
                Err(why) => wrong.push(format!("{name}: {why}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    if let Some(table) = table {
        std::fs::create_dir_all(&table).unwrap();
        for (column, cells) in [("opened", opened), ("written", written)] {
            std::fs::write(table.join(column).with_extension("json"), Value::from(cells).to_string())
                .unwrap();
        }
    }
}

/// How far Keras's file in our hands, and ours in Keras's, are from Keras's own answers.
fn compare(keras: &mut Dialogue, name: &str) -> Result<[f64; 2], String> {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let made = keras.ask(&json!({"make": name, "folder": folder.path()}))?;
    let expected = logits(&floats(&file("keras.f32")));

    let theirs = formats::keras::read(&file("keras.keras")).map_err(|e| e.to_string())?;
    let answers = answers(&theirs.graph, &theirs.weights, &floats(&file("scaled.f32")));
    let opened = agree("Keras's file", &answers, &expected)?;

    // The same weights under the zoo's own names, and pixels as they are: scaling is a part of our network.
    let input = [0, 1, 2].map(|axis| made["input"][axis].as_u64().unwrap() as usize);
    let architecture = zoo::find(name).map_err(|e| e.to_string())?;
    let built = architecture.build(&Options::new(input, Top::Published { classes: CLASSES }));
    let graph = built.map_err(|e| e.to_string())?;
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
    let farther = |most: f64, apart: f64| if apart <= most { most } else { apart };
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
