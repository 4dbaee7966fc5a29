mod folds;

use super::*;
use crate::{Best, Epoch, Evaluation, RangeTest, RateSearch, Settings, Stage, sample};

/// Tags that HTML leaves open.
const VOID: [&str; 3] = ["meta", "img", "br"];

/// Walks the tags of `page` and says what is not balanced.
fn unbalanced(page: &str) -> Result<usize, String> {
    let (mut open, mut tags): (Vec<&str>, usize) = (Vec::new(), 0);
    let mut rest = page.strip_prefix("<!DOCTYPE html>").ok_or("no doctype")?;
    while let Some(start) = rest.find('<') {
        if open.last() != Some(&"style") && rest[..start].contains('>') {
            return Err(format!("a stray > in {:?}", &rest[..start]));
        }
        let end = rest[start..].find('>').ok_or("a tag without its end")? + start;
        let tag = &rest[start + 1..end];
        if tag.contains('<') || tag.matches('"').count() % 2 != 0 {
            return Err(format!("a broken tag {tag:?}"));
        }
        tags += 1;
        match tag.strip_prefix('/') {
            Some(name) if open.pop() != Some(name) => return Err(format!("</{name}> closes nothing")),
            Some(_) => {}
            None => open.push(tag.split(' ').next().unwrap_or_default()),
        }
        if open.last().is_some_and(|name| VOID.contains(name)) {
            open.pop();
        }
        rest = &rest[end + 1..];
    }
    if open.is_empty() { Ok(tags) } else { Err(format!("never closed: {open:?}")) }
}

#[test]
fn the_check_of_balance_sees_what_is_not() {
    assert_eq!(unbalanced("<!DOCTYPE html><p><img src=\"a\"><b>x</b></p>"), Ok(5));
    for broken in ["<p><b></p></b>", "<p>", "</p>", "<p a=\"b>x</p>", "<p>a > b</p>", "<a<b></a>"] {
        assert!(unbalanced(&format!("<!DOCTYPE html>{broken}")).is_err(), "{broken}");
    }
}

