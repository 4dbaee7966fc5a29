//! Only programs write to the terminal: the command line, the chores, examples.

use super::source::has_word;
use super::{Finding, Tree, search};

const MACROS: [&str; 5] = ["println", "print", "eprintln", "eprint", "dbg"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let called = |line: &str| {
        MACROS.into_iter().find(|name| has_word(line, name) && line.contains(&format!("{name}!")))
    };
    search(tree, &["crates/cli/", "xtask/"], called, |name| {
        format!("`{name}!` outside crates/cli: return the text, or emit an event that the command line draws")
    })
}

#[cfg(test)]
mod tests {
    use super::super::trial::findings;

    #[test]
    fn only_the_command_line_and_tests_may() {
        let text = "//! Text.\nfn f() {\n    println!(\"x\");\n}\n#[cfg(test)]\nmod tests {\n    fn g() { eprint!(\"y\") }\n}\n";
        let files = [
            ("crates/cli/src/a.rs", text),
            ("crates/train/examples/a.rs", text),
            ("crates/train/src/a.rs", text),
        ];
        assert_eq!(findings(super::check, &files), ["crates/train/src/a.rs:3"]);
    }
}
