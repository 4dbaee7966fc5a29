//! What is refused before the first step.

use super::*;

#[test]
fn what_does_not_fit_is_refused_before_the_first_step() {
    let (_folder, samples) = samples(4);
    let train = source(&samples, 1);
    let none = images::Source::new(
        Vec::new(),
        train.preprocess(),
        images::SourceOptions { memory_limit_bytes: 0, workers: 1 },
    );
    let mut third = samples.clone();
    third[3].label = 2;
    let third = source(&third, 1);
    let (model, base) = network(softmax());
    let good = || Data::new(&train, 2);
    let refused = |data: Data<'_>, change: &dyn Fn(&mut Model, &mut Stage), part: &str| {
        let mut model = model.clone();
        let mut stage = stage(&model, 1);
        change(&mut model, &mut stage);
        let (mut steps, stop) = (0, AtomicBool::new(false));
        let mut observer = |event: Event<'_>| steps += usize::from(matches!(event, Event::BatchDone { .. }));
        let mut callbacks: [Box<dyn Callback>; 1] = [Box::new(EarlyStopping::new(Monitor::new("loss"), 1))];
        let error =
            fit(&mut model, &data, &stage, &mut callbacks, &mut observer, Runtime::new(&stop, &pool()))
                .unwrap_err();
        assert!(error.to_string().contains(part), "{error} should contain {part}");
        assert_eq!(steps, 0);
    };
    refused(Data::new(&none, 2), &|_, _| {}, "training: there is no picture");
    refused(Data { validation: Some(&none), ..good() }, &|_, _| {}, "validation: there is no picture");
    refused(Data::new(&third, 2), &|_, _| {}, "model m knows 2 classes, numbered from 0; ");
    refused(Data::new(&train, 0), &|_, _| {}, "batch size: expected 1 or more, received 0");
    refused(good(), &|_, stage| stage.epochs = 0, "expected 1 epoch or more");
    refused(
        good(),
        &|_, stage| stage.class_weights = Some(vec![1.0]),
        "class_weights: expected 2 of them, received 1",
    );
    let wrong = Data { sample_weights: Some(&[1.0, 1.0, -1.0, 1.0]), ..good() };
    refused(wrong, &|_, _| {}, "sample_weights: expected 0 or more, received -1");
    refused(good(), &|_, stage| stage.loss = stage.loss.smoothed(2.0), "label_smoothing: expected 0 or more");
    refused(good(), &|_, stage| stage.learning_rate = f32::NAN, "received NaN");
    refused(
        good(),
        &|_, stage| stage.loss = losses::for_answer(Answer::Sigmoid),
        "does not fit a model that ends in",
    );
    refused(
        good(),
        &|_, stage| stage.metrics = vec![metrics::find("recall[2]").unwrap()],
        "metric recall[2]: expected a class below 2, received 2",
    );
    refused(
        good(),
        &|_, stage| stage.metrics.push(stage.metrics[0].clone()),
        "metric accuracy is asked for twice",
    );
    refused(
        good(),
        &|model, _| model.graph.freeze_through(model.graph.output()),
        "there is nothing to train",
    );
    refused(good(), &|model, _| *model = small(), "expects pictures of [7, 7, 3], received [12, 12, 3]");
    assert!(base < model.graph.output());

    let mut callbacks: [Box<dyn Callback>; 1] = [Box::new(EarlyStopping::new(Monitor::new("val_loss"), 1))];
    let mut model = model.clone();
    let stage = stage(&model, 1);
    let error = quiet(&mut model, &good(), &stage, &mut callbacks).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownName);
    let message = error.to_string();
    assert!(message.contains("called val_loss; there are loss, "), "{message}");
}

#[test]
fn every_metric_can_be_monitored() {
    let (_folder, samples) = samples(8);
    let train = source(&samples, 1);
    let (model, _) = network(softmax());
    let named = ["recall[standing]", "f1_macro", "auc[1]", "precision_at_recall[0.5/lying]"];
    let named = named.map(|name| metrics::find(name).unwrap().resolve(&["lying", "standing", "1"]).unwrap());
    let data = Data { validation: Some(&train), ..Data::new(&train, 4) };
    for metric in metrics::all().into_iter().chain(named) {
        let name = metric.name().to_owned();
        let stage = Stage { metrics: vec![metric], ..stage(&model, 2) };
        let fitted = |monitor: &str| {
            let early: Box<dyn Callback> =
                Box::new(EarlyStopping::new(Monitor::new(monitor), 9).restoring_best());
            quiet(&mut model.clone(), &data, &stage, &mut [early])
        };
        if name == "auc[1]" {
            // A third class, which this model does not know.
            assert!(fitted("val_loss").unwrap_err().to_string().contains("expected a class below 2"));
            continue;
        }
        let history = fitted(&format!("val_{name}")).unwrap();
        let value = |epoch: usize| history.epochs[epoch - 1].scores.get(&format!("val_{name}")).unwrap();
        let best = history.best_epoch.unwrap();
        assert!(value(best) >= value(1).max(value(2)), "{name}");
        let message = fitted("val_recal").unwrap_err().to_string();
        assert!(message.contains(&format!("val_{name}")), "{message}");
    }
}
