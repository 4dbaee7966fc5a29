//! The page of a cross-validation, by its structure: what it says, where it leads, and that it holds whatever a fold says.

use std::path::PathBuf;

use super::*;
use crate::{CrossValidation, FindingKind};

/// Folds that hold out the sample's test part, as if each were another one.
fn runs(folds: usize) -> Vec<(PathBuf, Outcome)> {
    let run = |fold| {
        let mut outcome = sample::outcome();
        outcome.validation = outcome.test.take();
        (PathBuf::from(format!("runs/foods-1/fold-{fold}")), outcome)
    };
    (1..=folds).map(run).collect()
}

fn page_of(runs: &[(PathBuf, Outcome)]) -> String {
    let page = cross_validation_page(&CrossValidation::of(runs).unwrap(), runs);
    unbalanced(&page).unwrap();
    assert!(!page.contains("NaN") && !page.contains("inf\""), "{page}");
    page
}

fn links(page: &str) -> Vec<&str> {
    page.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

#[test]
fn the_page_says_the_mean_and_leads_to_each_fold() {
    let mut runs = runs(3);
    // Three of five pictures are right; here all.
    let right = sample::names(&["fruit", "fish", "nuts"]);
    let rows = [0.75, 0.25, 0.0, 0.5, 0.375, 0.125, 0.125, 0.875, 0.0, 0.25, 0.125, 0.625, 0.0, 0.125, 0.875];
    let paths = ["0.jpg"; 5];
    let judged = Evaluation::new(&right, &rows, &[0, 0, 1, 2, 2], &paths, &Settings::default()).unwrap();
    assert_eq!((judged.correct, runs[0].1.validation.as_ref().unwrap().correct), (5, 3));
    runs[1].1.validation = Some(judged);
    let page = page_of(&runs);
    assert_eq!(links(&page), ["fold-1/report.html", "fold-2/report.html", "fold-3/report.html"]);
    // statistics.mean and statistics.stdev of 0.6, 1 and 0.6.
    assert!(page.contains("73.3<span class=\"unit\"> ±\u{a0}23.1\u{a0}%</span>"));
    assert!(
        page.contains("Of 15 pictures, each judged by a model that had not learned from it, 11 are right")
    );
    assert!(page.contains(
        "aria-label=\"accuracy by fold, from 60.0\u{a0}% to 100.0\u{a0}%; mean 73.3\u{a0}%, deviation 23.1\u{a0}%\""
    ));
    assert_eq!(page.matches("<rect class=\"deviation\"").count(), 2);
    assert!(page.contains("All 4 mistakes, the surest first."));
    assert!(
        page.contains("<td>3 of 3</td>") && page.contains("The figures are in <code>cross_validation.json")
    );
    for forbidden in ["http:", "https:", "<script", "<link", "@import", "url(", "src=\"/"] {
        assert!(!page.contains(forbidden), "the page has {forbidden}");
    }
}

#[test]
fn what_folds_say_is_text_and_never_markup() {
    const EVIL: &str = "</title><script>alert(\"1\")</script>' onerror=\"x";
    let mut runs = runs(2);
    for (folder, outcome) in &mut runs {
        *folder = format!("runs/javascript:{}", EVIL.replace('/', "")).into();
        outcome.name = EVIL.into();
        outcome.model.architecture = EVIL.into();
        outcome.model.classes[0] = EVIL.into();
        outcome.notes.push(EVIL.into());
        outcome.findings[0].message = EVIL.into();
        outcome.best = Some(Best { epoch: 2, ..Best::default() });
        outcome.stages[0].epochs[1].metrics.insert(format!("val_{EVIL}"), Some(0.5));
        let judged = outcome.validation.as_mut().unwrap();
        judged.classes[0].name = EVIL.into();
        judged.mistakes[0].path = EVIL.into();
    }
    let page = page_of(&runs);
    assert!(!page.contains("<script") && !page.contains("\" onerror="), "markup got through");
    assert!(page.matches("&lt;script&gt;").count() >= 12);
    assert!(links(&page).iter().all(|link| link.starts_with("javascript%3A%3C") && !link.contains(':')));
}

#[test]
fn a_finding_of_several_folds_stands_once() {
    let mut runs = runs(4);
    runs[0].1.findings.clear();
    runs[2].1.findings[0].kind = FindingKind::Overfitting;
    let page = page_of(&runs);
    assert_eq!(page.matches("<div class=\"finding\">").count(), 2);
    assert!(page.contains("So in fold 2; much the same in fold 4.") && page.contains("In fold 3."));
}

#[test]
fn thresholds_of_their_own_are_said() {
    let mut runs = runs(2);
    let names = sample::names(&["cat", "dog"]);
    for (threshold, (_, outcome)) in [0.25, 0.75].into_iter().zip(&mut runs) {
        let settings = Settings { threshold: Some(threshold), ..Settings::default() };
        let judged = Evaluation::new(&names, &[0.25, 0.5], &[0, 1], &["0.jpg"; 2], &settings).unwrap();
        (outcome.model.classes, outcome.validation) = (names.clone(), Some(judged));
    }
    let page = page_of(&runs);
    assert!(page.contains("Each fold has a threshold of its own, from 0.25 to 0.75: over all folds"));
    assert!(page.contains("<th scope=\"col\">threshold</th>") && page.contains("<td>0.25</td>"));
    assert!(page.contains("aria-label=\"area under ROC by fold"));
}

#[test]
fn any_number_of_folds_fits() {
    for folds in [2, 24, 1000] {
        let page = page_of(&runs(folds));
        assert_eq!(links(&page).len(), folds);
        assert_eq!(page.contains("<summary>The other 976 folds"), folds == 1000);
        assert!(page.len() < 900_000, "{folds} folds, {} bytes", page.len());
    }
    let all = CrossValidation::of(&runs(2)).unwrap();
    assert!(unbalanced(&cross_validation_page(&all, &[])).unwrap() > 20);
}
