//! Y, Cb and Cr to red, green and blue (ITU-T T.871), in 16-bit fixed point, which vector units are fastest at.

/// What the differences are multiplied with, in units of 1/2¹⁴.
const CR_TO_RED: i16 = 22970;
const CB_TO_GREEN: i16 = 5638;
const CR_TO_GREEN: i16 = 11700;
const CB_TO_BLUE: i16 = 29032;

/// Converts one row. `colours` are the red, the green and the blue values, as many as `from` has of each plane.
pub(super) fn convert([y, cb, cr]: [&[u8]; 3], [red, green, blue]: [&mut [u8]; 3]) {
    let length = red.len();
    let (y, cb, cr) = (&y[..length], &cb[..length], &cr[..length]);
    let (green, blue) = (&mut green[..length], &mut blue[..length]);
    for i in 0..length {
        let light = (i16::from(y[i]) << 5) + 16;
        let (cb, cr) = ((i16::from(cb[i]) - 128) << 7, (i16::from(cr[i]) - 128) << 7);
        red[i] = to_byte(light + part(cr, CR_TO_RED));
        green[i] = to_byte(light - part(cb, CB_TO_GREEN) - part(cr, CR_TO_GREEN));
        blue[i] = to_byte(light + part(cb, CB_TO_BLUE));
    }
}

/// A product in 32nds of a level. The upper half of a product of two 16-bit numbers is one instruction.
#[inline(always)]
fn part(difference: i16, factor: i16) -> i16 {
    ((i32::from(difference) * i32::from(factor)) >> 16) as i16
}

#[inline(always)]
fn to_byte(value: i16) -> u8 {
    (value >> 5).clamp(0, 255) as u8
}
