//! What a training learns, whatever its threads and whether features are kept.

use super::*;

#[test]
fn eight_pictures_are_learned_by_heart() {
    let (_folder, samples) = samples(8);
    let train = source(&samples, 1);
    let sgd = OptimizerConfig::from(Sgd { momentum: 0.9, nesterov: true });
    for (head, optimizer, rate) in
        [(softmax(), adam(), 0.02), (sigmoid(), adam(), 0.02), (softmax(), sgd, 0.05)]
    {
        let (mut model, _) = network(head);
        let stage = Stage { optimizer, learning_rate: rate, ..stage(&model, 40) };
        let history = quiet(&mut model, &Data::new(&train, 4), &stage, &mut []).unwrap();
        assert_eq!((history.epochs.len(), history.ended), (40, Ended::Finished));
        let first = history.epochs[0].scores.get("loss").unwrap();
        let scores = evaluate(&predictions(&model, &train), stage.loss, &stage.metrics);
        assert!(scores.get("loss").unwrap() < 0.1 * first, "{scores:?} after {first}");
        for name in ["accuracy", "precision", "recall", "f1"] {
            assert_eq!(scores.get(name), Some(1.0), "{name} with {optimizer:?}");
        }
    }
}

#[test]
fn a_frozen_base_keeps_its_bits_and_features_change_nothing() {
    let (_folder, samples) = samples(11);
    let (train, validation) = (source(&samples[..8], 1), source(&samples[8..], 1));
    let augment: Augment = "flip,rotation=0.1".parse().unwrap();
    let run = |feature_memory, augment| {
        let (mut model, base) = network(softmax());
        model.graph.freeze_through(base);
        let before = model.weights.clone();
        let mut data =
            Data { validation: Some(&validation), augment, feature_memory, ..Data::new(&train, 3) };
        data.seed = 4;
        let stage = stage(&model, 3);
        let mut notices = Vec::new();
        let history = fit(
            &mut model,
            &data,
            &stage,
            &mut [],
            &mut |event| {
                if let Event::Notice(text) = event {
                    notices.push(text.to_owned());
                }
            },
            Runtime::new(&AtomicBool::new(false), &pool()),
        )
        .unwrap();
        for parameter in model.graph.parameters() {
            let same = before.get(parameter) == model.weights.get(parameter);
            assert_eq!(same, !parameter.name.starts_with("predictions"), "{}", parameter.name);
        }
        (history, notices)
    };
    let (kept, notices) = run(usize::MAX, None);
    assert_eq!(notices.len(), 1);
    assert!(notices[0].contains("up to layer gap is frozen and the pictures do not vary, so its features are computed once per picture"), "{notices:?}");
    let (recomputed, notices) = run(0, None);
    assert_eq!(notices.len(), 2);
    assert!(
        notices[0].starts_with("the training features of the frozen base would take 0 MiB"),
        "{notices:?}"
    );
    for (kept, recomputed) in kept.epochs.iter().zip(&recomputed.epochs) {
        for ((name, a), (_, b)) in kept.scores.iter().zip(recomputed.scores.iter()) {
            assert!((a - b).abs() < 1e-4, "epoch {} {name}: {a} and {b}", kept.epoch);
        }
    }
    let (varied, notices) = run(usize::MAX, Some(&augment));
    assert!(notices.is_empty(), "{notices:?}");
    assert_ne!(varied.epochs[2].scores.get("loss"), kept.epochs[2].scores.get("loss"));
}

