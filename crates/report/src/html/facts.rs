//! How the model came about: pictures, network, time, recipe, what was skipped, versions.

use std::collections::BTreeMap;

use maud::{Markup, html};
use serde_json::Value;

use crate::numbers::{count, duration, grouped, percent, size};
use crate::shorten::visible;
use crate::{ModelFacts, Outcome, Seconds};

/// Skipped pictures that the page lists.
const SKIPPED: usize = 200;

pub(super) fn sections(outcome: &Outcome) -> Markup {
    html! {
        (images(outcome))
        (skipped(outcome, super::FIGURES))
        (model(&outcome.model))
        (time(&outcome.seconds))
        (recipe(outcome, "The options as used, defaults included. With the same seed and pictures the result is the same."))
    }
}

/// What wrote the page; the file called `figures` has what it shows.
pub(super) fn footer(outcome: &Outcome, figures: &str) -> Markup {
    html! {
        footer {
            p {
                @for (index, (name, version)) in outcome.versions.iter().enumerate() {
                    @if index > 0 { " · " }
                    (name) " " (version)
                }
            }
            p { "This page is one file: it loads nothing and runs no script. The figures are in " code { (figures) } "." }
        }
    }
}

fn images(outcome: &Outcome) -> Markup {
    let parts = &outcome.images.parts;
    if parts.is_empty() {
        return html! {};
    }
    let classes = &outcome.model.classes;
    let lead = html! { @if let Some(source) = &outcome.images.source { "Read from " span.path { (visible(source)) } "." } };
    let row = |name: &str, of_part: &dyn Fn(usize) -> usize| {
        let total = (0..parts.len()).map(of_part).fold(0, usize::saturating_add);
        html! {
            tr {
                th.name scope="row" { (name) }
                @for part in 0..parts.len() { td { (grouped(of_part(part) as u64)) } }
                td { (grouped(total as u64)) }
            }
        }
    };
    let table = html! {
        div.scroll { table {
            thead { tr {
                th scope="col" { "class" }
                @for part in parts { th scope="col" { (part.name) } }
                th scope="col" { "all" }
            } }
            tbody { @for (class, name) in classes.iter().enumerate() {
                (row(name, &|part| parts[part].classes.get(class).copied().unwrap_or(0)))
            } }
            tfoot { (row("all classes", &|part| parts[part].pictures)) }
        } }
    };
    super::section(
        "pictures",
        "Pictures",
        lead,
        folded_beyond(16, classes.len(), "Pictures of each class", table),
    )
}

/// `content` of so many rows, to be opened where they are more than `most`.
fn folded_beyond(most: usize, rows: usize, summary: &str, content: Markup) -> Markup {
    html! {
        @if rows > most { details { summary { (summary) } (content) } } @else { (content) }
    }
}

/// Those that could not be used; all are in the file called `figures`.
pub(super) fn skipped(outcome: &Outcome, figures: &str) -> Markup {
    let skipped = &outcome.images.skipped;
    if skipped.count == 0 {
        return html! {};
    }
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for picture in &skipped.list {
        *reasons.entry(&picture.reason).or_default() += 1;
    }
    let lead = html! { (count(skipped.count, "picture", "pictures")) " could not be used." };
    let table = html! {
        div.scroll { table.skipped {
            thead { tr { th scope="col" { "picture" } th scope="col" { "reason" } } }
            tbody { @for picture in skipped.list.iter().take(SKIPPED) {
                tr { td.path { (visible(&outcome.shown(&picture.path))) } td { (visible(&picture.reason)) } }
            } }
        } }
        @if skipped.list.len() > SKIPPED {
            p.aside { "And " (grouped((skipped.list.len() - SKIPPED) as u64)) " more, in " code { (figures) } "." }
        }
    };
    let content = html! {
        @if reasons.len() < skipped.list.len() && reasons.len() <= 12 {
            ul.reasons { @for (reason, pictures) in &reasons { li { (visible(reason)) " · " (grouped(*pictures as u64)) } } }
        }
        (folded_beyond(12, skipped.list.len(), "All skipped pictures", table))
    };
    super::section("skipped", "Skipped pictures", lead, content)
}

pub(super) fn model(model: &ModelFacts) -> Markup {
    if model.architecture.is_empty() {
        return html! {};
    }
    let fact = |name: &str, value: Option<String>| {
        html! { @if let Some(value) = value { div { dt { (name) } dd { (value) } } } }
    };
    let trained = (model.parameters > 0).then(|| {
        let share = model.trained_parameters as f64 / model.parameters as f64;
        format!("{} ({})", grouped(model.trained_parameters), percent(share))
    });
    let content = html! {
        dl.pairs {
            (fact("architecture", Some(model.architecture.clone())))
            (fact("weights it began with", model.weights.clone()))
            (fact("input", model.input.map(|[h, w, c]| format!("{h} × {w} × {c}"))))
            (fact("parameters", Some(grouped(model.parameters))))
            (fact("of them trained", trained))
            (fact("file", model.file.as_deref().map(visible)))
            (fact("size", model.size_bytes.map(size)))
        }
    };
    super::section("model", "Model", html! {}, content)
}

fn time(seconds: &Seconds) -> Markup {
    if seconds.total <= 0.0 || seconds.parts.is_empty() {
        return html! {};
    }
    let mut parts: Vec<_> = seconds.parts.iter().collect();
    parts.sort_by(|a, b| b.1.total_cmp(a.1));
    let lead = html! {
        (duration(seconds.total)) " in all. Parts that several threads do at once may add up to more."
    };
    let content = html! {
        table.classes.time {
            thead { tr { th scope="col" { "part" } th scope="col" { "time" } } }
            tbody { @for (name, part) in parts {
                @let bar = format!("--bar:{:.1}%", (part / seconds.total * 100.0).clamp(0.0, 100.0));
                tr { th scope="row" { (name.replace('_', " ")) } td.bar style=(bar) { (duration(*part)) } }
            } }
        }
    };
    super::section("time", "Time", lead, content)
}

pub(super) fn recipe(outcome: &Outcome, lead: &str) -> Markup {
    let mut options = Vec::new();
    flatten("", &outcome.recipe, &mut options);
    if let (Some(seed), false) = (outcome.seed, options.iter().any(|(name, _)| name == "seed")) {
        options.push(("seed".to_owned(), seed.to_string()));
    }
    if options.is_empty() {
        return html! {};
    }
    let content = html! {
        dl.pairs.recipe { @for (name, value) in &options { div { dt { (name) } dd { (value) } } } }
    };
    super::section("recipe", "Recipe", html! { (lead) }, content)
}

/// Options by their full names, as `augment.rotation`; an empty value has none.
fn flatten(name: &str, value: &Value, options: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                let name = if name.is_empty() { visible(key) } else { format!("{name}.{}", visible(key)) };
                flatten(&name, value, options);
            }
        }
        Value::Null if name.is_empty() => {}
        Value::Null => options.push((name.to_owned(), crate::numbers::NONE.to_owned())),
        Value::String(text) => options.push((name.to_owned(), visible(text))),
        Value::Array(values) => {
            let texts: Vec<_> =
                values.iter().map(|v| v.as_str().map_or_else(|| v.to_string(), visible)).collect();
            options.push((name.to_owned(), texts.join(", ")));
        }
        other => options.push((name.to_owned(), other.to_string())),
    }
}
