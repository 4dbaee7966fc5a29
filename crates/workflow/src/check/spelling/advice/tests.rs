use train::callbacks::{Monitor, ReduceLrOnPlateau};
use train::{losses, optimizers, schedules};

use super::*;
use crate::Recipe;
use crate::check::spelling::{LOSS, OPTIMIZER};

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
        (
            &OPTIMIZER,
            "Adam(CosineDecay(initial_learning_rate=0.1, decay_steps=100))",
            "written adam here with --learning-rate 0.1 and --schedule cosine,decay_steps=100 beside it",
        ),
        (
            &OPTIMIZER,
            "Adam(learning_rate=CosineDecay(0.1, 100), beta_1=0.8)",
            "written adam,beta_1=0.8 here with --learning-rate 0.1 and --schedule cosine,decay_steps=100 beside it",
        ),
        (&OPTIMIZER, "Adam(1e-3, 0.8)", "written adam,beta_1=0.8 here with --learning-rate 1e-3"),
        (
            &OPTIMIZER,
            "SGD(use_ema=True, ema_momentum=0.9)",
            "with --use-ema and --ema-momentum 0.9 beside it",
        ),
        (
            &OPTIMIZER,
            "AdamW(1e-3, 0.01, use_ema=True, clipnorm=None)",
            "written adamw here with --learning-rate 1e-3 and --weight-decay 0.01 and --use-ema beside it",
        ),
        (
            &LOSS,
            "BinaryCrossentropy(True, label_smoothing=0)",
            "written binary_crossentropy here with --label-smoothing 0 beside it",
        ),
        (
            &LOSS,
            "CategoricalCrossentropy(False, 0.1, -1, reduction=Reduction.AUTO)",
            "written categorical_crossentropy here with --label-smoothing 0.1 beside it",
        ),
        (
            &LOSS,
            "SparseCategoricalCrossentropy(True, None, \"mean\", axis=-1)",
            "written sparse_categorical_crossentropy here",
        ),
        (
            &LOSS,
            "CategoricalFocalCrossentropy(gamma=3)",
            "written categorical_focal_crossentropy,gamma=3 here",
        ),
        (
            &LOSS,
            "BinaryFocalCrossentropy(True, 0.4, from_logits=True)",
            "written binary_focal_crossentropy,apply_class_balancing,alpha=0.4 here",
        ),
        (&LOSS, "categorical_crossentropy,label_smoothing=0.1", "with --label-smoothing 0.1"),
        (
            &SCHEDULE,
            "CosineDecay(0.1, decay_steps=100)",
            "written cosine,decay_steps=100 here with --learning-rate 0.1",
        ),
        (
            &SCHEDULE,
            "CosineDecay(0.001,100)",
            "written cosine,decay_steps=100 here with --learning-rate 0.001",
        ),
        (
            &SCHEDULE,
            "CosineDecay(0.001, 100, warmup_target=0.01, warmup_steps=20)",
            "written cosine,decay_steps=100,warmup_steps=20,warmup_start=0.1 here with --learning-rate 0.01",
        ),
        (
            &SCHEDULE,
            "ExponentialDecay(0.1, 1000, 0.96, True)",
            "written exponential,decay_steps=1000,decay_rate=0.96,staircase here with --learning-rate 0.1",
        ),
        (
            &SCHEDULE,
            "PolynomialDecay(0.1, 100, 0.001)",
            "written polynomial,decay_steps=100,end_learning_rate=0.001 here",
        ),
        (
            &SCHEDULE,
            "OneCycleLR(optimizer, 0.01, epochs=10, anneal_strategy='linear')",
            "written one_cycle,linear here with --learning-rate 0.01",
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
        (&OPTIMIZER, "momentum", "--option momentum: momentum is a setting of sgd: write sgd,momentum=0.9"),
        (&OPTIMIZER, "nesterov", "write sgd,momentum=0.9,nesterov"),
        (&OPTIMIZER, "AMSGrad", "write adam,amsgrad"),
        (&OPTIMIZER, "clipnorm=1", "give --clipnorm 1"),
        (&OPTIMIZER, "ema", "give --use-ema"),
        (&OPTIMIZER, "sgd,decay=1e-4", "written sgd here with --schedule inverse_time=1e-4,decay_steps=1"),
        (
            &OPTIMIZER,
            "SGD(0.1, decay=1e-4)",
            "with --learning-rate 0.1 and --schedule inverse_time=1e-4,decay_steps=1",
        ),
        (&OPTIMIZER, "SGD(decay=0.0)", "is written sgd here"),
        (&OPTIMIZER, "Adam(CosineDecay(0.1, 9), decay=1e-4)", "decay: the rate has a schedule already"),
        (&OPTIMIZER, "adam,lr=0.1", "is written adam here with --learning-rate 0.1"),
        (&LOSS, "focal", "categorical_focal_crossentropy, or binary_focal_crossentropy"),
        (&LOSS, "FocalLoss", "categorical_focal_crossentropy, or binary_focal_crossentropy"),
        (&SCHEDULE, "ReduceLROnPlateau", "give --reduce-lr-on-plateau factor=0.1,patience=10"),
        (&SCHEDULE, "ReduceLROnPlateau()", "give --reduce-lr-on-plateau factor=0.1,patience=10"),
        (
            &SCHEDULE,
            "callbacks.ReduceLROnPlateau('val_loss', factor=0.5, verbose=1)",
            "give --reduce-lr-on-plateau monitor=val_loss,factor=0.5",
        ),
        (&SCHEDULE, "cosine,restarts", "write cosine_restarts=10epochs"),
        (&SCHEDULE, "cosine,warmup=3", "write warmup_steps=2epochs"),
        (&SCHEDULE, "StepLR", "exponential=0.5,decay_steps=10epochs,staircase"),
    ] {
        let message = spelling.check("--option", text).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
    let message = SCHEDULE.check("--fine-tune-schedule", "ReduceLROnPlateau()").unwrap_err().to_string();
    assert!(message.contains("give --reduce-lr-on-plateau"), "{message}");
}

