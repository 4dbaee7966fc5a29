//! Precision, recall and F1 of each class, as a table with bars in it.

use maud::{Markup, html};

use crate::numbers::{grouped, percent, three_digits, threshold};
use crate::{Average, ClassFigures, Evaluation};

/// Up to here the classes stand in their own order; more are sorted, the weakest first.
const OWN_ORDER: usize = 12;
/// Of more classes than this the strongest are folded away.
const UNFOLDED: usize = 24;

pub(super) fn section(evaluation: &Evaluation) -> Markup {
    let mut classes: Vec<&ClassFigures> = evaluation.classes.iter().collect();
    let sorted = classes.len() > OWN_ORDER;
    if sorted {
        // Classes without an F1 go last: there is nothing to see.
        let f1 = |class: &ClassFigures| class.f1.unwrap_or(f64::INFINITY);
        classes.sort_by(|a, b| f1(a).total_cmp(&f1(b)));
    }
    let (shown, folded) =
        classes.split_at(if classes.len() > UNFOLDED + 4 { UNFOLDED } else { classes.len() });
    let lead = html! {
        "Precision: of the pictures taken for a class, the share that is. Recall: of a class's pictures, the share "
        "that was recognised. F1 is their harmonic mean."
        @if sorted { " The weakest classes come first." }
    };
    let content = html! {
        (table(shown, Some(evaluation)))
        @if let Some(point) = evaluation.two_classes.as_ref().and_then(|two| two.at_half.as_ref()) {
            p { "With a threshold of " (threshold(point.threshold)) " in its place, accuracy " (percent(point.accuracy)) ":" }
            (table(&point.classes.iter().collect::<Vec<_>>(), None))
        }
        @if !folded.is_empty() {
            details {
                summary { "The other " (folded.len()) " classes" }
                (table(folded, None))
            }
        }
    };
    super::section("classes", "Classes", lead, content)
}

fn table(classes: &[&ClassFigures], averages: Option<&Evaluation>) -> Markup {
    html! {
        div.scroll {
            table.classes {
                thead { tr {
                    th scope="col" { "class" }
                    th scope="col" { "precision" }
                    th scope="col" { "recall" }
                    th scope="col" { "F1" }
                    th scope="col" { "pictures" }
                } }
                tbody { @for class in classes {
                    tr {
                        th.name scope="row" { (class.name) }
                        (bar(class.precision)) (bar(class.recall)) (bar(class.f1))
                        td { (grouped(class.support as u64)) }
                    }
                } }
                @if let Some(evaluation) = averages {
                    tfoot {
                        (average("mean of classes", &evaluation.macro_average, evaluation))
                        (average("mean, weighted by pictures", &evaluation.weighted_average, evaluation))
                    }
                }
            }
        }
    }
}

fn average(name: &str, average: &Average, evaluation: &Evaluation) -> Markup {
    html! {
        tr {
            th scope="row" { (name) }
            td { (three_digits(average.precision)) }
            td { (three_digits(average.recall)) }
            td { (three_digits(average.f1)) }
            td { (grouped(evaluation.pictures as u64)) }
        }
    }
}

fn bar(value: Option<f64>) -> Markup {
    let length = format!("--bar:{:.1}%", value.unwrap_or(0.0) * 100.0);
    html! { td.bar style=(length) { (three_digits(value)) } }
}
