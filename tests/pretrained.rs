//! The published classifier names what photos show, before anybody trains anything.

use std::path::Path;

use linnaeus_tests::{linnaeus, photos};

/// What is in each photo, and the first answer of the network as PyTorch runs it (0.79, 0.90 and 0.39).
const KNOWN: [(&str, &str); 3] =
    [("chelsea.png", "Egyptian cat"), ("coffee.png", "espresso"), ("grace_hopper.jpg", "military uniform")];

#[test]
fn photos_of_known_things_are_named() {
    let folder = photos();
    let paths = KNOWN.map(|(name, _)| folder.join(name));
    let words = ["predict", "efficientnet_lite0", "--json"].map(AsRef::as_ref);
    let answers =
        linnaeus(words.into_iter().chain(paths.iter().map(|path| path.as_os_str()))).succeeds().json();
    for ((photo, class), answer) in KNOWN.iter().zip(answers.as_array().unwrap()) {
        assert_eq!(answer["probabilities"].as_object().unwrap().len(), 1000);
        assert_eq!(answer["class"], *class, "{photo}: {}", answer["probability"]);
        assert!(answer["probability"].as_f64().unwrap() > 0.3, "{photo}: {}", answer["probability"]);
    }
    let text = linnaeus([Path::new("predict"), "efficientnet_lite0".as_ref(), &paths[0], "--top=3".as_ref()]);
    let text = text.succeeds().stdout;
    // A tabby, which the network takes for the cat of the Egyptians first.
    for class in ["Egyptian cat", "tiger cat", "tabby"] {
        assert!(text.contains(class), "{text}");
    }
}
