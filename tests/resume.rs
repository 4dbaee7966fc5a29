//! A run that is killed at any moment goes on to the same bits.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use linnaeus_tests::{Outcome, class_folders, json, linnaeus, program, start};

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
    let kills: usize = std::env::var("LINNAEUS_KILLS").map_or(4, |count| count.parse().unwrap());
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
    let mut went_on = 0;
    for kill in 0..kills {
        let run = folder.path().join(format!("killed{kill}"));
        let mut running = Command::new(program());
        running.args(words(&run, &data, &weights));
        let killed = start(&mut running);
        // Spread evenly over the run, and not in step with it.
        std::thread::sleep(
            length.mul_f64((kill as f64 * 0.618_034 + 0.3).fract()) + Duration::from_millis(7),
        );
        killed.signal("KILL");
        killed.finish();
        if run.join("result.json").exists() || !run.join("recipe.toml").exists() {
            continue; // it was over, or had not begun
        }
        resume(&run).succeeds();
        went_on += 1;
        assert!(std::fs::read(run.join("best.keras")).unwrap() == expected, "killed at {kill}");
        assert_eq!(figures(&run), figures(&whole), "killed at {kill}");
        assert!(!run.join("checkpoints/state.safetensors").exists());
    }
    println!("{went_on} of {kills} were left on the way and went on");
    assert!(2 * went_on >= kills, "only {went_on} of {kills} were left on the way");
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
    resume(&run).fails(2, &["this run was finished"]);
    linnaeus(["train".as_ref(), "--resume".as_ref(), run.as_os_str(), "--epochs".as_ref(), "3".as_ref()])
        .fails(2, &["--epochs does not go with --resume"]);
    std::fs::remove_file(run.join("result.json")).unwrap();
    std::fs::create_dir_all(run.join("checkpoints")).unwrap();
    std::fs::write(run.join("checkpoints/state.safetensors"), "nothing").unwrap();
    resume(&run).fails(1, &["state.safetensors", "not a safetensors file"]);
}
