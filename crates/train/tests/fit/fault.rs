//! A loss that is no number: which layer and which files are named.

use graph::NodeId;
use images::{Augment, Sample, Source};
use linnaeus_train::callbacks::Callback;
use linnaeus_train::optimizers::Sgd;
use linnaeus_train::{Data, ErrorKind, Model, Stage};

use crate::pictures::{network, softmax, source};
use crate::{quiet, samples, stage};

/// Why the training of `model` ends.
fn reason(model: &mut Model, train: &Source, stage: &Stage) -> String {
    let augment = Augment::default();
    // Varied by nothing, so that the frozen part's features are kept.
    let data = Data { augment: Some(&augment), ..Data::new(train, 4) };
    let none: &mut [Box<dyn Callback>] = &mut [];
    let error = quiet(model, &data, stage, none).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Diverged);
    error.to_string()
}

/// Puts `value` in place of the first value of a parameter.
fn spoil(model: &mut Model, parameter: &str, value: f32) {
    let range = model.graph.parameters().iter().find(|p| p.name == parameter).unwrap().range();
    model.weights.as_mut_slice()[range.start] = value;
}

fn names(samples: &[Sample], text: &str) -> usize {
    samples.iter().filter(|sample| text.contains(&sample.path.display().to_string())).count()
}

#[test]
fn a_weight_that_is_no_number_is_named_with_its_layer() {
    let (_folder, samples) = samples(8);
    let train = source(&samples, 1);
    let (mut model, _) = network(softmax());
    spoil(&mut model, "conv2/bias", f32::NAN);
    let stage = stage(&model, 1);
    let message = reason(&mut model, &train, &stage);
    assert!(
        message.starts_with("epoch 1, step 1: the loss is NaN; a smaller learning rate than"),
        "{message}"
    );
    assert!(
        message.ends_with("first layer in order is conv2, whose weights are not finite from the start"),
        "{message}"
    );
}

#[test]
fn a_layer_whose_output_is_too_large_is_named_with_the_pictures() {
    let (_folder, samples) = samples(8);
    let train = source(&samples, 1);
    let (mut model, _) = network(softmax());
    spoil(&mut model, "bn2/gamma", f32::MAX);
    spoil(&mut model, "bn2/beta", f32::MAX);
    let stage = stage(&model, 1);
    let message = reason(&mut model, &train, &stage);
    assert!(message.contains("the first layer in order whose output is not finite is "), "{message}");
    let named = message.split("not finite is ").nth(1).unwrap();
    assert!(["bn2", "relu2", "gap"].iter().any(|layer| named.starts_with(layer)), "{message}");
    assert!((1..=4).contains(&names(&samples, &message)), "{message}");
}

#[test]
fn a_step_that_was_too_far_is_named_with_its_batch() {
    let (_folder, samples) = samples(8);
    let train = source(&samples, 1);
    let (mut model, _) = network(softmax());
    let sgd = Sgd::default().into();
    // Gradients and rate are finite, and their product is not.
    let class_weights = Some(vec![1e25; 2]);
    let stage = Stage { optimizer: sgd, learning_rate: 1e20, class_weights, ..stage(&model, 3) };
    let message = reason(&mut model, &train, &stage);
    assert!(message.contains("; the first layer in order is "), "{message}");
    assert!(message.contains("whose weights are not finite since the step before, on "), "{message}");
    assert_eq!(names(&samples, &message), 4, "{message}");
}

/// The pictures of a frozen base, whose features are kept, are known by their files too.
#[test]
fn a_picture_that_a_frozen_base_cannot_bear_is_named() {
    let (_folder, samples) = samples(8);
    let train = source(&samples, 1);
    let (mut model, base) = network(softmax());
    model.graph.freeze_through(base);
    let freeze: NodeId = base;
    spoil(&mut model, "bn2/moving_variance", -1.0);
    let stage = stage(&model, 1);
    let message = reason(&mut model, &train, &stage);
    let layer = &model.graph.node(freeze).name;
    assert!(
        message.contains(&format!("the output of the frozen part, up to layer {layer}, is not finite for ")),
        "{message}"
    );
    assert_eq!(names(&samples, &message), 4, "{message}");
}
