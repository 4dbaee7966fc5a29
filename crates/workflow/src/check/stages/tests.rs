//! The same list, whichever way it is asked for; what cannot be is refused with why.

use super::*;
use crate::Plan;

/// On weights that a file of the test holds, so that nothing is fetched.
struct Trained {
    _folder: tempfile::TempDir,
    recipe: Recipe,
}

impl Trained {
    fn new(base: &str, side: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let top = zoo::Top::Head(zoo::Head::new(2));
        let graph = zoo::find(base).unwrap().build(&zoo::Options::new([side, side, 3], top)).unwrap();
        let file = folder.path().join("base.keras");
        formats::keras::write(&file, &graph, &engine::initialize(&graph, 1), None).unwrap();
        let recipe = Recipe {
            data: "photos".into(),
            base: base.into(),
            image_size: vec![side],
            weights: file.display().to_string(),
            ..Recipe::default()
        };
        Self { _folder: folder, recipe }
    }

    fn check(&self, change: impl FnOnce(&mut Recipe)) -> Result<Plan> {
        let mut recipe = self.recipe.clone();
        change(&mut recipe);
        recipe.check()
    }
}

/// Name, layers, epochs, rate, statistics.
type Facts = (String, String, usize, f64, BatchStatistics);

fn facts(plan: &Plan) -> Vec<Facts> {
    let of = |stage: &PlannedStage| {
        let PlannedStage { name, layers, epochs, learning_rate, statistics, .. } = stage;
        (name.clone(), layers.to_string(), *epochs, *learning_rate, *statistics)
    };
    plan.stages.iter().map(of).collect()
}

fn listed(text: &str) -> Vec<StageRecipe> {
    Recipe::parse(text).unwrap().stage
}

#[test]
fn the_short_form_and_the_list_are_one_thing() {
    let trained = Trained::new("mobilenet_v2", 32);
    let short = trained
        .check(|r| {
            (r.epochs, r.fine_tune, r.fine_tune_epochs) = (4, "block_13_expand".parse().unwrap(), 2);
        })
        .unwrap();
    let long = trained
        .check(|r| {
            r.stage = listed(
                "[[stage]]\nlayers = \"head\"\nepochs = 4\n[[stage]]\nname = \"fine-tune\"\n\
                 layers = \"block_13_expand\"\nepochs = 2\nlearning_rate = 1e-5\n",
            );
        })
        .unwrap();
    assert_eq!(facts(&short)[1..], facts(&long)[1..]);
    let [first, second] = &facts(&long)[..] else { panic!("two stages") };
    assert_eq!(*first, ("head".into(), "head".into(), 4, 1e-3, BatchStatistics::Batch));
    let layers = "block_13_expand".into();
    assert_eq!(*second, ("fine-tune".into(), layers, 2, 1e-5, BatchStatistics::Moving));
}

#[test]
fn blocks_are_a_stage_each_from_the_top_to_the_stem() {
    let trained = Trained::new("vgg16", 32);
    let plan = trained
        .check(|r| {
            (r.fine_tune, r.fine_tune_epochs) = (FineTune::EachBlock, 2);
            (r.fine_tune_learning_rate, r.fine_tune_rate_decay) = (1e-3, Some(0.5));
        })
        .unwrap();
    let found: Vec<(String, String, f64)> =
        facts(&plan).into_iter().map(|(name, layers, _, rate, _)| (name, layers, rate)).collect();
    let expected = [
        ("", "head", 1e-3),
        ("fine-tune block5", "1 block", 1e-3),
        ("fine-tune block4", "2 blocks", 5e-4),
        ("fine-tune block3", "3 blocks", 2.5e-4),
        ("fine-tune block2", "4 blocks", 1.25e-4),
        ("fine-tune stem", "all", 6.25e-5),
    ];
    assert_eq!(found, expected.map(|(name, layers, rate)| (name.into(), layers.into(), rate)));
    // Each trains what those before it do, and more.
    let outline = plan.network.outline(&plan.preprocess).unwrap();
    let counts = plan.stages.iter().map(|stage| stage.graph(&outline).unwrap().trained_count());
    let counts: Vec<usize> = counts.collect();
    assert!(counts.windows(2).all(|pair| pair[0] < pair[1]), "{counts:?}");
    assert_eq!(counts[5], outline.graph.parameter_count(), "VGG has nothing that does not learn");
}

