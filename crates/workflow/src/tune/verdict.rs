//! What a probe for negative transfer says in words.

use report::{Transfer, TransferWay};

use super::mcnemar::Comparison;

/// The way whose base stays as it is.
pub const FROZEN: &str = "frozen";
/// The way whose base learns too, after the head.
pub const FINE_TUNED: &str = "fine-tuned";
/// The way without the weights that others trained.
pub const FROM_SCRATCH: &str = "from scratch";

/// One way of learning, and which validation pictures it gets right.
pub(super) struct Way {
    pub(super) figures: TransferWay,
    pub(super) right: Vec<bool>,
}

/// Of frozen, fine-tuned and from scratch: whether transfer helps, the way to take, and the reasons.
pub(super) fn verdict(ways: &[Way]) -> (Transfer, &'static str, Vec<String>) {
    let [frozen, tuned, scratch] = ways else { return (Transfer::Undecided, FROZEN, Vec::new()) };
    let tuning = Comparison::of(&tuned.right, &frozen.right);
    // The better one stands for the pretrained base, whether or not by chance.
    let pretrained = if tuning.first_alone > tuning.second_alone { tuned } else { frozen };
    let base = Comparison::of(&pretrained.right, &scratch.right);
    let transfer = match base {
        base if base.first_is_better() => Transfer::Positive,
        base if base.turned().first_is_better() => Transfer::Negative,
        _ => Transfer::Undecided,
    };
    let take = match transfer {
        Transfer::Negative => FROM_SCRATCH,
        _ if tuning.first_is_better() => FINE_TUNED,
        _ => FROZEN,
    };
    let words =
        vec![of_base(transfer, pretrained, scratch, base), of_tuning(tuning), of_choice(transfer, take)];
    (transfer, take, words)
}

fn of_base(transfer: Transfer, pretrained: &Way, scratch: &Way, base: Comparison) -> String {
    let (name, with, without, all) =
        (&pretrained.figures.name, pretrained.figures.correct, scratch.figures.correct, scratch.right.len());
    let figures = format!("{name} gets {with} of {all} validation pictures right, from scratch {without}");
    let chance = chance(base, name, FROM_SCRATCH);
    match transfer {
        Transfer::Positive => format!(
            "The pretrained base helps: {figures}, {} more in a hundred; that is more than chance explains ({chance}).",
            points(with, without, all)
        ),
        Transfer::Negative => format!(
            "The pretrained base hurts, which is called negative transfer: {figures}, {} fewer in a hundred; that is more \
             than chance explains ({chance}).",
            points(without, with, all)
        ),
        Transfer::Undecided => format!(
            "Whether the pretrained base helps cannot be told: {figures}, and that difference is within the noise of so few \
             pictures ({chance}); more validation pictures or more --epochs may tell."
        ),
    }
}

fn of_tuning(tuning: Comparison) -> String {
    let chance = chance(tuning, FINE_TUNED, FROZEN);
    if tuning.first_is_better() {
        return format!("Fine-tuning the base helps beyond chance ({chance}).");
    }
    match tuning.turned().first_is_better() {
        true => format!("Fine-tuning the base hurts beyond chance ({chance}); its rate may be too high."),
        false => format!("Between frozen and fine-tuned there is no difference beyond chance ({chance})."),
    }
}

fn of_choice(transfer: Transfer, take: &str) -> String {
    match (transfer, take) {
        (Transfer::Negative, _) => {
            "Take --weights none, or a base that was trained on more similar pictures.".into()
        }
        (_, FINE_TUNED) => "Take the pretrained base and fine-tune it.".into(),
        (Transfer::Undecided, _) => {
            "Take the frozen base, which trains fastest, unless a longer probe says otherwise.".into()
        }
        _ => "Take the pretrained base and leave it frozen, which trains fastest.".into(),
    }
}

/// Pictures in a hundred.
fn points(more: usize, fewer: usize, all: usize) -> String {
    format!("{:.0}", 100.0 * more.saturating_sub(fewer) as f64 / all as f64)
}

/// How many pictures tell two ways apart, and how probable that is between equally good ones.
fn chance(comparison: Comparison, first: &str, second: &str) -> String {
    let Comparison { first_alone, second_alone } = comparison;
    let probability = comparison.probability();
    let probability = if probability < 0.001 { "p < 0.001".into() } else { format!("p = {probability:.3}") };
    format!(
        "{first_alone} that only {first} gets right, {second_alone} that only {second} does, {probability}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A way that gets the first `right` of `all` pictures right.
    fn way(name: &str, right: usize, all: usize) -> Way {
        let accuracy = right as f64 / all as f64;
        let figures = TransferWay {
            name: name.into(),
            correct: right,
            accuracy,
            accuracy_interval: report::wilson(right, all),
            loss: Some(1.0),
            seconds: 1.0,
        };
        Way { figures, right: (0..all).map(|picture| picture < right).collect() }
    }

    fn judged(frozen: usize, tuned: usize, scratch: usize) -> (Transfer, &'static str, String) {
        let ways =
            [way("frozen", frozen, 40), way("fine-tuned", tuned, 40), way("from scratch", scratch, 40)];
        let (transfer, take, words) = verdict(&ways);
        (transfer, take, words.join(" "))
    }

    #[test]
    fn a_difference_within_the_noise_is_no_verdict() {
        let (transfer, take, words) = judged(30, 30, 28);
        assert_eq!((transfer, take), (Transfer::Undecided, "frozen"));
        assert!(words.contains("within the noise") && words.contains("p = 0.500"), "{words}");
    }

    #[test]
    fn help_and_harm_are_told_with_how_much() {
        let (transfer, take, words) = judged(36, 37, 20);
        assert_eq!((transfer, take), (Transfer::Positive, "frozen"));
        assert!(
            words.contains("helps: fine-tuned gets 37 of 40") && words.contains("42 more in a hundred"),
            "{words}"
        );
        let (transfer, take, words) = judged(20, 36, 18);
        assert_eq!((transfer, take), (Transfer::Positive, "fine-tuned"));
        assert!(words.contains("Fine-tuning the base helps"), "{words}");
        let (transfer, take, words) = judged(18, 17, 34);
        assert_eq!((transfer, take), (Transfer::Negative, "from scratch"));
        assert!(words.contains("negative transfer") && words.contains("--weights none"), "{words}");
        let (_, take, words) = judged(36, 20, 10);
        assert!(take == "frozen" && words.contains("its rate may be too high"), "{words}");
    }
}
