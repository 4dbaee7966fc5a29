//! Training in any number of stages: blocks from the top to the stem, rates by depth, several starts; killed and gone
//! on with.

use std::path::{Path, PathBuf};
use std::time::Instant;

use linnaeus_tests::{
    CLASSES, Outcome, class_folders, draw, json, kill_and_go_on, linnaeus, member, training,
};

const NETWORK: &[&str] =
    &["--base", "small_cnn", "--image-size", "32", "--batch-size", "8", "--patience", "20", "--save-freq=2"];

fn train(data: &Path, run: &Path, options: &[&str]) -> Outcome {
    linnaeus_tests::train(data, run, &[NETWORK, options].concat())
}

/// Pictures of three classes in given parts, so that no seed shares them out, and a run that others start from.
struct Ground {
    _folder: tempfile::TempDir,
    data: PathBuf,
    first: PathBuf,
}

impl Ground {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (data, first) = (folder.path().join("shapes"), folder.path().join("first"));
        for (part, pictures) in [("train", 0..20), ("val", 20..26), ("test", 26..32)] {
            for (class, name) in CLASSES.iter().enumerate() {
                let folder = data.join(part).join(name);
                std::fs::create_dir_all(&folder).unwrap();
                // No two alike: exact copies count once.
                for index in pictures.clone() {
                    draw(class, 100 * class as u64 + index, 32)
                        .save(folder.join(format!("{index}.png")))
                        .unwrap();
                }
            }
        }
        train(&data, &first, &["--epochs", "2"]).succeeds();
        Self { _folder: folder, data, first }
    }

    fn run(&self, name: &str) -> PathBuf {
        self.data.with_file_name(name)
    }

    fn weights(&self) -> &str {
        self.first.to_str().unwrap()
    }
}

fn stages(run: &Path) -> Vec<serde_json::Value> {
    json(&run.join("result.json"))["stages"].as_array().unwrap().clone()
}

fn names(run: &Path) -> Vec<String> {
    stages(run).iter().map(|stage| stage["name"].as_str().unwrap().to_owned()).collect()
}

const BLOCKS: &[&str] = &[
    "--epochs",
    "2",
    "--fine-tune",
    "blocks",
    "--fine-tune-epochs",
    "2",
    "--fine-tune-learning-rate",
    "1e-3",
    "--fine-tune-rate-decay",
    "0.5",
    "--layer-decay",
    "0.75",
    "--augment",
    "flip,rotation=0.1",
];

