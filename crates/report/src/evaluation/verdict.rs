//! From raw probabilities to one checked verdict a picture.

use crate::{Error, ErrorKind, Result};

/// What the model said about one picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Verdict {
    pub(super) truth: usize,
    /// `None` when the probabilities are not numbers.
    pub(super) predicted: Option<usize>,
    /// The probability of the predicted class.
    pub(super) confidence: f32,
    /// The probability of the true class.
    pub(super) true_probability: f32,
    /// The probability of the last class: the positive one of two.
    pub(super) last_probability: f32,
}

impl Verdict {
    pub(super) fn is_right(&self) -> bool {
        self.predicted == Some(self.truth)
    }
}

/// Checked input: one verdict a picture.
pub(super) struct Judged {
    pub(super) classes: usize,
    pub(super) threshold: Option<f32>,
    pub(super) verdicts: Vec<Verdict>,
}

impl Judged {
    pub(super) fn new(
        class_names: &[String],
        probabilities: &[f32],
        labels: &[u32],
        threshold: Option<f32>,
    ) -> Result<Self> {
        let classes = class_names.len();
        let columns = columns(classes, probabilities.len(), labels.len())?;
        check_values(class_names, probabilities, labels)?;
        check_threshold(classes, threshold)?;
        let verdicts =
            labels.iter().zip(probabilities.chunks_exact(columns)).map(|(&truth, row)| match row {
                [second] if classes == 2 => verdict(truth as usize, &[1.0 - second, *second], threshold),
                row => verdict(truth as usize, row, threshold),
            });
        Ok(Self { classes, threshold, verdicts: verdicts.collect() })
    }

    /// The same, decided at `threshold`.
    pub(super) fn at(&self, threshold: f32) -> Self {
        let decide = |old: &Verdict| {
            let row = [1.0 - old.last_probability, old.last_probability];
            verdict(old.truth, &row, Some(threshold))
        };
        let verdicts = self.verdicts.iter().map(decide).collect();
        Self { classes: self.classes, threshold: Some(threshold), verdicts }
    }

    pub(super) fn check_paths(&self, paths: usize) -> Result<()> {
        let pictures = self.verdicts.len();
        if paths == pictures {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Shape, format!("{pictures} labels need as many paths, received {paths}")))
    }
}

fn verdict(truth: usize, row: &[f32], threshold: Option<f32>) -> Verdict {
    let predicted = if row.iter().any(|p| p.is_nan()) {
        None
    } else if let (Some(threshold), [_, second]) = (threshold, row) {
        Some(usize::from(*second > threshold))
    } else {
        first_maximum(row)
    };
    Verdict {
        truth,
        predicted,
        confidence: predicted.map_or(f32::NAN, |class| row[class]),
        true_probability: row[truth],
        last_probability: row[row.len() - 1],
    }
}

/// As numpy's `argmax`: of equal values the first.
fn first_maximum(row: &[f32]) -> Option<usize> {
    (0..row.len()).reduce(|best, class| if row[class] > row[best] { class } else { best })
}

fn columns(classes: usize, probabilities: usize, pictures: usize) -> Result<usize> {
    if classes == 0 || pictures == 0 {
        let message = format!(
            "an evaluation needs a class and a picture, received {classes} classes and {pictures} pictures"
        );
        return Err(Error::new(ErrorKind::Shape, message));
    }
    if probabilities == pictures * classes {
        return Ok(classes);
    }
    if classes == 2 && probabilities == pictures {
        return Ok(1);
    }
    let expected = pictures * classes;
    let message = format!(
        "{pictures} pictures of {classes} classes need {expected} probabilities, received {probabilities}"
    );
    Err(Error::new(ErrorKind::Shape, message))
}

fn check_values(class_names: &[String], probabilities: &[f32], labels: &[u32]) -> Result<()> {
    // Softmax rounds: a sum of float32 may pass 1 by a little.
    const SLACK: f32 = 1e-3;
    if let Some(outside) = probabilities.iter().find(|p| !p.is_nan() && !(-SLACK..=1.0 + SLACK).contains(*p))
    {
        let message = format!(
            "probabilities lie between 0 and 1, received {outside}: does the model end in softmax or sigmoid?"
        );
        return Err(Error::new(ErrorKind::Value, message));
    }
    if let Some(label) = labels.iter().find(|label| **label as usize >= class_names.len()) {
        let message =
            format!("label {label} names none of the {} classes, counted from 0", class_names.len());
        return Err(Error::new(ErrorKind::Value, message));
    }
    Ok(())
}

fn check_threshold(classes: usize, threshold: Option<f32>) -> Result<()> {
    match threshold {
        Some(_) if classes != 2 => {
            let message = format!("a threshold decides between 2 classes, these are {classes}");
            Err(Error::new(ErrorKind::Value, message))
        }
        Some(value) if !(0.0..=1.0).contains(&value) => {
            Err(Error::new(ErrorKind::Value, format!("a threshold lies between 0 and 1, received {value}")))
        }
        _ => Ok(()),
    }
}
