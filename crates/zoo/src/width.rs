//! Numbers of channels under a width multiplier (MobileNet, Howard et al. 2017, as its authors' code rounds).

/// `channels` rounded to a multiple of 8 that is at least 8 and not more than a tenth less.
pub(crate) fn round_to_eight(channels: f64) -> usize {
    // A cast of a float saturates, so nothing that is passed here can wrap round.
    let rounded = ((channels + 4.0) as usize / 8 * 8).max(8);
    if (rounded as f64) < 0.9 * channels { rounded + 8 } else { rounded }
}

/// The decimal number that the user wrote: 0.35, where the float32 lies a little lower.
///
/// Keras multiplies in double precision, and truncates: 160 × 0.35 must be 56, not 55.999999.
pub(crate) fn decimal(alpha: f32) -> f64 {
    alpha.to_string().parse().unwrap_or(f64::from(alpha))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_as_mobilenet_does() {
        // From Keras's _make_divisible(v, 8).
        let cases =
            [(0.0, 8), (5.6, 8), (11.2, 16), (11.0, 16), (16.0, 16), (20.0, 24), (24.6, 24), (1664.0, 1664)];
        for (channels, expected) in cases {
            assert_eq!(round_to_eight(channels), expected, "{channels}");
        }
        assert_eq!(round_to_eight(f64::NAN), 8);
    }

    #[test]
    fn decimals_are_those_that_were_written() {
        assert_eq!(decimal(0.35), 0.35);
        assert_eq!((160.0 * decimal(0.35)) as usize, 56);
        assert_eq!(decimal(1.4), 1.4);
    }
}
