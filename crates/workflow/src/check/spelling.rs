//! Keras's constructors, as `Adam(learning_rate=1e-3)`, and settings that are no part of an optimizer, a loss or a schedule
//! here: said with how they are written.

use crate::{Error, Result};

/// What is written behind an option.
pub(super) struct Spelling {
    /// The names here.
    names: &'static [&'static str],
    /// Keras's names that are not like those here, in small letters, and ours.
    also: &'static [(&'static str, &'static str)],
    /// What Keras's first argument is, which needs no name there.
    first: &'static str,
    /// Keras's arguments that are settings of their own here, and their keys.
    own: &'static [(&'static str, &'static str)],
}

/// Arguments in Keras that nothing is for here.
const NO_USE: [&str; 5] = ["name", "reduction", "dtype", "from_logits", "axis"];

pub(super) const OPTIMIZER: Spelling = Spelling {
    names: train::optimizers::NAMES,
    also: &[],
    first: "learning_rate",
    own: &[
        ("learning_rate", "learning_rate"),
        ("weight_decay", "weight_decay"),
        ("clipnorm", "clipnorm"),
        ("clipvalue", "clipvalue"),
        ("global_clipnorm", "global_clipnorm"),
        ("use_ema", "use_ema"),
        ("ema_momentum", "ema_momentum"),
        ("gradient_accumulation_steps", "gradient_accumulation_steps"),
    ],
};

pub(super) const LOSS: Spelling = Spelling {
    names: train::losses::NAMES,
    also: &[],
    first: "from_logits",
    own: &[("label_smoothing", "label_smoothing")],
};

pub(super) const SCHEDULE: Spelling = Spelling {
    names: train::schedules::NAMES,
    also: &[
        ("cosinedecay", "cosine"),
        ("cosinedecayrestarts", "cosine_restarts"),
        ("exponentialdecay", "exponential"),
        ("inversetimedecay", "inverse_time"),
        ("polynomialdecay", "polynomial"),
        ("piecewiseconstantdecay", "step"),
        ("learningratescheduler", "table"),
        ("onecyclelr", "one_cycle"),
    ],
    first: "initial_learning_rate",
    own: &[("initial_learning_rate", "learning_rate"), ("learning_rate", "learning_rate")],
};

impl Spelling {
    /// Fails for `text` that is spelled as in Keras, or holds what has a setting of its own; `option` is where it stands.
    pub(super) fn check(&self, option: &str, text: &str) -> Result<()> {
        let is_call = text.contains('(');
        let (head, arguments) = match text.split_once('(') {
            Some((class, rest)) => {
                (class.rsplit('.').next().unwrap_or(class), rest.strip_suffix(')').unwrap_or(rest))
            }
            None => text.split_once(',').unwrap_or((text, "")),
        };
        let (name, value) = head.split_once('=').map_or((head, None), |(name, value)| (name, Some(value)));
        let Some(ours) = self.name(name) else { return Ok(()) };
        let (own, kept) = self.shared_out(is_call, &arguments_of(arguments));
        if !is_call && own.is_empty() && name.trim() == ours {
            return Ok(());
        }
        let head = value.map_or_else(|| ours.to_owned(), |value| format!("{ours}={value}"));
        let spelled = std::iter::once(head).chain(kept).collect::<Vec<_>>().join(",");
        let own: Vec<String> = own.iter().map(|(key, value)| as_setting(option, key, value)).collect();
        let beside = match own.is_empty() {
            true => String::new(),
            false => format!(" with {} beside it", own.join(" and ")),
        };
        Err(Error::usage(format!("{option}: {text} is written {spelled} here{beside}")))
    }

    /// What is called `name`, in Keras or here.
    fn name(&self, name: &str) -> Option<&'static str> {
        let plain = |name: &str| name.replace('_', "").to_lowercase();
        let wanted = plain(name.trim());
        let here = self.names.iter().copied().find(|known| plain(known) == wanted);
        here.or_else(|| self.also.iter().find(|(known, _)| *known == wanted).map(|(_, ours)| *ours))
    }

    /// The arguments that are settings of their own, with their keys, and the others as they are written here.
    fn shared_out<'a>(
        &self,
        is_call: bool,
        arguments: &[&'a str],
    ) -> (Vec<(&'static str, &'a str)>, Vec<String>) {
        let (mut own, mut kept) = (Vec::new(), Vec::new());
        for (place, argument) in arguments.iter().enumerate() {
            let (name, value) = match argument.split_once('=') {
                Some((name, value)) => (name.trim(), value.trim()),
                None if is_call && place == 0 => (self.first, argument.trim()),
                None => (argument.trim(), ""),
            };
            match self.own.iter().find(|(known, _)| *known == name) {
                Some((_, key)) => own.push((*key, value)),
                None if NO_USE.contains(&name) || value == "None" => {}
                None => kept.push(word(name, value)),
            }
        }
        (own, kept)
    }
}

