//! The types of values: numbers of the usual widths in both byte orders, and text.

use super::Cursor;
use crate::{Error, Result};

/// Which byte of a number comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Little,
    Big,
}

/// What one value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Datatype {
    Half(Order),
    Bfloat16(Order),
    Single(Order),
    Double(Order),
    Signed {
        width: usize,
        order: Order,
    },
    Unsigned {
        width: usize,
        order: Order,
    },
    /// Text of this many bytes, filled up with zeros or spaces.
    FixedText(usize),
    /// Text in the global heap.
    HeapText {
        width: usize,
    },
    /// Bytes without a meaning; h5py stores bfloat16 so.
    Opaque(usize),
    /// Anything else, by its class.
    Other {
        class: u8,
        width: usize,
    },
}

impl Datatype {
    /// Reads a datatype message.
    pub(super) fn read(data: &[u8]) -> Result<Self> {
        let mut cursor = Cursor::new(data, "data type");
        let (first, bits) = (cursor.u8()?, cursor.uint(3)?);
        let width = cursor.u32()? as usize;
        if width == 0 {
            return Err(Error::malformed("data type: a value of 0 bytes"));
        }
        let order = if bits & 1 == 0 { Order::Little } else { Order::Big };
        const SIGNED: u64 = 0x08;
        const TEXT: u64 = 1;
        Ok(match first & 0x0F {
            0 if ![1, 2, 4, 8].contains(&width) => Self::Other { class: 0, width },
            0 if bits & SIGNED != 0 => Self::Signed { width, order },
            0 => Self::Unsigned { width, order },
            1 => {
                cursor.skip(2 + 2 + 1)?; // offset, precision, place of the exponent
                let exponent_bits = cursor.u8()?;
                match (width, exponent_bits) {
                    (2, 5) => Self::Half(order),
                    (2, 8) => Self::Bfloat16(order),
                    (4, 8) => Self::Single(order),
                    (8, 11) => Self::Double(order),
                    _ => Self::Other { class: 1, width },
                }
            }
            3 => Self::FixedText(width),
            5 => Self::Opaque(width),
            9 if bits & 0x0F == TEXT => Self::HeapText { width },
            class => Self::Other { class, width },
        })
    }

    /// Bytes of one value.
    pub(super) fn width(self) -> usize {
        match self {
            Self::Half(_) | Self::Bfloat16(_) => 2,
            Self::Single(_) => 4,
            Self::Double(_) => 8,
            Self::Signed { width, .. } | Self::Unsigned { width, .. } => width,
            Self::HeapText { width } | Self::Other { width, .. } => width,
            Self::FixedText(width) | Self::Opaque(width) => width,
        }
    }

    /// Decodes `bytes`, of `width` a value, to `output`.
    pub(super) fn decode(self, bytes: &[u8], output: &mut [f32]) -> Result<()> {
        match self {
            Self::Single(Order::Little) => {
                for (value, bytes) in output.iter_mut().zip(bytes.as_chunks().0) {
                    *value = f32::from_le_bytes(*bytes);
                }
            }
            Self::FixedText(_) | Self::HeapText { .. } | Self::Opaque(_) | Self::Other { .. } => {
                return Err(Error::unsupported(format!("expected numbers, received {self:?}")));
            }
            _ => {
                for (value, bytes) in output.iter_mut().zip(bytes.chunks_exact(self.width())) {
                    *value = self.number(bytes) as f32;
                }
            }
        }
        Ok(())
    }

    /// One number as a double; integers beyond 2^53 are rounded.
    pub(super) fn number(self, bytes: &[u8]) -> f64 {
        let bits = |order| {
            let joined = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
            match order {
                Order::Little => bytes.iter().rev().fold(0, joined),
                Order::Big => bytes.iter().fold(0, joined),
            }
        };
        match self {
            Self::Half(order) => crate::half::f16_to_f32(bits(order) as u16).into(),
            Self::Bfloat16(order) => crate::half::bf16_to_f32(bits(order) as u16).into(),
            Self::Single(order) => f32::from_bits(bits(order) as u32).into(),
            Self::Double(order) => f64::from_bits(bits(order)),
            Self::Unsigned { order, .. } => bits(order) as f64,
            Self::Signed { width, order } => {
                let unused = 64 - 8 * width as u32;
                ((bits(order) << unused) as i64 >> unused) as f64
            }
            Self::FixedText(_) | Self::HeapText { .. } | Self::Opaque(_) | Self::Other { .. } => f64::NAN,
        }
    }
}
