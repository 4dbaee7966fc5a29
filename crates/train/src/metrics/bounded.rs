//! How a figure is asked for in text: its name, in brackets a class, and behind them a bound: `loss`,
//! `recall[PNEUMONIA]`, `val_recall>=0.95`, `precision[NORMAL]=0.9`.
//!
//! A class is called as its folder is, so what stands in brackets may have any letters, brackets and signs too.

/// A figure's name in its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FigureName<'a> {
    /// All of it, as `recall[PNEUMONIA]`.
    pub whole: &'a str,
    /// What stands before the brackets, as `recall`.
    pub stem: &'a str,
    /// What stands in them, as `PNEUMONIA`.
    pub inside: Option<&'a str>,
}

/// How a figure is to lie to its bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// `>=`
    AtLeast,
    /// `<=`
    AtMost,
    /// `>`
    MoreThan,
    /// `<`
    LessThan,
    /// `=`
    Is,
}

/// A figure, and its bound if it has one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounded<'a> {
    /// Which figure.
    pub figure: FigureName<'a>,
    /// How it is to lie to which finite number.
    pub bound: Option<(Relation, f64)>,
}

/// Each as it is written; those of two letters are looked for first, and the first of each is how it is said.
const RELATIONS: [(&str, Relation); 7] = [
    (">=", Relation::AtLeast),
    ("<=", Relation::AtMost),
    (">", Relation::MoreThan),
    ("<", Relation::LessThan),
    ("=", Relation::Is),
    ("≥", Relation::AtLeast),
    ("≤", Relation::AtMost),
];

impl Relation {
    /// As it is written.
    pub fn sign(self) -> &'static str {
        RELATIONS.iter().find(|(_, known)| *known == self).map_or("", |(sign, _)| sign)
    }

    /// Whether `value` lies so to `bound`; what is no number never does.
    pub fn holds(self, value: f64, bound: f64) -> bool {
        match self {
            Self::AtLeast => value >= bound,
            Self::AtMost => value <= bound,
            Self::MoreThan => value > bound,
            Self::LessThan => value < bound,
            Self::Is => value == bound,
        }
    }
}

impl<'a> FigureName<'a> {
    /// The name that is all of `text`; `None` where it is none.
    pub fn read(text: &'a str) -> Option<Self> {
        Self::before(text).and_then(|(name, rest)| rest.is_empty().then_some(name))
    }

    /// The name that `text` begins with, and what follows it: brackets are closed by the last one.
    fn before(text: &'a str) -> Option<(Self, &'a str)> {
        let text = text.trim();
        let end = text.find(['[', '=', '<', '>', '≥', '≤']).unwrap_or(text.len());
        let stem = text[..end].trim_end();
        let (inside, end) = match text[end..].strip_prefix('[') {
            None => (None, end),
            Some(rest) => {
                let length = rest.rfind(']')?;
                (Some(rest[..length].trim()), end + 1 + length + 1)
            }
        };
        let name = Self { whole: text[..end].trim_end(), stem, inside };
        (!stem.is_empty()).then_some((name, text[end..].trim_start()))
    }
}

impl<'a> Bounded<'a> {
    /// What all of `text` says; `None` where it is no figure, or its bound no number.
    pub fn read(text: &'a str) -> Option<Self> {
        let (figure, rest) = FigureName::before(text)?;
        if rest.is_empty() {
            return Some(Self { figure, bound: None });
        }
        let (sign, relation) = RELATIONS.into_iter().find(|(sign, _)| rest.starts_with(sign))?;
        let bound = rest[sign.len()..].trim().parse().ok().filter(|bound: &f64| bound.is_finite())?;
        Some(Self { figure, bound: Some((relation, bound)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_a_stem_and_brackets_with_anything_in_them() {
        fn parts(text: &str) -> Option<(&str, &str, Option<&str>)> {
            FigureName::read(text).map(|name| (name.whole, name.stem, name.inside))
        }
        assert_eq!(parts("val_loss"), Some(("val_loss", "val_loss", None)));
        assert_eq!(parts(" recall[ a ] "), Some(("recall[ a ]", "recall", Some("a"))));
        for class in ["a=[b]", "a>=1", "]", "[", "salt and pepper", ""] {
            let text = format!("f1[{class}]");
            assert_eq!(parts(&text), Some((&text[..], "f1", Some(class))));
        }
        for wrong in ["", "[a]", "recall[a", "recall[a]b", "recall=1", ">1"] {
            assert_eq!(FigureName::read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_sign_of_one_letter_is_that_of_two() {
        for (one, two) in [("val_recall ≥ 0.95", "val_recall>=0.95"), ("loss≤1", "loss<=1")] {
            let [one, two] = [one, two].map(|text| Bounded::read(text).unwrap());
            assert_eq!((one.figure, one.bound), (two.figure, two.bound));
            assert!(one.bound.unwrap().0.sign().is_ascii());
        }
    }

    #[test]
    fn a_bound_stands_behind_the_name() {
        fn bound(text: &str) -> Option<(&str, Option<(Relation, f64)>)> {
            Bounded::read(text).map(|read| (read.figure.whole, read.bound))
        }
        assert_eq!(bound("f1"), Some(("f1", None)));
        for (_, relation) in RELATIONS {
            let text = format!("recall[a>b] {} -1e-3", relation.sign());
            assert_eq!(bound(&text), Some(("recall[a>b]", Some((relation, -1e-3)))));
        }
        for wrong in
            ["loss>=", "loss=>1", "loss>inf", "loss>NaN", "loss>=0.1e", "loss>1 2", "recall[a=1", "=1"]
        {
            assert_eq!(Bounded::read(wrong), None, "{wrong}");
        }
    }
}
