//! How far a measured share may be from the true one.
//!
//! Wilson's score interval (1927): `(p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n)`.

/// The 97.5 % point of the normal distribution: 95 % lie within ± this.
const Z: f64 = 1.959_963_984_540_054;

/// The 95 % interval of `right / all`, within 0 to 1. `all` is at least 1.
pub fn wilson(right: usize, all: usize) -> [f64; 2] {
    let (n, p) = (all as f64, right as f64 / all as f64);
    let z2n = Z * Z / n;
    let middle = p + z2n / 2.0;
    let half = Z * (p * (1.0 - p) / n + z2n / (4.0 * n)).sqrt();
    // At p = 0 and p = 1 one end is exact, but for rounding.
    [(middle - half) / (1.0 + z2n), (middle + half) / (1.0 + z2n)].map(|end| end.clamp(0.0, 1.0))
}
