//! Names cut to what there is room for.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How many columns of a terminal `text` takes.
pub(crate) fn columns(text: &str) -> usize {
    text.width()
}

/// `text` in at most `room` columns, with `…` for what is cut off; characters that would move the cursor or turn the
/// direction of the text become `�`.
pub(crate) fn shorten(text: &str, room: usize) -> String {
    let text = visible(text);
    if columns(&text) <= room {
        return text;
    }
    let mut taken = 0;
    let fits = |c: &char| {
        taken += c.width().unwrap_or(0);
        taken < room
    };
    text.chars().take_while(fits).chain(std::iter::once('…')).collect()
}

/// `text` without its beginning, when there is no room for all: of a path, the end tells more.
pub(crate) fn shorten_start(text: &str, room: usize) -> String {
    let text = visible(text);
    if columns(&text) <= room {
        return text;
    }
    let reversed: String = text.chars().rev().collect();
    shorten(&reversed, room).chars().rev().collect()
}

/// `text` with `�` for control characters and for marks that turn the direction of the text.
pub fn visible(text: &str) -> String {
    let turns = |c| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if c.is_control() || turns(c) { '�' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_cut_to_the_column() {
        assert_eq!(shorten("leafy vegetables", 16), "leafy vegetables");
        assert_eq!(shorten("leafy vegetables", 8), "leafy v…");
        assert_eq!(shorten_start("a/long/path.jpg", 9), "…path.jpg");
        assert_eq!(shorten("蘑菇蘑菇", 6), "蘑菇…");
        assert_eq!(columns("蘑菇…"), 5);
    }

    #[test]
    fn no_name_can_move_the_cursor_or_turn_the_text() {
        assert_eq!(shorten("a\u{1b}[31m\nb\u{202e}c", 20), "a�[31m�b�c");
    }
}
