//! Draws a report from made-up predictions on real pictures, to see how the page looks.
//!
//! `cargo run -p linnaeus-report --example sample_report -- PICTURES OUT.html [CLASSES]`
//!
//! The first letter of a picture's name is its class; with more classes than letters they are cut up.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};

use linnaeus_report::{
    Best, Epoch, Evaluation, ImageFacts, ModelFacts, Outcome, Part, Seconds, Settings, SkippedPicture,
    SkippedPictures, Stage, Throughput, html, text,
};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A picture's file and its class.
type Sample = (PathBuf, usize);

const NAMES: [(char, &str); 14] = [
    ('C', "leafy vegetables"),
    ('E', "fruit"),
    ('G', "spices"),
    ('H', "nuts"),
    ('P', "fish"),
    ('A', "cereals"),
    ('B', "legumes"),
    ('D', "other vegetables"),
    ('F', "roots and tubers"),
    ('J', "mushrooms"),
    ('M', "eggs"),
    ('N', "poultry"),
    ('O', "meat"),
    ('Q', "shellfish"),
];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, out, classes @ ..] = &arguments[..] else {
        return Err("wanted: PICTURES OUT.html [CLASSES]".into());
    };
    let classes = classes.first().map_or(Ok(5), |n| n.parse())?;
    let outcome = outcome(Path::new(folder), classes)?;
    html::write(&outcome, Path::new(out))?;
    outcome.write(&Path::new(out).with_extension("json"))?;
    std::io::Write::write_all(
        &mut std::io::stdout(),
        text::outcome(&outcome, text::Style::default()).as_bytes(),
    )?;
    Ok(())
}

fn outcome(folder: &Path, classes: usize) -> Result<Outcome, Box<dyn Error>> {
    let (names, samples) = samples(folder, classes)?;
    let mut random = ChaCha8Rng::seed_from_u64(classes as u64);
    let evaluation = evaluation(&names, &samples, &mut random)?;
    let of_class = |share: usize| -> Vec<usize> {
        (0..names.len()).map(|class| samples.iter().filter(|s| s.1 == class).count() * share).collect()
    };
    let part = |name: &str, share| Part {
        name: name.into(),
        pictures: samples.len() * share,
        classes: of_class(share),
    };
    let stages = stages(&mut random, evaluation.accuracy);
    let parts =
        [("decode", 6.1), ("features", 9.4), ("forward", 14.2), ("backward", 8.9), ("validation", 3.3)];
    Ok(Outcome {
        name: "Photos of foods".into(),
        created: Some("21 November 2026".into()),
        seed: Some(0),
        model: ModelFacts {
            architecture: "efficientnet_lite0".into(),
            weights: Some("imagenet".into()),
            loaded: None,
            input: Some([224, 224, 3]),
            classes: names.clone(),
            parameters: 3_414_176 + 1281 * names.len() as u64,
            trained_parameters: 1281 * names.len() as u64,
            size_bytes: Some(13_842_112),
            file: Some("runs/food-1/best.keras".into()),
        },
        images: ImageFacts {
            source: Some(folder.display().to_string()),
            parts: vec![part("train", 3), part("validation", 1), part("test", 1)],
            skipped: skipped(folder),
        },
        seconds: Seconds { total: 43.7, parts: parts.map(|(name, s)| (name.to_owned(), s)).into() },
        images_per_second: Throughput { train: Some(61.3), predict: Some(108.4) },
        best: best(&stages),
        stages,
        test: Some(evaluation),
        recipe: recipe(),
        versions: [("linnaeus", "0.1.0"), ("rust", "1.95.0")]
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .into(),
        ..Outcome::default()
    })
}

/// Class names, and (path, class) of every fifth picture.
fn samples(folder: &Path, classes: usize) -> Result<(Vec<String>, Vec<Sample>), Box<dyn Error>> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder)?.map(|e| Ok(e?.path())).collect::<std::io::Result<_>>()?;
    paths.sort();
    let letters = classes.min(NAMES.len());
    let pieces = classes.div_ceil(letters);
    let name = |class: usize| match (NAMES[class % letters].1, class / letters) {
        (name, 0) => name.to_owned(),
        (name, piece) => format!("{name} {}", piece + 1),
    };
    let mut samples = Vec::new();
    for (index, path) in paths.into_iter().enumerate() {
        let first = path.file_name().and_then(|n| n.to_str()).and_then(|n| n.chars().next());
        let letter = NAMES[..letters].iter().position(|(letter, _)| Some(*letter) == first);
        if let Some(letter) = letter.filter(|_| pieces > 1 || index % 3 == 0) {
            samples.push((path, (letter + letters * (index % pieces)).min(classes - 1)));
        }
    }
    // A picture that has gone since.
    if let Some(sample) = samples.first_mut() {
        sample.0 = folder.join("gone.jpeg");
    }
    Ok(((0..classes).map(name).collect(), samples))
}