/// What stands between commas that are in no brackets.
fn arguments_of(text: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    let parts = text.split(|letter: char| {
        match letter {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        letter == ',' && depth == 0
    });
    parts.map(str::trim).filter(|part| !part.is_empty()).collect()
}

/// `name=value` as it is read here: lists between slashes, true and false in small letters.
fn word(name: &str, value: &str) -> String {
    match value.trim_matches(['\'', '"']) {
        "" | "True" => name.into(),
        "False" => format!("{name}=false"),
        value => {
            let members: Vec<&str> =
                value.trim_matches(['[', ']', '(', ')']).split(',').map(str::trim).collect();
            format!("{name}={}", members.join("/"))
        }
    }
}

/// A setting beside `option`, as it is given there: `--weight-decay 0.01`, or `weight_decay = 0.01` in a stage.
fn as_setting(option: &str, key: &str, value: &str) -> String {
    if value.contains('(') {
        return format!("{value} as {}", option.replace("optimizer", "schedule"));
    }
    let second = if option.starts_with("--fine-tune") { "fine-tune-" } else { "" };
    match option.starts_with("--") {
        false => format!("{key} = {value}"),
        true if value.is_empty() || value == "True" => format!("--{second}{}", key.replace('_', "-")),
        true => format!("--{second}{} {value}", key.replace('_', "-")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keras_s_spelling_is_answered_with_ours() {
        for (spelling, text, expected) in [
            (&OPTIMIZER, "adamw,weight_decay=0.01", "written adamw here with --weight-decay 0.01"),
            (&OPTIMIZER, "adam(beta_1=0.8)", "adam(beta_1=0.8) is written adam,beta_1=0.8 here"),
            (&OPTIMIZER, "Adam(learning_rate=1e-3)", "written adam here with --learning-rate 1e-3"),
            (
                &OPTIMIZER,
                "keras.optimizers.SGD(0.01, momentum=0.9, nesterov=True, clipnorm=None)",
                "written sgd,momentum=0.9,nesterov here with --learning-rate 0.01",
            ),
            (&OPTIMIZER, "AdamW", "AdamW is written adamw here"),
            (&OPTIMIZER, "sgd=0.9,clipnorm=1", "written sgd=0.9 here with --clipnorm 1"),
            (&OPTIMIZER, "adam,use_ema", "with --use-ema beside it"),
            (&OPTIMIZER, "Adam(", "written adam here"),
            (
                &OPTIMIZER,
                "Adam(learning_rate=CosineDecay(0.1, 100), beta_1=0.8)",
                "written adam,beta_1=0.8 here with CosineDecay(0.1, 100) as --",
            ),
            (
                &LOSS,
                "BinaryCrossentropy(True, label_smoothing=0)",
                "written binary_crossentropy here with --label-smoothing 0 beside it",
            ),
            (
                &LOSS,
                "CategoricalFocalCrossentropy(gamma=3)",
                "written categorical_focal_crossentropy,gamma=3 here",
            ),
            (&LOSS, "categorical_crossentropy,label_smoothing=0.1", "with --label-smoothing 0.1"),
            (
                &SCHEDULE,
                "CosineDecay(0.1, decay_steps=100)",
                "written cosine,decay_steps=100 here with --learning-rate 0.1",
            ),
            (
                &SCHEDULE,
                "PiecewiseConstantDecay(boundaries=[10, 20], values=[1, 0.5, 0.1])",
                "written step,boundaries=10/20,values=1/0.5/0.1 here",
            ),
        ] {
            let message = spelling.check("--option", text).unwrap_err().to_string();
            assert!(message.starts_with("--option: ") && message.contains(expected), "{message}");
        }
        let message = SCHEDULE.check("stage 2, schedule", "cosine,learning_rate=1").unwrap_err().to_string();
        assert!(message.contains("with learning_rate = 1 beside it"), "{message}");
    }

    /// What is spelled as here, and what nobody knows, is read as it is.
    #[test]
    fn our_own_spelling_passes() {
        for (spelling, text) in [
            (&OPTIMIZER, "adam"),
            (&OPTIMIZER, "sgd=0.9,nesterov"),
            (&OPTIMIZER, "adan(1)"),
            (&LOSS, ""),
            (&LOSS, "binary_focal_crossentropy=3,alpha=0.4"),
            (&SCHEDULE, "step=0.01/0.001,boundaries=10epochs"),
            (&SCHEDULE, "cosine,warmup_steps=2epochs"),
        ] {
            spelling.check("--option", text).unwrap();
        }
    }
}