#[test]
fn a_page_is_balanced_and_asks_for_nothing_from_outside() {
    let page = page(&sample::outcome());
    assert!(unbalanced(&page).unwrap() > 200);
    for forbidden in ["http:", "https:", "<script", "<link", "@import", "url(", "src=\"/"] {
        assert!(!page.contains(forbidden), "the page has {forbidden}");
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn an_outcome_without_anything_is_a_page() {
    assert!(unbalanced(&page(&Outcome::default())).unwrap() > 10);
}

#[test]
fn a_search_for_a_rate_is_a_page() {
    let mut search = sample::rate_search();
    search.name = "<script>".into();
    let page = rates_page(&search, "linnaeus train 'a & b' --learning-rate 3.2e-3");
    assert!(unbalanced(&page).unwrap() > 60);
    assert!(!page.contains("<script") && page.contains("a &amp; b") && page.contains("diverges 0.4"));
    let nothing = RateSearch { trials: Vec::new(), range_test: RangeTest::default(), ..search };
    assert!(unbalanced(&rates_page(&nothing, "")).unwrap() > 20);
}

#[test]
fn what_a_run_says_is_text_and_never_markup() {
    const EVIL: &str = "</title><script>alert(\"1\")</script>\u{202e}&amp;' onerror=\"x";
    let mut outcome = sample::outcome_of(&sample::names(&[EVIL, "Früchte 水果", &"long ".repeat(400)]));
    outcome.name = EVIL.into();
    outcome.created = Some(EVIL.into());
    outcome.model.architecture = EVIL.into();
    outcome.images.source = Some(EVIL.into());
    outcome.images.parts[0].name = EVIL.into();
    outcome.images.skipped.list[0].path = EVIL.into();
    outcome.images.skipped.list[0].reason = EVIL.into();
    outcome.stages[0].name = EVIL.into();
    outcome.stages[1].stopped = Some(EVIL.into());
    outcome.stages[0].epochs[0].metrics.insert(EVIL.into(), Some(0.5));
    outcome.best = Some(Best { epoch: 2, monitor: EVIL.into(), value: None, ..Best::default() });
    outcome.recipe = serde_json::json!({ EVIL: { EVIL: [EVIL, 1, null] }, "text": EVIL });
    outcome.versions.insert(EVIL.into(), EVIL.into());
    outcome.seconds.parts.insert(EVIL.into(), 1.0);
    outcome.notes.push(EVIL.into());
    let evaluation = outcome.test.as_mut().unwrap();
    evaluation.notes.push(EVIL.into());
    evaluation.mistakes[0].path = EVIL.into();
    evaluation.examples[0].path = EVIL.into();
    let page = page(&outcome);
    unbalanced(&page).unwrap();
    assert!(!page.contains("<script") && !page.contains("\" onerror="), "markup got through");
    assert!(page.matches("&lt;script&gt;").count() >= 20);
    assert!(page.contains("Früchte 水果"));
}

#[test]
fn a_figure_that_does_not_exist_is_a_dash_with_a_note() {
    let page = page(&sample::outcome());
    assert!(page.contains("<td class=\"bar\" style=\"--bar:0.0%\">–</td>"));
    assert!(page.contains(": nuts. Precision is undefined"));
}

#[test]
fn a_picture_is_inside_the_page_and_a_missing_one_has_a_frame() {
    let folder = tempfile::tempdir().unwrap();
    let there = folder.path().join("there.png");
    image::RgbImage::new(8, 8).save(&there).unwrap();
    let mut outcome = sample::outcome();
    let before = page(&outcome);
    assert!(!before.contains("<img") && before.contains("0.jpg: the file is gone"));
    outcome.test.as_mut().unwrap().mistakes[0].path = there;
    let after = page(&outcome);
    unbalanced(&after).unwrap();
    assert_eq!(after.matches("<img class=\"coarse\" src=\"data:image/jpeg;base64,").count(), 1);
    assert!(after.contains("there.png: a picture of class nuts"));
}

#[test]
fn the_interval_and_the_best_epoch_are_shown() {
    let page = page(&sample::outcome());
    assert!(page.contains("<b>23.1 to 88.2\u{a0}%</b>"));
    assert!(
        page.contains("The weights of epoch 3 (stage fine-tune) were kept, chosen by <code>val_loss</code>.")
    );
    assert_eq!(page.matches("<circle class=\"best\"").count(), 1);
    assert_eq!(page.matches("<line class=\"stage\"").count(), 1);
    assert!(page.contains(
        "aria-label=\"loss by epoch; training from 1.5000 to 0.5000; validation from 1.2500 to 0.7500\""
    ));
}

/// The middle epoch of `val_loss` is missing: two pieces, the pen lifted between them.
#[test]
fn a_value_that_is_not_a_number_leaves_a_gap() {
    let page = page(&sample::outcome());
    let path = page.split("<path class=\"validation\" d=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(path.matches('M').count(), 2, "{path}");
    assert_eq!(path.matches('L').count(), 0, "{path}");
}

fn of_classes(classes: usize) -> Outcome {
    let names: Vec<_> = (0..classes).map(|class| format!("class {class}")).collect();
    let labels: Vec<u32> = (0..2 * classes).map(|picture| (picture % classes) as u32).collect();
    let paths: Vec<_> = (0..labels.len()).map(|picture| format!("{picture}.jpg")).collect();
    let mut probabilities = vec![0.0; labels.len() * classes];
    for (picture, label) in labels.iter().enumerate() {
        // Every seventh picture is taken for the next class.
        let said = if picture % 7 == 0 { (*label as usize + 1) % classes } else { *label as usize };
        probabilities[picture * classes + said] = 1.0;
    }
    let test = Evaluation::new(&names, &probabilities, &labels, &paths, &Settings::default()).unwrap();
    Outcome { test: Some(test), ..Outcome::default() }
}

#[test]
fn any_number_of_classes_fits() {
    for (classes, drawn) in [(1, 1), (2, 2), (40, 40), (150, 150), (400, 60)] {
        let outcome = of_classes(classes);
        let page = page(&outcome);
        unbalanced(&page).unwrap();
        let cells = page.matches("<g class=\"cell ").count();
        assert!(cells >= drawn && cells <= 3 * drawn, "{classes} classes, {cells} cells");
        assert!(page.len() < 400_000, "{classes} classes, {} bytes", page.len());
    }
}

#[test]
fn odd_histories_are_drawn() {
    let epoch = |epoch, loss| Epoch {
        epoch,
        seconds: 0.0,
        learning_rate: None,
        metrics: [("loss".to_owned(), loss)].into(),
    };
    let histories = [
        vec![epoch(1, Some(0.0))],
        vec![epoch(1, None)],
        vec![epoch(5, Some(1e30)), epoch(6, Some(-1e30))],
        vec![],
    ];
    for epochs in histories {
        let stage = Stage { name: "head".into(), epochs, ..Stage::default() };
        let best = Some(Best { epoch: 9, monitor: "loss".into(), ..Best::default() });
        let page = page(&Outcome { stages: vec![stage], best, ..Outcome::default() });
        unbalanced(&page).unwrap();
        assert!(!page.contains("NaN") && !page.contains("inf\""), "{page}");
    }
}