#[test]
fn rates_by_depth_are_those_of_the_formula() {
    let trained = Trained::new("vgg16", 32);
    let plan = trained.check(|r| (r.fine_tune, r.layer_decay) = (FineTune::All, 0.75)).unwrap();
    let outline = plan.network.outline(&plan.preprocess).unwrap();
    assert!(plan.stages[0].rate_factors(&outline).unwrap().is_empty(), "the head alone has one rate");
    let factors = plan.stages[1].rate_factors(&outline).unwrap();
    for (name, depth) in [
        ("head_dense/kernel", 0),
        ("block5_conv3/bias", 1),
        ("block4_conv1/kernel", 2),
        ("block2_conv2/kernel", 4),
        ("block1_conv1/kernel", 5),
    ] {
        let parameters = outline.graph.parameters();
        let index = parameters.iter().position(|parameter| parameter.name == name).unwrap();
        assert_eq!(factors[index], 0.75_f64.powi(depth) as f32, "{name}");
    }
}

#[test]
fn a_stage_may_have_an_optimizer_of_its_own() {
    let trained = Trained::new("small_cnn", 32);
    let plan = trained
        .check(|r| {
            r.weight_decay = Some(0.01);
            r.stage = listed(
                "[[stage]]\nlayers = \"head\"\nepochs = 1\n[[stage]]\nlayers = \"2 blocks\"\nepochs = 1\n\
                 optimizer = \"sgd\"\nmomentum = 0.9\nweight_decay = 0.5\nbatch_norm = \"batch\"\n",
            );
        })
        .unwrap();
    let optimizers = plan.stages.iter().map(|stage| (stage.optimizer.name(), stage.optimizer.weight_decay));
    assert_eq!(optimizers.collect::<Vec<_>>(), [("adam", 0.01), ("sgd", 0.5)]);
    assert_eq!(facts(&plan)[1].0, "last 2 blocks");
    assert_eq!(facts(&plan)[1].4, BatchStatistics::Batch);
}

#[test]
fn a_network_from_nothing_may_begin_with_an_initial_run() {
    let recipe = Recipe { data: "photos".into(), base: "small_cnn".into(), ..Recipe::default() };
    let plan = Recipe { initial_epochs: 2, ..recipe.clone() }.check().unwrap();
    let [initial, real] = &plan.stages[..] else { panic!("two stages") };
    assert_eq!((initial.name.as_str(), initial.epochs, initial.optimizer.weight_decay), ("initial", 2, 1.0));
    assert_eq!((real.epochs, real.optimizer.weight_decay), (10, 0.0));
    assert_eq!((initial.statistics, real.statistics), (BatchStatistics::Batch, BatchStatistics::Batch));
    let listed = Recipe { stage: listed("[[stage]]\nlayers = \"all\"\nepochs = 3\n"), ..recipe };
    assert_eq!(listed.check().unwrap().stages[0].statistics, BatchStatistics::Batch);
}