#[test]
fn blocks_are_trained_from_the_top_to_the_stem_and_the_best_of_all_is_kept() {
    let ground = Ground::new();
    let run = ground.run("blocks");
    let said = train(&ground.data, &run, &[BLOCKS, &["--weights", ground.weights()]].concat()).succeeds();
    let expected = ["head", "fine-tune block3", "fine-tune block2", "fine-tune stem"];
    assert_eq!(names(&run), expected);
    assert!(said.stderr.contains("stage 2 of 4, fine-tune block3: epochs 3 to 4 of 8, "), "{said}");
    // A line an epoch, of the whole and of its stage, as history.csv has it.
    let history = std::fs::read_to_string(run.join("history.csv")).unwrap();
    let lines: Vec<&str> = said.stderr.lines().filter(|line| line.starts_with("epoch ")).collect();
    assert_eq!(lines.len(), 8, "{said}");
    for (index, (line, row)) in lines.iter().zip(history.lines().skip(1)).enumerate() {
        let (epoch, stage) = (index + 1, expected[index / 2]);
        assert!(row.starts_with(&format!("{epoch},{stage},")), "{row}");
        assert!(
            line.starts_with(&format!("epoch   {epoch}/8, {stage} {}/2  loss ", index % 2 + 1)),
            "{line}"
        );
    }
    let result = json(&run.join("result.json"));
    let stages = stages(&run);
    let rates: Vec<f64> = stages.iter().map(|stage| stage["learning_rate"].as_f64().unwrap()).collect();
    assert_eq!(rates, [1e-3, 1e-3, 5e-4, 2.5e-4]);
    let trained: Vec<u64> =
        stages.iter().map(|stage| stage["trained_parameters"].as_u64().unwrap()).collect();
    assert!(trained.windows(2).all(|pair| pair[0] < pair[1]), "{trained:?}");
    assert_eq!(result["model"]["trained_parameters"], trained[3]);
    assert_eq!(stages[0]["layers"], "the new head");
    assert!(stages[1]["layers"].as_str().unwrap().starts_with("the last block ("), "{}", stages[1]["layers"]);
    assert_eq!(stages[1]["layer_decay"], 0.75);

    // The best value is carried over every stage.
    let epochs: Vec<_> = stages.iter().flat_map(|stage| stage["epochs"].as_array().unwrap()).collect();
    let loss = |epoch: &serde_json::Value| epoch["metrics"]["val_loss"].as_f64().unwrap();
    let best = epochs.iter().copied().min_by(|a, b| loss(a).total_cmp(&loss(b))).unwrap();
    assert_eq!(result["best"]["epoch"], best["epoch"]);
    let of_stage = expected[(best["epoch"].as_u64().unwrap() as usize - 1) / 2];
    assert_eq!(result["best"]["stage"], of_stage);
    let again = result["validation"]["loss"].as_f64().unwrap();
    assert!((again - loss(best)).abs() < 1e-4, "{again} instead of {}", loss(best));

    // A person is told, on the way and in the report.
    let screen = &said.stderr;
    assert!(screen.contains("fine-tuning the last 2 blocks ("), "{screen}");
    let report = std::fs::read_to_string(run.join("report.html")).unwrap();
    assert!(expected.iter().all(|stage| report.contains(stage)));
    assert!(report.contains("× 0.75 a block down"));

    // The recipe that is left repeats the run, and a list of the same stages is the same run.
    let again = ground.run("again");
    let recipe = run.join("recipe.toml");
    linnaeus([
        "train".as_ref(),
        "--recipe".as_ref(),
        recipe.as_os_str(),
        "--out".as_ref(),
        again.as_os_str(),
    ])
    .succeeds();
    let weights = |run: &Path| member(&run.join("best.keras"), "model.weights.h5");
    assert!(weights(&run) == weights(&again));
    let listed = ground.run("listed");
    let file = ground.run("listed.toml");
    let text = "layer_decay = 0.75\naugment = \"flip,rotation=0.1\"\n\
                [[stage]]\nlayers = \"head\"\nepochs = 2\n\
                [[stage]]\nlayers = \"1 block\"\nepochs = 2\nlearning_rate = 1e-3\n\
                [[stage]]\nlayers = \"2 blocks\"\nepochs = 2\nlearning_rate = 5e-4\n\
                [[stage]]\nlayers = \"all\"\nepochs = 2\nlearning_rate = 2.5e-4\n";
    std::fs::write(&file, text).unwrap();
    train(&ground.data, &listed, &["--recipe", file.to_str().unwrap(), "--weights", ground.weights()])
        .succeeds();
    assert_eq!(names(&listed), ["head", "last 1 block", "last 2 blocks", "all layers"]);
    assert!(weights(&run) == weights(&listed));
}

/// Kills the run at random moments, and goes on: each must end with the bits of the whole one.
fn killed_runs_end_alike(ground: &Ground, options: &[&str]) {
    let whole = ground.run("whole");
    let began = Instant::now();
    train(&ground.data, &whole, options).succeeds();
    let (length, expected) = (began.elapsed(), std::fs::read(whole.join("best.keras")).unwrap());
    let figures = |run: &Path| {
        let result = json(&run.join("result.json"));
        (names(run), result["best"].clone(), result["starts"].clone(), result["test"]["loss"].clone())
    };
    let begin = |run: &Path| training(&ground.data, run, &[NETWORK, options].concat());
    kill_and_go_on(3, length, whole.parent().unwrap(), begin, |run| {
        assert!(std::fs::read(run.join("best.keras")).unwrap() == expected, "{}", run.display());
        assert_eq!(figures(run), figures(&whole), "{}", run.display());
        for left in ["state.safetensors", "starts.json", "starts"] {
            assert!(!run.join("checkpoints").join(left).exists(), "{left} is left");
        }
    });
}

#[test]
fn a_run_of_four_stages_goes_on_in_any_of_them() {
    let ground = Ground::new();
    killed_runs_end_alike(&ground, &[BLOCKS, &["--weights", ground.weights(), "--use-ema"]].concat());
}

