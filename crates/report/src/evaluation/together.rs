//! One evaluation of the pictures of several, each of which another model judged.
//!
//! Counts are summed, and the figures of classes follow from the sums; the loss is the mean over all pictures. An area
//! under a curve is not there: it would rank probabilities of different models against each other.

use super::calibration::Calibration;
use super::{
    Average, ClassFigures, Evaluation, Mistake, Settings, counted, example, interval, mistake, notes,
};

impl Evaluation {
    /// Of the pictures of all `parts`, whose classes are those of the first; `None` without a part.
    pub(crate) fn together(parts: &[&Evaluation]) -> Option<Self> {
        let first = parts.first()?;
        let names: Vec<String> = first.class_names().map(str::to_owned).collect();
        let mut confusion = vec![vec![0; names.len()]; names.len()];
        let mut support = vec![0; names.len()];
        for part in parts {
            let counts = part.confusion.iter().flatten();
            confusion.iter_mut().flatten().zip(counts).for_each(|(sum, count)| *sum += count);
            support.iter_mut().zip(&part.classes).for_each(|(sum, class)| *sum += class.support);
        }
        let sum = |count: fn(&Evaluation) -> usize| parts.iter().map(|part| count(part)).sum::<usize>();
        let (pictures, correct) = (sum(|part| part.pictures), sum(|part| part.correct));
        let undefined_predictions = sum(|part| part.undefined_predictions);
        let losses = parts.iter().map(|part| Some(part.loss? * part.pictures as f64));
        let loss = losses.sum::<Option<f64>>().map(|sum| sum / pictures as f64);
        let classes = counted(&names, &confusion, &support);
        let Settings { mistakes, examples_per_class, .. } = Settings::default();
        let all_mistakes: Vec<&Mistake> = parts.iter().flat_map(|part| &part.mistakes).collect();
        let all_examples = parts.iter().flat_map(|part| &part.examples).collect();
        Some(Self {
            pictures,
            correct,
            accuracy: correct as f64 / pictures as f64,
            accuracy_interval: interval::wilson(correct, pictures),
            baseline_accuracy: support.iter().max().map_or(0.0, |most| *most as f64 / pictures as f64),
            loss,
            macro_average: Average::of(&classes, |_| 1.0),
            weighted_average: Average::of(&classes, |class: &ClassFigures| class.support as f64),
            mistakes: mistake::worst_of(all_mistakes, mistakes),
            examples: example::surest_of(&names, all_examples, examples_per_class),
            two_classes: None,
            calibration: Calibration::together(parts.iter().map(|part| &part.calibration)),
            notes: notes::of(&classes, undefined_predictions, loss),
            confusion,
            undefined_predictions,
            classes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of what a model said of the pictures that are numbered so, by a formula.
    fn judged(pictures: std::ops::Range<u32>) -> Evaluation {
        let names = ["cat", "dog", "owl"].map(String::from);
        let labels: Vec<u32> = pictures.clone().map(|picture| picture % 3).collect();
        let rows = pictures.clone().flat_map(|picture| {
            let weights = [7, 11, 13].map(|step| ((picture * step + step) % 17 + 1) as f32);
            weights.map(|weight| weight / weights.iter().sum::<f32>())
        });
        let rows: Vec<f32> = rows.collect();
        let paths: Vec<String> = pictures.map(|picture| format!("{picture}.png")).collect();
        Evaluation::new(&names, &rows, &labels, &paths, &Settings::default()).unwrap()
    }

    /// Judged at once by one model, the pictures have the same figures as judged in three parts by it.
    #[test]
    fn parts_together_are_what_one_evaluation_says() {
        let whole = judged(0..100);
        let parts = [judged(0..20), judged(20..65), judged(65..100)];
        let together = Evaluation::together(&parts.each_ref()).unwrap();
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
        near(together.loss.unwrap(), whole.loss.unwrap());
        near(together.calibration.expected_error.unwrap(), whole.calibration.expected_error.unwrap());
        for (ours, theirs) in together.calibration.bins.iter().zip(&whole.calibration.bins) {
            assert_eq!(ours.pictures, theirs.pictures);
            near(ours.confidence.unwrap_or(0.0), theirs.confidence.unwrap_or(0.0));
            near(ours.accuracy.unwrap_or(0.0), theirs.accuracy.unwrap_or(0.0));
        }
        assert_eq!((whole.mistakes.len(), whole.examples.len()), (24, 18));
        assert_eq!(
            Evaluation { loss: whole.loss, calibration: whole.calibration.clone(), ..together },
            whole
        );
        assert_eq!(Evaluation::together(&[]), None);
    }
}
