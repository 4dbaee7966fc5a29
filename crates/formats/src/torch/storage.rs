//! The types of PyTorch's storages, and their values as float32.

use crate::half;

/// The type of a storage's values, little-endian in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Float,
    Double,
    Half,
    BFloat16,
    Long,
    Int,
    Short,
    Char,
    Byte,
    Bool,
}

impl Kind {
    /// The type that `torch` calls `name`, as `FloatStorage`.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Some(match name.strip_suffix("Storage")? {
            "Float" => Self::Float,
            "Double" => Self::Double,
            "Half" => Self::Half,
            "BFloat16" => Self::BFloat16,
            "Long" => Self::Long,
            "Int" => Self::Int,
            "Short" => Self::Short,
            "Char" => Self::Char,
            "Byte" => Self::Byte,
            "Bool" => Self::Bool,
            _ => return None,
        })
    }

    /// Bytes of one value.
    pub(crate) fn width(self) -> usize {
        match self {
            Self::Double | Self::Long => 8,
            Self::Float | Self::Int => 4,
            Self::Half | Self::BFloat16 | Self::Short => 2,
            Self::Char | Self::Byte | Self::Bool => 1,
        }
    }

    /// All values in `bytes`.
    pub(crate) fn decode(self, bytes: &[u8]) -> Vec<f32> {
        match self {
            Self::Float => bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
            _ => (0..bytes.len() / self.width()).map(|index| self.value(bytes, index)).collect(),
        }
    }

    /// The value with this `index` in `bytes`.
    pub(crate) fn value(self, bytes: &[u8], index: usize) -> f32 {
        let width = self.width();
        let mut padded = [0; 8];
        padded[..width].copy_from_slice(&bytes[index * width..][..width]);
        let bits = u64::from_le_bytes(padded);
        match self {
            Self::Float => f32::from_bits(bits as u32),
            Self::Double => f64::from_bits(bits) as f32,
            Self::Half => half::f16_to_f32(bits as u16),
            Self::BFloat16 => half::bf16_to_f32(bits as u16),
            Self::Long => bits as i64 as f32,
            Self::Int => bits as i32 as f32,
            Self::Short => bits as i16 as f32,
            Self::Char => bits as i8 as f32,
            Self::Byte => bits as f32,
            Self::Bool => f32::from(bits != 0),
        }
    }
}
