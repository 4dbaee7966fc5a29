//! Words under a picture, in small letters of one width.

use font8x8::{BASIC_FONTS, GREEK_FONTS, HIRAGANA_FONTS, LATIN_FONTS, UnicodeFonts};

use crate::{Error, Picture, Result};

/// Height and width of a letter, in pixels.
const LETTER: usize = 8;
/// White pixels above a line.
const ABOVE: usize = 2;
/// Lines under a picture.
const LINES: usize = 2;

/// How many rows a caption adds to a picture.
pub const CAPTION_HEIGHT: usize = LINES * (LETTER + ABOVE) + ABOVE;

/// `picture` with up to two lines under it, black on white. What is too long for its width is cut off, and a letter
/// that has no small form is `?`.
///
/// # Errors
/// The picture would be too large.
pub fn captioned(picture: &Picture, lines: &[String]) -> Result<Picture> {
    let ([height, width], channels) = (picture.size(), picture.channels());
    let row = width * channels.count();
    let size =
        [height.checked_add(CAPTION_HEIGHT).ok_or_else(|| Error::value("a picture too large"))?, width];
    let mut pixels = picture.pixels().to_vec();
    pixels.resize(size[0] * row, 255);
    for (line, text) in lines.iter().take(LINES).enumerate() {
        let top = height + ABOVE + line * (LETTER + ABOVE);
        for (place, letter) in text.chars().take(width / LETTER).enumerate() {
            for (dy, bits) in form(letter).into_iter().enumerate() {
                // The lowest bit is the leftmost pixel.
                for dx in (0..LETTER).filter(|dx| bits >> dx & 1 == 1) {
                    let at = (top + dy) * row + (place * LETTER + dx) * channels.count();
                    pixels[at..at + channels.count()].fill(0);
                }
            }
        }
    }
    Picture::new(size, channels, pixels)
}

fn form(letter: char) -> [u8; LETTER] {
    let found = BASIC_FONTS.get(letter).or_else(|| LATIN_FONTS.get(letter));
    let found = found.or_else(|| GREEK_FONTS.get(letter)).or_else(|| HIRAGANA_FONTS.get(letter));
    found.or_else(|| BASIC_FONTS.get('?')).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Channels;

    #[test]
    fn words_stand_under_the_picture() {
        for channels in [Channels::Rgb, Channels::Grey] {
            let dark = Picture::new([5, 20], channels, vec![9; 100 * channels.count()]).unwrap();
            let shown = captioned(&dark, &["lI too long".to_owned(), "я".to_owned()]).unwrap();
            assert_eq!(shown.size(), [5 + CAPTION_HEIGHT, 20]);
            assert_eq!(&shown.pixels()[..dark.pixels().len()], dark.pixels());
            let ink = |row: usize, column: usize| shown.pixels()[(row * 20 + column) * channels.count()];
            // The stems of l and I, drawn by hand here: the third row of letters, white between lines.
            let row: Vec<u8> = (0..20).map(|column| ink(5 + ABOVE + 2, column)).collect();
            let black: Vec<usize> = (0..20).filter(|column| row[*column] == 0).collect();
            assert_eq!(black, [2, 3, 10, 11], "{row:?}");
            assert!((0..20).all(|column| ink(5, column) == 255 && ink(5 + ABOVE + LETTER, column) == 255));
            let second = |column| (0..LETTER).any(|dy| ink(5 + 2 * ABOVE + LETTER + dy, column) == 0);
            assert!((0..8).any(second) && !(8..20).any(second), "one question mark");
        }
    }
}
