//! The figures that one reads first.

use maud::{Markup, html};

use crate::numbers::{
    TIE, count, duration, grouped, loss, moment, percent, percent_range, three_digits, threshold,
};
use crate::{Evaluation, Outcome};

pub(super) fn header(outcome: &Outcome, title: &str) -> Markup {
    html! {
        header {
            p.kind { "Linnaeus · " @if outcome.stages.is_empty() { "evaluation" } @else { "training" } }
            h1.name { (title) }
            p.facts { (facts(outcome).join(" · ")) }
            @if let Some((part, evaluation)) = outcome.judged() {
                div.headline {
                    (accuracy(part, evaluation))
                    dl.figures { (figures(outcome, part, evaluation)) }
                }
                @for note in &evaluation.notes { p.note { "On the " (part) " part: " (note) } }
            }
            (notes(&outcome.notes))
        }
    }
}

pub(super) fn notes(notes: &[String]) -> Markup {
    html! { @for note in notes { p.note { (note) } } }
}

pub(super) fn facts(outcome: &Outcome) -> Vec<String> {
    let model = &outcome.model;
    let mut facts = Vec::new();
    if !model.architecture.is_empty() {
        facts.push(model.architecture.clone());
    }
    if let Some([height, width, _]) = model.input {
        facts.push(format!("{height} × {width} pixels"));
    }
    if !model.classes.is_empty() {
        facts.push(count(model.classes.len(), "class", "classes"));
    }
    let pictures = outcome.images.parts.iter().fold(0_usize, |sum, part| sum.saturating_add(part.pictures));
    if pictures > 0 {
        facts.push(count(pictures, "picture", "pictures"));
    }
    facts.extend(outcome.created.as_deref().map(moment));
    facts
}

fn accuracy(part: &str, evaluation: &Evaluation) -> Markup {
    let whole = percent(evaluation.accuracy);
    let number = whole.trim_end_matches([TIE, '%']);
    html! {
        div.accuracy {
            p.label { (part) " accuracy" }
            p.number { (number) span.unit { (TIE) "%" } }
            (scale(evaluation.accuracy, evaluation.accuracy_interval, evaluation.baseline_accuracy))
            p.detail {
                (grouped(evaluation.correct as u64)) " of " (count(evaluation.pictures, "picture", "pictures"))
                " right. The 95" (TIE) "% interval is "
                b { (percent_range(evaluation.accuracy_interval)) }
                "; always guessing the largest class gives " (percent(evaluation.baseline_accuracy)) "."
            }
        }
    }
}

/// An accuracy between none and all, with a band around it and a mark where guessing has it.
pub(super) fn scale(accuracy: f64, [low, high]: [f64; 2], guessing: f64) -> Markup {
    let at = |share: f64| format!("left:{:.2}%", share * 100.0);
    let band = format!("{};width:{:.2}%", at(low), (high - low) * 100.0);
    html! {
        div.scale aria-hidden="true" {
            span.band style=(band) {}
            span.guess style=(at(guessing)) {}
            span.point style=(at(accuracy)) {}
        }
    }
}

pub(super) fn figure(label: &str, value: &str) -> Markup {
    html! { div { dt { (label) } dd { (value) } } }
}

fn figures(outcome: &Outcome, part: &str, evaluation: &Evaluation) -> Markup {
    html! {
        (figure(&format!("{part} loss"), &loss(evaluation.loss)))
        (figure("F1, mean of classes", &three_digits(evaluation.macro_average.f1)))
        @if let Some(two) = &evaluation.two_classes {
            (figure("area under ROC", &three_digits(two.roc_auc)))
            @if two.threshold != 0.5 { (figure("threshold", &threshold(two.threshold))) }
        }
        @if let Some(best) = &outcome.best { (figure("best epoch", &best.epoch.to_string())) }
        @if outcome.seconds.total > 0.0 { (figure("time in all", &duration(outcome.seconds.total))) }
        @if let Some(rate) = outcome.images_per_second.train { (figure("training", &per_second(rate))) }
        @if let Some(rate) = outcome.images_per_second.predict { (figure("prediction", &per_second(rate))) }
        @if outcome.images.skipped.count > 0 {
            (figure("skipped pictures", &grouped(outcome.images.skipped.count as u64)))
        }
    }
}

fn per_second(rate: f64) -> String {
    if rate < 10.0 {
        format!("{rate:.1} images/s")
    } else {
        format!("{} images/s", grouped(rate.round() as u64))
    }
}
