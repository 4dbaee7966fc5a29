//! The published EfficientNets of Keras hold PyTorch's scaling in a form of their own.

use linnaeus::engine::initialize;
use linnaeus::formats::Which;
use linnaeus::formats::weights::{NO_NAMES, read_into};
use linnaeus::zoo::{self, Options, Top};
use linnaeus_tests::keras;

/// Files with the published figures are taken without a word; of one that was never adapted it is said that its weights
/// saw other values.
#[test]
fn the_published_scaling_of_efficientnet_is_known_in_its_own_form() {
    let folder = tempfile::tempdir().unwrap();
    keras("write_scaling.py", [folder.path().to_str().unwrap()]);
    let options = Options::new([64, 64, 3], Top::Published { classes: 10 });
    let graph = zoo::find("efficientnet_b0").unwrap().build(&options).unwrap();
    for (file, skipped) in [
        ("published.weights.h5", 0),
        ("published.h5", 0),
        ("published.keras", 0),
        ("plain.weights.h5", 1),
        ("plain.h5", 1),
        ("plain.keras", 1),
    ] {
        let mut weights = initialize(&graph, 7);
        let file = folder.path().join(file);
        let loaded = read_into(&file, &graph, &mut weights, Which::AllBut(&[]), NO_NAMES).unwrap();
        assert_eq!(loaded.skipped.len(), skipped, "{}: {:?}", file.display(), loaded.skipped);
    }
}
