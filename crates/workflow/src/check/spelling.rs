//! Keras's spellings of names and settings. A name of Keras's, as `Adam` or `val_acc`, becomes ours; of a constructor, as
//! `Adam(learning_rate=1e-3)`, and of settings that are no part of an optimizer, a loss or a schedule here, it is said how
//! they are written.

use train::callbacks::StopWhen;
use train::{losses, metrics, optimizers, schedules};

use super::augmentation::augment;
use crate::{Error, Recipe, Result};

/// What is written behind an option.
pub(super) struct Spelling {
    /// Our name of what is called so, here or in Keras.
    known_as: fn(&str) -> Option<&'static str>,
    /// What is no name of one, in small letters without underscores.
    meant: &'static [Meant],
    /// Settings that are none here.
    settings: &'static [Meant],
    /// What Keras's first argument is, which needs no name there.
    first: &'static str,
    /// Keras's arguments that are settings of their own here, and their keys.
    own: &'static [(&'static str, &'static str)],
}

/// What is called otherwise here.
struct Meant {
    called: &'static str,
    /// With `{}` for the setting.
    said: &'static str,
    /// The key of a recipe that it is, and a value; no key where it is written in the same place.
    setting: (&'static str, &'static str),
}

/// What is written in the same place.
const fn meant(called: &'static str, said: &'static str) -> Meant {
    Meant { called, said, setting: ("", "") }
}

/// What is a setting of its own.
const fn beside(called: &'static str, said: &'static str, setting: (&'static str, &'static str)) -> Meant {
    Meant { called, said, setting }
}

/// Arguments in Keras that nothing is for here.
const NO_USE: [&str; 5] = ["name", "reduction", "dtype", "from_logits", "axis"];

const EVERY: &str = "it is for every optimizer: give {}";

pub(super) const OPTIMIZER: Spelling = Spelling {
    known_as: optimizers::known_as,
    meant: &[
        meant("momentum", "momentum is a setting of sgd: write sgd,momentum=0.9"),
        meant("nesterov", "Nesterov's form is a setting of sgd: write sgd,momentum=0.9,nesterov"),
        meant("amsgrad", "AMSGrad is a setting of adam: write adam,amsgrad"),
        beside("clipnorm", EVERY, ("clipnorm", "1")),
        beside("clipvalue", EVERY, ("clipvalue", "1")),
        beside("globalclipnorm", EVERY, ("global_clipnorm", "1")),
        beside("ema", "averages of the weights are for every optimizer: give {}", ("use_ema", "")),
    ],
    settings: &[beside(
        "decay",
        "a rate that falls is a schedule, and decay=0.01 is this one: give {}",
        ("schedule", "inverse_time=0.01,decay_steps=1"),
    )],
    first: "learning_rate",
    own: &[
        ("learning_rate", "learning_rate"),
        ("lr", "learning_rate"),
        ("weight_decay", "weight_decay"),
        ("clipnorm", "clipnorm"),
        ("clipvalue", "clipvalue"),
        ("global_clipnorm", "global_clipnorm"),
        ("use_ema", "use_ema"),
        ("ema_momentum", "ema_momentum"),
        ("gradient_accumulation_steps", "gradient_accumulation_steps"),
    ],
};

const FOCAL: &str = "write categorical_focal_crossentropy, or binary_focal_crossentropy for one sigmoid unit";

pub(super) const LOSS: Spelling = Spelling {
    known_as: losses::known_as,
    meant: &[meant("focal", FOCAL), meant("focalloss", FOCAL), meant("focalcrossentropy", FOCAL)],
    settings: &[],
    first: "from_logits",
    own: &[("label_smoothing", "label_smoothing")],
};

const STAIRCASE: &str =
    "for half the rate after every 10 epochs, write exponential=0.5,decay_steps=10epochs,staircase";

pub(super) const SCHEDULE: Spelling = Spelling {
    known_as: schedules::known_as,
    meant: &[
        beside(
            "reducelronplateau",
            "this follows a figure and not the steps: give {}",
            ("reduce_lr_on_plateau", "factor=0.1,patience=10"),
        ),
        meant("steplr", STAIRCASE),
        meant("stepdecay", STAIRCASE),
        meant(
            "warmup",
            "it comes before any schedule: write constant,warmup_steps=2epochs or cosine,warmup_steps=2epochs",
        ),
    ],
    settings: &[
        meant("restarts", "with restarts it is a schedule of its own: write cosine_restarts=10epochs"),
        meant("warmup", "write warmup_steps=2epochs"),
        meant("drop", STAIRCASE),
    ],
    first: "initial_learning_rate",
    own: &[("initial_learning_rate", "learning_rate"), ("learning_rate", "learning_rate")],
};

