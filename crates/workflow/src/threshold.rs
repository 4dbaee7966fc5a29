//! Where a model of two classes draws the line: at a given threshold, or at the one that serves an aim on the
//! validation part, such as a recall of 0.95.

use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use engine::Pool;
use images::{Sample, Source};
use report::{Aim, Aimed, Figure};
use serde::{Deserialize, Serialize};
use train::metrics::{self, Bounded, FigureName, Relation};

use crate::{Classifier, Error, Result};

/// The probability of the second of two classes above which it is the answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a number from 0 to 1, or what it is chosen for, as \"recall=0.95\"")]
pub enum Threshold {
    /// This one.
    Given(f32),
    /// What it is chosen for, as `recall=0.95`, `precision[NORMAL]=0.9` or `f1`.
    For(String),
}

impl Default for Threshold {
    fn default() -> Self {
        Self::Given(0.5)
    }
}

/// A number is a threshold, anything else what it is chosen for.
impl FromStr for Threshold {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let threshold = text.parse().map_or_else(|_| Self::For(text.into()), Self::Given);
        threshold.rule().map(|_| threshold)
    }
}

impl std::fmt::Display for Threshold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Given(value) => value.fmt(f),
            Self::For(aim) => f.write_str(aim),
        }
    }
}

/// A checked [`Threshold`].
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Rule {
    /// This probability.
    Given(f32),
    /// The best for a figure of the class of this name, else of the second.
    For(Figure, Option<String>),
}

impl Threshold {
    /// # Errors
    /// A number that is no probability, or an aim that is not known.
    pub(crate) fn rule(&self) -> Result<Rule> {
        let text = match self {
            Self::Given(value) if (0.0..=1.0).contains(value) => return Ok(Rule::Given(*value)),
            Self::Given(value) => return Err(Error::setting("--threshold", "a number from 0 to 1", value)),
            Self::For(text) => text,
        };
        let wrong = || {
            let expected = "a number from 0 to 1, or what it is chosen for: recall=0.95, precision=0.9 or f1, with a \
                            class in brackets where it is not the second, as recall[NAME]=0.95";
            Error::setting("--threshold", expected, text)
        };
        let Bounded { figure: FigureName { stem, inside, .. }, bound } =
            Bounded::read(text).ok_or_else(wrong)?;
        let least = match bound {
            None => None,
            Some((Relation::AtLeast | Relation::Is, least)) if (0.0..=1.0).contains(&least) => Some(least),
            Some(_) => return Err(wrong()),
        };
        let figure = match (metrics::known_as(stem), least) {
            (Some("recall"), Some(least)) => Some(Figure::Recall(least)),
            (Some("precision"), Some(least)) => Some(Figure::Precision(least)),
            (Some("f1"), None) => Some(Figure::F1),
            _ => None,
        };
        Ok(Rule::For(figure.ok_or_else(wrong)?, inside.map(str::to_owned)))
    }
}

impl Rule {
    /// Fails where the classes of the data are not two, or none is called so; and where nothing is there to choose by.
    /// `why_none` says why there are none and what to do.
    pub(crate) fn check(
        &self,
        classes: &[String],
        validation: &[Sample],
        why_none: impl FnOnce() -> String,
    ) -> Result<()> {
        if *self == Self::Given(0.5) {
            return Ok(());
        }
        if classes.len() != 2 {
            return Err(not_two("the pictures have", classes.len()));
        }
        let Self::For(_, class) = self else { return Ok(()) };
        if let Some(class) = class
            && !classes.contains(class)
        {
            let names: Vec<&str> = classes.iter().map(String::as_str).collect();
            return Err(Error::usage(format!(
                "--threshold: there is no class {class}; {}",
                graph::choices(class, &names)
            )));
        }
        let missing = (0..2).find(|class| !validation.iter().any(|sample| sample.label == *class));
        match missing {
            _ if validation.is_empty() => Err(Error::usage(format!(
                "--threshold is chosen on validation pictures, and there are none: {}, or a number in its place",
                why_none()
            ))),
            Some(class) => Err(Error::usage(format!(
                "--threshold is chosen on validation pictures of both classes, and none of them is of {}: give \
                 --validation-split another share, or a number in its place",
                classes[class as usize]
            ))),
            None => Ok(()),
        }
    }