/// Trainings that share features end with the bits of those that do not, and none takes those of another base or of pictures
/// that are prepared in another way.
#[test]
fn trainings_share_the_features_of_the_same_base() {
    let (_folder, samples) = samples(14);
    let (train, validation) = (source(&samples[..8], 1), source(&samples[8..11], 1));
    let (train_of_another_fold, held_out) = (source(&samples[3..11], 1), source(&samples[..3], 1));
    let others = source(&samples[9..], 1);
    let preprocess = Preprocess { resize: Resize::Crop, ..train.preprocess().clone() };
    let mut prepared_otherwise = Source::new(
        samples[..8].to_vec(),
        &preprocess,
        SourceOptions { memory_limit_bytes: 1 << 30, workers: 1 },
    );
    prepared_otherwise.load().unwrap();
    let (stop, pool) = (AtomicBool::new(false), pool());
    let (mut model, base) = network(softmax());
    model.graph.freeze_through(base);
    // The weights after two epochs from this seed, and how many pictures' features were computed for them.
    let run = |model: &Model, data: &Data<'_>, features: Option<&mut KeptFeatures>| {
        let mut model = model.clone();
        let mut computed = 0;
        let mut observer = |event: Event<'_>| {
            if let Event::FeaturesProgress { done, total, .. } = event {
                computed += if done == total { total } else { 0 };
            }
        };
        let runtime = Runtime { features, ..Runtime::new(&stop, &pool) };
        let stage = stage(&model, 2);
        let history = fit(&mut model, data, &stage, &mut [], &mut observer, runtime).unwrap();
        let scores: Vec<_> = history.epochs.into_iter().map(|epoch| epoch.scores).collect();
        (model.weights, scores, computed)
    };
    let data = |seed| Data { validation: Some(&validation), seed, ..Data::new(&train, 3) };
    let mut kept = KeptFeatures::default();
    for (seed, computed) in [(1, 11), (2, 0), (1, 0)] {
        let (weights, scores, _) = run(&model, &data(seed), None);
        assert_eq!(run(&model, &data(seed), Some(&mut kept)), (weights, scores, computed), "seed {seed}");
    }
    let mut other_weights = model.clone();
    other_weights.weights.as_mut_slice()[0] += 1e-3;
    let nothing_frozen = Model { graph: network(softmax()).0.graph, ..model.clone() };
    let without = Data { validation: None, ..data(1) };
    let width = model.graph.node(kept_layer(&model.graph).unwrap()).shape.elements();
    let bytes = |pictures: usize| pictures * feature_bytes(width);
    let other_parts = Data { validation: Some(&held_out), ..Data::new(&train_of_another_fold, 3) };
    let others = |feature_memory| Data { feature_memory, ..Data::new(&others, 3) };
    for (what, model, data, computed) in [
        ("no validation", &model, without, 0),
        ("and with it again", &model, data(1), 0),
        ("batches of 2", &model, Data { batch_size: 2, ..data(1) }, 0),
        ("the same pictures in other parts", &model, other_parts, 0),
        ("three new pictures, room for all", &model, others(bytes(14)), 3),
        ("the first again", &model, Data { feature_memory: bytes(14), ..data(1) }, 0),
        ("room for a training's own", &model, Data { feature_memory: bytes(11), ..data(1) }, 0),
        ("for which others were let go", &model, others(bytes(14)), 3),
        ("pictures prepared in another way", &model, Data { train: &prepared_otherwise, ..data(1) }, 11),
        ("the first again", &model, data(1), 11),
        ("another weight", &other_weights, data(1), 11),
        ("the first weights again", &model, data(1), 11),
        ("no room", &model, Data { feature_memory: 0, ..data(1) }, 0),
        ("nothing frozen", &nothing_frozen, data(1), 0),
        ("after nothing was frozen", &model, data(1), 11),
    ] {
        let (weights, scores, _) = run(model, &data, None);
        assert_eq!(run(model, &data, Some(&mut kept)), (weights, scores, computed), "{what}");
    }
}

#[test]
fn the_seed_decides_and_the_number_of_threads_does_not() {
    let (_folder, samples) = samples(10);
    let augment: Augment = "flip,zoom=0.1,brightness=0.1,mixup=0.4,cutmix=1".parse().unwrap();
    let run = |seed, threads| {
        let (train, validation) = (source(&samples[..7], threads), source(&samples[7..], threads));
        let (mut model, _) = network(softmax());
        let data =
            Data { validation: Some(&validation), augment: Some(&augment), seed, ..Data::new(&train, 3) };
        let optimizer = OptimizerConfig {
            weight_decay: 0.1,
            clip: Some(Clip::GlobalNorm(1.0)),
            gradient_accumulation_steps: 2,
            average: Some(Averaging { momentum: 0.9, overwrite_frequency: Some(2) }),
            ..adam()
        };
        let (stage, pool) = (Stage { optimizer, ..stage(&model, 2) }, Arc::new(Pool::new(threads)));
        let history = fit(
            &mut model,
            &data,
            &stage,
            &mut [],
            &mut |_| {},
            Runtime::new(&AtomicBool::new(false), &pool),
        )
        .unwrap();
        let scores: Vec<_> = history.epochs.into_iter().map(|epoch| epoch.scores).collect();
        (model.weights, scores)
    };
    let one = run(3, 1);
    assert_eq!(one, run(3, 2));
    assert_ne!(one, run(4, 1));
}

#[test]
fn one_picture_is_enough() {
    let (_folder, samples) = samples(1);
    let train = source(&samples, 1);
    let (mut model, _) = network(softmax());
    let data = Data { validation: Some(&train), ..Data::new(&train, 32) };
    let stage = stage(&model, 2);
    let history = quiet(&mut model, &data, &stage, &mut []).unwrap();
    assert_eq!(history.epochs.len(), 2);
}
