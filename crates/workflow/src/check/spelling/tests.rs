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
        (&OPTIMIZER, "momentum", "--option momentum: momentum is a setting of sgd: write sgd,momentum=0.9"),
        (&OPTIMIZER, "nesterov", "write sgd,momentum=0.9,nesterov"),
        (&OPTIMIZER, "AMSGrad", "write adam,amsgrad"),
        (&OPTIMIZER, "clipnorm=1", "give --clipnorm 1"),
        (&OPTIMIZER, "ema", "give --use-ema"),
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
        augment: "RandomFlip('horizontal'),RandomRotation(0.1),mixup".into(),
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
    assert_eq!(recipe.augment, "flip,rotation=0.1,mixup=0.2");
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
