//! Whose heads and whose scaling come with a file.

use graph::{BatchNorm, Conv2d, Dense, Op};
use images::{Channels, Preprocess};

use super::*;
use crate::{Card, Trained};

/// How a file of `torch.save` began before it was a zip: a pickle of this number, 0x1950a86a20f9469cfc6c.
const TORCH: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";

#[test]
fn weights_of_pytorch_bring_its_scaling_where_it_is_another() {
    let folder = tempfile::tempdir().unwrap();
    let torch = folder.path().join("vgg16.pth");
    std::fs::write(&torch, TORCH).unwrap();
    let [vgg, lite] = ["vgg16", "efficientnet_lite0"].map(|name| zoo::find(name).unwrap());
    assert_eq!(scaling(&torch, vgg), Some(InputScaling::Torch));
    assert_eq!(scaling(&torch, lite), None);
    assert_eq!(scaling(&folder.path().join("missing"), vgg), None);
}

fn network(layers: Vec<(&str, Op)>) -> Graph {
    let mut graph = Graph::new("vgg16", "input", [8, 8, 3]).unwrap();
    let mut last = graph.input();
    for (name, op) in layers {
        last = graph.add(name, op, &[last]).unwrap();
    }
    graph
}

/// ImageNet's figures, for values of 0 to 1.
const MEAN: [f32; 3] = [0.485, 0.456, 0.406];
const DEVIATION: [f32; 3] = [0.229, 0.224, 0.225];

fn normalization(mean: [f32; 3], variance: [f32; 3]) -> Op {
    Op::Normalization { mean: mean.to_vec(), variance: variance.to_vec() }
}

/// What a layer is called says nothing: people adapt a `normalization` to pictures of their own.
#[test]
fn a_model_brings_the_scaling_of_its_figures_and_not_of_its_names() {
    let vgg = zoo::find("vgg16").unwrap();
    let of_255 = || normalization(MEAN.map(|m| m * 255.0), DEVIATION.map(|d| (d * 255.0).powi(2)));
    let over_255 = || Op::Rescaling { scale: 1.0 / 255.0, offset: 0.0 };
    let of_1 = || normalization(MEAN, DEVIATION.map(|d| d * d));
    let own = normalization([110.0, 120.0, 130.0], [60.0, 61.0, 62.0]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("best.keras");
    for (layers, expected) in [
        (vec![("normalization", of_255())], Some(InputScaling::Torch)),
        (vec![("anything", of_255())], Some(InputScaling::Torch)),
        (vec![("rescaling", over_255()), ("normalization", of_1())], Some(InputScaling::Torch)),
        (vec![("normalization", own)], None),
        (vec![("normalization", of_1())], None),
        (vec![("bgr", Op::ReverseChannels), ("normalization", of_255())], None),
        (Vec::new(), None),
    ] {
        let graph = network(layers.clone());
        formats::keras::write(&file, &graph, &Weights::zeros(&graph), None).unwrap();
        assert_eq!(scaling(&file, vgg), expected, "{layers:?}");
    }
    for (name, expected) in [(None, None), (Some(InputScaling::Torch), Some(InputScaling::Torch))] {
        let options = Options::new([32, 32, 3], Top::Features(Pooling::None));
        let graph = vgg.build(&Options { scaling: name, ..options }).unwrap();
        formats::keras::write(&file, &graph, &Weights::zeros(&graph), None).unwrap();
        assert_eq!(scaling(&file, vgg), expected, "our own");
    }
}

#[test]
fn a_model_that_standardizes_brings_its_figures() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("best.keras");
    for (channels, colours) in [(3, Channels::Rgb), (1, Channels::Grey)] {
        let figures =
            InputScaling::Standardization { mean: [110.5, 120.25, 90.0], variance: [3600.0, 900.0, 1.5] };
        let cnn = zoo::find("small_cnn").unwrap();
        let options = || Options::new([32, 32, channels], Top::Features(Pooling::None));
        let preprocess = Preprocess::new([32, 32], colours).unwrap();
        let card = Card::new(vec!["a".into(), "b".into()], preprocess, Trained::now("small_cnn", "none"));
        for (given, brought) in [(Some(figures), true), (None, false)] {
            let graph = cnn.build(&Options { scaling: given, ..options() }).unwrap();
            let card = card.to_value().unwrap();
            formats::keras::write(&file, &graph, &Weights::zeros(&graph), Some(&card)).unwrap();
            let found = scaling(&file, cnn);
            assert_eq!(found.is_some(), brought, "{channels} channels");
            if found.is_some() {
                let again = cnn.build(&Options { scaling: found, ..options() }).unwrap();
                assert!(Scaling::of(&again).agrees(&Scaling::of(&graph)), "{channels} channels: {found:?}");
            }
        }
    }
}

