use prost::Message;

use super::*;
use crate::Scores;
use crate::golden::golden;
use graph::{Graph, Weights};

#[test]
fn the_bytes_are_those_of_tensorflow() {
    let ours =
        event::records([Event::opening(1234.5), Event::scalar(1234.5, 300, "epoch_loss", 0.25)]).unwrap();
    let theirs: Vec<u8> = golden("events").into_iter().map(|byte| byte as u8).collect();
    assert_eq!(ours, theirs);
}

/// The data of each record of the only file in `folder`.
fn records(folder: &Path) -> Vec<Vec<u8>> {
    let files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    let bytes = std::fs::read(&files[0]).unwrap();
    let (mut rest, mut records) = (bytes.as_slice(), Vec::new());
    while !rest.is_empty() {
        let length = u64::from_le_bytes(rest[..8].try_into().unwrap()) as usize;
        let data = &rest[12..12 + length];
        let mut record = Vec::new();
        images::write_record(&mut record, data).unwrap();
        assert_eq!(rest[..length + 16], record);
        records.push(data.to_vec());
        rest = &rest[length + 16..];
    }
    records
}

#[test]
fn each_epoch_is_there_as_soon_as_it_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let mut board = TensorBoard::new(folder.path());
    let graph = Graph::new("m", "input", [1]).unwrap();
    let weights = Weights::zeros(&graph);
    for epoch in 1..=2 {
        let scores = Scores::from_iter([("loss", 0.5), ("accuracy", 0.75), ("val_loss", 0.25)]);
        let record = EpochRecord { epoch, stage: String::new(), learning_rate: 0.125, scores, seconds: 1.0 };
        let end = EpochEnd { record: &record, graph: &graph, weights: &weights, validation: None };
        assert!(board.on_epoch_end(&end, &mut |_| {}).unwrap().is_continue());

        let holds = |part: &str, step: usize, tag: &str, value: f32| {
            // All but the time of day, which is the first nine bytes where it is not 0.
            let expected = Event::scalar(0.0, step as i64, tag, value).encode_to_vec();
            records(&folder.path().join(part)).iter().any(|record| record[9..] == expected)
        };
        for step in 0..epoch {
            assert!(holds("train", step, "epoch_loss", 0.5));
            assert!(holds("train", step, "epoch_accuracy", 0.75));
            assert!(holds("train", step, "epoch_learning_rate", 0.125));
            assert!(holds("validation", step, "epoch_loss", 0.25));
        }
        assert_eq!(records(&folder.path().join("train")).len(), 1 + 3 * epoch);
        assert_eq!(records(&folder.path().join("validation")).len(), 1 + epoch);
    }
}

#[test]
fn histograms_come_at_their_epochs_and_settings_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut board = TensorBoard::new(folder.path());
    board.histogram_freq = 2;
    board.hyperparameters = vec![("epochs".to_owned(), HyperParameter::Number(4.0))];
    let mut graph = Graph::new("m", "input", [3]).unwrap();
    let dense = graph.add("dense", graph::Op::Dense(graph::Dense::new(2)), &[graph.input()]).unwrap();
    graph.add("head", graph::Op::Dense(graph::Dense::new(1)), &[dense]).unwrap();
    graph.freeze_through(dense);
    let weights = Weights::zeros(&graph);
    for epoch in 1..=4 {
        let scores = Scores::from_iter([("loss", 0.5)]);
        let record = EpochRecord { epoch, stage: String::new(), learning_rate: 0.125, scores, seconds: 1.0 };
        let end = EpochEnd { record: &record, graph: &graph, weights: &weights, validation: None };
        assert!(board.on_epoch_end(&end, &mut |_| {}).unwrap().is_continue());
    }
    let train = records(&folder.path().join("train"));
    let with = |text: &str| {
        let holds = |record: &Vec<u8>| record.windows(text.len()).any(|part| part == text.as_bytes());
        train.iter().filter(|record| holds(record)).count()
    };
    // What is frozen does not change, so it has none.
    assert_eq!((with("head/kernel/histogram"), with("head/bias/histogram"), with("dense/")), (2, 2, 0));
    let root: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(root.iter().filter(|path| path.is_file()).count(), 1, "{root:?}");
}

#[test]
fn the_confusion_of_each_epoch_is_a_picture() {
    let folder = tempfile::tempdir().unwrap();
    let mut board = TensorBoard::new(folder.path());
    board.confusion = Some(Box::new(|predictions: &crate::Predictions| {
        let drawn = Picture { png: b"drawn".to_vec(), size: [2, 3], description: "Rows and columns.".into() };
        Ok((predictions.len() == 1).then_some(drawn))
    }));
    let graph = Graph::new("m", "input", [1]).unwrap();
    let weights = Weights::zeros(&graph);
    let predictions = crate::Predictions { labels: vec![0], ..crate::Predictions::default() };
    let mut epoch = |epoch: usize, validation: Option<&crate::Predictions>| {
        let scores = Scores::from_iter([("loss", 0.5), ("val_loss", 0.5)]);
        let record = EpochRecord { epoch, stage: String::new(), learning_rate: 0.125, scores, seconds: 1.0 };
        let end = EpochEnd { record: &record, graph: &graph, weights: &weights, validation };
        assert!(board.on_epoch_end(&end, &mut |_| {}).unwrap().is_continue());
    };
    epoch(1, Some(&predictions));
    epoch(2, None);
    epoch(3, Some(&crate::Predictions::default()));
    epoch(4, Some(&predictions));
    let image = || Image { height: 2, width: 3, colorspace: 3, encoded: b"drawn".to_vec() };
    let found = records(&folder.path().join(VALIDATION));
    for (step, is_there) in [(0, true), (1, false), (2, false), (3, true)] {
        let expected = Event::picture(0.0, step, "epoch_confusion_matrix", image(), "Rows and columns.");
        let expected = expected.encode_to_vec();
        assert_eq!(found.iter().any(|record| record[9..] == expected), is_there, "{step}");
    }
}