#[test]
fn what_cannot_be_is_refused_with_why() {
    let trained = Trained::new("mobilenet_v2", 32);
    type Change = fn(&mut Recipe);
    let cases: [(Change, &str); 31] = [
        (
            |r| r.fine_tune = "9 blocks".parse().unwrap(),
            "--fine-tune 9 blocks: the base mobilenet_v2 has 8 blocks: stem, ",
        ),
        (
            |r| r.fine_tune = "block_3".parse().unwrap(),
            "this is a block; for it and those after it give 5 blocks",
        ),
        (|r| r.layer_decay = 0.0, "--layer-decay: expected more than 0 and at most 1"),
        (|r| r.layer_decay = f64::NAN, "--layer-decay: expected more than 0"),
        (|r| r.fine_tune_rate_decay = Some(0.5), "--fine-tune-rate-decay is for a second stage"),
        (
            |r| (r.fine_tune, r.fine_tune_rate_decay) = (3.into(), Some(0.5)),
            "--fine-tune-rate-decay is for `blocks`",
        ),
        (
            |r| (r.fine_tune, r.fine_tune_rate_decay) = (FineTune::EachBlock, Some(2.0)),
            "--fine-tune-rate-decay: expected more than 0 and at most 1",
        ),
        (
            |r| (r.fine_tune, r.fine_tune_batch_norm) = (3.into(), "frozen".into()),
            "--fine-tune-batch-norm: expected moving or batch",
        ),
        (|r| (r.fine_tune, r.fine_tune_schedule) = (3.into(), "cosin".into()), "--fine-tune-schedule: "),
        (|r| r.fine_tune_epochs = 6, "--fine-tune-epochs is for a second stage, and --fine-tune is missing"),
        (
            |r| r.stage = listed("[[stage]]\nlayers = \"head\"\nepochs = 1\nlayer_decay = 0.5"),
            "stage 1, layer_decay gives layers of the base other rates than the head, and this stage trains none",
        ),
        (
            |r| {
                (r.learning_rate, r.stage) =
                    (0.1, listed("[[stage]]\nlayers = 5\nepochs = 1\nlearning_rate = 0.2"));
            },
            "--learning-rate changes nothing, for every [[stage]] has a learning_rate of its own",
        ),
        (|r| r.initial_epochs = 2, "--initial-epochs finds weights for a network from nothing"),
        (|r| r.initial_weight_decay = 2.0, "--initial-weight-decay is for --initial-epochs"),
        (|r| r.layer_decay = 0.5, "no stage trains any: leave it out, or give --fine-tune"),
        (|r| r.starts = 0, "--starts: expected 1 to 64, received 0"),
        (|r| (r.starts, r.epochs) = (4, 1), "--starts 4: --epochs must be 2 or more"),
        (|r| r.stage = listed("[[stage]]\nlayers = 3\nepochs = 0"), "stage 1, epochs: expected 1 to "),
        (
            |r| r.stage = listed("[[stage]]\nlayers = \"nine\"\nepochs = 1"),
            "stage 1, layers = nine: the base mobilenet_v2 has no such layer",
        ),
        (|r| r.stage = listed("[[stage]]\nlayers = \"head_dense\"\nepochs = 1"), "a layer of the new head"),
        (
            |r| r.stage = listed("[[stage]]\nlayers = 5\nepochs = 1\nlearning_rate = -1"),
            "stage 1, learning_rate: expected more than 0",
        ),
        (
            |r| r.stage = listed("[[stage]]\nlayers = 5\nepochs = 1\noptimizer = \"adan\""),
            "stage 1, optimizer: ",
        ),
        (
            |r| {
                r.stage =
                    listed("[[stage]]\nlayers = 5\nepochs = 1\noptimizer = \"adam(learning_rate=1e-3)\"")
            },
            "is written adam here with learning_rate = 1e-3 beside it",
        ),
        (
            |r| r.stage = listed("[[stage]]\nlayers = 5\nepochs = 1\noptimizer = \"adam,clipnorm=1\""),
            "is written adam here with clipnorm = 1 above the stages",
        ),
        (
            |r| r.stage = listed("[[stage]]\nlayers = 5\nepochs = 1\noptimizer = \"clipnorm\""),
            "it is for every optimizer: give clipnorm = 1 above the stages",
        ),
        (
            |r| r.stage = listed("[[stage]]\nlayers = 5\nepochs = 1\noptimizer = \"sgd,decay=1e-4\""),
            "with schedule = \"inverse_time=1e-4,decay_steps=1\" beside it",
        ),
        (
            |r| r.stage = listed("[[stage]]\nlayers = 5\nepochs = 1\nmomentum = 0.5"),
            "stage 1, momentum is for sgd and rmsprop",
        ),
        (
            |r| r.stage = listed("[[stage]]\nlayers = 5\nepochs = 1\nweight_decay = -1"),
            "stage 1, weight_decay: expected 0 or more",
        ),
        (
            |r| r.stage = listed("[[stage]]\nlayers = 5\nepochs = 1\nrate_decay = 0.5"),
            "stage 1, rate_decay is for `blocks`",
        ),
        (
            |r| (r.fine_tune, r.stage) = (3.into(), listed("[[stage]]\nlayers = 5\nepochs = 1")),
            "--fine-tune does not go with [[stage]]",
        ),
        (
            |r| (r.epochs, r.stage) = (3, listed("[[stage]]\nlayers = 5\nepochs = 1")),
            "--epochs does not go with [[stage]]",
        ),
    ];
    for (change, expected) in cases {
        let error = trained.check(change).map(|_| ()).unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::Usage, "{error}");
        assert!(error.to_string().contains(expected), "{error}");
    }
    let nothing = Recipe { weights: "none".into(), ..trained.recipe.clone() };
    let stage = listed("[[stage]]\nlayers = \"head\"\nepochs = 1");
    let message = Recipe { stage, ..nothing }.check().unwrap_err().to_string();
    assert!(message.contains("everything is trained from the start: give layers = \"all\""), "{message}");
}

