//! What every comparison is made of: our program, the peers' scripts, and a folder for what they need.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use super::comparison::Contender;
use super::peers::Peers;
use super::workflow::Food;
use crate::venv::Environment;
use crate::{program, workspace};

/// The program is built; peers are looked for when a comparison asks for them.
pub(super) struct Workbench {
    pub(super) program: PathBuf,
    /// `target/bench`: files for the programs, and the table.
    pub(super) folder: PathBuf,
    /// What could not be measured, and why.
    pub(super) left_out: Vec<String>,
    peers: Peers,
    food: Option<Food>,
}

impl Workbench {
    /// Builds the program and makes the folder.
    pub(super) fn new() -> Result<Self> {
        let program = program::build()?;
        let folder = workspace::target()?.join("bench");
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        Ok(Self { program, folder, left_out: Vec::new(), peers: Peers::default(), food: None })
    }

    /// The photos and the model of the demo, which runs at the first call.
    ///
    /// # Errors
    /// The demo fails.
    pub(super) fn food(&mut self) -> Result<&Food> {
        let food = match self.food.take() {
            Some(food) => food,
            None => Food::prepare(self)?,
        };
        Ok(self.food.insert(food))
    }

    /// Our program with these arguments; it prints JSON.
    pub(super) fn ours<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Contender {
        let mut command = Command::new(&self.program);
        command.args(arguments).arg("--json");
        Contender { name: "Linnaeus".into(), command, leaves: None }
    }

    /// A peer's script with these arguments; `None` if the peer cannot be installed.
    pub(super) fn peer<S: AsRef<OsStr>>(
        &mut self,
        name: &str,
        environment: &Environment,
        script: &str,
        arguments: impl IntoIterator<Item = S>,
    ) -> Option<Contender> {
        let mut command = self.script(environment, script)?;
        command.args(arguments);
        Some(Contender { name: name.into(), command, leaves: None })
    }

    /// The command that runs a script of `xtask/peers/`; `None` if the peer cannot be installed.
    pub(super) fn script(&mut self, environment: &Environment, script: &str) -> Option<Command> {
        let mut command = Command::new(self.peers.python(environment, &mut self.left_out)?);
        command.arg(workspace::root().join("xtask/peers").join(script)).env("PYTHONDONTWRITEBYTECODE", "1");
        Some(command)
    }
}
