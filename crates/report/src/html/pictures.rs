//! Pictures of the mistakes, and of what each class looks like.

use std::path::Path;

use maud::{Markup, html};

use crate::numbers::{count, whole_percent};
use crate::sources::Sources;
use crate::thumbnail::Thumbnails;
use crate::{Evaluation, Example, Mistake};

const MISTAKES: usize = 24;
/// Examples on the page, over all classes.
const EXAMPLES: usize = 48;
/// Up to here each class has a row of its own.
const CLASSES_WITH_ROWS: usize = 16;

/// The pictures that the page shows.
pub(super) struct Shown<'a> {
    mistakes: &'a [Mistake],
    /// By class, in the order of the classes; classes without a right answer are left out.
    examples: Vec<&'a [Example]>,
}

impl<'a> Shown<'a> {
    pub(super) fn of(evaluation: &'a Evaluation) -> Self {
        let mistakes = &evaluation.mistakes[..evaluation.mistakes.len().min(MISTAKES)];
        let each = (EXAMPLES / evaluation.classes.len().max(1)).clamp(1, 6);
        let examples = evaluation
            .examples
            .chunk_by(|a, b| a.class == b.class)
            .map(|of_class| &of_class[..of_class.len().min(each)])
            .take(EXAMPLES)
            .collect();
        Self { mistakes, examples }
    }

    pub(super) fn paths(&self) -> Vec<&'a Path> {
        let mistakes = self.mistakes.iter().map(|m| m.path.as_path());
        let examples = self.examples.iter().flat_map(|of_class| of_class.iter().map(|e| e.path.as_path()));
        mistakes.chain(examples).collect()
    }
}

pub(super) fn mistakes(
    sources: &Sources<'_>,
    evaluation: &Evaluation,
    shown: &Shown<'_>,
    thumbnails: &Thumbnails,
) -> Markup {
    let wrong = evaluation.pictures - evaluation.correct - evaluation.undefined_predictions;
    if wrong == 0 {
        return html! {};
    }
    let lead = html! {
        @if wrong > shown.mistakes.len() {
            "The " (shown.mistakes.len()) " of " (count(wrong, "mistake", "mistakes")) " that the model was surest of."
        } @else {
            "All " (count(wrong, "mistake", "mistakes")) ", the surest first."
        }
        " Some may turn out to be wrong labels."
    };
    let content = html! {
        div.mistakes style=(shape(thumbnails)) {
            @for one in shown.mistakes { (mistake(sources, one, thumbnails)) }
        }
    };
    super::section("mistakes", "Worst mistakes", lead, content)
}

fn mistake(sources: &Sources<'_>, mistake: &Mistake, thumbnails: &Thumbnails) -> Markup {
    html! {
        figure {
            (picture(sources, thumbnails, &mistake.path, &mistake.true_class))
            figcaption {
                span.name.truth { (mistake.true_class) }
                span.said {
                    span { "taken for " b.name { (mistake.predicted_class) } }
                    span.sure { (whole_percent(mistake.confidence)) }
                }
                span.split aria-hidden="true" {
                    span.wrong style=(width(mistake.confidence)) {}
                    span.right style=(width(mistake.true_probability)) {}
                }
                span.small { (whole_percent(mistake.true_probability)) " for " span.name { (mistake.true_class) } }
                span.path { (sources.shown(&mistake.path)) }
            }
        }
    }
}

pub(super) fn examples(
    sources: &Sources<'_>,
    evaluation: &Evaluation,
    shown: &Shown<'_>,
    thumbnails: &Thumbnails,
) -> Markup {
    if shown.examples.is_empty() {
        return html! {};
    }
    let rows = evaluation.classes.len() <= CLASSES_WITH_ROWS;
    let lead = html! {
        "Pictures that were recognised, the surest of each class."
        @if shown.examples.len() == EXAMPLES { " The first " (EXAMPLES) " classes are shown." }
    };
    let content = html! {
        div.(if rows { "rows" } else { "cards" }) style=(shape(thumbnails)) {
            @for of_class in &shown.examples {
                div.of-class {
                    h3.name { (of_class[0].class) }
                    div.strip { @for example in *of_class {
                        figure {
                            (picture(sources, thumbnails, &example.path, &example.class))
                            figcaption { (whole_percent(example.confidence)) }
                        }
                    } }
                }
            }
        }
    };
    super::section("examples", "Right answers", lead, content)
}

fn picture(sources: &Sources<'_>, thumbnails: &Thumbnails, path: &Path, class: &str) -> Markup {
    let shown = sources.shown(path);
    html! {
        @if let Some(thumbnail) = thumbnails.get(path) {
            img.coarse[thumbnail.is_coarse()] src=(thumbnail.address) width=(thumbnail.width) height=(thumbnail.height)
                alt=(format!("{shown}: a picture of class {class}")) title=(shown);
        } @else {
            div.gone role="img" aria-label=(format!("{shown}: the file is gone")) title=(shown) { "file is gone" }
        }
    }
}

/// All pictures stand in frames of one shape: the one that most of them nearly have.
fn shape(thumbnails: &Thumbnails) -> String {
    format!("--shape:{:.2}", thumbnails.median_aspect().unwrap_or(4.0 / 3.0).clamp(0.75, 1.8))
}

fn width(share: f32) -> String {
    format!("width:{:.1}%", share * 100.0)
}
