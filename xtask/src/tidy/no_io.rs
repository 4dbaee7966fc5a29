//! `graph`, `zoo` and `kernels` touch no file, no network and no process.

use super::source::has_word;
use super::{Finding, Tree};

const ROOMS: [&str; 3] = ["crates/graph/src/", "crates/kernels/src/", "crates/zoo/src/"];
const MODULES: [&str; 3] = ["fs", "net", "process"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in tree.rust().filter(|s| ROOMS.iter().any(|room| s.path.starts_with(room))) {
        for (number, line) in source.code() {
            if let Some(module) = MODULES.into_iter().find(|module| uses(line, module)) {
                let message = format!("`std::{module}` in a room without I/O: let the caller read or write");
                findings.push(source.finding(number, message));
            }
        }
    }
    findings
}

/// Whether `line` names `std::module`, alone or in a list of imports.
fn uses(line: &str, module: &str) -> bool {
    let imports = line.trim_start().starts_with("use std::{") && has_word(line, module);
    let path = format!("std::{module}");
    imports || (line.contains(&path) && has_word(line, module))
}

#[cfg(test)]
mod tests {
    use super::super::trial::findings;

    #[test]
    fn the_model_and_the_zoo_may_not() {
        let text = "//! Text.\nuse std::{fmt, fs};\nuse std::net::TcpStream;\nuse std::fmt;\nstd::process::exit(1);\n";
        let files = [("crates/zoo/src/a.rs", text), ("crates/files/src/a.rs", text)];
        let expected = ["crates/zoo/src/a.rs:2", "crates/zoo/src/a.rs:3", "crates/zoo/src/a.rs:5"];
        assert_eq!(findings(super::check, &files), expected);
    }
}