    /// Gives `classifier` its threshold, and says where it came from; nothing where it is the plain one.
    pub(crate) fn apply(
        &self,
        classifier: &mut Classifier,
        validation: &Source,
        batch: usize,
        pool: &Arc<Pool>,
    ) -> Result<Option<String>> {
        let (figure, class) = match self {
            Self::Given(value) => {
                classifier.card.threshold = *value;
                return Ok(None);
            }
            Self::For(figure, class) => (*figure, class.as_deref()),
        };
        let classes = &classifier.card.classes;
        let class =
            class.map_or(1, |class| usize::from(classes.get(1).is_some_and(|second| second == class)));
        let never = AtomicBool::new(false);
        let predictions = train::predict(&classifier.model, validation, batch, &mut |_| {}, &never, pool)?;
        let second: Vec<f32> = (0..predictions.len()).map(|picture| predictions.row(picture)[1]).collect();
        let aimed = match (Aim { figure, class }).best(&second, &predictions.labels) {
            Ok(aimed) => aimed,
            // The training counts, also where pictures have vanished since it began.
            Err(why) => return Ok(Some(format!("No threshold could be chosen, so it is 0.5: {why}."))),
        };
        let support = predictions.labels.iter().filter(|label| **label as usize == class).count();
        let note = described(figure, &classes[class], &aimed, support);
        classifier.card.threshold = aimed.threshold;
        Ok(Some(note))
    }
}

/// `whose` is as "the model has".
pub(crate) fn not_two(whose: &str, classes: usize) -> Error {
    Error::usage(format!("--threshold decides between 2 classes, and {whose} {classes}: leave it out"))
}

fn described(figure: Figure, class: &str, aimed: &Aimed, support: usize) -> String {
    let (wish, best) = match figure {
        Figure::Recall(least) => (format!("a recall of {least}"), "the best precision"),
        Figure::Precision(least) => (format!("a precision of {least}"), "the best recall"),
        Figure::F1 => ("the best F1".to_owned(), ""),
    };
    let Aimed { threshold, recall, precision, is_met } = aimed;
    let pictures = report::numbers::count(support, "picture", "pictures");
    let there = format!("recall {recall:.3} and precision {precision:.3} there, on {pictures} of it");
    match (is_met, figure) {
        (true, Figure::F1) => format!(
            "The threshold of {threshold:.4} was chosen on the validation part for {wish} of {class}: {there}."
        ),
        (true, _) => format!(
            "The threshold of {threshold:.4} was chosen on the validation part for {wish} of {class} or more, with {best} \
             at that: {there}. What it is worth on other pictures, the test part says."
        ),
        (false, _) => format!(
            "No threshold has {wish} of {class} on the validation part; {threshold:.4} is the nearest: {there}."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(text: &str) -> Result<Rule> {
        text.parse::<Threshold>()?.rule()
    }

    #[test]
    fn a_threshold_is_a_number_or_what_it_is_chosen_for() {
        assert_eq!(rule("0.3").unwrap(), Rule::Given(0.3));
        assert_eq!(rule("recall=0.95").unwrap(), Rule::For(Figure::Recall(0.95), None));
        assert_eq!(rule("recall>=0.95").unwrap(), Rule::For(Figure::Recall(0.95), None));
        let named = Rule::For(Figure::Precision(0.9), Some("NORMAL".into()));
        assert_eq!(rule("precision[NORMAL]=0.9").unwrap(), named);
        assert_eq!(rule("f1").unwrap(), Rule::For(Figure::F1, None));
        assert_eq!(rule("f1[a=[b]]").unwrap(), Rule::For(Figure::F1, Some("a=[b]".into())));
        for wrong in
            ["", "1.5", "-0.1", "NaN", "recall", "recall=2", "recall=", "f1=0.5", "recal=0.9", "recall[a=1"]
        {
            let message = rule(wrong).unwrap_err().to_string();
            assert!(message.starts_with("--threshold: expected a number from 0 to 1"), "{wrong}: {message}");
        }
    }

    #[test]
    fn what_the_pictures_do_not_allow_is_refused() {
        let classes = |names: &[&str]| names.iter().map(|name| name.to_string()).collect::<Vec<_>>();
        let two = classes(&["NORMAL", "PNEUMONIA"]);
        let recall = rule("recall[PNEUMONIA]=0.9").unwrap();
        let samples =
            |labels: &[u32]| labels.iter().map(|label| Sample::new("a.png", *label)).collect::<Vec<_>>();
        assert!(recall.check(&two, &samples(&[0, 0, 1]), String::new).is_ok());
        let refused = |rule: &Rule, classes: &[String], labels: &[u32]| {
            let why_none = || "give --validation-split a share".to_owned();
            rule.check(classes, &samples(labels), why_none).unwrap_err().to_string()
        };
        assert!(refused(&recall, &two, &[]).contains("there are none: give --validation-split"));
        assert!(refused(&recall, &two, &[0, 0]).contains("none of them is of PNEUMONIA"));
        assert!(refused(&recall, &classes(&["a", "b", "c"]), &[0, 1]).contains("the pictures have 3"));
        assert!(refused(&rule("recall[PNEUMONA]=0.9").unwrap(), &two, &[0, 1]).contains("PNEUMONIA"));
        assert!(refused(&Rule::Given(0.3), &classes(&["a", "b", "c"]), &[0, 1]).contains("leave it out"));
        assert!(Rule::Given(0.5).check(&classes(&["a", "b", "c"]), &[], String::new).is_ok());
    }
}
