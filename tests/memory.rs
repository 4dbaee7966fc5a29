//! `--memory-limit` holds for the whole program, on a set four times as large, whatever the feeder;
//! and memory stays flat.
#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::Command;

use linnaeus_tests::{Outcome, class_folders, json, linnaeus, member, program, start};

const MIB: u64 = 1 << 20;
const LIMIT: u64 = 256 * MIB;
const SIDE: u64 = 448;
const PICTURES: u64 = 1800;

/// Small files that are large once decoded, 602,112 bytes each, under a network that has little to compute.
const BIG: &str = "--batch-size 8 --memory-limit 256MiB --augment flip,brightness=0.1 --validation-split 0.05 \
                   --test-split 0.05 --save-freq 20";

/// Keras's `to_json` of `Rescaling`, `Conv2D(8, 16, strides=16)`, `GlobalAveragePooling2D` and `Dense(3)`.
fn network(folder: &Path) -> PathBuf {
    let layer = |class: &str, config: &str| {
        format!(r#"{{"module": "keras.layers", "class_name": "{class}", "config": {{{config}}}}}"#)
    };
    let layers = [
        layer("InputLayer", r#""batch_shape": [null, 448, 448, 3], "dtype": "float32", "name": "picture""#),
        layer("Rescaling", r#""name": "rescaling", "scale": 0.00392156862745098, "offset": 0.0"#),
        layer(
            "Conv2D",
            r#""name": "patches", "filters": 8, "kernel_size": [16, 16], "strides": [16, 16], "padding": "valid", "use_bias": true, "activation": "relu""#,
        ),
        layer("GlobalAveragePooling2D", r#""name": "pool", "keepdims": false"#),
        layer("Dense", r#""name": "predictions", "units": 3, "use_bias": true, "activation": "softmax""#),
    ];
    let file = folder.join("patches.json");
    let layers = layers.join(", ");
    let text = format!(
        r#"{{"module": "keras", "class_name": "Sequential", "config": {{"name": "patches", "layers": [{layers}]}}}}"#
    );
    std::fs::write(&file, text).unwrap();
    file
}

fn words(data: &Path, network: &Path, out: &Path, more: &str) -> Vec<String> {
    let places = [Path::new("train"), data, "--base".as_ref(), network, "--out".as_ref(), out];
    let places = places.into_iter().map(|path| path.to_str().unwrap().to_owned());
    places.chain(more.split(' ').filter(|word| !word.is_empty()).map(str::to_owned)).collect()
}

#[track_caller]
fn kept_the_limit(outcome: &Outcome, what: &str) {
    println!("{what}: {} MiB at most, of {} MiB", outcome.peak_memory / MIB, LIMIT / MIB);
    assert!(outcome.peak_memory > 0 && outcome.peak_memory <= LIMIT + LIMIT / 10, "{what}\n{outcome}");
}

fn weights(run: &Path) -> Vec<u8> {
    member(&run.join("best.keras"), "model.weights.h5")
}

#[test]
fn a_set_four_times_as_large_as_the_limit_is_trained_within_it() {
    let folder = tempfile::tempdir().unwrap();
    let (data, network) = (folder.path().join("shapes"), network(folder.path()));
    class_folders(&data, 3, PICTURES as usize / 3, 48);
    const { assert!(PICTURES * SIDE * SIDE * 3 >= 4 * LIMIT) };
    let run = |name: &str| folder.path().join(name);
    let train = |name: &str, more: &str| {
        linnaeus(words(&data, &network, &run(name), &format!("{BIG} {more}"))).succeeds()
    };

    let auto = train("auto", "--epochs 2 --threads 2");
    kept_the_limit(&auto, "auto");
    assert!(auto.stderr.contains("feeder hybrid: the 1620 training pictures take 930 MiB decoded"), "{auto}");
    assert!(auto.stderr.contains("epochs 1 to 2, 203 steps an epoch"), "an epoch is no segment\n{auto}");
    assert_eq!(json(&run("auto/result.json"))["stages"][0]["epochs"].as_array().unwrap().len(), 2);

    // Another number of threads, and killed on the way: the same bits.
    let mut command = Command::new(program());
    let mut killed = start(command.args(words(
        &data,
        &network,
        &run("killed"),
        &format!("{BIG} --feeder hybrid --epochs 2 --threads 1"),
    )));
    killed.wait_for(|said| said.contains("stage "));
    let state = run("killed/checkpoints/state.safetensors");
    killed.wait_for(|_| state.exists());
    killed.signal("KILL");
    killed.finish();
    let resumed = linnaeus(["train", "--resume", run("killed").to_str().unwrap()]).succeeds();
    kept_the_limit(&resumed, "hybrid, resumed");
    assert!(weights(&run("killed")) == weights(&run("auto")), "1 thread and killed, 2 threads and not");

    let disk = train("disk", "--feeder disk --epochs 1");
    kept_the_limit(&disk, "disk");
    assert!(disk.stderr.contains("feeder disk: "), "{disk}");
    linnaeus(words(&data, &network, &run("memory"), &format!("{BIG} --feeder memory")))
        .fails(2, &["--feeder memory: the 1620 training pictures take 930 MiB", "--feeder hybrid or disk"]);
}

#[test]
fn what_cannot_be_kept_is_said_before_the_first_step() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("shapes"), folder.path().join("refused"));
    class_folders(&data, 3, 12, 48);
    let refused = |more: &str, expected: &[&str]| {
        let places = ["train", data.to_str().unwrap(), "--out", out.to_str().unwrap()];
        let base = "--base mobilenet_v2 --weights none --image-size 224";
        linnaeus(places.into_iter().chain(base.split(' ')).chain(more.split(' '))).fails(2, expected);
        assert!(!out.exists(), "{more}");
    };
    refused("--memory-limit 40MiB", &["--memory-limit 40MiB", "needs about", "--image-size", "or more"]);
    refused("--memory-limit 700MiB", &["--memory-limit 700MiB", "a batch of 32", "give --batch-size "]);
    refused("--memory-limit 2XB", &["--memory-limit", "no unit XB", "GiB"]);
    refused("--memory-limit lots", &["--memory-limit", "expected a size, as 2GiB"]);
    refused("--feeder ram", &["--feeder: expected auto or memory or disk or hybrid"]);
    refused("--feeder disk --segment-epochs 5", &["--segment-epochs is for --feeder hybrid"]);
    refused("--sampling balanced --class-weights balanced", &["give one of them"]);
    refused("--steps-per-epoch 0", &["--steps-per-epoch: expected 1 to"]);
}

#[test]
fn memory_stays_flat_over_a_hundred_epochs() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("shapes");
    class_folders(&data, 2, 20, 24);
    let peak = |feeder: &str, epochs: &str| {
        let out = folder.path().join(format!("{feeder}{epochs}"));
        let places = ["train", data.to_str().unwrap(), "--out", out.to_str().unwrap(), "--feeder", feeder];
        // States are kept in the short run too, and take the same room.
        let settings = "--base small_cnn --image-size 24 --batch-size 8 --augment flip --patience 1000 \
                        --save-freq 10 --epochs";
        let outcome = linnaeus(places.into_iter().chain(settings.split(' ')).chain([epochs])).succeeds();
        let result = json(&out.join("result.json"));
        assert_eq!(result["stages"][0]["epochs"].as_array().unwrap().len().to_string(), epochs);
        outcome.peak_memory
    };
    for feeder in ["memory", "disk"] {
        let (few, many) = (peak(feeder, "10"), peak(feeder, "110"));
        println!("{feeder}: {} KiB after 10 epochs, {} KiB after 110", few >> 10, many >> 10);
        assert!(many <= few + few / 10, "{feeder}: {few} bytes became {many}");
    }
}
