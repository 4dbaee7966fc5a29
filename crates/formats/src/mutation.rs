//! Damages bytes at random, for tests of readers: whatever comes out, nothing may panic, take long or take much memory.

use std::time::{Duration, SystemTime};

use kernels::allocations::Counting;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

#[global_allocator]
static MEMORY: Counting = Counting;

/// No input may keep a reader busy for longer.
const LIMIT: Duration = Duration::from_secs(1);
/// Memory that any input may take, and how much more for each of its bytes: whole files of zeros may grow a little.
const FREE_BYTES: usize = 256 << 20;
const BYTES_A_BYTE: usize = 64;

/// Runs `read` on `original` and `count` damaged copies of it, the same ones every time; gives how many that were.
#[track_caller]
pub(crate) fn survives(original: &[u8], count: u64, read: impl Fn(&[u8])) -> u64 {
    bounded(original.len(), "the original", || read(original));
    for index in 0..count {
        let bytes = damaged(original, &mut stream(index));
        bounded(bytes.len(), &format!("input {index}"), || read(&bytes));
    }
    count + 1
}

/// As [`survives`], of JSON whose values are exchanged and not its letters, so that what is damaged is still JSON.
#[track_caller]
pub(crate) fn survives_as_json(original: &Value, count: u64, read: impl Fn(&Value)) -> u64 {
    let length = original.to_string().len();
    for index in 0..count {
        let (mut value, mut rng) = (original.clone(), stream(index));
        for _ in 0..rng.random_range(1..=3) {
            exchange(&mut value, original, &mut rng);
        }
        bounded(length, &format!("input {index}"), || read(&value));
    }
    count
}

/// Fails unless `read`, of an input of so many bytes, is done within a second and bounded memory.
#[track_caller]
pub(crate) fn bounded(bytes: usize, what: &str, read: impl FnOnce()) {
    let start = time_of_this_thread();
    let most = Counting::most_bytes_during(read);
    let taken = time_of_this_thread().saturating_sub(start);
    assert!(taken < LIMIT, "{what} took {taken:?}");
    let allowed = FREE_BYTES + BYTES_A_BYTE * bytes;
    assert!(most <= allowed, "{what} of {bytes} bytes took {most} bytes of memory");
}

/// How long this thread ran, so that a busy machine is no failure; where the system does not say it, the time of day.
fn time_of_this_thread() -> Duration {
    let figures = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = figures.and_then(|figures| figures.split(' ').next()?.parse().ok());
    match nanoseconds {
        Some(nanoseconds) => Duration::from_nanos(nanoseconds),
        None => SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap(),
    }
}

fn stream(index: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(1758);
    rng.set_stream(index);
    rng
}

/// Puts something else in the place of one value: what no program expects, or another part of the original.
fn exchange(value: &mut Value, original: &Value, rng: &mut impl Rng) {
    let mut pointers = Vec::new();
    places(value, &mut String::new(), &mut pointers);
    let place = pointers[rng.random_range(0..pointers.len())].clone();
    let other = match rng.random_range(0..12) {
        0 => json!(null),
        1 => json!(-1),
        2 => json!(0),
        3 => json!(u64::MAX),
        4 => json!(1_u64 << rng.random_range(0..63)),
        5 => json!(1e308),
        6 => json!("x".repeat(5000)),
        7 => json!([]),
        8 => json!({}),
        9 => json!([[], [1, 2, [3]], {"a": null}]),
        10 => json!(true),
        _ => {
            let mut others = Vec::new();
            places(original, &mut String::new(), &mut others);
            let from = &others[rng.random_range(0..others.len())];
            original.pointer(from).cloned().unwrap_or_default()
        }
    };
    if let Some(part) = value.pointer_mut(&place) {
        *part = other;
    }
}

/// The pointers (RFC 6901) to all values in `value`.
fn places(value: &Value, path: &mut String, found: &mut Vec<String>) {
    found.push(path.clone());
    let length = path.len();
    let mut inside = |name: &str, value: &Value| {
        path.push('/');
        path.push_str(&name.replace('~', "~0").replace('/', "~1"));
        places(value, path, found);
        path.truncate(length);
    };
    match value {
        Value::Array(values) => {
            values.iter().enumerate().for_each(|(index, value)| inside(&index.to_string(), value));
        }
        Value::Object(object) => object.iter().for_each(|(name, value)| inside(name, value)),
        _ => {}
    }
}

fn damaged(original: &[u8], rng: &mut impl Rng) -> Vec<u8> {
    let mut bytes = original.to_vec();
    for _ in 0..rng.random_range(1..=4) {
        if bytes.len() < 16 {
            break;
        }
        let at = rng.random_range(0..bytes.len() - 8);
        match rng.random_range(0..6) {
            0 => bytes[at] ^= 1 << rng.random_range(0..8),
            1 => bytes[at] = rng.random(),
            2 => bytes[at..at + 8].copy_from_slice(&[0xFF; 8]),
            // A plausible address or size.
            3 => bytes[at..at + 8].copy_from_slice(&rng.random_range(0..original.len() as u64).to_le_bytes()),
            4 => bytes.truncate(at + 8),
            _ => {
                let from = rng.random_range(0..bytes.len() - 8);
                bytes.copy_within(from..from + 8, at);
            }
        }
    }
    bytes
}
