//! How much each class counts in a loss: Keras's `class_weight`, and scikit-learn's `"balanced"`, `n / (k nᶜ)`.

use std::fmt;
use std::str::FromStr;

use crate::{Error, Result};

/// Weights of classes as they are asked for: `none`, `balanced`, or names with weights as `NORMAL=1,PNEUMONIA=0.4`; or
/// numbers of classes, as Keras has them: `0=1,1=0.4`.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum ClassWeights {
    /// All count alike.
    #[default]
    Equal,
    /// Each as much as if it had as many pictures as the others.
    Balanced,
    /// By name, or number; classes that are not named count 1.
    Given(Vec<(String, f32)>),
}

/// The largest weight: with a larger one, a loss or its gradients need not stay finite.
const MOST: f32 = 1e6;

impl ClassWeights {
    /// A weight for each of `classes`, where pictures to learn from have these `labels`; `None` where all count alike.
    ///
    /// # Errors
    /// A name is no class's, or no class counts.
    pub fn resolve(&self, classes: &[&str], labels: impl Iterator<Item = u32>) -> Result<Option<Vec<f32>>> {
        match self {
            Self::Equal => Ok(None),
            Self::Balanced => Ok(Some(balanced(classes.len(), labels))),
            Self::Given(given) => by_name(given, classes).map(Some),
        }
    }
}

/// Those that are given; 1 for a class that is not named.
fn by_name(given: &[(String, f32)], classes: &[&str]) -> Result<Vec<f32>> {
    let mut weights = vec![None; classes.len()];
    for (name, weight) in given {
        let place = place(name, classes).ok_or_else(|| Error::unknown("class", name, classes))?;
        if weights[place].replace(*weight).is_some() {
            return Err(Error::setting(format!("class weights: {} is given twice", classes[place])));
        }
    }
    let weights: Vec<f32> = weights.into_iter().map(|weight| weight.unwrap_or(1.0)).collect();
    match weights.iter().all(|weight| *weight == 0.0) {
        true => Err(Error::setting(
            "class weights: expected one above 0 at least, for nothing learns where no class counts",
        )),
        false => Ok(weights),
    }
}

/// Which of `classes` is called `name`; or has this number, from 0 on, as Keras counts them.
fn place(name: &str, classes: &[&str]) -> Option<usize> {
    let numbered = || name.parse().ok().filter(|place| *place < classes.len());
    classes.iter().position(|class| *class == name).or_else(numbered)
}

/// `n / (k nᶜ)` over the classes that occur; 1 for one that does not.
fn balanced(classes: usize, labels: impl Iterator<Item = u32>) -> Vec<f32> {
    let mut counts = vec![0_usize; classes];
    labels.for_each(|label| counts[label as usize] += 1);
    let all: usize = counts.iter().sum();
    let occurring = counts.iter().filter(|count| **count > 0).count();
    let weight = |count| if count == 0 { 1.0 } else { all as f64 / (occurring * count) as f64 };
    counts.into_iter().map(|count| weight(count) as f32).collect()
}

impl FromStr for ClassWeights {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text.trim() {
            "" | "none" => return Ok(Self::Equal),
            "balanced" => return Ok(Self::Balanced),
            _ => {}
        }
        let mut given: Vec<(String, f32)> = Vec::new();
        for word in text.split(',') {
            // A class's own name may hold the sign.
            let parts = word.rsplit_once('=');
            let read =
                parts.and_then(|(name, weight)| Some((name.trim(), weight.trim().parse::<f32>().ok()?)));
            let (name, weight) =
                read.filter(|(_, weight)| (0.0..=MOST).contains(weight)).ok_or_else(|| {
                    Error::setting(format!(
                        "class weights: expected balanced, none, or classes with weights from 0 to {MOST}, such as \
                         NORMAL=1,PNEUMONIA=0.4, received {word}"
                    ))
                })?;
            if given.iter().any(|(known, _)| known == name) {
                return Err(Error::setting(format!("class weights: {name} is given twice")));
            }
            given.push((name.to_owned(), weight));
        }
        Ok(Self::Given(given))
    }
}

impl fmt::Display for ClassWeights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Equal => f.write_str("none"),
            Self::Balanced => f.write_str("balanced"),
            Self::Given(given) => {
                let words: Vec<String> =
                    given.iter().map(|(name, weight)| format!("{name}={weight}")).collect();
                f.write_str(&words.join(","))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden::{assert_close, golden, golden_labels};

    #[test]
    fn balanced_is_scikit_learn_s() {
        let labels = golden_labels("class_weights.labels");
        let weights =
            ClassWeights::Balanced.resolve(&["a", "b", "c"], labels.iter().copied()).unwrap().unwrap();
        assert_close(&weights, &golden("class_weights.balanced"), 1e-6, "balanced");
        // A class without pictures changes nothing for the others.
        let four =
            ClassWeights::Balanced.resolve(&["a", "b", "c", "d"], labels.into_iter()).unwrap().unwrap();
        assert_eq!((&four[..3], four[3]), (&weights[..], 1.0));
    }

    #[test]
    fn weights_are_read_by_name() {
        let given: ClassWeights = "sick=2.5, a=b=0".parse().unwrap();
        assert_eq!(given.to_string(), "sick=2.5,a=b=0");
        let classes = ["a=b", "healthy", "sick"];
        assert_eq!(given.resolve(&classes, std::iter::empty()).unwrap().unwrap(), [0.0, 1.0, 2.5]);
        for (text, expected) in [("none", ClassWeights::Equal), (" balanced", ClassWeights::Balanced)] {
            assert_eq!(text.parse::<ClassWeights>().unwrap(), expected);
        }
        assert_eq!(ClassWeights::Equal.resolve(&classes, std::iter::empty()).unwrap(), None);
        let numbered: ClassWeights = "0=3,2=0.5".parse().unwrap();
        assert_eq!(numbered.resolve(&classes, std::iter::empty()).unwrap().unwrap(), [3.0, 1.0, 0.5]);
        // A class that is called by a number is meant by it, whatever its place.
        assert_eq!(numbered.resolve(&["2", "b", "0"], std::iter::empty()).unwrap().unwrap(), [0.5, 1.0, 3.0]);
        let twice: ClassWeights = "1=3,healthy=0.5".parse().unwrap();
        let message = twice.resolve(&classes, std::iter::empty()).unwrap_err().to_string();
        assert!(message.contains("healthy is given twice"), "{message}");
        let beyond: ClassWeights = "3=1".parse().unwrap();
        assert!(beyond.resolve(&classes, std::iter::empty()).is_err());
        let unknown: ClassWeights = "sik=2".parse().unwrap();
        let message = unknown.resolve(&classes, std::iter::empty()).unwrap_err().to_string();
        assert!(
            message.starts_with("there is no class sik; did you mean sick? There are a=b, "),
            "{message}"
        );
        let nothing: ClassWeights = "a=b=0,healthy=0,sick=0".parse().unwrap();
        assert!(nothing.resolve(&classes, std::iter::empty()).unwrap_err().to_string().contains("above 0"));
        for wrong in ["sick", "sick=much", "sick=-1", "sick=inf", "sick=1e38", "sick=1,sick=2"] {
            assert!(wrong.parse::<ClassWeights>().is_err(), "{wrong}");
        }
    }
}
