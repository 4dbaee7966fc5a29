//! The confusion matrix as a picture for programs that show no HTML: a row a true class, a column a predicted one,
//! shaded by the share of the row, with the counts where they have room.

use image::ExtendedColorType::Rgb8;
use image::ImageEncoder;
use image::codecs::png::PngEncoder;

use crate::{Error, ErrorKind, Evaluation, Result};

/// A confusion matrix in pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfusionPicture {
    /// A PNG file's bytes.
    pub png: Vec<u8>,
    /// Height and width.
    pub size: [usize; 2],
    /// What rows and columns are.
    pub description: String,
}

/// The side that a picture has about.
const SIDE: usize = 640;
/// A cell's largest and smallest side.
const CELL: [usize; 2] = [64, 1];
/// With more classes than this there is no picture.
const MOST_CLASSES: usize = 2048;
/// With more classes than this there is none after each epoch: up to here a picture has some 20 kB.
const MOST_CLASSES_EACH_EPOCH: usize = 200;
/// Of so many classes the names are said.
const NAMED: usize = 200;
/// From this side on, cells are set apart by a line.
const LINED: usize = 8;

type Colour = [u8; 3];
const WHITE: Colour = [255; 3];
const BLACK: Colour = [0; 3];
const LINE: Colour = [200; 3];
/// Of a cell that has the whole row.
const FULL: Colour = [8, 48, 107];

/// Digits of 3 × 5 points, each row three bits.
const DIGITS: [[u8; 5]; 10] = [
    [7, 5, 5, 5, 7],
    [2, 6, 2, 2, 7],
    [7, 1, 7, 4, 7],
    [7, 1, 7, 1, 7],
    [5, 5, 7, 1, 1],
    [7, 4, 7, 1, 7],
    [7, 4, 7, 5, 7],
    [7, 1, 1, 1, 1],
    [7, 5, 7, 5, 7],
    [7, 5, 7, 1, 7],
];
/// Points of a digit with the gap after it, and its rows.
const DIGIT: [usize; 2] = [4, 5];

impl ConfusionPicture {
    /// Of `evaluation`; `None` where it has more classes than could be told apart.
    ///
    /// # Errors
    /// The picture can't be encoded.
    pub fn of(evaluation: &Evaluation) -> Result<Option<Self>> {
        let classes = evaluation.confusion.len();
        if classes == 0 || classes > MOST_CLASSES {
            return Ok(None);
        }
        let names: Vec<&str> = evaluation.classes.iter().map(|class| class.name.as_str()).collect();
        Self::draw(&evaluation.confusion, &names).map(Some)
    }

    /// Of pairs of a true class and the one that the picture was taken for, numbers into `names`; `None` where there
    /// are so many classes that a picture after each epoch would take more room than it is worth.
    ///
    /// # Errors
    /// The picture can't be encoded.
    pub fn of_pairs(
        names: &[String],
        pairs: impl IntoIterator<Item = (usize, usize)>,
    ) -> Result<Option<Self>> {
        if names.is_empty() || names.len() > MOST_CLASSES_EACH_EPOCH {
            return Ok(None);
        }
        let mut confusion = vec![vec![0; names.len()]; names.len()];
        for (truth, predicted) in pairs {
            if let Some(count) =
                confusion.get_mut(truth).and_then(|row: &mut Vec<usize>| row.get_mut(predicted))
            {
                *count += 1;
            }
        }
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        Self::draw(&confusion, &names).map(Some)
    }

    fn draw(confusion: &[Vec<usize>], names: &[&str]) -> Result<Self> {
        let classes = confusion.len();
        let cell = (SIDE / classes).clamp(CELL[1], CELL[0]);
        let mut canvas = Canvas::new(classes * cell);
        for (row, counts) in confusion.iter().enumerate() {
            let total = counts.iter().sum::<usize>().max(1);
            for (column, count) in counts.iter().enumerate() {
                canvas.cell([row * cell, column * cell], cell, *count, *count as f64 / total as f64);
            }
        }
        let more = if classes > NAMED { ", …" } else { "" };
        let description = format!(
            "Rows are the true classes from the top, columns the predicted ones from the left: {}{more}.",
            names[..names.len().min(NAMED)].join(", ")
        );
        Ok(Self { png: canvas.png()?, size: [canvas.side; 2], description })
    }
}

/// A square of pixels.
struct Canvas {
    side: usize,
    pixels: Vec<u8>,
}

impl Canvas {
    fn new(side: usize) -> Self {
        Self { side, pixels: vec![255; side * side * 3] }
    }

    fn fill(&mut self, [top, left]: [usize; 2], [height, width]: [usize; 2], colour: Colour) {
        for row in top..top + height {
            let start = (row * self.side + left) * 3;
            self.pixels[start..start + width * 3].as_chunks_mut().0.fill(colour);
        }
    }

    /// One cell, its upper left corner at `place`.
    fn cell(&mut self, place: [usize; 2], side: usize, count: usize, share: f64) {
        if side >= LINED {
            self.fill(place, [side; 2], LINE);
        }
        let inner = side - usize::from(side >= LINED);
        let shade = |full: u8| (255.0 - share * (255.0 - f64::from(full))).round() as u8;
        self.fill(place, [inner; 2], FULL.map(shade));
        let digits = count.to_string();
        let scale = inner.saturating_sub(2) / (digits.len() * DIGIT[0]).max(DIGIT[1] * 2);
        if scale > 0 {
            self.number(place, inner, (&digits, scale), if share > 0.5 { WHITE } else { BLACK });
        }
    }

