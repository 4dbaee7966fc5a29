//! Models of two branches, from files of their own.

use graph::{Activation, Conv2d, Dense, Op};

use super::*;
use crate::network::Network;

/// Pictures of 16 × 12, two branches, `classes` answers.
fn model(channels: usize, classes: usize) -> Graph {
    let mut graph = Graph::new("mine", "picture", [16, 12, channels]).unwrap();
    let input = graph.input();
    let left = graph.add("left", Op::Conv2d(Conv2d::new(4, 3)), &[input]).unwrap();
    let right = graph.add("right", Op::Conv2d(Conv2d::new(4, 3)), &[input]).unwrap();
    let sum = graph.add("sum", Op::Add, &[left, right]).unwrap();
    let pool = graph.add("pool", Op::GlobalAveragePool { keepdims: false }, &[sum]).unwrap();
    let answer = Dense::new(classes).activation(Activation::Softmax);
    graph.add("answer", Op::Dense(answer), &[pool]).unwrap();
    graph
}

/// A folder with `mine.keras` and `mine.json`.
fn files(graph: &Graph) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let weights = engine::initialize(graph, 5);
    formats::keras::write(&folder.path().join("mine.keras"), graph, &weights, None).unwrap();
    let text = formats::keras::to_json(graph).unwrap();
    std::fs::write(folder.path().join("mine.json"), text).unwrap();
    folder
}

fn recipe(file: &Path) -> Recipe {
    Recipe { data: "photos".into(), base: file.display().to_string(), ..Recipe::default() }
}

/// Those of the data.
fn classes() -> Vec<String> {
    ["cat", "dog", "fox"].map(String::from).to_vec()
}

#[test]
fn what_the_model_says_is_filled_in_and_may_be_said_again() {
    let folder = files(&model(1, 3));
    let file = folder.path().join("mine.keras");
    let plan = recipe(&file).check().unwrap();
    let written = plan.recipe.clone();
    assert_eq!((written.image_size.as_slice(), written.color_mode.as_str()), (&[16, 12][..], GREY));
    assert_eq!(
        (written.head.as_str(), written.loss.as_str()),
        ("softmax", "sparse_categorical_crossentropy")
    );
    assert_eq!(written.weights, file.display().to_string());
    // So the recipe that a run leaves can be run again.
    let again = Recipe::parse(&written.to_toml().unwrap()).unwrap().check().unwrap();
    assert_eq!(again.recipe, written);
}

#[test]
fn its_weights_come_along_unless_the_recipe_says_otherwise() {
    let folder = files(&model(3, 3));
    let own = engine::initialize(&model(3, 3), 5);
    let start = |name: &str, weights: &str, seed: u64| {
        let recipe = Recipe { weights: weights.into(), seed, ..recipe(&folder.path().join(name)) };
        let plan = recipe.check().unwrap();
        let never = std::sync::atomic::AtomicBool::new(false);
        let built =
            plan.network.build(&plan.recipe, &plan.preprocess, &classes(), &mut |_| {}, &never).unwrap();
        (built.model.weights, plan.network.starts_from_nothing())
    };
    assert_eq!(start("mine.keras", "", 0), (own.clone(), false));
    assert_eq!(start("mine.json", "", 5), (own.clone(), true));
    let file = folder.path().join("mine.keras").display().to_string();
    assert_eq!(start("mine.json", &file, 0), (own.clone(), false));
    let (weights, starts_from_nothing) = start("mine.keras", "none", 1);
    assert!(starts_from_nothing && weights != own);
}

