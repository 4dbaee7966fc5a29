//! The gradient of each activation from its input, where its output was never written.

use super::function::{Function, HardSigmoid, HardSwish, Identity, Relu, Relu6, Sigmoid, Swish, Tanh};
use super::gelu::Gelu;
use crate::isa::Arithmetic;

/// An activation that is differentiated at its input.
pub(crate) trait Derivative {
    /// `dy * f'(x)`
    fn gradient<F: Arithmetic>(x: f32, dy: f32) -> f32;
}

macro_rules! from_output {
    ($($name:ident)*) => {$(
        impl Derivative for $name {
            #[inline(always)]
            fn gradient<F: Arithmetic>(x: f32, dy: f32) -> f32 {
                <Self as Function>::gradient::<F>(<Self as Function>::value::<F>(x), dy)
            }
        }
    )*};
}
from_output!(Identity Relu Relu6 Sigmoid Tanh HardSigmoid);

macro_rules! from_input {
    ($($name:ident)*) => {$(
        impl Derivative for $name {
            #[inline(always)]
            fn gradient<F: Arithmetic>(x: f32, dy: f32) -> f32 {
                <Self as Function>::gradient::<F>(x, dy)
            }
        }
    )*};
}
from_input!(Swish HardSwish Gelu);
