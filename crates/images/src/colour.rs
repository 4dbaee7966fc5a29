//! Hue and saturation of pixels, by way of HSV (Smith 1978, Color Gamut Transform Pairs).

/// How colours change: the saturation times a factor, stopped at 1, the hue by a part of the circle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Colour {
    pub(crate) saturation: f32,
    pub(crate) hue: f32,
}

impl Colour {
    pub(crate) fn is_identity(self) -> bool {
        self.saturation == 1.0 && self.hue == 0.0
    }

    /// Changes pixels of values 0 to 255.
    pub(crate) fn apply(self, pixels: &mut [[f32; 3]]) {
        pixels.iter_mut().for_each(|pixel| *pixel = self.changed(*pixel));
    }

    #[inline(always)]
    fn changed(self, [red, green, blue]: [f32; 3]) -> [f32; 3] {
        let value = red.max(green).max(blue);
        let chroma = value - red.min(green).min(blue);
        if chroma <= 0.0 {
            return [red, green, blue];
        }
        // In sixths of the circle, from red.
        let hue = if value == red {
            (green - blue) / chroma
        } else if value == green {
            (blue - red) / chroma + 2.0
        } else {
            (red - green) / chroma + 4.0
        };
        let hue = hue + 6.0 * self.hue;
        let chroma = (chroma * self.saturation).clamp(0.0, value);
        [5.0, 3.0, 1.0].map(|channel| {
            let position = (channel + hue).rem_euclid(6.0);
            value - chroma * position.min(4.0 - position).clamp(0.0, 1.0)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(saturation: f32, hue: f32, pixel: [f32; 3]) -> [f32; 3] {
        let mut pixels = [pixel];
        Colour { saturation, hue }.apply(&mut pixels);
        pixels[0]
    }

    #[track_caller]
    fn near(ours: [f32; 3], expected: [f32; 3]) {
        assert!(ours.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-3), "{ours:?} for {expected:?}");
    }

    #[test]
    fn a_third_of_the_circle_is_the_next_primary() {
        near(changed(1.0, 1.0 / 3.0, [200.0, 0.0, 0.0]), [0.0, 200.0, 0.0]);
        near(changed(1.0, -1.0 / 3.0, [200.0, 0.0, 0.0]), [0.0, 0.0, 200.0]);
        near(changed(1.0, 1.0 / 6.0, [200.0, 50.0, 50.0]), [200.0, 200.0, 50.0]);
        near(changed(1.0, 0.5, [10.0, 90.0, 250.0]), [250.0, 170.0, 10.0]);
    }

    #[test]
    fn saturation_ends_in_grey_and_in_full_colour() {
        near(changed(0.0, 0.0, [200.0, 100.0, 50.0]), [200.0; 3]);
        near(changed(0.5, 0.0, [200.0, 100.0, 100.0]), [200.0, 150.0, 150.0]);
        near(changed(9.0, 0.0, [200.0, 150.0, 100.0]), [200.0, 100.0, 0.0]);
        near(changed(2.0, 0.3, [77.0; 3]), [77.0; 3]);
    }

    #[test]
    fn nothing_changed_is_nearly_exact() {
        for number in 0..512_u32 {
            let pixel = [number % 8 * 36, number / 8 % 8 * 36, number / 64 * 36].map(|level| level as f32);
            near(changed(1.0, 0.0, pixel), pixel);
            near(changed(1.0, 1.0, pixel), pixel);
        }
    }
}