/// Between 0 and 1.
fn chance(random: &mut ChaCha8Rng) -> f64 {
    f64::from(random.next_u32()) / f64::from(u32::MAX)
}

fn evaluation(
    names: &[String],
    samples: &[Sample],
    random: &mut ChaCha8Rng,
) -> Result<Evaluation, Box<dyn Error>> {
    let mut probabilities = Vec::new();
    for (_, truth) in samples {
        let score = |class: usize, random: &mut ChaCha8Rng| {
            let near = class % 5 == truth % 5 || class + 1 == *truth;
            let liked = if class == *truth { 5.2 } else { f64::from(u8::from(near)) * 1.5 };
            (liked + 4.0 * (chance(random) + chance(random) - 1.0)).exp()
        };
        let scores: Vec<f64> = (0..names.len()).map(|class| score(class, random)).collect();
        let sum: f64 = scores.iter().sum();
        probabilities.extend(scores.iter().map(|s| (s / sum) as f32));
    }
    let labels: Vec<u32> = samples.iter().map(|s| s.1 as u32).collect();
    let paths: Vec<&PathBuf> = samples.iter().map(|s| &s.0).collect();
    Ok(Evaluation::new(names, &probabilities, &labels, &paths, &Settings::default())?)
}

fn stages(random: &mut ChaCha8Rng, accuracy: f64) -> Vec<Stage> {
    let mut epoch = |number: usize, learning_rate: f64| {
        let progress = 1.0 - (-(number as f64) / 3.2).exp();
        let figure = |from: f64, to: f64, noise: f64| Some(from + (to - from) * progress + noise);
        let mut noise = |size: f64| (chance(random) - 0.5) * size;
        let late = (number as f64 - 9.0).max(0.0);
        let metrics = [
            ("loss", figure(1.7, 0.16, noise(0.04))),
            ("accuracy", figure(0.35, 0.985, noise(0.012)).map(|a| a.min(1.0))),
            ("val_loss", figure(1.55, 0.36, noise(0.06) + 0.02 * late)),
            ("val_accuracy", figure(0.42, accuracy + 0.01, noise(0.03)).map(|a| a.min(1.0))),
        ];
        let metrics: BTreeMap<_, _> = metrics.map(|(name, value)| (name.to_owned(), value)).into();
        Epoch { epoch: number, seconds: 0.9 + noise(0.2), learning_rate: Some(learning_rate), metrics }
    };
    let head = (1..=10).map(|n| epoch(n, 1e-3)).collect();
    let tuned = (11..=15).map(|n| epoch(n, 1e-5)).collect();
    let stopped = Some("val_loss did not get better for 4 epochs".to_owned());
    vec![
        Stage { name: "head".into(), epochs: head, ..Stage::default() },
        Stage { name: "fine-tune".into(), epochs: tuned, stopped, ..Stage::default() },
    ]
}

fn best(stages: &[Stage]) -> Option<Best> {
    let loss = |e: &Epoch| e.metrics.get("val_loss").copied().flatten().unwrap_or(f64::INFINITY);
    let best = stages.iter().flat_map(|s| &s.epochs).min_by(|a, b| loss(a).total_cmp(&loss(b)))?;
    Some(Best { epoch: best.epoch, monitor: "val_loss".into(), value: Some(loss(best)), ..Best::default() })
}

fn skipped(folder: &Path) -> SkippedPictures {
    let list = [
        ("fruit/notes.jpg", "not a picture: begins like text"),
        ("nuts/IMG_2041.jpeg", "the file ends in the middle of the picture"),
        ("spices/empty.png", "the file is empty"),
    ];
    let list = list.map(|(path, reason)| SkippedPicture { path: folder.join(path), reason: reason.into() });
    SkippedPictures { count: list.len(), list: list.into() }
}

fn recipe() -> serde_json::Value {
    serde_json::json!({
        "base": "efficientnet_lite0", "weights": "imagenet", "image_size": 224, "resize": "crop",
        "batch_size": 32, "epochs": 10, "optimizer": "adam", "learning_rate": 1e-3,
        "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"], "monitor": "val_loss", "patience": 4,
        "augment": { "flip": "horizontal", "rotation": 0.1, "zoom": 0.1 }, "dropout": 0.2,
        "fine_tune": { "layers": 20, "epochs": 5, "learning_rate": 1e-5 }, "seed": 0
    })
}
