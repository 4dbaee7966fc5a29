//! The section on learning: a drawing a metric, what each stage trained, and all epochs as a table.

use maud::{Markup, html};

use super::curves::Drawing;
use super::plot::Scale;
use super::stage_labels::StageLabels;
use super::value_axis::{LEFT, RIGHT};
use crate::numbers::{NONE, loss};
use crate::{Epoch, Outcome, Stage};

/// More metrics than this are left to the table.
const DRAWINGS: usize = 6;

pub(super) fn section(outcome: &Outcome) -> Markup {
    let epochs: Vec<&Epoch> = outcome.stages.iter().flat_map(|stage| &stage.epochs).collect();
    let metrics = metrics(&epochs);
    let (Some(first), false) = (epochs.first(), metrics.is_empty()) else { return html! {} };
    let last = epochs.last().map_or(first.epoch, |e| e.epoch);
    let x = Scale { values: [first.epoch as f64, last as f64], points: [LEFT + 8.0, RIGHT - 8.0] };
    let content = html! {
        p.legend {
            span { span.swatch.training {} "training" }
            span { span.swatch.validation {} "validation" }
            @if outcome.best.is_some() { span { span.swatch.best {} "best epoch" } }
        }
        div.drawings {
            @for metric in metrics.iter().take(DRAWINGS) { (Drawing::of(outcome, &epochs, metric, x).draw()) }
        }
        (stages(outcome, &StageLabels::of(outcome, x)))
        details {
            summary { "All epochs as a table" }
            (table(outcome, &epochs, &metrics))
        }
    };
    super::section("learning", "Learning", lead(outcome), content)
}

fn lead(outcome: &Outcome) -> Markup {
    html! {
        @if let Some(best) = &outcome.best {
            "The weights of epoch " (best.epoch)
            @if let (Some(stage), [_, _, ..]) = (&best.stage, outcome.stages.as_slice()) { " (stage " (stage) ")" }
            " were kept, chosen by " code { (best.monitor) } ". "
        }
        @if let Some((won, others)) = outcome.starts_told() { "Training began several times: " (won) "; " (others) ". " }
        @for (index, stage) in outcome.stages.iter().enumerate() {
            @if let Some(reason) = &stage.stopped { "Stage " (index + 1) ", " (stage.name) ", stopped: " (reason) ". " }
        }
    }
}

/// What each stage trained, and at which rate, with its number where drawings show that; nothing where a result says
/// none of it.
fn stages(outcome: &Outcome, labels: &StageLabels<'_>) -> Markup {
    let are_numbered = labels.are_numbers();
    let is_told = |stage: &Stage| stage.layers.is_some() || are_numbered;
    let told: Vec<(usize, &Stage)> = (1..).zip(&outcome.stages).filter(|(_, stage)| is_told(stage)).collect();
    let step_size = |stage: &Stage| match (stage.learning_rate.map(rate), stage.layer_decay) {
        (None, _) => NONE.to_owned(),
        (Some(rate), None) => rate,
        (Some(rate), Some(decay)) => format!("{rate}, × {decay} a block down"),
    };
    html! {
        @if !told.is_empty() {
            div.scroll {
                table.stages {
                    thead { tr {
                        th scope="col" { "stage" }
                        th scope="col" { "trained" }
                        th scope="col" { "step size" }
                        th scope="col" { "optimizer" }
                        th scope="col" { "epochs" }
                    } }
                    tbody {
                        @for (number, stage) in told {
                            tr {
                                th scope="row" { @if are_numbered { (number) " · " } (stage.name) }
                                td { (stage.layers.as_deref().unwrap_or(NONE)) }
                                td { (step_size(stage)) }
                                td { (stage.optimizer.as_deref().unwrap_or(NONE)) }
                                td { (stage.epochs.len()) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The metrics without `val_`, loss and accuracy first.
fn metrics(epochs: &[&Epoch]) -> Vec<String> {
    let mut names: Vec<_> = epochs
        .iter()
        .flat_map(|e| e.metrics.keys())
        .map(|k| k.trim_start_matches("val_").to_owned())
        .collect();
    names.sort_by_key(|name| (name != "loss", name != "accuracy", name.clone()));
    names.dedup();
    names
}

/// A step size: it comes from single precision, whose digits are all that mean something.
fn rate(rate: f64) -> String {
    format!("{:e}", rate as f32)
}

fn table(outcome: &Outcome, epochs: &[&Epoch], metrics: &[String]) -> Markup {
    let keys: Vec<_> = metrics.iter().flat_map(|m| [m.clone(), format!("val_{m}")]).collect();
    let keys: Vec<_> = keys.iter().filter(|k| epochs.iter().any(|e| e.metrics.contains_key(*k))).collect();
    let best = outcome.best.as_ref().map(|b| b.epoch);
    html! {
        div.scroll {
            table {
                thead { tr {
                    th scope="col" { "epoch" }
                    @for key in &keys { th scope="col" { (key) } }
                    th scope="col" { "learning rate" }
                    th scope="col" { "seconds" }
                } }
                tbody { @for epoch in epochs {
                    tr.kept[best == Some(epoch.epoch)] {
                        th scope="row" { (epoch.epoch) @if best == Some(epoch.epoch) { " (best)" } }
                        @for key in &keys { td { (loss(epoch.metrics.get(*key).copied().flatten())) } }
                        td { (epoch.learning_rate.map_or_else(|| NONE.to_owned(), rate)) }
                        td { (format!("{:.2}", epoch.seconds)) }
                    }
                } }
            }
        }
    }
}