#[test]
fn of_several_starts_the_best_is_the_run() {
    let ground = Ground::new();
    // Everything that a start must hand over, or find again after a kill.
    let settings =
        ["--epochs", "8", "--dropout", "0.2", "--checkpoint", "{epoch:02d}.keras", "--standardize"];
    let settings = [&settings[..], &["--sampling", "balanced", "--stop-when", "diverged=1000"]].concat();
    killed_runs_end_alike(&ground, &[&settings[..], &["--starts", "4"]].concat());

    let whole = ground.run("whole");
    let result = json(&whole.join("result.json"));
    let tried = result["starts"].as_array().unwrap();
    assert_eq!(tried.iter().map(|one| one["seed"].as_u64().unwrap()).collect::<Vec<_>>(), [0, 1, 2, 3]);
    let mut epochs: Vec<u64> = tried.iter().map(|one| one["epochs"].as_u64().unwrap()).collect();
    epochs.sort_unstable();
    assert_eq!(epochs, [2, 2, 4, 4]);
    let value = |one: &serde_json::Value| one["value"].as_f64().unwrap();
    let went_on: Vec<_> = tried.iter().filter(|one| one["went_on"] == true).collect();
    let finalists = tried.iter().filter(|one| one["epochs"] == 4);
    assert_eq!(went_on.len(), 1);
    assert!(finalists.into_iter().all(|one| value(went_on[0]) <= value(one)), "{tried:?}");
    assert_eq!(result["seed"], went_on[0]["seed"]);
    assert_eq!((&result["recipe"]["starts"], &result["recipe"]["seed"]), (&4.into(), &0.into()));

    // It is the run that its seed alone would be: same bits, same table.
    let alone = ground.run("alone");
    let seed = result["seed"].to_string();
    train(&ground.data, &alone, &[&settings[..], &["--seed", &seed]].concat()).succeeds();
    let weights = |run: &Path| member(&run.join("best.keras"), "model.weights.h5");
    assert!(weights(&whole) == weights(&alone));
    for epoch in 1..=8 {
        let model =
            |run: &Path| member(&run.join(format!("checkpoints/{epoch:02}.keras")), "model.weights.h5");
        assert!(model(&whole) == model(&alone), "epoch {epoch}");
    }
    let table = |run: &Path| {
        let text = std::fs::read_to_string(run.join("history.csv")).unwrap();
        // All but the seconds.
        text.lines().map(|line| line.rsplit_once(',').unwrap().0.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(table(&whole), table(&alone));
    // Their values are the best of the epochs that they had.
    let losses = stages(&alone)[0]["epochs"].as_array().unwrap()[..4]
        .iter()
        .map(|epoch| epoch["metrics"]["val_loss"].as_f64().unwrap())
        .fold(f64::INFINITY, f64::min);
    assert_eq!(value(went_on[0]), losses);
}

#[test]
fn a_network_from_nothing_starts_from_an_initial_run() {
    let ground = Ground::new();
    let run = ground.run("initial");
    let options = ["--epochs", "3", "--initial-epochs", "2", "--initializer", "orthogonal=0.8"];
    train(&ground.data, &run, &options).succeeds();
    assert_eq!(names(&run), ["initial", "from scratch"]);
    let epochs = |stage: usize| stages(&run)[stage]["epochs"].as_array().unwrap().clone();
    let rates: Vec<f64> = epochs(0).iter().map(|epoch| epoch["learning_rate"].as_f64().unwrap()).collect();
    assert!(rates[1] < 0.6 * rates[0], "the rate halves: {rates:?}");
    // The real run goes on where the initial one ended, not from nothing.
    let loss = |epoch: &serde_json::Value| epoch["metrics"]["loss"].as_f64().unwrap();
    assert!(loss(&epochs(1)[0]) < loss(&epochs(0)[0]), "{:?}", stages(&run));
}

/// The best by one epoch under the initial run's weight decay need not be the best: the real run's epochs are compared.
#[test]
fn starts_are_compared_by_their_epochs_after_the_initial_run() {
    let ground = Ground::new();
    let settings = ["--epochs", "4", "--initial-epochs", "1", "--dropout", "0.2"];
    killed_runs_end_alike(&ground, &[&settings[..], &["--starts", "4"]].concat());

    let whole = ground.run("whole");
    let result = json(&whole.join("result.json"));
    let tried = result["starts"].as_array().unwrap();
    let mut epochs: Vec<u64> = tried.iter().map(|one| one["epochs"].as_u64().unwrap()).collect();
    epochs.sort_unstable();
    assert_eq!(epochs, [1, 1, 2, 2]);
    // Each has the value that the run with its seed alone has in its real run.
    for one in tried {
        let (seed, epochs) = (one["seed"].to_string(), one["epochs"].as_u64().unwrap() as usize);
        let alone = ground.run(&format!("alone{seed}"));
        train(&ground.data, &alone, &[&settings[..], &["--seed", &seed]].concat()).succeeds();
        let real = stages(&alone)[1]["epochs"].as_array().unwrap().clone();
        let losses = real[..epochs].iter().map(|epoch| epoch["metrics"]["val_loss"].as_f64().unwrap());
        assert_eq!(one["value"].as_f64().unwrap(), losses.fold(f64::INFINITY, f64::min), "seed {seed}");
        if one["went_on"] == true {
            let weights = |run: &Path| member(&run.join("best.keras"), "model.weights.h5");
            assert!(weights(&whole) == weights(&alone));
            assert_eq!(result["best"], json(&alone.join("result.json"))["best"]);
        }
    }
}

#[test]
fn weights_of_another_domain_bring_their_base_and_no_head() {
    let ground = Ground::new();
    let (other, run) = (ground.run("other"), ground.run("second"));
    class_folders(&other, 2, 20, 32);
    let options =
        ["--epochs", "2", "--fine-tune", "all", "--fine-tune-epochs", "1", "--weights", ground.weights()];
    train(&other, &run, &options).succeeds();
    let result = json(&run.join("result.json"));
    assert_eq!(result["model"]["classes"].as_array().unwrap().len(), 2);
    let skipped = result["model"]["loaded"]["skipped"].to_string();
    assert!(skipped.contains("head_dense"), "{skipped}");
    let loaded = result["model"]["loaded"]["loaded"].to_string();
    assert!(loaded.contains("block1_conv") && loaded.contains("block3_conv"), "{loaded}");
    assert_eq!(names(&run), ["head", "fine-tune"]);
}

#[test]
fn wrong_stages_are_refused_before_anything_is_read() {
    let ground = Ground::new();
    let run = ground.run("never");
    let recipe = |text: &str| {
        let file = ground.run("wrong.toml");
        std::fs::write(&file, text).unwrap();
        train(&ground.data, &run, &["--recipe", file.to_str().unwrap(), "--weights", ground.weights()])
    };
    for (text, expected) in [
        ("[[stage]]\nlayers = \"head\"\n", "line 1: stage 1: epochs is missing"),
        ("[[stage]]\nlayers = \"head\"\nepochs = 0\n", "stage 1, epochs: expected 1 to"),
        ("[[stage]]\nlayers = \"head\"\nepoch = 1\n", "line 3: stage 1, epoch: there is no such key"),
        ("[[stage]]\nlayers = \"5 blocks\"\nepochs = 1\n", "has 3 blocks: stem, block2, block3"),
        ("[[stage]]\nlayers = \"blokc3\"\nepochs = 1\n", "no such layer"),
        ("fine_tune = 3\n[[stage]]\nlayers = 2\nepochs = 1\n", "--fine-tune does not go with [[stage]]"),
    ] {
        recipe(text).fails(2, &[expected]);
    }
    let refused = |options: &[&str], expected: &str| {
        train(&ground.data, &run, options).fails(2, &[expected]);
    };
    refused(&["--starts", "4", "--epochs", "1"], "--starts 4: --epochs must be 2 or more");
    refused(&["--fine-tune", "blocks"], "everything is trained from the start");
    // The value of the default says nothing more.
    refused(
        &["--fine-tune-epochs", "5"],
        "--fine-tune-epochs is for a second stage, and --fine-tune is missing",
    );
    let file = ground.run("rates.toml");
    std::fs::write(&file, "[[stage]]\nlayers = \"all\"\nepochs = 1\nlearning_rate = 0.1\n").unwrap();
    refused(
        &["--recipe", file.to_str().unwrap(), "--learning-rate", "0.001"],
        "--learning-rate changes nothing, for every [[stage]] has a learning_rate of its own",
    );
    refused(&["--layer-decay", "2"], "--layer-decay: expected more than 0 and at most 1");
    refused(&["--initializer", "he_norml"], "there is no such initializer");
    let own = ["train".as_ref(), ground.data.as_os_str(), "--base".as_ref(), ground.first.as_os_str()];
    let twice = ["--fine-tune", "2"].iter().map(|word| word.as_ref());
    linnaeus(own.into_iter().chain(twice)).fails(2, &["marks all these layers as trainable"]);
    assert!(!run.exists());
}