#[test]
fn what_cannot_be_written_here_is_refused_for_what_it_is() {
    for (spelling, text, expected) in [
        (&OPTIMIZER, "Adam(", "--option Adam(: the bracket behind Adam is not closed"),
        (&OPTIMIZER, "Adam(beta1=0.8)", "it has no argument beta1 here; did you mean beta_1?"),
        (&OPTIMIZER, "Adam(1, 0.9, 0.9, 1e-7, True, 0.1)", "0.1 is one argument more than it takes"),
        (&OPTIMIZER, "Adam(learning_rate=rate)", "learning_rate: expected a number, received rate"),
        (&OPTIMIZER, "Adam(learning_rate=Mine(1))", "expected a number or a schedule, received Mine(1)"),
        (&OPTIMIZER, "Adam(weight_decay=CosineDecay(1, 1))", "weight_decay: expected a number or a schedule"),
        (&OPTIMIZER, "Adam(beta_1=high)", "beta_1: expected a number, received high"),
        (&LOSS, "CategoricalFocalCrossentropy(alpha=[0.2, 0.8])", "alpha: expected a number"),
        (&LOSS, "CategoricalCrossentropy(reduction=\"sum\")", "leave reduction out"),
        (&LOSS, "CategoricalCrossentropy(False, 0.1, -1, 'sum')", "received 'sum'"),
        (&LOSS, "BinaryCrossentropy(reduction=None)", "leave reduction out"),
        (&LOSS, "BinaryFocalCrossentropy(reduction=Reduction.NONE)", "leave reduction out"),
        (&LOSS, "SparseCategoricalCrossentropy(reduction='none')", "leave reduction out"),
        (&LOSS, "CategoricalCrossentropy(axis=1)", "leave axis out, received 1"),
        (&LOSS, "SparseCategoricalCrossentropy(ignore_class=0)", "leave ignore_class out, received 0"),
        (&SCHEDULE, "CosineDecay(0.01, 100, warmup_target=0.001, warmup_steps=9)", "received 0.01 to 0.001"),
        (&SCHEDULE, "CosineDecay(0.01, 100, warmup_target=0)", "a warm-up rises here"),
        (&SCHEDULE, "CosineDecay(0, 100, warmup_target=0)", "a warm-up rises here"),
        (&SCHEDULE, "CosineDecay(-0.1, 100, warmup_target=0.1)", "a warm-up rises here"),
        (&SCHEDULE, "CosineDecay(nan, 100, warmup_target=0.1)", "a warm-up rises here"),
        (&SCHEDULE, "CosineDecay(0.1, 10 * steps)", "decay_steps: expected a length"),
        (&SCHEDULE, "LearningRateScheduler(lambda e: 0.1)", "rates"),
    ] {
        let message = spelling.check("--option", text).unwrap_err().to_string();
        assert!(message.contains(expected), "{text}: {message}");
    }
}

/// Settings that are advised beside an option are those of a recipe, which takes their values.
#[track_caller]
fn check_beside<V: AsRef<str>>(settings: &[(&str, V)]) {
    let read = |(key, value): &(&str, V)| {
        let value = value.as_ref();
        let value = match value.parse::<f64>() {
            _ if value.is_empty() => true.into(),
            Ok(number) if key.ends_with("steps") => (number as i64).into(),
            Ok(number) => number.into(),
            Err(_) => toml::Value::from(value),
        };
        ((*key).to_owned(), value)
    };
    let recipe = Recipe { data: "photos".into(), base: "small_cnn".into(), ..Recipe::default() };
    let recipe = recipe.with(&settings.iter().map(read).collect::<toml::Table>()).unwrap();
    recipe.check().unwrap();
}

