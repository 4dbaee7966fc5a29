//! How long the doctor takes for a set, and what it says of it.
//!
//! `cargo run --release -p linnaeus-doctor --example doctor_bench -- DATA [TIMES [PAGE.html]]`; with TIMES, the set's
//! pictures are looked at so many times over, as in a larger set.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use images::{Columns, read_set};
use linnaeus_doctor::{Options, examine, html, text};
use report::text::Style;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [data, rest @ ..] = &arguments[..] else { return Err("usage: DATA [TIMES [PAGE.html]]".into()) };
    let times = rest.first().map_or(Ok(1), |times| times.parse::<usize>())?;
    let mut listing = read_set(Path::new(data), &Columns::default())?;
    let once = listing.train.clone();
    (1..times).for_each(|_| listing.train.extend(once.iter().cloned()));
    let workers = std::thread::available_parallelism()?.get();
    let options = Options { data: data.into(), workers };
    let examination = examine(listing, options, &mut |_, _| {}, &AtomicBool::new(false))?;
    if times == 1 {
        println!("{}", text(&examination, None, Style::default()));
    }
    let (pictures, seconds) = (examination.pictures(), examination.seconds);
    println!("{pictures} pictures in {seconds:.2} s: {:.2} s per 1,000", 1000.0 * seconds / pictures as f64);
    if let Some(page) = rest.get(1) {
        html::write(&examination, Path::new(page))?;
    }
    Ok(())
}
