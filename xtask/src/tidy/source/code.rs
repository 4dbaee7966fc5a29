//! Just enough of Rust's grammar to tell code from comments, literals and tests.

/// The text with every comment and the inside of every string and character literal blanked; lines stay in place.
pub(super) fn without_comments_and_literals(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut bare = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = literal_or_comment(&chars, at);
        if end == at {
            bare.push(chars[at]);
            at += 1;
        } else {
            bare.extend(chars[at..end].iter().map(|&c| if c == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    bare
}

/// Where the literal or comment that starts at `at` ends; `at` itself if none starts there.
fn literal_or_comment(chars: &[char], at: usize) -> usize {
    match (chars[at], chars.get(at + 1)) {
        ('/', Some('/')) => position(chars, at, |rest| rest[0] == '\n'),
        ('/', Some('*')) => block_comment(chars, at),
        ('"', _) => string(chars, at),
        ('r', Some('"' | '#')) if !is_inside_word(chars, at) => raw_string(chars, at),
        ('\'', Some('\\')) => position(chars, at + 3, |rest| rest[0] == '\'') + 1,
        ('\'', Some(_)) if chars.get(at + 2) == Some(&'\'') => at + 3,
        _ => at,
    }
    .min(chars.len())
}

/// The first place from `from` on where `found` holds of what follows; the end if none.
fn position(chars: &[char], from: usize, found: impl Fn(&[char]) -> bool) -> usize {
    (from..chars.len()).find(|&at| found(&chars[at..])).unwrap_or(chars.len())
}

fn block_comment(chars: &[char], start: usize) -> usize {
    let (mut at, mut depth) = (start + 2, 1);
    while depth > 0 && at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => (at, depth) = (at + 2, depth + 1),
            ('*', Some('/')) => (at, depth) = (at + 2, depth - 1),
            _ => at += 1,
        }
    }
    at
}

fn string(chars: &[char], start: usize) -> usize {
    let mut at = start + 1;
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// A raw string ends at a quote followed by as many hashes as it began with.
fn raw_string(chars: &[char], start: usize) -> usize {
    let hashes = chars[start + 1..].iter().take_while(|&&c| c == '#').count();
    let quote = start + 1 + hashes;
    if chars.get(quote) != Some(&'"') {
        return start; // a raw identifier such as `r#type`
    }
    let closes =
        |rest: &[char]| rest[0] == '"' && rest.len() > hashes && rest[1..=hashes].iter().all(|&c| c == '#');
    position(chars, quote + 1, closes) + 1 + hashes
}

/// Whether the `r` at `at` ends a longer word; `br"` and `cr"` are literals all the same.
fn is_inside_word(chars: &[char], at: usize) -> bool {
    let in_word = |c: char| c.is_alphanumeric() || c == '_';
    let before = |distance: usize| at.checked_sub(distance).map(|i| chars[i]).filter(|&c| in_word(c));
    match before(1) {
        Some('b' | 'c') => before(2).is_some(),
        other => other.is_some(),
    }
}

/// For each line of `bare`, whether it belongs to an item under `#[cfg(test)]`.
pub(super) fn test_lines(bare: &str) -> Vec<bool> {
    let mut tests = vec![false; bare.lines().count()];
    let mut offset = 0;
    for (index, line) in bare.lines().enumerate() {
        let compact: String = line.split_whitespace().collect();
        if compact.starts_with("#[cfg(test)]") || compact.starts_with("#[cfg(all(test,") {
            let lines = item(&bare[offset..]).lines().count();
            let end = (index + lines).min(tests.len());
            tests[index..end].fill(true);
        }
        offset += line.len() + 1;
    }
    tests
}

/// The item that `code` starts with: as far as its closing brace, or its semicolon if that comes before any brace.
fn item(code: &str) -> &str {
    let mut depth = 0;
    for (at, c) in code.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 && (c == '}' || c == ';') {
            return &code[..=at];
        }
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blanked() {
        let cases = [
            ("a // b\nc", "a     \nc"),
            ("a /* b /* c */ d */ e", "a                   e"),
            (r#"f("unsafe \" {")"#, "f(             )"),
            ("f(r#\"a\"b\"#) + br\"x\"", "f(        ) + b    "),
            ("let r#type = var\"x\";", "let r#type = var   ;"),
            ("'a' + '\\'' + '\\u{7b}'", "    +      +         "),
            ("fn f<'a>(x: &'a str)", "fn f<'a>(x: &'a str)"),
            ("\"never closed", "             "),
        ];
        for (text, expected) in cases {
            assert_eq!(without_comments_and_literals(text).trim_end(), expected.trim_end(), "{text}");
        }
    }

    #[test]
    fn an_item_under_cfg_test_is_a_test_as_far_as_its_end() {
        let bare =
            "fn a() {}\n#[cfg(test)]\nmod tests;\nfn b() {}\n#[cfg(test)]\nfn c() {\n  {}\n}\nfn d() {}";
        assert_eq!(test_lines(bare), [false, true, true, false, true, true, true, true, false]);
    }
}