/// What fits each of Keras's arguments.
fn value_of(argument: &str) -> &'static str {
    match argument {
        "nesterov"
        | "centered"
        | "amsgrad"
        | "use_ema"
        | "staircase"
        | "cycle"
        | "three_phase"
        | "apply_class_balancing"
        | "from_logits" => "True",
        "gradient_accumulation_steps"
        | "decay_steps"
        | "first_decay_steps"
        | "warmup_steps"
        | "total_steps"
        | "epochs"
        | "steps_per_epoch" => "20",
        "t_mul" | "div_factor" | "final_div_factor" => "2.0",
        "boundaries" => "[10, 20]",
        "values" => "[1.0, 0.5, 0.1]",
        "anneal_strategy" => "'linear'",
        "name" | "optimizer" | "schedule" => "'x'",
        "reduction" => "'sum_over_batch_size'",
        "ignore_class" => "None",
        // Above the rate that it begins with.
        "warmup_target" => "0.2",
        "axis" => "-1",
        "verbose" => "1",
        "monitor" => "'val_loss'",
        "mode" => "'min'",
        "patience" | "cooldown" => "3",
        "min_lr" => "0.0001",
        _ => "0.1",
    }
}

/// Every call of Keras's that is translated: without arguments, with each alone, with all by place, and with all by name.
fn calls(class: &str, arguments: &[&str], own: &[(&str, &str)]) -> Vec<String> {
    let by_name = |name: &&str| format!("{name}={}", value_of(name));
    let by_place: Vec<&str> = arguments.iter().map(|name| value_of(name)).collect();
    let all: Vec<String> = arguments.iter().map(by_name).collect();
    let alone = own.iter().map(|(name, _)| name).chain(arguments).map(by_name);
    let inside = alone.chain([String::new(), by_place.join(", "), all.join(", ")]);
    inside.map(|inside| format!("keras.{class}({inside})")).collect()
}

#[test]
fn all_that_is_advised_for_a_constructor_is_read() {
    let mut advised = 0;
    let kinds = [(&OPTIMIZER, optimizers::NAMES), (&LOSS, losses::NAMES), (&SCHEDULE, schedules::NAMES)];
    for (spelling, names) in kinds {
        for name in names {
            assert!(!(spelling.arguments)(name).is_empty(), "{name}: its arguments stand beside `Spelling`");
            for text in calls(name, (spelling.arguments)(name), spelling.own) {
                match Call::read(&text).and_then(|call| spelling.written(&call)) {
                    Ok(written) => {
                        let Written { here, beside } = written.unwrap();
                        // As the option is read, and not only its words: there is nothing left to advise.
                        spelling.check("--option", &here).unwrap_or_else(|error| panic!("{text}: {error}"));
                        (spelling.read)(&here).unwrap_or_else(|error| panic!("{text}: {error}"));
                        check_beside(&beside);
                        advised += 1;
                    }
                    // These mean nothing without their rates.
                    Err(why) => assert!(["step", "table"].contains(name), "{text}: {why}"),
                }
            }
        }
    }
    assert!(advised > 200, "{advised}");
    let of_plateau = ["monitor", "factor", "patience", "verbose", "mode", "min_delta", "cooldown", "min_lr"];
    for text in calls("ReduceLROnPlateau", &of_plateau, &[]) {
        let settings = crate::check::spelling::plateau(&text).unwrap().unwrap();
        ReduceLrOnPlateau::parse(&settings, &Monitor::new("val_loss")).unwrap();
        check_beside(&[("reduce_lr_on_plateau", settings)]);
    }
}

#[test]
fn all_that_is_advised_for_what_has_another_place_is_read() {
    for spelling in [&OPTIMIZER, &LOSS, &SCHEDULE] {
        for Meant { called, said, setting: (key, value) } in spelling.meant.iter().chain(spelling.settings) {
            if !key.is_empty() {
                assert!(said.contains("{}"), "{called}");
                check_beside(&[(*key, value)]);
                continue;
            }
            let advice = said.split_once("write ").map(|(_, advice)| advice).unwrap();
            let words: Vec<&str> = advice.split(' ').map(|word| word.trim_end_matches([',', ':'])).collect();
            let name_of = |words: &str| words.split([',', '=']).next().and_then(spelling.known_as);
            let is_setting = |word: &&&str| word.contains('=') || name_of(word).is_some();
            let advised: Vec<&&str> = words.iter().filter(is_setting).collect();
            assert!(!advised.is_empty(), "{called}");
            for words in advised {
                // A setting alone is one of any schedule.
                let whole = match name_of(words) {
                    Some(_) => (*words).to_string(),
                    None => format!("cosine,{words}"),
                };
                (spelling.read)(&whole).unwrap_or_else(|error| panic!("{called}: {error}"));
            }
        }
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