/// A model of one's own says itself which layers learn, and where its blocks begin nobody knows.
#[test]
fn a_model_of_one_s_own_has_no_blocks() {
    let trained = Trained::new("small_cnn", 32);
    let own = Recipe {
        base: trained.recipe.weights.clone(),
        weights: String::new(),
        image_size: Vec::new(),
        ..trained.recipe.clone()
    };
    let refused = |change: fn(&mut Recipe)| {
        let mut recipe = own.clone();
        change(&mut recipe);
        recipe.check().unwrap_err().to_string()
    };
    assert!(refused(|r| r.fine_tune = FineTune::EachBlock).contains("name layers in their place"));
    assert!(refused(|r| r.fine_tune = "2 blocks".parse().unwrap()).contains("name layers in their place"));
    let twice = refused(|r| {
        r.stage = listed("[[stage]]\nlayers = \"head\"\nepochs = 1\n[[stage]]\nlayers = 2\nepochs = 1");
    });
    assert!(
        twice.contains("stage 2, layers = 2") && twice.contains("marks all these layers as trainable"),
        "{twice}"
    );
    assert_eq!(facts(&own.check().unwrap())[0].1, "head");
}

#[test]
fn a_stage_s_patience_is_its_own_or_the_recipe_s() {
    let trained = Trained::new("mobilenet_v2", 32);
    let stages = "[[stage]]\nlayers = \"head\"\nepochs = 9\npatience = 2\n\
                  [[stage]]\nlayers = \"blocks\"\nepochs = 9\npatience = 0\n[[stage]]\nlayers = \"all\"\nepochs = 9\n";
    let plan = trained.check(|r| r.stage = listed(stages)).unwrap();
    let patience: Vec<Option<usize>> = plan.stages.iter().map(|stage| stage.patience).collect();
    assert_eq!((patience[0], patience[patience.len() - 1]), (Some(2), None));
    assert!(patience.len() > 3 && patience[1..patience.len() - 1].iter().all(|one| *one == Some(0)));
}

/// Every setting that advice names is one that the program takes for that stage.
#[test]
fn a_stage_knows_what_sets_it() {
    let names = |plan: &Plan| -> Vec<(String, String, bool, bool)> {
        let of = |stage: &PlannedStage| {
            let StageSettings { learning_rate, epochs, base, prepares, .. } = stage.settings.clone();
            (learning_rate, epochs, base.is_some(), prepares)
        };
        plan.stages.iter().map(of).collect()
    };
    let is = |rate: &str, epochs: &str, base: bool, prepares: bool| {
        (rate.to_owned(), epochs.to_owned(), base, prepares)
    };
    let scratch =
        Recipe { data: "photos".into(), base: "small_cnn".into(), initial_epochs: 2, ..Recipe::default() };
    let prepared = Recipe { weights: "none".into(), ..scratch }.check().unwrap();
    let main = is("--learning-rate", "--epochs", false, false);
    assert_eq!(names(&prepared), [is("--learning-rate", "--initial-epochs", false, true), main.clone()]);

    let trained = Trained::new("mobilenet_v2", 32);
    let short = trained.check(|r| r.fine_tune = "block_13_expand".parse().unwrap()).unwrap();
    let second = is("--fine-tune-learning-rate", "--fine-tune-epochs", true, false);
    assert_eq!(names(&short), [main, second]);
    let blocks = trained
        .check(|r| {
            (r.fine_tune, r.fine_tune_rate_decay) = (FineTune::EachBlock, Some(0.5));
        })
        .unwrap();
    // What is set, not what of it a lower block has.
    let last = blocks.stages.last().unwrap();
    assert!(last.settings.rate == Some(Recipe::default().fine_tune_learning_rate));
    assert!(last.learning_rate < Recipe::default().fine_tune_learning_rate);

    let stages = "[[stage]]\nlayers = \"head\"\nepochs = 2\n[[stage]]\nlayers = \"all\"\nepochs = 1\n";
    let long = trained.check(|r| r.stage = listed(stages)).unwrap();
    let of = |number: usize, base| {
        let name = |key: &str| format!("stage {number}, {key} =");
        is(&name("learning_rate"), &name("epochs"), base, false)
    };
    assert_eq!(names(&long), [of(1, false), of(2, true)]);
    // A network from nothing has no base whose figures could be kept.
    let stages = "[[stage]]\nlayers = \"all\"\nepochs = 2\n[[stage]]\nlayers = \"all\"\nepochs = 1\n";
    let nothing = trained.check(|r| (r.stage, r.weights) = (listed(stages), "none".into())).unwrap();
    assert_eq!(names(&nothing), [of(1, false), of(2, false)]);
}
