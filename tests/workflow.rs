//! `docs/workflow.md` is true: every command in it runs, from top to bottom, and what it promises comes of it; and so
//! do the recipes, on small pictures laid out as the real sets are.

use std::path::{Path, PathBuf};
use std::process::Command;

use linnaeus_tests::{Outcome, class_folders, draw, everything_in, json, linnaeus, program, start};

const SCENES: [&str; 6] = ["buildings", "forest", "glacier", "mountain", "sea", "street"];

/// The folder that the document speaks of, with a cache of its own in which `imagenet` stands for weights made here.
struct Workplace(tempfile::TempDir);

impl Workplace {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        place.lay_out_scenes();
        place.lay_out_chest_xray();
        class_folders(&place.path("photos"), 3, 10, 64);
        let row = |name: &String| format!("photos/{name},{}\n", name.split('/').next().unwrap());
        let files = everything_in(&place.path("photos")).into_iter().filter(|name| name.ends_with(".png"));
        let table = format!("file,species\n{}", files.map(|name| row(&name)).collect::<String>());
        std::fs::write(place.path("photos.csv"), table).unwrap();
        let recipes = Path::new(env!("CARGO_MANIFEST_DIR")).join("../recipes");
        std::fs::create_dir(place.path("recipes")).unwrap();
        for recipe in everything_in(&recipes) {
            std::fs::copy(recipes.join(&recipe), place.path("recipes").join(&recipe)).unwrap();
        }
        for base in ["mobilenet_v2", "resnet50"] {
            let words = "--weights none --image-size 32 --batch-size 8 --epochs 1";
            place.run(&format!("linnaeus train photos --base {base} {words} --out first/{base}")).succeeds();
            place.run(&format!("linnaeus weights import {base} first/{base}")).succeeds();
        }
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// As it is unpacked: each part in a folder of its own name again.
    fn lay_out_scenes(&self) {
        for (part, count) in [("seg_train", 8), ("seg_test", 3)] {
            for (class, name) in SCENES.iter().enumerate() {
                let folder = self.path("scenes").join(part).join(part).join(name);
                std::fs::create_dir_all(&folder).unwrap();
                for index in 0..count {
                    let number = (class / 3 * 1000 + index) as u64 + u64::from(part == "seg_test") * 500;
                    draw(class % 3, number, 48).save(folder.join(format!("{index:03}.png"))).unwrap();
                }
            }
        }
    }

    /// Three ill for one healthy, two pictures of each ill person, and a `val/` that is too small,
    /// as the set was published.
    fn lay_out_chest_xray(&self) {
        for (part, healthy) in [("train", 12), ("test", 6), ("val", 1)] {
            let [normal, ill] =
                ["NORMAL", "PNEUMONIA"].map(|class| self.path("chest_xray").join(part).join(class));
            std::fs::create_dir_all(&normal).unwrap();
            std::fs::create_dir_all(&ill).unwrap();
            let from = match part {
                "train" => 0,
                "test" => 500,
                _ => 900,
            };
            for index in 0..healthy {
                let picture = draw(0, from + index, 48);
                picture.save(normal.join(format!("IM-{index:04}.jpeg"))).unwrap();
            }
            for index in 0..3 * healthy {
                let name = format!("person{}_bacteria_{index}.jpeg", index / 2);
                draw(1, from + index, 48).save(ill.join(name)).unwrap();
            }
        }
    }

    /// A line of the shell, in which `linnaeus` is the program under test.
    fn run(&self, line: &str) -> Outcome {
        let script = format!("linnaeus() {{ \"$LINNAEUS\" \"$@\"; }}\n{line}");
        let mut shell = Command::new("sh");
        shell.args(["-ec", &script]).current_dir(self.0.path());
        shell.env("LINNAEUS", program()).env("LINNAEUS_HOME", self.path("cache"));
        start(&mut shell).finish()
    }

