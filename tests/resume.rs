//! A run that is killed at any moment goes on to the same bits.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use linnaeus_tests::{Outcome, class_folders, draw, json, kill_and_go_on, linnaeus, member, program, start};

/// Two stages of a small network; all that is random or remembers something takes part.
const SETTINGS: &[&str] = &[
    "--base",
    "mobilenet_v2",
    "--alpha",
    "0.35",
    "--image-size",
    "32",
    "--batch-size",
    "8",
    "--epochs",
    "3",
    "--fine-tune",
    "30",
    "--fine-tune-epochs",
    "3",
    "--augment",
    "flip,rotation=0.1,cutout=0.3,randaugment=1:5,mixup=0.2,cutmix=1",
    "--dropout",
    "0.2",
    "--optimizer",
    "adamw",
    "--schedule",
    "cosine",
    "--use-ema",
    // Never better by so much: the rate falls with every epoch.
    "--reduce-lr-on-plateau",
    "factor=0.5,patience=1,min_delta=100",
    "--save-freq=3",
];

fn words<'a>(run: &'a Path, data: &'a Path, weights: &'a Path) -> Vec<&'a std::ffi::OsStr> {
    let places = ["train".as_ref(), data.as_os_str(), "--out".as_ref(), run.as_os_str()];
    let weights = ["--weights".as_ref(), weights.as_os_str()];
    places.into_iter().chain(weights).chain(SETTINGS.iter().map(|word| word.as_ref())).collect()
}

fn resume(run: &Path) -> Outcome {
    linnaeus(["train".as_ref(), "--resume".as_ref(), run.as_os_str()])
}

/// A base to start from, so that there are two stages.
fn base(folder: &Path, data: &Path) -> std::path::PathBuf {
    let run = folder.join("base");
    let options = ["--base", "mobilenet_v2", "--alpha", "0.35", "--weights", "none", "--image-size", "32"];
    let places = ["train".as_ref(), data.as_os_str(), "--out".as_ref(), run.as_os_str(), "--epochs".as_ref()];
    linnaeus(places.into_iter().chain(["1".as_ref()]).chain(options.iter().map(|word| word.as_ref())))
        .succeeds();
    run.join("best.keras")
}

#[test]
fn a_killed_run_goes_on_to_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("shapes");
    class_folders(&data, 3, 20, 32);
    let weights = base(folder.path(), &data);
    let whole = folder.path().join("whole");
    let began = Instant::now();
    linnaeus(words(&whole, &data, &weights)).succeeds();
    let (length, expected) = (began.elapsed(), std::fs::read(whole.join("best.keras")).unwrap());
    let figures = |run: &Path| {
        let result = json(&run.join("result.json"));
        (
            result["stages"]
                .as_array()
                .unwrap()
                .iter()
                .map(|stage| stage["epochs"].as_array().unwrap().len())
                .collect::<Vec<_>>(),
            result["test"]["loss"].clone(),
            result["best"].clone(),
        )
    };
    let begin = |run: &Path| {
        let mut command = Command::new(program());
        command.args(words(run, &data, &weights));
        command
    };
    kill_and_go_on(4, length, folder.path(), begin, |run| {
        assert!(std::fs::read(run.join("best.keras")).unwrap() == expected, "{}", run.display());
        assert_eq!(figures(run), figures(&whole), "{}", run.display());
        assert!(!run.join("checkpoints/state.safetensors").exists());
    });
}

/// Of which part each picture is, as the run wrote it down.
fn parts(run: &Path) -> BTreeMap<String, String> {
    let table = std::fs::read_to_string(run.join("split.csv")).unwrap();
    let row = |line: &str| {
        let (rest, part) = line.rsplit_once(',').unwrap();
        (rest.rsplit_once(',').unwrap().0.to_owned(), part.to_owned())
    };
    table.lines().skip(1).map(row).collect()
}

