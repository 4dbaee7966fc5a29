//! No file names a folder of one developer's machine or the host of a package registry.

use super::{Finding, Tree};

/// Written in two parts so that this file does not name them either.
const FOLDERS: [&str; 5] = [
    concat!("/ho", "me/"),
    concat!("/Use", "rs/"),
    concat!("/ro", "ot/"),
    concat!("/tm", "p/"),
    concat!(r"C:\Use", "rs"),
];
const HOSTS: [&str; 5] = [
    concat!("crates", ".io"),
    concat!("pypi", ".org"),
    concat!("python", "hosted.org"),
    concat!("npm", "js."),
    concat!("registry.", "npm"),
];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in tree.sources.iter().filter(|s| s.path != "Cargo.lock") {
        for (index, line) in source.text.iter().flat_map(|text| text.lines()).enumerate() {
            if let Some(folder) = FOLDERS.into_iter().find(|folder| starts_a_path(line, folder)) {
                let message = format!(
                    "`{folder}` is a place on one machine: use a relative path or a temporary folder"
                );
                findings.push(source.finding(index + 1, message));
            }
            if let Some(host) = HOSTS.into_iter().find(|host| line.contains(host)) {
                let message = format!(
                    "`{host}` is a registry's host: name the package and let cargo, pip or npm find it"
                );
                findings.push(source.finding(index + 1, message));
            }
        }
    }
    findings
}

/// Whether a path in `line` begins with `folder`, rather than having it in its middle (`layers/root/kernel`).
fn starts_a_path(line: &str, folder: &str) -> bool {
    let continues_a_path = |c: char| c.is_alphanumeric() || "._-/*>}".contains(c);
    line.match_indices(folder).any(|(at, _)| !line[..at].ends_with(continues_a_path))
}

#[cfg(test)]
mod tests {
    use super::super::trial::findings;
    use super::{FOLDERS, HOSTS};

    #[test]
    fn every_folder_and_host_is_caught() {
        for address in FOLDERS.iter().chain(&HOSTS) {
            let text = format!("fine\nsee `{address}ada`\n");
            let files = [("docs/a.md", text.as_str()), ("Cargo.lock", &text)];
            assert_eq!(findings(super::check, &files), ["docs/a.md:2"], "{address}");
        }
    }

    #[test]
    fn a_folder_inside_a_relative_path_is_nobodys_home() {
        let text = format!("layers{}kernel\n", FOLDERS[2]);
        assert!(findings(super::check, &[("docs/a.md", &text)]).is_empty());
    }
}
