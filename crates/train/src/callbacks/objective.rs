//! Figures and the bounds that they are to reach: `val_recall>=0.95 and val_precision>0.8`.

use std::fmt;
use std::str::FromStr;

use super::monitor::is_loss;
use crate::metrics::{self, Bounded, Relation};
use crate::{Error, Result, Scores};

/// All of its conditions must hold.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Objective(Vec<Condition>);

/// A figure and its bound.
#[derive(Debug, Clone, PartialEq)]
struct Condition {
    name: String,
    relation: Relation,
    bound: f64,
}

const AND: &str = " and ";

impl Objective {
    /// The figures that it looks at.
    pub(super) fn names(&self) -> Vec<&str> {
        self.0.iter().map(|condition| condition.name.as_str()).collect()
    }

    /// Fails for a bound that its figure never reaches, or always: metrics lie between 0 and 1, losses above 0.
    pub(super) fn check_bounds(&self) -> Result<()> {
        for condition in &self.0 {
            let (largest, range) = match is_loss(&condition.name) {
                true => (f64::INFINITY, "0 or more"),
                false => (1.0, "from 0 to 1"),
            };
            let outcome = match [0.0, largest].map(|value| condition.relation.holds(value, condition.bound)) {
                [false, false] => "would never be reached",
                [true, true] => "would always be reached",
                _ => continue,
            };
            let Condition { name, bound, .. } = condition;
            return Err(Error::setting(format!(
                "objective {self}: {name} is {range}, so that a bound of {bound} {outcome}"
            )));
        }
        Ok(())
    }

    /// The figures' values, where all of them are as wanted.
    pub(super) fn reached(&self, scores: &Scores) -> Option<String> {
        let value = |condition: &Condition| {
            let value = scores
                .get(&condition.name)
                .filter(|value| condition.relation.holds(*value, condition.bound))?;
            Some(format!("{} {value:.4}", condition.name))
        };
        self.0.iter().map(value).collect::<Option<Vec<_>>>().map(|values| values.join(", "))
    }
}

impl Condition {
    /// A figure seldom is a number exactly, so that `=` is none of the signs.
    fn parse(text: &str) -> Option<Self> {
        let Bounded { figure, bound } = Bounded::read(text)?;
        let (relation, bound) = bound.filter(|(relation, _)| *relation != Relation::Is)?;
        Some(Self { name: metrics::figure(figure.whole), relation, bound })
    }
}

impl FromStr for Objective {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let condition = |text: &str| {
            Condition::parse(text).ok_or_else(|| {
                Error::setting(format!(
                    "objective {text}: expected a figure, one of >= > <= < and a number, as val_recall>=0.95"
                ))
            })
        };
        conditions(text).into_iter().map(condition).collect::<Result<_>>().map(Self)
    }
}

/// The parts between `and`s. An `and` in a class's name has no whole condition before it.
fn conditions(text: &str) -> Vec<&str> {
    let mut conditions = Vec::new();
    let mut start = 0;
    for (at, _) in text.match_indices(AND) {
        if Bounded::read(&text[start..at]).is_some_and(|read| read.bound.is_some()) {
            conditions.push(&text[start..at]);
            start = at + AND.len();
        }
    }
    conditions.push(&text[start..]);
    conditions
}

impl fmt::Display for Objective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Condition { name, relation, bound }) in self.0.iter().enumerate() {
            write!(f, "{}{name}{}{bound}", if index == 0 { "" } else { AND }, relation.sign())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_conditions_must_hold() {
        let objective: Objective = "val_recall>=0.95 and val_loss < 0.5".parse().unwrap();
        assert_eq!(objective.to_string(), "val_recall>=0.95 and val_loss<0.5");
        let scores = |recall, loss| Scores::from_iter([("val_recall", recall), ("val_loss", loss)]);
        assert_eq!(objective.reached(&scores(0.95, 0.4)).unwrap(), "val_recall 0.9500, val_loss 0.4000");
        for (recall, loss) in [(0.94, 0.4), (0.95, 0.5), (f64::NAN, 0.4)] {
            assert_eq!(objective.reached(&scores(recall, loss)), None);
        }
    }

    #[test]
    fn a_bound_lies_where_its_figure_can_be() {
        for (text, outcome) in [
            (
                "val_accuracy>=1.5",
                Some("val_accuracy is from 0 to 1, so that a bound of 1.5 would never be reached"),
            ),
            ("val_accuracy>1", Some("never")),
            ("loss<0.1 and recall<0", Some("recall is from 0 to 1, so that a bound of 0 would never")),
            ("val_loss<0", Some("val_loss is 0 or more, so that a bound of 0 would never be reached")),
            ("val_accuracy>=0", Some("always")),
            ("f1<=1", Some("always")),
            ("loss>=0", Some("always")),
            ("val_accuracy>=1", None),
            ("auc>0.5 and val_loss<=2", None),
            ("loss>5", None),
        ] {
            let found = text.parse::<Objective>().unwrap().check_bounds().map_err(|error| error.to_string());
            match (found, outcome) {
                (Ok(()), None) => {}
                (Err(message), Some(outcome)) => assert!(message.contains(outcome), "{message}"),
                (found, _) => panic!("{text}: {found:?}"),
            }
        }
    }

    #[test]
    fn a_bound_stands_behind_the_last_sign() {
        let objective: Objective = "recall[a>b]>0.5".parse().unwrap();
        assert_eq!(objective.names(), ["recall[a>b]"]);
        assert_eq!(objective.reached(&Scores::from_iter([("recall[a>b]", 0.5)])), None);
        let objective: Objective = "recall[salt and pepper]>0.5 and loss<1".parse().unwrap();
        assert_eq!(objective.names(), ["recall[salt and pepper]", "loss"]);
        for wrong in [">=1", "loss>=", "loss=>1", "loss>inf", "loss>1 and", "loss>=0.1e"] {
            let message = wrong.parse::<Objective>().unwrap_err().to_string();
            assert!(message.contains("expected a figure, one of >= > <= <"), "{message}");
        }
    }
}