#[test]
fn pictures_that_are_added_meanwhile_are_learned_from_and_no_part_leaks_into_another() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("shapes"), folder.path().join("run"));
    class_folders(&data, 2, 30, 24);
    let settings = ["--base", "small_cnn", "--image-size", "24", "--epochs", "150", "--patience", "150"];
    let places = ["train".as_ref(), data.as_os_str(), "--out".as_ref(), run.as_os_str()];
    let mut begin = Command::new(program());
    begin.args(places).args(settings);
    let mut running = start(&mut begin);
    running.wait_for(|said| said.contains(" 2/150  loss"));
    running.signal("KILL");
    running.finish();
    let before = parts(&run);
    assert_eq!(before.len(), 60);
    let of =
        |parts: &BTreeMap<String, String>, name: &str| parts.values().filter(|part| *part == name).count();

    // Enough, and so called, that a new division would mix all of them.
    class_folders(&folder.path().join("more"), 2, 45, 24);
    for class in std::fs::read_dir(&data).unwrap() {
        let class = class.unwrap().file_name();
        for index in 30..45 {
            let from = folder.path().join("more").join(&class).join(format!("{index:03}.png"));
            std::fs::rename(from, data.join(&class).join(format!("{:03}-new.png", index - 30))).unwrap();
        }
    }
    let gone = before.iter().find(|(_, part)| *part == "train").unwrap().0;
    std::fs::remove_file(data.join(gone)).unwrap();
    // What is said of them is not forgotten when it is left again.
    let mut command = Command::new(program());
    let mut running = start(command.args(["train".as_ref(), "--resume".as_ref(), run.as_os_str()]));
    running.wait_for(|said| said.contains("/150  loss"));
    running.signal("KILL");
    let said = running.finish().stderr;
    assert!(said.contains("30 pictures were added (30 to train) and 1 picture was taken away"), "{said}");
    let said = resume(&run).succeeds().stderr;
    assert_eq!(said.matches("since the run was left").count(), 1, "{said}");

    let after = parts(&run);
    assert_eq!(after.len(), 90);
    assert!(before.iter().all(|(picture, part)| after[picture] == *part), "each stays where it was");
    assert_eq!((of(&after, "val"), of(&after, "test")), (of(&before, "val"), of(&before, "test")));
    let result = json(&run.join("result.json"));
    assert!(result["notes"].to_string().contains("30 pictures were added"), "{}", result["notes"]);
    // By its columns the record is a listing, with which another training has the same parts.
    let again = folder.path().join("again");
    let listing = run.join("split.csv");
    let places = ["train".as_ref(), listing.as_os_str(), "--out".as_ref(), again.as_os_str()];
    let mut train = Command::new(program());
    train.args(places).arg("--image-folder").arg(&data);
    train.args(["--base", "small_cnn", "--image-size", "24", "--epochs", "1"]);
    start(&mut train).finish().succeeds();
    assert_eq!(of(&parts(&again), "test"), of(&before, "test"));
}

/// The pictures are the same ones, so that nothing begins anew: neither the epoch nor the division.
#[test]
fn a_run_whose_pictures_were_moved_ends_with_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let (data, moved) = (folder.path().join("shapes"), folder.path().join("elsewhere").join("photos"));
    let (whole, run) = (folder.path().join("whole"), folder.path().join("run"));
    class_folders(&data, 2, 30, 24);
    let begin = |run: &Path| {
        let mut command = Command::new(program());
        command.args(["train".as_ref(), data.as_os_str(), "--out".as_ref(), run.as_os_str()]);
        command.args(["--base", "small_cnn", "--image-size", "24", "--epochs", "40", "--batch-size", "4"]);
        command.args(["--save-freq", "5", "--patience", "40", "--dropout", "0.2", "--augment", "flip"]);
        start(&mut command)
    };
    begin(&whole).finish().succeeds();
    let mut running = begin(&run);
    running.wait_for(|said| said.contains("epoch   2/40"));
    running.signal("KILL");
    running.finish();
    assert!(!run.join("result.json").exists() && run.join("checkpoints/state.safetensors").exists());
    std::fs::create_dir(moved.parent().unwrap()).unwrap();
    std::fs::rename(&data, &moved).unwrap();

    resume(&run).fails(2, &[data.to_str().unwrap(), "are not there", "linnaeus train DATA --resume"]);
    let resume_at =
        |data: &Path| linnaeus(["train".as_ref(), data.as_os_str(), "--resume".as_ref(), run.as_os_str()]);
    resume_at(&folder.path().join("nowhere")).fails(2, &["no such file or folder"]);
    let others = folder.path().join("others");
    for (class, number) in [("cross", 0), ("disc", 1)] {
        std::fs::create_dir_all(others.join(class)).unwrap();
        draw(number, 900, 24).save(others.join(class).join("another.png")).unwrap();
    }
    resume_at(&others).fails(2, &["none of the run's 60 pictures is there"]);
    let said = resume_at(&moved).succeeds().stderr;
    assert!(said.contains("note: going on at epoch ") && said.contains(" of 40, after step "), "{said}");
    assert!(!said.contains("the pictures are others") && !said.contains("were added"), "{said}");
    let weights = |run: &Path| member(&run.join("best.keras"), "model.weights.h5");
    assert!(weights(&run) == weights(&whole));
    let outcome = |run: &Path| json(&run.join("result.json"));
    assert_eq!(outcome(&run)["best"], outcome(&whole)["best"]);
    assert_eq!(outcome(&run)["test"]["loss"], outcome(&whole)["test"]["loss"]);
    assert_eq!(outcome(&run)["images"]["source"], moved.to_str().unwrap());
    assert_eq!(parts(&run), parts(&whole), "pictures are called as seen from their folder");
}

