//! A contact sheet: pictures of one size in rows and columns, as one PNG.

use image::ExtendedColorType::Rgb8;
use image::ImageEncoder;
use image::codecs::png::PngEncoder;

use crate::{Channels, Error, Picture, Result};

/// White pixels between two pictures, and around all.
const GAP: usize = 4;
/// The most pixels along a side: what every viewer opens.
const LONGEST: usize = 1 << 15;

/// Fails where a sheet of so many rows and columns of pictures of `size` (height, width) would be too large.
///
/// # Errors
/// It would be; the message says how large.
pub fn check_sheet(rows: usize, columns: usize, size: [usize; 2]) -> Result<()> {
    let sides = sides(rows, columns, size);
    match sides.iter().all(|side| *side <= LONGEST) {
        true => Ok(()),
        false => Err(Error::value(format!(
            "a sheet of {} × {} pixels is too large: show fewer pictures, or smaller ones",
            sides[0], sides[1]
        ))),
    }
}

/// Height and width of a sheet.
fn sides(rows: usize, columns: usize, [height, width]: [usize; 2]) -> [usize; 2] {
    let side =
        |length: usize, count: usize| GAP.saturating_add(count.saturating_mul(length.saturating_add(GAP)));
    [side(height, rows), side(width, columns)]
}

/// The rows of pictures as one PNG, each picture as large as the first one.
///
/// # Errors
/// There is no picture, a picture is of another size, or the sheet would be too large.
pub fn sheet(rows: &[Vec<Picture>]) -> Result<Vec<u8>> {
    let first = rows.iter().flatten().next().ok_or_else(|| Error::value("a sheet without a picture"))?;
    let [height, width] = first.size();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    check_sheet(rows.len(), columns, first.size())?;
    let size = sides(rows.len(), columns, first.size());
    let mut pixels = vec![255; size[0] * size[1] * 3];
    for (row, pictures) in rows.iter().enumerate() {
        for (column, picture) in pictures.iter().enumerate() {
            if picture.size() != [height, width] {
                return Err(Error::value("a sheet of pictures of different sizes"));
            }
            put(picture, sides(row, column, [height, width]), size[1], &mut pixels);
        }
    }
    let mut png = Vec::new();
    let encoded = PngEncoder::new(&mut png).write_image(&pixels, size[1] as u32, size[0] as u32, Rgb8);
    encoded.map_err(|error| Error::refused_by_library("the sheet cannot be written", error))?;
    Ok(png)
}

/// Writes `picture` to its place on a sheet that is so wide.
fn put(picture: &Picture, [top, left]: [usize; 2], width: usize, sheet: &mut [u8]) {
    let channels = picture.channels().count();
    for (row, values) in picture.pixels().chunks_exact(picture.size()[1] * channels).enumerate() {
        let start = ((top + row) * width + left) * 3;
        let target = sheet[start..].chunks_exact_mut(3);
        for (pixel, value) in target.zip(values.chunks_exact(channels)) {
            match picture.channels() {
                Channels::Rgb => pixel.copy_from_slice(value),
                Channels::Grey => pixel.fill(value[0]),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_picture_is_in_its_place() {
        let flat = |level: u8| Picture::new([3, 2], Channels::Grey, vec![level; 6]).unwrap();
        let png = sheet(&[vec![flat(10), flat(20)], vec![flat(30)]]).unwrap();
        let read = image::load_from_memory(&png).unwrap().into_rgb8();
        assert_eq!(read.dimensions(), (4 + 2 * 6, 4 + 2 * 7));
        let at = |x, y| read.get_pixel(x, y).0;
        assert_eq!([at(4, 4), at(5, 6), at(10, 4), at(4, 11)], [[10; 3], [10; 3], [20; 3], [30; 3]]);
        assert_eq!([at(3, 4), at(6, 4), at(10, 11)], [[255; 3]; 3]);
        let wide = Picture::new([3, 3], Channels::Grey, vec![0; 9]).unwrap();
        assert!(sheet(&[vec![flat(1), wide]]).is_err() && sheet(&[]).is_err());
    }
}
