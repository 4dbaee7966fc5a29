use super::*;
use crate::shorten::columns;
use crate::{Settings, sample};

#[test]
fn an_outcome_in_eighty_columns() {
    insta::assert_snapshot!(outcome(&sample::outcome(), Style::default()));
}

#[test]
fn an_outcome_in_forty_columns() {
    let narrow = Style { columns: 40, ..Style::default() };
    let names = sample::names(&["very leafy vegetables of the garden", "fish", "水果和坚果"]);
    insta::assert_snapshot!(outcome(&sample::outcome_of(&names), narrow));
}

#[test]
fn two_classes_show_their_threshold() {
    let names = sample::names(&["cat", "dog"]);
    let settings = Settings { threshold: Some(0.75), ..Settings::default() };
    let judged =
        Evaluation::new(&names, &[0.5, 1.0, 0.0], &[1, 1, 0], &["a/1.png", "a/2.png", "b/3.png"], &settings)
            .unwrap();
    insta::assert_snapshot!(evaluation(&judged, Style::default()));
}

fn of_classes(classes: usize) -> Evaluation {
    let names: Vec<_> = (0..classes).map(|class| format!("a class with the number {class}")).collect();
    let mut probabilities = vec![0.0; classes * classes];
    // Each picture is taken for the class before its own.
    (0..classes).for_each(|picture| probabilities[picture * classes + picture.saturating_sub(1)] = 1.0);
    let labels: Vec<u32> = (0..classes as u32).collect();
    let paths: Vec<_> = labels.iter().map(|l| format!("/a/rather/long/folder/{l}.jpg")).collect();
    Evaluation::new(&names, &probabilities, &labels, &paths, &Settings::default()).unwrap()
}

#[test]
fn lines_keep_within_the_terminal() {
    for classes in [1, 2, 5, 12, 13, 100] {
        for width in [40, 60, 80, 132] {
            let text = evaluation(&of_classes(classes), Style { columns: width, colour: Colour::Never });
            let widest = text.lines().max_by_key(|line| columns(line)).unwrap();
            assert!(columns(widest) <= width, "{classes} classes in {width} columns: {widest:?}");
        }
    }
}

#[test]
fn the_confusion_matrix_is_left_out_for_many_classes() {
    let has_matrix =
        |classes| evaluation(&of_classes(classes), Style::default()).contains("Rows: what a picture is");
    assert_eq!([1, 2, 12, 13].map(has_matrix), [false, true, true, false]);
}

#[test]
fn there_are_escape_codes_only_when_asked_for() {
    let colourful = Style { colour: Colour::Always, ..Style::default() };
    let coloured = outcome(&sample::outcome(), colourful);
    let plain = outcome(&sample::outcome(), Style::default());
    assert!(!plain.contains('\u{1b}'));
    let (mut stripped, mut rest) = (String::new(), coloured.as_str());
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        stripped += before;
        rest = after.split_once('m').unwrap().1;
    }
    assert_eq!(stripped + rest, plain);
    assert!(coloured.contains("\u{1b}[32m"));
}

#[test]
fn no_name_moves_the_cursor() {
    let evil = "a\u{1b}[2Jb\r\u{202e}c";
    let mut run = sample::outcome_of(&sample::names(&[evil, "fish", evil]));
    run.model.architecture = evil.into();
    run.images.skipped.list[0].path = evil.into();
    run.images.skipped.list[0].reason = evil.into();
    run.best.as_mut().unwrap().monitor = evil.into();
    run.images.parts[0].name = evil.into();
    run.seconds.parts.insert(evil.into(), 1.0);
    run.notes.push(evil.into());
    let evaluation = run.test.as_mut().unwrap();
    evaluation.mistakes[0].path = evil.into();
    evaluation.notes.push(evil.into());
    let text = outcome(&run, Style::default());
    assert!(!text.contains(['\u{1b}', '\r', '\u{202e}']), "{text:?}");
}