/// Going on comes to the same number, so what is told is what to change, and once.
#[test]
fn a_run_without_a_number_says_how_to_begin_again() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("shapes"), folder.path().join("run"));
    class_folders(&data, 2, 20, 24);
    let begin = |options: &[&str]| {
        let places = ["train".as_ref(), data.as_os_str(), "--out".as_ref(), run.as_os_str()];
        let network = ["--base", "small_cnn", "--image-size", "24", "--optimizer", "sgd", "--epochs", "2"];
        linnaeus(places.into_iter().chain(network.iter().chain(options).map(|word| word.as_ref())))
    };
    let told = |outcome: Outcome, setting: &str| {
        let said = outcome.fails(1, &["--resume comes to the same", setting]).stderr;
        assert_eq!(said.matches("the loss is ").count(), 1, "{said}");
    };
    // The rate is the table's, whatever --learning-rate is.
    let table = ["--schedule", "table=0:1e30", "--batch-size", "4"];
    told(begin(&table), "begin again with a smaller rate, in --schedule, or");
    told(resume(&run), "begin again with a smaller rate, in --schedule, or");
    // What lies in the folder is another run's, or the user's own.
    begin(&["--learning-rate", "0.001"])
        .fails(2, &["recipe.toml is there already", "another folder with --out"]);
    assert!(run.join("recipe.toml").exists() && run.join("split.csv").exists());
}

#[test]
fn a_run_with_other_classes_does_not_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("shapes"), folder.path().join("run"));
    class_folders(&data, 2, 20, 24);
    let mut begin = Command::new(program());
    begin.args(["train".as_ref(), data.as_os_str(), "--out".as_ref(), run.as_os_str()]);
    let mut running = start(begin.args([
        "--base",
        "small_cnn",
        "--image-size",
        "24",
        "--epochs",
        "500",
        "--patience",
        "500",
    ]));
    running.wait_for(|said| said.contains(" 1/500  loss"));
    running.signal("KILL");
    running.finish();
    class_folders(&data, 3, 20, 24);
    resume(&run).fails(1, &["begun with the classes cross, disc, and now there are cross, disc, square"]);
}