/// A base of two layers and a head of as many classes as are wanted.
fn base_and_head(names: [&str; 3]) -> Graph {
    network(vec![
        (names[0], Op::Conv2d(Conv2d::new(2, 3))),
        (names[1], Op::BatchNorm(BatchNorm::default())),
        ("flat", Op::Flatten),
        (names[2], Op::Dense(Dense::new(2))),
    ])
}

fn ones(graph: &Graph) -> Weights {
    let mut weights = Weights::zeros(graph);
    weights.as_mut_slice().fill(1.0);
    weights
}

fn classes(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

/// A file of ours, of a network called `architecture` that tells `names` apart.
fn write(file: &Path, graph: &Graph, architecture: &str, names: &[&str]) {
    let preprocess = Preprocess::new([8, 8], Channels::Rgb).unwrap();
    let card = Card::new(classes(names), preprocess, Trained::now(architecture, "none"));
    let card = card.to_value().unwrap();
    formats::keras::write(file, graph, &ones(graph), Some(&card)).unwrap();
}

#[test]
fn a_head_comes_along_only_for_the_same_classes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("best.keras");
    let graph = base_and_head(["conv", "norm", "head"]);
    let wanted = classes(&["cat", "dog"]);
    let target = |of_unknown_classes| Target {
        architecture: zoo::find("vgg16").unwrap(),
        graph: &graph,
        head: &["head"],
        classes: &wanted,
        of_unknown_classes,
    };
    let all = ["conv", "norm", "head"];
    let without = "the file does not say which classes its own tells apart";
    for (names, unknown, loaded, why) in [
        (Some(["cat", "dog"]), UnknownHead::Leave, &all[..], None),
        (
            Some(["dog", "cat"]),
            UnknownHead::Take,
            &all[..2],
            Some("the file's classes are others (dog, cat)"),
        ),
        (
            Some(["oak", "elm"]),
            UnknownHead::Leave,
            &all[..2],
            Some("the file's classes are others (oak, elm)"),
        ),
        (None, UnknownHead::Leave, &all[..2], Some(without)),
        (None, UnknownHead::Take, &all, None),
    ] {
        match names {
            Some(names) => write(&file, &graph, "vgg16", &names),
            None => formats::keras::write(&file, &graph, &ones(&graph), None).unwrap(),
        }
        let mut weights = Weights::zeros(&graph);
        let said = target(unknown).fill(&file, &mut weights).unwrap();
        assert_eq!(said.loaded, loaded, "{names:?} {unknown:?}");
        assert_eq!(said.skipped.first().map(|skipped| skipped.why.as_str()), why);
        let head = graph.parameters().iter().find(|parameter| parameter.name == "head/kernel").unwrap();
        let is_taken = weights.get(head).iter().all(|value| *value == 1.0);
        assert_eq!(is_taken, why.is_none(), "{names:?} {unknown:?}");
    }
}

/// Shapes that fit are no reason to take what says that it is something else.
#[test]
fn a_file_that_names_another_network_is_not_loaded_by_order() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("best.keras");
    let stored = base_and_head(["other_conv", "other_norm", "other_head"]);
    let graph = base_and_head(["conv", "norm", "head"]);
    let wanted = classes(&["cat", "dog"]);
    let target = Target {
        architecture: zoo::find("vgg16").unwrap(),
        graph: &graph,
        head: &["head"],
        classes: &wanted,
        of_unknown_classes: UnknownHead::Leave,
    };
    let mut weights = Weights::zeros(&graph);
    write(&file, &stored, "small_cnn", &["cat", "dog"]);
    let message = target.fill(&file, &mut weights).unwrap_err().to_string();
    assert!(message.contains("is of small_cnn") && message.contains("those of vgg16"), "{message}");
    assert_eq!(weights, Weights::zeros(&graph), "a refusal changes nothing");
    // By its names it is taken, and where it names the same network, or none, by its order too.
    write(&file, &graph, "small_cnn", &["cat", "dog"]);
    assert_eq!(target.fill(&file, &mut weights).unwrap().found, Found::ByName);
    for architecture in ["vgg16", ""] {
        write(&file, &stored, architecture, &["cat", "dog"]);
        assert_eq!(target.fill(&file, &mut weights).unwrap().found, Found::ByOrder, "{architecture}");
    }
}
