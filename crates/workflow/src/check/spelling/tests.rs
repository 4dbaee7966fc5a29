use super::*;

#[test]
fn keras_s_names_become_ours_in_a_recipe() {
    let mut recipe = Recipe {
        optimizer: "AdamW,beta_1=0.8".into(),
        loss: "CategoricalCrossentropy".into(),
        schedule: "CosineDecay=0.1".into(),
        fine_tune_schedule: "ExponentialDecay".into(),
        // As the command line parts it.
        metrics: ["acc", "AUC(name='auc_pr'", "curve='PR')", "Recall[Cat]", "f1_score"]
            .map(String::from)
            .into(),
        initializer: "TruncatedNormal(stddev=0.02)".into(),
        augment: "RandomFlip('horizontal'),RandomRotation(0.1),mixup".into(),
        monitor: "val_Recall[Cat]".into(),
        stop_when: vec!["val_acc ≥ 0.95 and val_loss<1".into(), "diverged".into()],
        reduce_lr_on_plateau: "ReduceLROnPlateau(factor=0.5, monitor='val_acc')".into(),
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
    assert_eq!(recipe.metrics, ["accuracy", "auc_pr", "recall[Cat]", "f1"]);
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
