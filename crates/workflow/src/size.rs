//! An amount of memory, as `2GiB`: a number and a unit, or a number alone, which counts MiB.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// So many bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(usize);

/// From the smallest to the largest of each kind.
const UNITS: [(&str, u64); 9] = [
    ("B", 1),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
];
/// The units that a size is written in.
const WRITTEN: usize = 5;
const MIB: u64 = 1 << 20;

impl Size {
    /// So many bytes.
    pub fn bytes(bytes: usize) -> Self {
        Self(bytes)
    }

    /// How many bytes.
    pub fn in_bytes(self) -> usize {
        self.0
    }

    /// As people read it: `1.9 GiB`.
    pub fn about(self) -> String {
        let (unit, factor) =
            UNITS[..WRITTEN].iter().rev().find(|(_, factor)| self.0 as u64 >= *factor).unwrap_or(&UNITS[0]);
        let amount = self.0 as f64 / *factor as f64;
        let digits = usize::from(amount < 10.0 && *factor > 1);
        format!("{amount:.digits$} {unit}")
    }
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let (amount, unit) = text.split_at(text.find(|c: char| c.is_alphabetic()).unwrap_or(text.len()));
        let amount: f64 =
            amount.trim().parse().map_err(|_| format!("expected a size, as 2GiB, received {text}"))?;
        let known = |name: &str| UNITS.iter().find(|(unit, _)| unit.eq_ignore_ascii_case(name));
        let factor = match unit.trim() {
            "" => MIB,
            unit => match known(unit) {
                Some((_, factor)) => *factor,
                None => {
                    let names = UNITS.map(|(unit, _)| unit).join(", ");
                    return Err(format!("there is no unit {unit}: expected one of {names}, as in 2GiB"));
                }
            },
        };
        let bytes = amount * factor as f64;
        match bytes >= 1.0 && bytes < (1u64 << 50) as f64 {
            true => Ok(Self(bytes as usize)),
            false => Err(format!("expected a size from 1 B to 1 PiB, received {text}")),
        }
    }
}

/// Exactly, in the largest unit that leaves no fraction.
impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.0 as u64;
        let whole = |(_, factor): &&(&str, u64)| bytes.is_multiple_of(*factor);
        let (unit, factor) = UNITS[..WRITTEN].iter().rev().find(whole).unwrap_or(&UNITS[0]);
        write!(f, "{}{unit}", bytes / factor)
    }
}

impl Serialize for Size {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "expected a size, as \"2GiB\", or a number of MiB")]
        enum Written {
            Mebibytes(u32),
            Text(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Mebibytes(number) => number.to_string().parse(),
            Written::Text(text) => text.parse(),
        }
        .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_written() {
        for (text, bytes, written) in [
            ("2GiB", 2 << 30, "2GiB"),
            ("512", 512 << 20, "512MiB"),
            ("1.5 gib", 3 << 29, "1536MiB"),
            ("300MB", 300_000_000, "300000000B"),
            ("64KiB", 64 << 10, "64KiB"),
            ("5TiB", 5 << 40, "5TiB"),
            ("1024GiB", 1 << 40, "1TiB"),
            ("2tb", 2_000_000_000_000, "1953125000KiB"),
            ("1KB", 1000, "1000B"),
            ("1B", 1, "1B"),
        ] {
            let size: Size = text.parse().unwrap();
            assert_eq!((size.in_bytes(), size.to_string().as_str()), (bytes, written), "{text}");
            assert_eq!(written.parse(), Ok(size));
        }
        assert_eq!(
            ["1.25GiB", "300", "700KiB", "12B", "1500GiB"].map(|t| t.parse::<Size>().unwrap().about()),
            ["1.2 GiB", "300 MiB", "700 KiB", "12 B", "1.5 TiB"]
        );
    }

    #[test]
    fn what_is_no_size_is_told() {
        for (text, expected) in [
            ("2GB5", "there is no unit GB5: expected one of B, KiB"),
            ("5PiB", "there is no unit PiB: expected one of B, KiB, MiB, GiB, TiB"),
            ("many", "expected a size, as 2GiB, received many"),
            ("-3MiB", "from 1 B to 1 PiB"),
            ("", "expected a size"),
            ("0", "from 1 B"),
            ("9999999999999GiB", "from 1 B"),
        ] {
            let message = text.parse::<Size>().unwrap_err();
            assert!(message.contains(expected), "{text}: {message}");
        }
    }
}
