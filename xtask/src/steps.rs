//! A chore of several steps: says what it does, how long each took, and at the end what ran and what did not.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// The steps done so far.
pub(crate) struct Steps {
    chore: &'static str,
    started: Instant,
    done: Vec<(String, Duration)>,
}

impl Steps {
    /// Starts `chore`.
    pub(crate) fn new(chore: &'static str) -> Self {
        Self { chore, started: Instant::now(), done: Vec::new() }
    }

    /// Does one step; the error of a failed one names it.
    pub(crate) fn step<T>(&mut self, name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        println!("\n==> {name}");
        let started = Instant::now();
        let made = work().with_context(|| format!("step `{name}`"))?;
        self.done.push((name.to_owned(), started.elapsed()));
        Ok(made)
    }

    /// Prints what ran, and gives `result` back.
    pub(crate) fn finish(self, result: Result<()>) -> Result<()> {
        println!("\n{}:", self.chore);
        for (name, took) in &self.done {
            println!("  passed  {name:<44} {:>7.1} s", took.as_secs_f64());
        }
        let seconds = self.started.elapsed().as_secs_f64();
        match &result {
            Ok(()) => println!("{}: all {} steps passed in {seconds:.0} s", self.chore, self.done.len()),
            Err(_) => println!("{}: FAILED after {seconds:.0} s; later steps did not run", self.chore),
        }
        result
    }
}
