//! A search for a learning rate as one self-contained page: loss against rate.

use std::path::Path;

use maud::{Markup, html};

use super::plot::{Scale, px, ticks, width};
use crate::numbers::{NONE, count, duration, loss};
use crate::text::written;
use crate::{RateSearch, Result};

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 56.0;
const RIGHT: f64 = 846.0;
const TOP: f64 = 26.0;
const BOTTOM: f64 = 352.0;
/// Between a line and what is written beside it.
const GAP: f64 = 4.0;
/// From one line of text to the next.
const LINE: f64 = 16.0;

/// The page for `search`; `command` trains with its rate.
pub fn rates_page(search: &RateSearch, command: &str) -> String {
    let title = format!("{} · learning rate", search.name);
    let header = html! {
        p.kind { "Linnaeus · learning rate" }
        h1.name { (search.name) }
        p.facts { (search.architecture) " · " (count(search.pictures, "picture", "pictures")) " · " (duration(search.seconds)) }
        div.headline { div.accuracy {
            p.label { "learning rate" }
            p.number { (written(search.learning_rate)) }
            p.detail { (search.why) "." }
        } }
        p { code { (command) } }
    };
    let lead = html! {
        "Each ring is a training of " (count(search.epochs, "epoch", "epochs")) " from the same start with the same batches. \
         The line is one training whose rate rises from step to step. What lies above the drawing is at its upper edge."
    };
    let drawing = html! {
        p.legend {
            span { span.swatch.training {} "range test, smoothed training loss" }
            span { span.swatch.best {} @if search.monitor == "loss" { "training loss of a try" } @else { "validation loss of a try" } }
        }
        (draw(search))
    };
    let content = html! {
        header { (header) }
        (super::section("rates", "Loss by rate", lead, drawing))
        (super::section("tries", "Every try", html! {}, table(search)))
    };
    super::document(
        &title,
        "",
        content,
        html! { footer { p { "This page is one file: it loads nothing and runs no script." } } },
    )
}

/// Writes [`rates_page`] to `path`.
///
/// # Errors
/// The folder is missing or read-only, or the disk is full.
pub fn write_rates(search: &RateSearch, command: &str, path: &Path) -> Result<()> {
    Ok(files::write(path, rates_page(search, command))?)
}

fn draw(search: &RateSearch) -> Markup {
    let ([low, high], powers) = (search.shown_losses(), search.shown_powers());
    let y_ticks = ticks(low, high, 6);
    let top = y_ticks[y_ticks.len() - 1];
    let x = Scale { values: powers, points: [LEFT + 8.0, RIGHT - 8.0] };
    let y = Scale { values: [y_ticks[0], top], points: [BOTTOM, TOP] };
    let mut path = String::new();
    for (index, point) in search.range_test.points.iter().enumerate() {
        let pen = if index == 0 { 'M' } else { 'L' };
        path +=
            &format!("{pen}{} {}", px(x.at(point.learning_rate.log10())), px(y.at(point.smoothed.min(top))));
    }
    let words = format!("loss by learning rate; {} is taken", written(search.learning_rate));
    html! {
        figure.curve { svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(words) {
            @for tick in &y_ticks {
                line.grid x1=(LEFT) x2=(RIGHT) y1=(px(y.at(*tick))) y2=(px(y.at(*tick))) {}
                text.tick x=(LEFT - 8.0) y=(px(y.at(*tick) + 4.0)) text-anchor="end" { (tick_label(*tick, &y_ticks)) }
            }
            @for power in powers[0] as i32..=powers[1] as i32 {
                text.tick x=(px(x.at(power.into()))) y=(BOTTOM + 20.0) text-anchor="middle" { "1e" (power) }
            }
            text.tick x=(RIGHT) y=(BOTTOM + 40.0) text-anchor="end" { "learning rate" }
            (suggestions(search, x))
            path.training d=(path) {}
            @for trial in &search.trials {
                @let taken = trial.learning_rate == search.learning_rate;
                circle.best cx=(px(x.at(trial.learning_rate.log10()))) cy=(px(y.at(trial.loss.unwrap_or(top).min(top))))
                    r=(if taken { "8" } else { "4" }) {
                    title { (written(trial.learning_rate)) ": " (loss(trial.loss)) }
                }
            }
        } }
    }
}

/// Where the range test points to.
fn suggestions(search: &RateSearch, x: Scale) -> Markup {
    let test = &search.range_test;
    let marks = [("steepest", test.steepest), ("valley", test.valley), ("diverges", test.diverges)];
    html! {
        @for (index, (name, rate)) in marks.into_iter().enumerate() {
            @if let Some(rate) = rate {
                @let place = px(x.at(rate.log10()));
                @let label = format!("{name} {}", written(rate));
                @let is_at_edge = x.at(rate.log10()) + GAP + width(&label) > RIGHT;
                @let (gap, anchor) = if is_at_edge { (-GAP, "end") } else { (GAP, "start") };
                line.stage x1=(place) x2=(place) y1=(TOP - 6.0) y2=(BOTTOM) stroke-dasharray="2 4" {}
                text.tick x=(px(x.at(rate.log10()) + gap)) y=(TOP + 4.0 + LINE * index as f64) text-anchor=(anchor) { (label) }
            }
        }
    }
}

fn tick_label(tick: f64, ticks: &[f64]) -> String {
    let step = ticks[1] - ticks[0];
    format!("{tick:.*}", (-step.log10().floor()).clamp(0.0, 6.0) as usize)
}

fn table(search: &RateSearch) -> Markup {
    html! {
        div.scroll { table {
            thead { tr { th scope="col" { "learning rate" } th scope="col" { (search.monitor) } } }
            tbody { @for trial in &search.trials {
                @let taken = trial.learning_rate == search.learning_rate;
                tr.kept[taken] {
                    th scope="row" { (written(trial.learning_rate)) @if taken { " (taken)" } }
                    td { (trial.loss.map_or_else(|| NONE.to_owned(), |value| loss(Some(value)))) }
                }
            } }
        } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RangeTest;
    use crate::sample::rate_search;

    /// Of the text that begins with `word`: where it stands, and which of its ends is there.
    fn label(page: &str, word: &str) -> (f64, String) {
        let (before, _) = page.split_once(&format!(">{word} ")).unwrap();
        let element = before.rsplit('<').next().unwrap();
        let attribute =
            |name: &str| element.split_once(name).unwrap().1.split('"').next().unwrap().to_owned();
        (attribute("x=\"").parse().unwrap(), attribute("text-anchor=\""))
    }

    #[test]
    fn what_is_written_at_the_right_edge_stays_inside() {
        let search = rate_search();
        let [low, high] = search.shown_powers();
        for share in [0.0, 0.5, 0.85, 0.95, 1.0] {
            let diverges = Some(10_f64.powf(low + share * (high - low)));
            let range_test = RangeTest { diverges, ..search.range_test.clone() };
            let page = rates_page(&RateSearch { range_test, ..search.clone() }, "linnaeus train");
            let (place, anchor) = label(&page, "diverges");
            let end = if anchor == "end" { place } else { place + width("diverges 1.0e-1") };
            assert!((LEFT..=RIGHT).contains(&place) && end <= RIGHT + 1.0, "{share}: {place} {anchor}");
            assert_eq!(anchor == "end", share > 0.9, "{share}");
        }
    }
}