#[test]
fn what_does_not_go_with_it_is_refused_with_why() {
    let folder = files(&model(3, 3));
    let file = folder.path().join("mine.keras");
    type Change = fn(&mut Recipe);
    let cases: [(Change, &str); 10] = [
        (|r| r.alpha = 0.5, "--alpha is for networks of the zoo"),
        (|r| r.pooling = "max".into(), "--pooling is for networks of the zoo"),
        (|r| r.dropout = 0.5, "--dropout is for networks of the zoo"),
        (|r| r.head = "sigmoid".into(), "ends in softmax"),
        (|r| r.loss = "binary_crossentropy".into(), "use sparse_categorical_crossentropy"),
        (|r| r.image_size = vec![16], "--image-size 16: "),
        (|r| r.color_mode = GREY.into(), "--color-mode grayscale: "),
        (|r| r.weights = "imagenet".into(), "a model of your own"),
        (|r| r.fine_tune = 2.into(), "leave it out, or set `layer.trainable = False`"),
        (|r| r.base += ".keras", "there is no file"),
    ];
    for (change, expected) in cases {
        let mut recipe = recipe(&file);
        change(&mut recipe);
        let message = recipe.check().unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
}

/// Who trained it here has no layers to mark, but the architecture that its card names.
#[test]
fn a_run_s_model_is_fine_tuned_from_its_architecture() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("best.keras");
    let graph = model(3, 3);
    let [height, width, _] = graph.node(graph.input()).shape.dims()[..] else { panic!("no picture") };
    let preprocess = Preprocess::new([height, width], images::Channels::Rgb).unwrap();
    let card = Card::new(classes(), preprocess, Trained::now("small_cnn", "none")).to_value().unwrap();
    formats::keras::write(&file, &graph, &engine::initialize(&graph, 5), Some(&card)).unwrap();
    let recipe = Recipe { fine_tune: 2.into(), ..recipe(&file) };
    let message = recipe.check().unwrap_err().to_string();
    let size = if height == width { height.to_string() } else { format!("{height},{width}") };
    let expected = format!("--base small_cnn --weights {} --image-size {size}", file.display());
    assert!(message.ends_with(&expected) && !message.contains("trainable = False"), "{message}");
}

#[test]
fn it_must_answer_for_the_classes_of_the_data() {
    let folder = files(&model(3, 4));
    let plan = recipe(&folder.path().join("mine.keras")).check().unwrap();
    let never = std::sync::atomic::AtomicBool::new(false);
    let built = plan.network.build(&plan.recipe, &plan.preprocess, &classes(), &mut |_| {}, &never);
    let message = built.err().unwrap().to_string();
    for part in ["answers for 4 classes, and photos has 3", "its last layer, answer, 3 units"] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn frozen_layers_wait_for_the_second_stage() {
    let mut graph = model(3, 3);
    graph.freeze_through(graph.find("pool").unwrap());
    let folder = files(&graph);
    let file = folder.path().join("mine.keras");
    let plan = |fine_tune: &str| {
        let fine_tune = fine_tune.parse().unwrap();
        Recipe { fine_tune, ..recipe(&file) }.check().map_err(|e| e.to_string())
    };
    plan("right").unwrap();
    assert!(plan("answer").unwrap_err().contains("marks all these layers as trainable"));
    assert!(plan("rigth").unwrap_err().contains("the nearest names are right"));
    // From nothing, nothing stays as it is.
    let built = Recipe { weights: "none".into(), ..recipe(&file) }.check().unwrap();
    let Network::Own(own) = built.network else { panic!("a model of one's own") };
    assert_eq!(own.graph.trained_count(), graph.parameter_count());
    let all_frozen = files(&{
        graph.freeze_through(graph.output());
        graph
    });
    let message = recipe(&all_frozen.path().join("mine.keras")).check().unwrap_err().to_string();
    assert!(message.contains("every layer is frozen"), "{message}");
}

#[test]
fn files_that_are_no_models_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |name: &str, content: &[u8]| {
        let file = folder.path().join(name);
        std::fs::write(&file, content).unwrap();
        recipe(&file).check().unwrap_err().to_string()
    };
    assert!(refused("a.json", b"{").contains("not JSON"));
    assert!(refused("b.json", b"  {\"class_name\": \"Other\", \"config\": {}}").contains("Other"));
    assert!(refused("c.keras", b"PK").contains("c.keras"));
    assert!(refused("d.h5", b"").contains("d.h5"));
    assert!(refused("e.json", &[0xFF, 0xFE, b'{']).contains("e.json"));
}
