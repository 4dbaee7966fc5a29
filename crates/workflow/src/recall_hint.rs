//! A hint where a threshold is chosen for a recall, and training goes by a recall: that of another threshold.

use report::Figure;
use train::metrics::{self, FigureName};

use crate::Plan;
use crate::threshold::Rule;

/// What else to monitor, in words; `None` where there is no need.
pub(crate) fn recall_hint(plan: &Plan) -> Option<String> {
    let Rule::For(Figure::Recall(least), class) = &plan.threshold else { return None };
    let monitor = &plan.monitor.name;
    FigureName::read(monitor).filter(|figure| figure.stem == "val_recall")?;
    let metric = match class {
        None => format!("precision_at_recall[{least}]"),
        Some(class) => format!("precision_at_recall[{least}/{class}]"),
    };
    metrics::find(&metric).ok()?;
    Some(format!(
        "{monitor} is the recall at a threshold of 0.5, and --threshold {} chooses another one afterwards: --monitor \
         val_{metric}, with {metric} among --metrics, goes by what is left of the precision there; so does val_auc for all \
         thresholds",
        plan.recipe.threshold
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Recipe;

    #[test]
    fn a_recall_that_is_monitored_is_not_that_of_the_threshold_to_come() {
        let hint = |monitor: &str, threshold: &str| {
            let text = format!(
                "data = \"xray\"\nbase = \"small_cnn\"\nmetrics = [\"recall\", \"auc\"]\nmonitor = \"{monitor}\"\n\
                 threshold = \"{threshold}\""
            );
            recall_hint(&Recipe::parse(&text).unwrap().check().unwrap())
        };
        let said = hint("val_recall", "recall=0.95").unwrap();
        assert!(
            said.contains("--threshold recall=0.95")
                && said.contains("--monitor val_precision_at_recall[0.95],")
        );
        let said = hint("val_recall", "recall[NORMAL]=0.9").unwrap();
        assert!(said.contains("--monitor val_precision_at_recall[0.9/NORMAL],"), "{said}");
        for (monitor, threshold) in
            [("val_auc", "recall=0.95"), ("val_recall", "precision=0.9"), ("val_recall", "f1")]
        {
            assert_eq!(hint(monitor, threshold), None);
        }
    }
}
