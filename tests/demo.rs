//! `linnaeus demo` does the whole job on real photos, from nothing: it fetches weights and photos, trains and tests.

use std::path::PathBuf;
use std::sync::OnceLock;

use linnaeus_tests::{everything_in, home, json, linnaeus};
use serde_json::Value;

/// PyTorch reaches 0.894 with the same recipe.
const ACCURACY: f64 = 0.87;

/// Photos whose subject is a class of ImageNet, each the first answer of the network as PyTorch runs it.
const KNOWN: [(&str, &str); 12] = [
    ("C015.jpeg", "head cabbage"),
    ("E002.jpeg", "Granny Smith"),
    ("E009.jpeg", "banana"),
    ("E010.jpeg", "banana"),
    ("E016.jpeg", "custard apple"),
    ("E020.jpeg", "fig"),
    ("E030.jpeg", "jackfruit"),
    ("E053.jpeg", "pineapple"),
    ("E055.jpeg", "pomegranate"),
    ("E061.jpeg", "custard apple"),
    ("E063.jpeg", "strawberry"),
    ("P073.jpeg", "hammerhead"),
];

/// What `result.json` says of the one run that these tests share.
fn demo() -> &'static Value {
    static RESULT: OnceLock<Value> = OnceLock::new();
    RESULT.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path().join("run");
        linnaeus(["demo".as_ref(), "--out".as_ref(), run.as_os_str()]).succeeds();
        json(&run.join("result.json"))
    })
}

#[test]
fn photos_that_it_has_not_seen_are_classified() {
    let result = demo();
    let accuracy = result["test"]["accuracy"].as_f64().unwrap();
    println!("test accuracy {accuracy:.4}, {} s", result["seconds"]["total"]);
    assert!(accuracy >= ACCURACY, "test accuracy {accuracy}");
}

/// With all 1000 outputs of the published weights: a wrong layout or order of theirs would not name a hammerhead.
#[test]
fn the_published_weights_know_what_photos_show() {
    demo();
    let food = home().join("data/food");
    let all = everything_in(&food);
    let photos: Vec<PathBuf> = KNOWN
        .iter()
        .map(|(name, _)| {
            let found = all.iter().find(|path| path.ends_with(name));
            food.join(found.unwrap_or_else(|| panic!("no {name} in {}", food.display())))
        })
        .collect();
    let words = photos.iter().map(|photo| photo.as_os_str());
    let fixed = ["predict", "efficientnet_lite0", "--json"].map(AsRef::as_ref);
    let answers = linnaeus(fixed.into_iter().chain(words)).succeeds().json();
    for ((photo, class), answer) in KNOWN.iter().zip(answers.as_array().unwrap()) {
        assert_eq!(answer["probabilities"].as_object().unwrap().len(), 1000);
        assert_eq!(answer["class"], *class, "{photo}: {}", answer["probability"]);
    }
}