/// Our names in the place of Keras's, in everything that `recipe` calls by a name; what is not known stays as it is.
pub(super) fn normalize(recipe: &mut Recipe) {
    let stages = recipe.stage.iter_mut();
    let (optimizers, schedules): (Vec<_>, Vec<_>) =
        stages.map(|stage| (&mut stage.optimizer, &mut stage.schedule)).unzip();
    let schedules = schedules.into_iter().chain([&mut recipe.schedule, &mut recipe.fine_tune_schedule]);
    optimizers.into_iter().chain([&mut recipe.optimizer]).for_each(|text| *text = OPTIMIZER.ours(text));
    schedules.for_each(|text| *text = SCHEDULE.ours(text));
    recipe.loss = LOSS.ours(&recipe.loss);
    let initializer = |name: &str| graph::known_as(name, &graph::Initializer::NAMES, &[]);
    recipe.initializer = renamed(&recipe.initializer, initializer);
    if let Ok(augment) = augment(&recipe.augment) {
        recipe.augment = augment.to_string();
    }
    recipe.metrics.iter_mut().for_each(|name| *name = metrics::figure(name));
    recipe.monitor = metrics::figure(&recipe.monitor);
    for objective in &mut recipe.stop_when {
        if let Ok(read) = objective.parse::<StopWhen>() {
            *objective = read.to_string();
        }
    }
    let setting = |word: &str| match word.split_once('=') {
        Some(("monitor", name)) => format!("monitor={}", metrics::figure(name)),
        _ => word.to_owned(),
    };
    let plateau: Vec<String> = recipe.reduce_lr_on_plateau.split(',').map(setting).collect();
    recipe.reduce_lr_on_plateau = plateau.join(",");
}

/// `text`, which is a name and settings, with the name that is known as its own; a constructor stays as it is.
fn renamed(text: &str, known_as: impl Fn(&str) -> Option<&'static str>) -> String {
    let end = text.find([',', '=']).unwrap_or(text.len());
    match known_as(&text[..end]) {
        Some(name) if !text.contains('(') => format!("{name}{}", &text[end..]),
        _ => text.to_owned(),
    }
}

impl Spelling {
    fn ours(&self, text: &str) -> String {
        renamed(text, self.known_as)
    }

    /// Fails for `text` that is a constructor as in Keras, or holds what has a setting of its own; `option` is where it
    /// stands.
    pub(super) fn check(&self, option: &str, text: &str) -> Result<()> {
        let is_call = text.contains('(');
        let (head, arguments) = match text.split_once('(') {
            Some((class, rest)) => {
                (class.rsplit('.').next().unwrap_or(class), rest.strip_suffix(')').unwrap_or(rest))
            }
            None => text.split_once(',').unwrap_or((text, "")),
        };
        let (name, value) = head.split_once('=').map_or((head, None), |(name, value)| (name, Some(value)));
        let arguments = arguments_of(arguments);
        if let Some(Meant { said, setting: (key, value), .. }) = self.meant_by(name, &arguments) {
            let said = said.replace("{}", &as_setting(option, key, value));
            return Err(Error::usage(format!("{option} {text}: {said}")));
        }
        let Some(ours) = (self.known_as)(name) else { return Ok(()) };
        let (own, kept) = self.shared_out(is_call.then_some(self.first), &arguments);
        if !is_call && own.is_empty() {
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

    /// What has another place here, of a name and its arguments.
    fn meant_by(&self, name: &str, arguments: &[&str]) -> Option<&'static Meant> {
        let plain = name.trim().replace('_', "").to_lowercase();
        let of_name = self.meant.iter().find(|meant| meant.called == plain);
        let setting = |argument: &&str| {
            let name = argument.split('=').next().unwrap_or_default().trim();
            self.settings.iter().find(|meant| meant.called == name)
        };
        of_name.or_else(|| arguments.iter().find_map(setting))
    }

    /// The arguments that are settings of their own, with their keys, and the others as they are written here.
    fn shared_out<'a>(
        &self,
        unnamed: Option<&'static str>,
        arguments: &[&'a str],
    ) -> (Vec<(&'static str, &'a str)>, Vec<String>) {
        let (mut own, mut kept) = (Vec::new(), Vec::new());
        for (place, argument) in arguments.iter().enumerate() {
            let (name, value) = match argument.split_once('=') {
                Some((name, value)) => (name.trim(), value.trim()),
                None => match unnamed.filter(|_| place == 0) {
                    Some(first) => (first, argument.trim()),
                    None => (argument.trim(), ""),
                },
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
pub(super) fn arguments_of(text: &str) -> Vec<&str> {
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

/// The keys of a stage among those that are advised; the others stand above all stages.
const OF_STAGE: [&str; 3] = ["learning_rate", "weight_decay", "schedule"];

/// A setting beside `option`, as it is given there: `--weight-decay 0.01`, or `weight_decay = 0.01` in a stage.
fn as_setting(option: &str, key: &str, value: &str) -> String {
    if value.contains('(') {
        return format!("{value} as {}", option.replace("optimizer", "schedule"));
    }
    let is_on = value.is_empty() || value == "True";
    if option.starts_with("--") {
        let second = if option.starts_with("--fine-tune") { "fine-tune-" } else { "" };
        let value = if is_on { String::new() } else { format!(" {value}") };
        return format!("--{second}{}{value}", key.replace('_', "-"));
    }
    let value = match value.parse::<f64>() {
        _ if is_on => "true".to_owned(),
        Ok(_) => value.to_owned(),
        Err(_) => format!("\"{value}\""),
    };
    let place = if OF_STAGE.contains(&key) { "" } else { " above the stages" };
    format!("{key} = {value}{place}")
}

#[cfg(test)]
mod tests;