#[test]
fn what_cannot_be_gone_on_with_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("shapes"), folder.path().join("run"));
    class_folders(&data, 2, 12, 24);
    resume(&run).fails(2, &["--resume", "no recipe.toml"]);
    let quick = ["--base", "small_cnn", "--image-size", "24", "--epochs", "1"];
    let places = ["train".as_ref(), data.as_os_str(), "--out".as_ref(), run.as_os_str()];
    linnaeus(places.into_iter().chain(quick.iter().map(|word| word.as_ref()))).succeeds();
    // Killed after all was written, it left what it went on from.
    let state = run.join("checkpoints/state.safetensors");
    std::fs::write(&state, "of a run that is over").unwrap();
    resume(&run).fails(2, &["this run was finished"]);
    assert!(!state.exists() && run.join("best.keras").exists());
    linnaeus(["train".as_ref(), "--resume".as_ref(), run.as_os_str(), "--epochs".as_ref(), "3".as_ref()])
        .fails(2, &["--epochs does not go with --resume"]);
    std::fs::remove_file(run.join("result.json")).unwrap();
    std::fs::create_dir_all(run.join("checkpoints")).unwrap();
    std::fs::write(run.join("checkpoints/state.safetensors"), "nothing").unwrap();
    resume(&run).fails(1, &["state.safetensors", "not a safetensors file"]);
}

/// A run of one stage, killed when it said so much.
fn killed_run(data: &Path, run: &Path, options: &[&str], when: &str) {
    let mut command = Command::new(program());
    command.args(["train".as_ref(), data.as_os_str(), "--out".as_ref(), run.as_os_str()]);
    command.args(["--base", "small_cnn", "--image-size", "24", "--batch-size", "4", "--patience", "100"]);
    let mut running = start(command.args(options));
    running.wait_for(|said| said.contains(when));
    running.signal("KILL");
    running.finish();
}

#[test]
fn what_was_changed_by_hand_is_refused_or_holds() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("shapes"), folder.path().join("run"));
    class_folders(&data, 2, 30, 24);
    killed_run(&data, &run, &["--epochs", "60", "--save-freq", "3", "--dropout", "0.5"], "epoch   2/60");
    let edit = |name: &str, from: &str, to: &str| {
        let text = std::fs::read_to_string(run.join(name)).unwrap();
        assert!(text.contains(from), "no {from} in {name}:\n{text}");
        std::fs::write(run.join(name), text.replace(from, to)).unwrap();
    };
    edit("recipe.toml", "batch_size = 4", "batch_size = 8");
    resume(&run).fails(2, &["recipe.toml was changed", "batch_size was 4 and is now 8", "Put that back"]);
    edit("recipe.toml", "batch_size = 8", "batch_size = 4");
    // A picture that it has learned from would be tested with.
    let rows = std::fs::read_to_string(run.join("split.csv")).unwrap();
    edit("split.csv", ",test", ",tested");
    edit("split.csv", ",train", ",test");
    edit("split.csv", ",tested", ",train");
    resume(&run).fails(2, &["split.csv was changed since the run was left", "--image-folder"]);
    std::fs::remove_file(run.join("split.csv")).unwrap();
    resume(&run).fails(2, &["split.csv was taken away since the run was left"]);
    // The same rows, as another program may write them.
    std::fs::write(run.join("split.csv"), rows.replace('\n', "\r\n")).unwrap();
    edit("recipe.toml", "epochs = 60", "epochs = 40");
    edit("recipe.toml", "patience = 100", "patience = 50");
    let said = resume(&run).succeeds();
    assert!(said.stderr.contains("epochs was 60 and is now 40; patience was 100 and is now 50"), "{said}");
    let result = json(&run.join("result.json"));
    assert_eq!(result["stages"][0]["epochs"].as_array().unwrap().len(), 40);
}

/// Nothing was learned, so that nothing is held to.
#[test]
fn a_run_without_a_state_begins_anew() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("shapes"), folder.path().join("run"));
    class_folders(&data, 2, 30, 24);
    killed_run(&data, &run, &["--epochs", "60"], "epoch   1/60");
    std::fs::remove_file(run.join("checkpoints/state.safetensors")).unwrap();
    let recipe = std::fs::read_to_string(run.join("recipe.toml")).unwrap();
    let recipe = recipe
        .replace("epochs = 60", "epochs = 2")
        .replace("validation_split = 0.2", "validation_split = 0.5");
    std::fs::write(run.join("recipe.toml"), recipe).unwrap();
    let said = resume(&run).succeeds();
    assert!(said.stderr.contains("it begins anew") && !said.stderr.contains("going on"), "{said}");
    assert_eq!(json(&run.join("result.json"))["images"]["parts"][1]["pictures"], 30);
}
