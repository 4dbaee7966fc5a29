//! What is written as a name with arguments, as in Keras, `layers.RandomRotation(0.1, fill_mode="wrap")`, or in words,
//! `cosine=0.1,warmup_steps=100`; and which class of Keras's is what here.

/// How the arguments stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// In brackets behind the name; what has no name there goes by its place.
    Brackets,
    /// Behind commas, each with its name.
    Words,
}

/// A name and its arguments.
pub(super) struct Call<'a> {
    /// Without the modules that it is in.
    pub(super) name: &'a str,
    /// What stands behind the name's own sign, in words.
    pub(super) value: Option<&'a str>,
    pub(super) arguments: Vec<&'a str>,
    pub(super) form: Form,
}

impl<'a> Call<'a> {
    /// # Errors
    /// A bracket or a quotation is not closed, or something stands behind the brackets.
    pub(super) fn read(text: &'a str) -> Result<Self, String> {
        let text = text.trim();
        let words = parts(text)?;
        let end = text.find(['(', '=', ',']).unwrap_or(text.len());
        let name = text[..end].trim().rsplit('.').next().unwrap_or_default();
        let Some(inside) = text[end..].strip_prefix('(') else {
            let mut words = words.into_iter();
            let value = words.next().and_then(|first| first.split_once('=')).map(|(_, value)| value.trim());
            return Ok(Self { name, value, arguments: words.collect(), form: Form::Words });
        };
        match inside.strip_suffix(')') {
            Some(inside) if words.len() == 1 => {
                Ok(Self { name, value: None, arguments: parts(inside)?, form: Form::Brackets })
            }
            _ => Err(format!("expected nothing behind the brackets of {name}")),
        }
    }

    /// What it is given, in its order.
    pub(super) fn given(&self) -> Vec<&'a str> {
        self.value.into_iter().chain(self.arguments.iter().copied()).collect()
    }

    /// Each argument by its name of those that it `takes`, by place or by name, and those that it takes `by_name` alone;
    /// without what says nothing here, of which `is_idle` knows more.
    ///
    /// # Errors
    /// It does not take one of them, or `is_idle` knows that its value would change something.
    pub(super) fn named(
        &self,
        (takes, by_name): (&[&'static str], &[&'static str]),
        is_idle: impl Fn(&str, &str) -> Result<bool, String>,
    ) -> Result<Arguments<'a>, String> {
        let (mut named, mut called) = (Vec::new(), None);
        for (place, argument) in self.given().into_iter().enumerate() {
            let (name, value) = match by_word(argument) {
                Some(named) => named,
                None => match takes.get(place) {
                    Some(name) => (*name, argument),
                    None => return Err(format!("{argument} is one argument more than it takes")),
                },
            };
            // Before all else: `None` may be a choice too, as it is of a loss's `reduction`.
            if is_idle(name, value)? || value == "None" || name == "dtype" {
                continue;
            }
            if name == "name" {
                called = Some(unquoted(value));
                continue;
            }
            if name == "seed" {
                return Err(format!(
                    "one seed is for the whole run: give --seed {value}, and leave this one out"
                ));
            }
            let all = [takes, by_name].concat();
            match all.iter().find(|known| **known == name) {
                Some(known) => named.push((*known, value)),
                None if all.is_empty() => {
                    return Err(format!("it has no argument {name} here; it takes none"));
                }
                None => {
                    return Err(format!("it has no argument {name} here; {}", graph::choices(name, &all)));
                }
            }
        }
        Ok(Arguments { named, called })
    }
}

/// Arguments by their names, as they are written.
pub(super) struct Arguments<'a> {
    pub(super) named: Vec<(&'static str, &'a str)>,
    /// What Keras is to call it.
    pub(super) called: Option<&'a str>,
}

impl<'a> Arguments<'a> {
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        self.named.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    pub(super) fn needed(&self, name: &str) -> Result<&'a str, String> {
        self.get(name).ok_or_else(|| format!("{name} is missing"))
    }

    /// The same, taken out.
    pub(super) fn take(&mut self, name: &str) -> Option<&'a str> {
        let place = self.named.iter().position(|(known, _)| *known == name)?;
        Some(self.named.remove(place).1)
    }
}

/// A class of Keras's that is something here.
pub(super) struct Counterpart {
    /// As functions are written.
    pub(super) name: &'static str,
    /// Its arguments, in their order.
    pub(super) arguments: &'static [&'static str],
    /// Our words for it.
    pub(super) ours: fn(&Arguments<'_>) -> Result<String, String>,
}

