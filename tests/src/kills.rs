//! Runs that are killed with SIGKILL at random moments, and gone on with.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::{resume, start};

/// How often a test kills, where it is not the test's own few.
const COUNT: &str = "LINNAEUS_KILLS";
/// Makes the moments those of an earlier test.
const SEED: &str = "LINNAEUS_KILLS_SEED";

/// Starts runs as `begin` says, kills each at a moment within `length`, goes on with it, and has `judge` look at its
/// folder, until `few` were left on the way (or as many as `LINNAEUS_KILLS` says).
/// One that was over already is begun again.
pub fn kill_and_go_on(
    few: usize,
    length: Duration,
    runs: &Path,
    begin: impl Fn(&Path) -> Command,
    judge: impl Fn(&Path),
) {
    let wanted = std::env::var(COUNT).map_or(few, |count| count.parse().unwrap());
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
    let seed = std::env::var(SEED).map_or_else(|_| now(), |seed| seed.parse().unwrap());
    println!("{SEED}={seed} kills at these moments again");
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut left = 0;
    for attempt in 0..4 * wanted + 8 {
        if left == wanted {
            break;
        }
        let run = runs.join(format!("killed{attempt}"));
        let running = start(&mut begin(&run));
        std::thread::sleep(length.mul_f64(f64::from(random.next_u32()) / f64::from(u32::MAX)));
        running.signal("KILL");
        running.finish();
        if !was_left(&run) {
            continue;
        }
        resume(&run).succeeds();
        judge(&run);
        left += 1;
    }
    println!("{left} runs were killed on the way and went on");
    assert_eq!(left, wanted, "only so many were killed on the way");
}

/// Whether the run was begun and is not over.
fn was_left(run: &Path) -> bool {
    run.join("recipe.toml").exists() && !run.join("result.json").exists()
}