    /// `digits` in the middle of a cell, each point so many pixels wide and high.
    fn number(
        &mut self,
        [top, left]: [usize; 2],
        side: usize,
        (digits, scale): (&str, usize),
        colour: Colour,
    ) {
        let width = (digits.len() * DIGIT[0] - 1) * scale;
        let top = top + (side - DIGIT[1] * scale) / 2;
        let left = left + (side - width) / 2;
        for (index, digit) in digits.bytes().enumerate() {
            for (row, bits) in DIGITS[usize::from(digit - b'0')].iter().enumerate() {
                for column in (0..3).filter(|column| bits & (4 >> column) != 0) {
                    let point = [top + row * scale, left + (index * DIGIT[0] + column) * scale];
                    self.fill(point, [scale; 2], colour);
                }
            }
        }
    }

    fn png(&self) -> Result<Vec<u8>> {
        let mut png = Vec::new();
        let side = self.side as u32;
        PngEncoder::new(&mut png).write_image(&self.pixels, side, side, Rgb8).map_err(|error| {
            Error::new(ErrorKind::Value, format!("the confusion matrix can't be drawn: {error}"))
        })?;
        Ok(png)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::Settings;

    fn evaluation(classes: usize, labels: &[u32], predicted: &[usize]) -> Evaluation {
        let names: Vec<String> = (0..classes).map(|class| format!("class{class}")).collect();
        let mut probabilities = vec![0.0; labels.len() * classes];
        predicted.iter().enumerate().for_each(|(row, class)| probabilities[row * classes + class] = 1.0);
        let paths = vec![Path::new("a.png"); labels.len()];
        Evaluation::new(&names, &probabilities, labels, &paths, &Settings::default()).unwrap()
    }

    #[test]
    fn a_cell_is_as_dark_as_its_share_of_the_row() {
        let found =
            ConfusionPicture::of(&evaluation(3, &[0, 0, 1, 2, 2], &[0, 1, 1, 0, 0])).unwrap().unwrap();
        let read = image::load_from_memory(&found.png).unwrap().into_rgb8();
        assert_eq!(found.size, [192, 192]);
        assert_eq!(read.dimensions(), (192, 192));
        // In the corner of each cell there is no digit.
        let shade = |row: u32, column: u32| read.get_pixel(column * 64 + 1, row * 64 + 1).0;
        assert_eq!([shade(1, 1), shade(2, 0), shade(2, 2), shade(0, 2)], [FULL, FULL, WHITE, WHITE]);
        assert_eq!(shade(0, 0), shade(0, 1));
        assert_eq!(shade(0, 0), [132, 152, 181]);
        assert!(found.description.ends_with("class0, class1, class2."), "{}", found.description);
    }

    #[test]
    fn pairs_are_counted_as_an_evaluation_counts() {
        let (labels, predicted) = ([0, 0, 1, 2, 2], [0, 1, 1, 0, 0]);
        let evaluated = ConfusionPicture::of(&evaluation(3, &labels, &predicted)).unwrap();
        let names = ["class0", "class1", "class2"].map(String::from);
        let pairs = || labels.iter().map(|label| *label as usize).zip(predicted);
        assert_eq!(ConfusionPicture::of_pairs(&names, pairs()).unwrap(), evaluated);
        let many = vec![String::new(); MOST_CLASSES_EACH_EPOCH + 1];
        assert_eq!(ConfusionPicture::of_pairs(&many, pairs()).unwrap(), None);
    }

    #[test]
    fn the_largest_picture_of_an_epoch_is_small() {
        let names = vec!["class".to_owned(); MOST_CLASSES_EACH_EPOCH];
        let pairs = (0..20_000)
            .map(|i: usize| (i % 200, if i.is_multiple_of(3) { i * i / 7 % 200 } else { i % 200 }));
        let picture = ConfusionPicture::of_pairs(&names, pairs).unwrap().unwrap();
        assert!(picture.png.len() < 60_000, "{}", picture.png.len());
    }

    #[test]
    fn counts_are_written_where_they_have_room() {
        let ones = |classes: usize| {
            let labels: Vec<u32> = (0..classes as u32).collect();
            let right: Vec<usize> = (0..classes).collect();
            let found = ConfusionPicture::of(&evaluation(classes, &labels, &right)).unwrap().unwrap();
            let read = image::load_from_memory(&found.png).unwrap().into_rgb8();
            let white = |x: u32, y: u32| read.get_pixel(x, y).0 == WHITE;
            let cell = (SIDE / classes).min(CELL[0]) as u32;
            (0..cell).flat_map(|y| (0..cell).map(move |x| (x, y))).filter(|(x, y)| white(*x, *y)).count()
        };
        // A 1 has 8 points, here of 6 × 6 pixels.
        assert_eq!(ones(4), 8 * 36);
        assert_eq!(ones(200), 0);
    }

    #[test]
    fn thousands_of_classes_have_no_picture() {
        let mut many = evaluation(2, &[0], &[0]);
        many.confusion = vec![Vec::new(); MOST_CLASSES + 1];
        assert_eq!(ConfusionPicture::of(&many).unwrap(), None);
    }
}