impl Counterpart {
    /// The one of `all` that is called so, class or function.
    pub(super) fn find(all: &'static [Self], name: &str) -> Option<&'static Self> {
        all.iter().find(|one| graph::known_as(name, &[one.name], &[]).is_some())
    }
}

/// The name and the value of `name=value`; `None` where what stands before the sign is no name, as in `[A(b=1)]`.
fn by_word(argument: &str) -> Option<(&str, &str)> {
    let (name, value) = argument.split_once('=')?;
    let name = name.trim();
    name.chars().all(|letter| letter.is_alphanumeric() || letter == '_').then_some((name, value.trim()))
}

pub(super) fn unquoted(value: &str) -> &str {
    value.trim().trim_matches(QUOTES)
}

const QUOTES: [char; 2] = ['\'', '"'];

/// What stands between commas that are in no brackets and no quotation.
///
/// # Errors
/// One of those is not closed, or a bracket is closed that is not open.
pub(super) fn parts(text: &str) -> Result<Vec<&str>, String> {
    let (mut parts, mut begin) = (Vec::new(), 0);
    // The place and the other end of what is open, the innermost last.
    let mut open: Vec<(usize, char)> = Vec::new();
    for (place, letter) in text.char_indices() {
        let inner = open.last().map(|(_, end)| *end);
        match letter {
            _ if inner.is_some_and(|end| QUOTES.contains(&end)) => {
                open.pop_if(|(_, end)| *end == letter);
            }
            '\'' | '"' => open.push((place, letter)),
            '(' => open.push((place, ')')),
            '[' => open.push((place, ']')),
            ')' | ']' if inner == Some(letter) => {
                open.pop();
            }
            ')' | ']' => {
                return Err(match open.last() {
                    Some((place, _)) => unclosed(text, *place),
                    None => format!("the bracket {letter} closes nothing that is open"),
                });
            }
            ',' if open.is_empty() => {
                parts.push(&text[begin..place]);
                begin = place + 1;
            }
            _ => {}
        }
    }
    if let Some((place, _)) = open.first() {
        return Err(unclosed(text, *place));
    }
    parts.push(&text[begin..]);
    Ok(parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect())
}

/// What is open at `place` of `text`, named by the word before it.
fn unclosed(text: &str, place: usize) -> String {
    let (before, rest) = text.split_at(place);
    let what = if rest.starts_with(QUOTES) { "quotation" } else { "bracket" };
    let is_of_word = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '.';
    match before.rsplit(|letter| !is_of_word(letter)).next() {
        Some(word) if !word.is_empty() => format!("the {what} behind {word} is not closed"),
        _ => format!("the {what} before {} is not closed", &rest[1..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read() {
        let read = |text: &'static str| {
            let Call { name, value, arguments, form } = Call::read(text).unwrap();
            (name, value, arguments, form)
        };
        let brackets = |name, arguments: &[&'static str]| (name, None, arguments.to_vec(), Form::Brackets);
        assert_eq!(read("Adam()"), brackets("Adam", &[]));
        assert_eq!(
            read(" keras.layers.RandomZoom([-0.2, 0.2], fill_mode='a, (b') "),
            brackets("RandomZoom", &["[-0.2, 0.2]", "fill_mode='a, (b'"])
        );
        assert_eq!(
            read("cosine=0.1,warmup_steps=3"),
            ("cosine", Some("0.1"), vec!["warmup_steps=3"], Form::Words)
        );
        assert_eq!(
            read("adam,learning_rate=CosineDecay(0.1, 100),amsgrad"),
            ("adam", None, vec!["learning_rate=CosineDecay(0.1, 100)", "amsgrad"], Form::Words)
        );
        assert_eq!(read(""), ("", None, vec![], Form::Words));
    }

    #[test]
    fn what_is_not_closed_is_named() {
        for (text, expected) in [
            ("RandomFlip(\"horizontal\"", "the bracket behind RandomFlip is not closed"),
            ("RandomZoom((0.1, 0.2)", "the bracket behind RandomZoom is not closed"),
            ("RandomZoom(factor=[0.1, 0.2)", "the bracket before 0.1, 0.2) is not closed"),
            ("RandomFlip(\"horizontal)", "the bracket behind RandomFlip is not closed"),
            ("fill='wrap", "the quotation before wrap is not closed"),
            ("RandomFlip(\"horizontal\"))", "the bracket ) closes nothing that is open"),
            ("RandomFlip()x", "expected nothing behind the brackets of RandomFlip"),
            ("Adam(0.1)(2)", "the bracket ) closes nothing that is open"),
        ] {
            assert_eq!(Call::read(text).err().as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn arguments_go_by_their_place_or_name() {
        let named = |text: &'static str| {
            let is_idle = |name: &str, _: &str| Ok(name == "verbose");
            Call::read(text).unwrap().named((&["factor", "mode"], &[]), is_idle).map(|found| found.named)
        };
        assert_eq!(named("A(0.1, 'b')").unwrap(), [("factor", "0.1"), ("mode", "'b'")]);
        assert_eq!(named("A(mode=b, verbose=1, factor=None, name='x')").unwrap(), [("mode", "b")]);
        assert_eq!(named("A(1, 2, 3)").unwrap_err(), "3 is one argument more than it takes");
        assert_eq!(named("A(B(c=1), [C(d=2)])").unwrap(), [("factor", "B(c=1)"), ("mode", "[C(d=2)]")]);
        assert!(named("A(seed=7)").unwrap_err().contains("--seed 7"));
        let unknown = named("A(facto=1)").unwrap_err();
        assert_eq!(unknown, "it has no argument facto here; did you mean factor? There are factor, mode");
    }
}
