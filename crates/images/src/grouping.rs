//! Groups by what files are called: `person(\d+)_` keeps each person's pictures together.

use std::collections::HashMap;

use regex_lite::Regex;

use crate::{Error, Listing, Result, Sample};

impl Listing {
    /// Puts pictures in groups by their paths: what the first bracket of the regular expression `pattern` finds, or
    /// without one all that it finds. Where it finds nothing, the picture stays as it is.
    ///
    /// # Errors
    /// `pattern` is no regular expression, or finds nothing in any path.
    pub fn group_by(mut self, pattern: &str) -> Result<Self> {
        let wrong = |why: String| Error::value(format!("the pattern for groups, {pattern:?}, {why}"));
        let regex =
            Regex::new(pattern).map_err(|error| wrong(format!("is no regular expression: {error}")))?;
        let mut numbers: HashMap<String, u32> = HashMap::new();
        if self.is_grouped() {
            return Err(wrong("does not go with a column of groups: leave one of them out".into()));
        }
        let parts = [Some(&mut self.train), self.validation.as_mut(), self.test.as_mut()];
        let mut samples: Vec<&mut Sample> = parts.into_iter().flatten().flatten().collect();
        for sample in &mut samples {
            let path = sample.path.to_string_lossy();
            if let Some(found) = regex.captures(&path)
                && let Some(name) = found.get(1).or(found.get(0))
            {
                let next = numbers.len() as u32;
                sample.group = Some(*numbers.entry(name.as_str().to_owned()).or_insert(next));
            }
        }
        if numbers.is_empty() {
            let example =
                samples.first().map_or(String::new(), |sample| format!(", as {}", sample.path.display()));
            return Err(wrong(format!("finds nothing in the pictures' paths{example}")));
        }
        let grouped = samples.iter().filter(|sample| sample.group.is_some()).count();
        self.notes.push(format!("{grouped} of {} pictures are in {} groups", samples.len(), numbers.len()));
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(names: &[&str]) -> Listing {
        Listing {
            classes: vec!["a".into()],
            train: names.iter().map(|name| Sample::new(*name, 0)).collect(),
            ..Listing::default()
        }
    }

    #[test]
    fn pictures_are_grouped_by_the_bracket_or_by_all_of_it() {
        let names =
            ["a/person1_virus_6.jpeg", "a/person1_virus_7.jpeg", "a/person12_1.jpeg", "a/IM-0115.jpeg"];
        for pattern in [r"person(\d+)_", r"person\d+"] {
            let listing = listing(&names).group_by(pattern).unwrap();
            let groups: Vec<_> = listing.train.iter().map(|sample| sample.group).collect();
            assert_eq!(groups, [Some(0), Some(0), Some(1), None], "{pattern}");
            assert_eq!(listing.notes, ["3 of 4 pictures are in 2 groups"]);
        }
    }

    #[test]
    fn a_pattern_that_finds_nothing_is_said() {
        let refused = |pattern| listing(&["a/1.jpg"]).group_by(pattern).unwrap_err().to_string();
        assert!(refused("patient").contains("finds nothing in the pictures' paths, as a/1.jpg"));
        assert!(refused("(").contains("is no regular expression"), "{}", refused("("));
    }
}
