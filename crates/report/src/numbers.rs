//! Numbers as a person reads them.

use std::fmt::Write;

/// What is shown for a figure that does not exist.
pub(crate) const NONE: &str = "–";

/// Between a number and its `%`: a space that no line is broken at.
pub(crate) const TIE: char = '\u{a0}';

/// `0.8943` as `89.4 %`.
pub fn percent(share: f64) -> String {
    // A share that is not whole must not be rounded up to "100.0 %".
    let shown = if share < 1.0 { (share * 1000.0).round().min(999.0) / 10.0 } else { share * 100.0 };
    format!("{shown:.1}{TIE}%")
}

/// `[0.867, 0.974]` as `86.7 to 97.4 %`.
pub(crate) fn percent_range([low, high]: [f64; 2]) -> String {
    format!("{} to {}", percent(low).trim_end_matches([TIE, '%']), percent(high))
}

/// `0.97` as `97 %`: for the confidence in one picture.
pub(crate) fn whole_percent(share: f32) -> String {
    format!("{:.0}{TIE}%", share * 100.0)
}

/// A share with three digits, or the sign that there is none.
pub(crate) fn three_digits(value: Option<f64>) -> String {
    value.map_or_else(|| NONE.to_owned(), |v| format!("{v:.3}"))
}

/// A threshold with as many digits as make a difference to a reader: at most four.
pub(crate) fn threshold(value: f32) -> String {
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A loss: four digits while it is small, fewer when it is large.
pub(crate) fn loss(value: Option<f64>) -> String {
    match value {
        None => NONE.to_owned(),
        Some(v) if v.abs() >= 1000.0 => format!("{v:.3e}"),
        // Without the sign of a zero, which the logarithm of 1 has.
        Some(v) => format!("{:.4}", v + 0.0),
    }
}

/// `4663245` as `4,663,245`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `1 picture`, `2,000 pictures`.
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number as u64), if number == 1 { one } else { many })
}

/// A step size as a person writes it: `0.001` as `1e-3`, but `0.1` and `10` as they are.
pub fn rate(rate: f64) -> String {
    match (0.1..1e6).contains(&rate) {
        true => format!("{rate}"),
        false => format!("{rate:e}"),
    }
}

/// Seconds as `8.3 s`, `1 min 48 s` or `2 h 5 min`.
pub fn duration(seconds: f64) -> String {
    let whole = seconds.round();
    if seconds < 0.1 {
        format!("{:.0} ms", seconds * 1000.0)
    } else if seconds < 59.95 {
        format!("{seconds:.1} s")
    } else if whole < 3600.0 {
        format!("{} min {} s", (whole / 60.0).floor(), whole % 60.0)
    } else {
        let minutes = (seconds / 60.0).round();
        format!("{} h {} min", (minutes / 60.0).floor(), minutes % 60.0)
    }
}

/// `2026-11-21T10:05:53Z` as `2026-11-21 10:05 UTC`; any other text as it is.
pub(crate) fn moment(text: &str) -> String {
    let parts = text.strip_suffix('Z').and_then(|local| local.split_once('T'));
    match parts {
        Some((day, time)) if day.len() == 10 && time.is_char_boundary(5) && time.len() >= 8 => {
            format!("{day} {} UTC", &time[..5])
        }
        _ => text.to_owned(),
    }
}

/// Bytes as `16.2 MB`, in powers of 1000.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    let mut value = bytes as f64;
    let mut text = format!("{bytes} B");
    for unit in UNITS {
        if value < 999.5 {
            break;
        }
        value /= 1000.0;
        text.clear();
        // Writing to a String cannot fail.
        let _ = write!(text, "{value:.1} {unit}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_below_one_is_never_shown_as_all() {
        assert_eq!(percent(0.8943), "89.4\u{a0}%");
        assert_eq!(percent(0.9999), "99.9\u{a0}%");
        assert_eq!(percent(1.0), "100.0\u{a0}%");
        assert_eq!(percent(0.0), "0.0\u{a0}%");
    }

    #[test]
    fn thresholds_are_short() {
        assert_eq!([0.5, 0.335_230_3, 1.0, 0.0].map(threshold), ["0.5", "0.3352", "1", "0"]);
    }

    #[test]
    fn digits_are_grouped_from_the_right() {
        assert_eq!([0, 999, 1000, 4_663_245].map(grouped), ["0", "999", "1,000", "4,663,245"]);
    }

    #[test]
    fn rates_are_short() {
        assert_eq!(
            [1e-5, 0.0032, 0.05, 0.1, 1.0, 10.0].map(rate),
            ["1e-5", "3.2e-3", "5e-2", "0.1", "1", "10"]
        );
    }

    #[test]
    fn durations_roll_over_together() {
        let shown = [0.0421, 8.34, 59.96, 108.0, 3599.6, 7500.0].map(duration);
        assert_eq!(shown, ["42 ms", "8.3 s", "1 min 0 s", "1 min 48 s", "1 h 0 min", "2 h 5 min"]);
    }

    #[test]
    fn a_moment_is_shortened_to_the_minute() {
        assert_eq!(moment("2026-11-21T10:05:53Z"), "2026-11-21 10:05 UTC");
        for other in ["21 November 2026", "TZ", "2026-11-21Tüüüüü", "2026-11-21T1234éééZ"] {
            assert_eq!(moment(other), other);
        }
    }

    #[test]
    fn sizes_are_in_powers_of_a_thousand() {
        assert_eq!([999, 1000, 999_950, 16_200_000].map(size), ["999 B", "1.0 kB", "1.0 MB", "16.2 MB"]);
    }
}