    /// A training that was killed on its way, in `runs/killed`.
    fn leave_a_run(&self) {
        let script = "exec \"$LINNAEUS\" train photos --base small_cnn --image-size 64 --epochs 200 \
                      --patience 200 --save-freq 1 --out runs/killed";
        let mut shell = Command::new("sh");
        shell.args(["-ec", script]).current_dir(self.0.path());
        shell.env("LINNAEUS", program()).env("LINNAEUS_HOME", self.path("cache"));
        let run = start(&mut shell);
        while !self.path("runs/killed/checkpoints/state.safetensors").exists() {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        run.signal("KILL");
        assert_eq!(run.finish().status, None);
    }
}

/// One row of a table: its commands, and what is promised of them.
struct Row {
    step: String,
    commands: Vec<String>,
    promised: Vec<String>,
}

/// The rows of every table in `document` that has four columns.
fn rows(document: &str) -> Vec<Row> {
    let cells =
        |line: &str| -> Vec<String> { line.split(" | ").map(|cell| cell.trim().to_owned()).collect() };
    let lines = document.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let rows = lines.map(cells).filter(|cells| cells[0] != "step");
    let row = |cells: Vec<String>| {
        assert_eq!(cells.len(), 4, "{cells:?}");
        let commands = code(&cells[2]).into_iter().filter(|span| span.starts_with("linnaeus "));
        Row { step: cells[0].clone(), commands: commands.collect(), promised: code(&cells[3]) }
    };
    rows.map(row).collect()
}

/// The spans of code in a cell.
fn code(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Fewer epochs than a person would want: two, and one to fine-tune.
fn shortened(command: &str) -> String {
    let mut words: Vec<&str> = command.split(' ').collect();
    for at in 1..words.len() {
        match words[at - 1] {
            "--epochs" => words[at] = "2",
            "--fine-tune-epochs" => words[at] = "1",
            _ => {}
        }
    }
    words.join(" ")
}

#[test]
fn every_step_of_the_workflow_runs() {
    let document =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/workflow.md")).unwrap();
    let rows = rows(&document);
    assert!(rows.len() > 20 && rows.iter().all(|row| !row.promised.is_empty()), "{} rows", rows.len());
    let place = Workplace::new();
    for row in &rows {
        let mut said = String::new();
        for command in &row.commands {
            if command.contains("--resume") {
                place.leave_a_run();
            }
            let outcome = place.run(&shortened(command)).succeeds();
            said += &outcome.stdout;
            said += &outcome.stderr;
        }
        for promised in &row.promised {
            let is_there = place.path(promised).exists() || said.contains(promised);
            assert!(is_there, "{}: there is no {promised}; it said\n{said}", row.step);
        }
    }
}

/// The recall that is asked for is reached on the validation part, and both thresholds are judged on the test part.
#[test]
fn pneumonia_is_found_with_the_recall_that_is_asked_for() {
    let place = Workplace::new();
    let command =
        "linnaeus train chest_xray --recipe recipes/chest-xray.toml --image-size 64 --epochs 4 --out run";
    place.run(command).succeeds();
    let result = json(&place.path("run/result.json"));
    assert_eq!(result["best"]["monitor"], "val_recall");
    // 48 pictures of train/ and 4 of val/, of which a fifth is held out.
    let count = |part: usize| result["images"]["parts"][part]["pictures"].as_u64().unwrap();
    assert_eq!([count(0), count(1), count(2)], [41, 11, 24]);
    let recall = |judged: &serde_json::Value| judged["classes"][1]["recall"].as_f64().unwrap();
    assert!(recall(&result["validation"]) >= 0.95, "{}", result["validation"]["classes"]);
    let two = &result["test"]["two_classes"];
    assert_eq!(two["positive_class"], "PNEUMONIA");
    let threshold = two["threshold"].as_f64().unwrap();
    assert_ne!(threshold, 0.5);
    assert_eq!(two["at_half"]["threshold"], 0.5);
    for judged in [&result["test"], &two["at_half"]] {
        assert!(judged["classes"][1]["precision"].is_number(), "{judged}");
        assert_eq!(judged["classes"][1]["support"], 18);
    }
    // The threshold travels with the model.
    let again = place.run("linnaeus evaluate run chest_xray --json").succeeds().json();
    assert_eq!(again["test"]["confusion"], result["test"]["confusion"]);
    assert_eq!(again["test"]["two_classes"], *two);
    let half = place.run("linnaeus evaluate run chest_xray --threshold 0.5 --json").succeeds().json();
    assert_eq!(half["test"]["classes"], two["at_half"]["classes"]);
}

#[test]
fn thresholds_that_cannot_be_are_refused() {
    let place = Workplace::new();
    let train = |options: &str| place.run(&format!("linnaeus train {options} --base small_cnn --out never"));
    train("chest_xray --threshold recal=0.9").fails(2, &["recall=0.95", "received recal=0.9"]);
    train("chest_xray --threshold 'recall[PNEUMONA]=0.9'").fails(2, &["no class PNEUMONA", "PNEUMONIA"]);
    train("photos --threshold 0.3").fails(2, &["between 2 classes", "the pictures have 3"]);
    train("chest_xray/train --test-split 0.2 --validation-split 0 --monitor loss --threshold f1")
        .fails(2, &["--validation-split a share"]);
    linnaeus(["evaluate", "model.keras", "photos", "--threshold", "2"]).fails(2, &["from 0 to 1"]);
    assert!(!place.path("never").exists());
}
