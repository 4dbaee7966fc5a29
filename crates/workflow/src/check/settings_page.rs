//! That `docs/settings.md` has every name, every setting with its default, and examples that are read.

use train::callbacks::{Monitor, ReduceLrOnPlateau};
use train::{losses, metrics, optimizers, schedules};

use super::{judging, learning, pictures};
use crate::{Recipe, Result};

const PAGE: &str = include_str!("../../../../docs/settings.md");

/// What stands under a heading, up to the next one.
fn section(title: &str) -> &'static str {
    PAGE.split("\n## ").find(|section| section.starts_with(&format!("{title}\n"))).unwrap()
}

/// The rows of a section's tables that have so many cells and begin with a name.
fn rows(title: &str, cells: usize) -> Vec<Vec<&'static str>> {
    let lines = section(title).lines().filter_map(|line| line.strip_prefix("| `"));
    let rows = lines.map(|line| line.trim_end_matches(" |").split(" | ").collect::<Vec<_>>());
    let rows = rows.filter(|row| row.len() == cells).map(|mut row| {
        row[0] = row[0].trim_end_matches('`');
        row
    });
    rows.collect()
}

/// What stands between a cell's back-ticks.
fn words(cell: &'static str) -> Vec<&'static str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// Whether two values are one, however they are written.
fn same(a: &str, b: &str) -> bool {
    match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) => a == b,
        // One epoch, and two epochs.
        _ => a.trim_end_matches('s') == b.trim_end_matches('s'),
    }
}

/// A section of the page is the registry `names`, in its order; Keras's names of each are taken, and examples are read.
fn check_names(
    title: &str,
    names: &[&str],
    known_as: fn(&str) -> Option<&'static str>,
    read: fn(&str) -> Result<()>,
) {
    let rows = rows(title, 5);
    assert_eq!(rows.iter().map(|row| row[0]).collect::<Vec<_>>(), names, "{title}");
    for row in rows {
        let [name, keras, meaning, _, example] = row[..] else { panic!("{row:?}") };
        assert!(!meaning.is_empty());
        if !keras.starts_with('–') {
            words(keras).into_iter().for_each(|keras| assert_eq!(known_as(keras), Some(name), "{keras}"));
        }
        let [example] = words(example)[..] else { panic!("{name}: {example}") };
        read(example).unwrap_or_else(|error| panic!("{example}: {error}"));
        let written = example.split([',', '=', '[']).next().unwrap();
        assert_eq!(known_as(written.trim_end_matches("_macro")), Some(name), "{example}");
    }
}

/// A section of the page has the settings of a registry, with their defaults, and says what each means.
fn check_settings(title: &str, defaults: Vec<(&str, Vec<(&str, String)>)>, shared: &[&str]) {
    let rows_of_names = rows(title, 5);
    let meanings = rows(title, 2);
    let mut settings: Vec<&str> = shared.to_vec();
    for (name, defaults) in defaults {
        let row = rows_of_names.iter().find(|row| row[0] == name).unwrap();
        let written: Vec<(&str, &str)> =
            words(row[3]).into_iter().map(|word| word.split_once('=').unwrap_or((word, ""))).collect();
        assert_eq!(written.len(), defaults.len(), "{name}: {written:?} and {defaults:?}");
        for ((written, value), (setting, default)) in written.into_iter().zip(&defaults) {
            assert!(written == *setting && same(value, default), "{name}: {setting}={default}");
            settings.push(setting);
        }
    }
    for setting in &settings {
        assert!(meanings.iter().any(|row| row[0] == *setting && !row[1].is_empty()), "{title}: {setting}");
    }
    let unknown = meanings.iter().find(|row| !settings.contains(&row[0]));
    assert_eq!(unknown, None, "{title}: no such setting");
}

#[test]
fn optimizers_schedules_and_losses_are_on_the_page_with_their_settings() {
    let optimizer = |text: &str| {
        let recipe = Recipe { optimizer: text.into(), ..Recipe::default() };
        learning::optimizer(&recipe, &learning::option).map(|_| ())
    };
    check_names("Optimizers", optimizers::NAMES, optimizers::known_as, optimizer);
    check_settings("Optimizers", optimizers::defaults(), &[]);
    let schedule = |text: &str| learning::schedule(text, "--schedule").map(|_| ());
    check_names("Schedules", schedules::NAMES, schedules::known_as, schedule);
    check_settings("Schedules", schedules::defaults(), &["warmup_steps", "warmup_start"]);
    schedule("cosine,warmup_steps=0,warmup_start=0").unwrap();
    let loss = |text: &str| learning::loss(&Recipe { loss: text.into(), ..Recipe::default() }).map(|_| ());
    check_names("Losses", losses::NAMES, losses::known_as, loss);
    check_settings("Losses", losses::defaults(), &[]);
}

#[test]
fn metrics_augmentations_and_initialisers_are_on_the_page() {
    let metric = |text: &str| {
        judging::metrics(&Recipe { metrics: vec![text.into()], ..Recipe::default() }).map(|_| ())
    };
    check_names("Metrics", metrics::NAMES, metrics::known_as, metric);
    let initializer = |text: &str| {
        super::choice::initializer(&Recipe { initializer: text.into(), ..Recipe::default() }).map(|_| ())
    };
    let known = |written: &str| graph::known_as(written, &graph::Initializer::NAMES, &[]);
    check_names("Initialisers", &graph::Initializer::NAMES, known, initializer);
    for row in rows("Initialisers", 5) {
        // One with a value takes it, and its default is that of the name alone.
        let Some(default) = words(row[3]).first().copied() else { continue };
        let read = |text: &str| text.parse::<graph::Initializer>().unwrap();
        assert_eq!(read(row[0]), read(&format!("{}={default}", row[0])));
    }
    let augmentations = rows("Augmentations", 5);
    let names: Vec<&str> = augmentations.iter().map(|row| row[0]).collect();
    assert_eq!(names, images::Augment::NAMES);
    for row in augmentations {
        let example = words(row[4])[0];
        pictures::augment(&Recipe { augment: example.into(), ..Recipe::default() }).unwrap();
        assert_eq!(example.split('=').next(), Some(row[0]));
        // Keras's name stands for it, or is answered with it.
        for keras in words(row[1]).into_iter().filter(|_| !row[1].contains(" of ")) {
            let read = pictures::augment(&Recipe { augment: format!("{keras}=0.1"), ..Recipe::default() });
            let said = read.map_or_else(|e| e.to_string(), |read| read.unwrap_or_default().to_string());
            assert!(said.contains(row[0]) && !said.contains("there is no augmentation"), "{keras}: {said}");
        }
    }
}

/// The settings of a plateau that the page says are Keras's are those that are taken where none is given.
#[test]
fn the_plateau_s_defaults_are_on_the_page() {
    let text = words(section("Schedules")).into_iter().find(|word| word.starts_with("factor=0.1,")).unwrap();
    assert_eq!(text.split(',').count() + ["monitor", "mode"].len(), 7);
    let monitor = Monitor::new("val_loss");
    assert_eq!(ReduceLrOnPlateau::parse(text, &monitor).unwrap(), ReduceLrOnPlateau::new("val_loss"));
}
