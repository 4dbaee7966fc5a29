//! Keras's spellings of names and settings. A name of Keras's, as `Adam` or `val_acc`, becomes ours; of a constructor, as
//! `Adam(learning_rate=1e-3)`, and of settings that are no part of an optimizer, a loss or a schedule here, it is said how
//! they are written.

use images::Augment;
use train::callbacks::StopWhen;
use train::{losses, metrics, optimizers, schedules};

use crate::{Error, Recipe, Result};

/// What is written behind an option.
pub(super) struct Spelling {
    /// Our name of what is called so, here or in Keras.
    known_as: fn(&str) -> Option<&'static str>,
    /// What is no name of one, in small letters without underscores, and what is meant by it.
    meant: &'static [(&'static str, &'static str)],
    /// Settings that are none here, and what is meant by them.
    settings: &'static [(&'static str, &'static str)],
    /// What Keras's first argument is, which needs no name there.
    first: &'static str,
    /// Keras's arguments that are settings of their own here, and their keys.
    own: &'static [(&'static str, &'static str)],
}

/// Arguments in Keras that nothing is for here.
const NO_USE: [&str; 5] = ["name", "reduction", "dtype", "from_logits", "axis"];

pub(super) const OPTIMIZER: Spelling = Spelling {
    known_as: optimizers::known_as,
    meant: &[
        ("momentum", "momentum is a setting of sgd: write sgd,momentum=0.9"),
        ("nesterov", "Nesterov's form is a setting of sgd: write sgd,momentum=0.9,nesterov"),
        ("amsgrad", "AMSGrad is a setting of adam: write adam,amsgrad"),
        ("clipnorm", "it is for every optimizer: give --clipnorm 1 beside one"),
        ("clipvalue", "it is for every optimizer: give --clipvalue 1 beside one"),
        ("globalclipnorm", "it is for every optimizer: give --global-clipnorm 1 beside one"),
        ("ema", "averages of the weights are for every optimizer: give --use-ema beside one"),
    ],
    settings: &[(
        "decay",
        "a rate that falls is a schedule: --schedule inverse_time=0.01,decay_steps=1 for decay=0.01",
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
    meant: &[("focal", FOCAL), ("focalloss", FOCAL), ("focalcrossentropy", FOCAL)],
    settings: &[],
    first: "from_logits",
    own: &[("label_smoothing", "label_smoothing")],
};

const STAIRCASE: &str =
    "for half the rate after every 10 epochs, write exponential=0.5,decay_steps=10epochs,staircase";

pub(super) const SCHEDULE: Spelling = Spelling {
    known_as: schedules::known_as,
    meant: &[
        ("reducelronplateau", "this follows a figure and not the steps: give --reduce-lr-on-plateau"),
        ("steplr", STAIRCASE),
        ("stepdecay", STAIRCASE),
        (
            "warmup",
            "it comes before any schedule: write constant,warmup_steps=2epochs or cosine,warmup_steps=2epochs",
        ),
    ],
    settings: &[
        ("restarts", "with restarts it is a schedule of its own: write cosine_restarts=10epochs"),
        ("warmup", "write warmup_steps=2epochs"),
        ("drop", STAIRCASE),
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
    if let Ok(augment) = recipe.augment.parse::<Augment>() {
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
        self.check_meant(name, &arguments).map_err(|why| Error::usage(format!("{option} {text}: {why}")))?;
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

    /// Fails for what is called so and has another place here, with what is meant.
    fn check_meant(&self, name: &str, arguments: &[&str]) -> Result<(), &'static str> {
        let plain = name.trim().replace('_', "").to_lowercase();
        let of_name = self.meant.iter().find(|(known, _)| *known == plain);
        let setting = |argument: &&str| {
            let name = argument.split('=').next().unwrap_or_default().trim();
            self.settings.iter().find(|(known, _)| *known == name)
        };
        match of_name.or_else(|| arguments.iter().find_map(setting)) {
            Some((_, meant)) => Err(meant),
            None => Ok(()),
        }
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

    #[test]
    fn what_has_another_place_here_is_answered_with_it() {
        for (spelling, text, expected) in [
            (
                &OPTIMIZER,
                "momentum",
                "--option momentum: momentum is a setting of sgd: write sgd,momentum=0.9",
            ),
            (&OPTIMIZER, "nesterov", "write sgd,momentum=0.9,nesterov"),
            (&OPTIMIZER, "AMSGrad", "write adam,amsgrad"),
            (&OPTIMIZER, "clipnorm=1", "give --clipnorm 1"),
            (&OPTIMIZER, "sgd,decay=1e-4", "--schedule inverse_time=0.01,decay_steps=1"),
            (&OPTIMIZER, "SGD(0.1, decay=1e-4)", "--schedule inverse_time=0.01,decay_steps=1"),
            (&OPTIMIZER, "adam,lr=0.1", "is written adam here with --learning-rate 0.1"),
            (&LOSS, "focal", "categorical_focal_crossentropy, or binary_focal_crossentropy"),
            (&LOSS, "FocalLoss", "categorical_focal_crossentropy, or binary_focal_crossentropy"),
            (&SCHEDULE, "ReduceLROnPlateau", "give --reduce-lr-on-plateau"),
            (&SCHEDULE, "cosine,restarts", "write cosine_restarts=10epochs"),
            (&SCHEDULE, "cosine,warmup=3", "write warmup_steps=2epochs"),
            (&SCHEDULE, "StepLR", "exponential=0.5,decay_steps=10epochs,staircase"),
        ] {
            let message = spelling.check("--option", text).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
        // What is advised is read.
        for text in ["sgd,momentum=0.9", "sgd,momentum=0.9,nesterov", "adam,amsgrad"] {
            optimizers::OptimizerConfig::find(text).unwrap();
        }
        for text in [
            "inverse_time=0.01,decay_steps=1",
            "cosine_restarts=10epochs",
            "constant,warmup_steps=2epochs",
            "exponential=0.5,decay_steps=10epochs,staircase",
        ] {
            text.parse::<schedules::Schedule>().unwrap();
        }
    }

    #[test]
    fn keras_s_names_become_ours_in_a_recipe() {
        let mut recipe = Recipe {
            optimizer: "AdamW,beta_1=0.8".into(),
            loss: "CategoricalCrossentropy".into(),
            schedule: "CosineDecay=0.1".into(),
            fine_tune_schedule: "ExponentialDecay".into(),
            metrics: ["acc", "AUC", "Recall[Cat]", "f1_score"].map(String::from).into(),
            initializer: "TruncatedNormal=0.02".into(),
            augment: "flip,mixup".into(),
            monitor: "val_Recall[Cat]".into(),
            stop_when: vec!["val_acc ≥ 0.95 and val_loss<1".into(), "diverged".into()],
            reduce_lr_on_plateau: "factor=0.5,monitor=val_acc".into(),
            stage: vec![crate::StageRecipe {
                optimizer: "SGD".into(),
                schedule: "cosine_decay".into(),
                ..crate::StageRecipe::new(crate::FineTune::All, 1)
            }],
            ..Recipe::default()
        };
        normalize(&mut recipe);
        assert_eq!(recipe.optimizer, "adamw,beta_1=0.8");
        assert_eq!(recipe.loss, "categorical_crossentropy");
        assert_eq!([recipe.schedule.as_str(), &recipe.fine_tune_schedule], ["cosine=0.1", "exponential"]);
        assert_eq!(recipe.metrics, ["accuracy", "auc", "recall[Cat]", "f1"]);
        assert_eq!(recipe.initializer, "truncated_normal=0.02");
        assert_eq!(recipe.augment, "flip,mixup=0.2");
        assert_eq!(recipe.monitor, "val_recall[Cat]");
        assert_eq!(recipe.stop_when, ["val_accuracy>=0.95 and val_loss<1", "diverged"]);
        assert_eq!(recipe.reduce_lr_on_plateau, "factor=0.5,monitor=val_accuracy");
        assert_eq!([recipe.stage[0].optimizer.as_str(), &recipe.stage[0].schedule], ["sgd", "cosine"]);
        // A recipe of our own names stays as it is.
        for own in [recipe, Recipe::default()] {
            let mut read = own.clone();
            normalize(&mut read);
            assert_eq!(read, own);
        }
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
