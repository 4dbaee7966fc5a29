//! Why there are no validation pictures, where something is to be chosen by them.

use images::Split;

use crate::{Error, Plan, Result};

/// Enough of a class for each part to have one, at any share.
const ENOUGH: usize = 3;

/// A figure of the validation part needs such a part.
///
/// # Errors
/// There is none to monitor; the message says why.
pub(crate) fn check_monitor(plan: &Plan, split: &Split) -> Result<()> {
    let name = &plan.monitor.name;
    match split.validation.is_empty() && name.starts_with("val_") {
        false => Ok(()),
        true => Err(Error::usage(format!(
            "--monitor {name} needs validation pictures, and there are none: {}, or monitor {}",
            why(plan, split),
            name.trim_start_matches("val_")
        ))),
    }
}

/// Why `split` has no validation pictures, and what to do.
pub(crate) fn why(plan: &Plan, split: &Split) -> String {
    let (recipe, pictures) = (&plan.recipe, split.train.len() + split.test.len());
    let mut counts = vec![0; 1];
    for sample in split.train.iter().chain(&split.test) {
        let class = sample.label as usize;
        counts.resize(counts.len().max(class + 1), 0);
        counts[class] += 1;
    }
    let is_grouped = split.train.iter().any(|sample| sample.group.is_some());
    let few = if is_grouped {
        "whole groups, and there are not enough of them"
    } else {
        "whole pictures, and no class has enough"
    };
    if split.train.is_empty() {
        format!(
            "all {pictures} pictures are in the test part: leave some of them to learn from and to choose by"
        )
    } else if !recipe.fold.is_empty() {
        format!("--fold {} holds out none of the {pictures} pictures: give fewer folds", recipe.fold)
    } else if recipe.validation_split == 0.0 {
        "give --validation-split a share".to_owned()
    } else if is_grouped || counts.iter().all(|count| *count < ENOUGH) {
        format!("--validation-split {} takes {few} to give one: add pictures", recipe.validation_split)
    } else {
        "those of the set's own validation part are all left out: add others, or hold some out with --merge-validation"
            .to_owned()
    }
}

#[cfg(test)]
mod tests {
    use images::Sample;

    use super::*;
    use crate::Recipe;

    fn refused(change: impl FnOnce(&mut Recipe), [train, test]: [&[u32]; 2]) -> String {
        let mut recipe = Recipe { data: "photos".into(), base: "small_cnn".into(), ..Recipe::default() };
        change(&mut recipe);
        let samples = |labels: &[u32]| labels.iter().map(|label| Sample::new("p", *label)).collect();
        let split = Split { train: samples(train), test: samples(test), ..Split::default() };
        check_monitor(&recipe.check().unwrap(), &split).unwrap_err().to_string()
    }

    #[test]
    fn the_reason_is_the_true_one() {
        let many: &[u32] = &[0, 0, 0, 1, 1, 1];
        let message = refused(|r| r.validation_split = 0.0, [many, &[]]);
        assert_eq!(
            message,
            "--monitor val_loss needs validation pictures, and there are none: give --validation-split a share, or monitor \
             loss"
        );
        let few = refused(|_| (), [&[0, 1], &[0]]);
        assert!(
            few.contains("--validation-split 0.2 takes whole pictures, and no class has enough to give one"),
            "{few}"
        );
        let folds = refused(|r| r.fold = "500/1000".into(), [many, &[]]);
        assert!(
            folds.contains("--fold 500/1000 holds out none of the 6 pictures: give fewer folds"),
            "{folds}"
        );
        assert!(refused(|_| (), [&[], many]).contains("all 6 pictures are in the test part"));
        assert!(refused(|_| (), [many, &[]]).contains("the set's own validation part are all left out"));
    }

    #[test]
    fn a_figure_of_training_needs_none() {
        let recipe = Recipe {
            data: "photos".into(),
            base: "small_cnn".into(),
            monitor: "loss".into(),
            ..Recipe::default()
        };
        assert_eq!(check_monitor(&recipe.check().unwrap(), &Split::default()), Ok(()));
    }
}
