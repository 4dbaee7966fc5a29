//! What an optimizer remembers: flat buffers with names, which a checkpoint can keep.

use crate::{Error, ErrorKind, Result};

/// One of them; most are laid out like the flat buffer of gradients.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Buffer {
    pub(super) name: &'static str,
    pub(super) values: Vec<f32>,
}

impl Buffer {
    /// `len` zeros.
    pub(super) fn zeros(name: &'static str, len: usize) -> Self {
        Self::filled(name, len, 0.0)
    }

    /// `len` times `value`.
    pub(super) fn filled(name: &'static str, len: usize, value: f32) -> Self {
        Self { name, values: vec![value; len] }
    }

    /// Takes over values that were kept.
    pub(super) fn restore(&mut self, kept: Option<&[f32]>) -> Result<()> {
        let (name, len) = (self.name, self.values.len());
        let wrong = |received: String| {
            let message = format!("the optimizer's {name}: expected {len} values, received {received}");
            Error::new(ErrorKind::Model, message)
        };
        let kept = kept.ok_or_else(|| wrong("none".to_owned()))?;
        if kept.len() != len {
            return Err(wrong(kept.len().to_string()));
        }
        self.values.copy_from_slice(kept);
        Ok(())
    }
}

/// The first `M` buffers, for a kernel. It checks their lengths, so a missing one is found.
pub(super) fn moments<const M: usize>(buffers: &mut [Buffer]) -> [&mut [f32]; M] {
    let mut buffers = buffers.iter_mut();
    std::array::from_fn(|_| buffers.next().map_or(&mut [][..], |buffer| buffer.values.as_mut_slice()))
}
