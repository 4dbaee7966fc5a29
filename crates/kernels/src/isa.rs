//! The instruction sets that the kernels are compiled for, and which one this machine runs.
//!
//! An [`Isa`] can only be had from [`Isa::best`], [`Isa::available`] and [`Isa::PORTABLE`], so holding one proves
//! that the machine supports it. A [`Pool`](crate::Pool) carries the one that its kernels use (`pool.isa()`);
//! tests make a pool for each with `Pool::with_isa(threads, isa)` and go through the public doors.
//!
//! Plain loops that the compiler vectorises by itself are written once, inside [`on_each_isa!`]:
//!
//! ```text
//! on_each_isa! {
//!     /// `y += a * x`
//!     pub(crate) fn add_scaled[F](a: f32, x: &[f32], y: &mut [f32]) {
//!         for (y, x) in y.iter_mut().zip(x) {
//!             *y = F::multiply_add(a, *x, *y);
//!         }
//!     }
//! }
//! add_scaled(pool.isa(), 2.0, x, y);
//! ```
//!
//! The body is compiled once for each instruction set. `F` is [`Fused`] where the set has a fused multiply-add and
//! [`Separate`] where `f32::mul_add` would be a slow library call. Const parameters follow `F`:
//! `fn tile[F, const WIDTH: usize](..)`, called as `tile::<4>(isa, ..)`; lifetimes must be elided. Functions that
//! the body calls are compiled for the same set only if they are `#[inline(always)]` (or closures that are inlined).
//! An `unsafe fn` says under `# Safety` what its callers promise.

use std::sync::OnceLock;

/// The families of instruction sets, lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// What every processor of the target has.
    Portable,
    /// x86-64 with AVX2 and FMA: 16 registers of 8 floats.
    Avx2,
    /// x86-64 with AVX-512 F, BW, DQ, VL and FMA: 32 registers of 16 floats.
    Avx512,
    /// 64-bit Arm: 32 registers of 4 floats.
    Neon,
}

/// An instruction set that this machine supports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Isa(Level);

impl Isa {
    /// The set that every machine supports.
    pub const PORTABLE: Self = Self(Level::Portable);

    /// The highest supported set, or a lower one that `LINNAEUS_ISA` names (`portable`, `avx2`, `avx512`, `neon`).
    pub fn best() -> Self {
        static BEST: OnceLock<Isa> = OnceLock::new();
        *BEST.get_or_init(|| {
            let wanted = std::env::var("LINNAEUS_ISA").ok().and_then(|name| Level::from_name(&name));
            Self::at_most(wanted)
        })
    }

    /// Every supported set, lowest first.
    pub fn available() -> impl Iterator<Item = Self> {
        [Level::Portable, Level::Avx2, Level::Avx512, Level::Neon]
            .into_iter()
            .filter(|l| l.supported())
            .map(Self)
    }

    /// Its family.
    pub fn level(self) -> Level {
        self.0
    }

    /// The highest supported set that is not above `wanted`.
    fn at_most(wanted: Option<Level>) -> Self {
        let fits = |isa: &Self| wanted.is_none_or(|level| isa.0 <= level);
        Self::available().filter(fits).last().unwrap_or(Self::PORTABLE)
    }
}

impl Level {
    fn from_name(name: &str) -> Option<Self> {
        match name.trim().to_ascii_lowercase().as_str() {
            "portable" => Some(Self::Portable),
            "avx2" => Some(Self::Avx2),
            "avx512" => Some(Self::Avx512),
            "neon" => Some(Self::Neon),
            _ => None,
        }
    }

    #[cfg(target_arch = "x86_64")]
    fn supported(self) -> bool {
        let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        match self {
            Self::Portable => true,
            Self::Avx2 => avx2,
            Self::Avx512 => {
                avx2 && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl")
            }
            Self::Neon => false,
        }
    }

    #[cfg(target_arch = "aarch64")]
    fn supported(self) -> bool {
        matches!(self, Self::Portable | Self::Neon)
    }

    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    fn supported(self) -> bool {
        self == Self::Portable
    }
}

/// How a body multiplies and adds.
pub(crate) trait Arithmetic {
    /// `a * b + c`
    fn multiply_add(a: f32, b: f32, c: f32) -> f32;
}

/// With the instruction for it, rounded once.
pub(crate) struct Fused;

/// As two instructions, rounded twice.
pub(crate) struct Separate;

impl Arithmetic for Fused {
    #[inline(always)]
    fn multiply_add(a: f32, b: f32, c: f32) -> f32 {
        a.mul_add(b, c)
    }
}

impl Arithmetic for Separate {
    #[inline(always)]
    fn multiply_add(a: f32, b: f32, c: f32) -> f32 {
        a * b + c
    }
}

/// Compiles one body for each instruction set and dispatches on a first argument of type [`Isa`]; see above.
macro_rules! on_each_isa {
    // A lifetime never follows `unsafe`: it stands for the word's presence.
    ($($(#[$meta:meta])* $visibility:vis $(unsafe $($unsafe:lifetime)?)? fn $name:ident [$arithmetic:ident $(, const $constant:ident: $constant_type:ty)*]
        ($($argument:ident: $type:ty),* $(,)?) $(-> $output:ty)? $body:block)+) => {$(
        $(#[$meta])*
        #[allow(clippy::too_many_arguments, unused_unsafe)]
        $visibility $(unsafe $($unsafe)?)? fn $name<$(const $constant: $constant_type),*>(isa: $crate::Isa, $($argument: $type),*) $(-> $output)? {
            #[inline(always)]
            #[allow(clippy::too_many_arguments)]
            $(unsafe $($unsafe)?)? fn body<$arithmetic: $crate::isa::Arithmetic, $(const $constant: $constant_type),*>(
                $($argument: $type),*
            ) $(-> $output)? $body

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            #[allow(clippy::too_many_arguments)]
            $(unsafe $($unsafe)?)? fn avx2<$(const $constant: $constant_type),*>($($argument: $type),*) $(-> $output)? {
                // SAFETY: the caller's promise, where one is asked for.
                unsafe { body::<$crate::isa::Fused, $($constant),*>($($argument),*) }
            }

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
            #[allow(clippy::too_many_arguments)]
            $(unsafe $($unsafe)?)? fn avx512<$(const $constant: $constant_type),*>($($argument: $type),*) $(-> $output)? {
                // SAFETY: as above.
                unsafe { body::<$crate::isa::Fused, $($constant),*>($($argument),*) }
            }

            match isa.level() {
                // SAFETY: an `Isa` of this level exists only on machines that support it; and the caller's promise.
                #[cfg(target_arch = "x86_64")]
                $crate::isa::Level::Avx2 => unsafe { avx2::<$($constant),*>($($argument),*) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                $crate::isa::Level::Avx512 => unsafe { avx512::<$($constant),*>($($argument),*) },
                // SAFETY: the caller's promise. Every 64-bit Arm has NEON and its fused multiply-add.
                #[cfg(target_arch = "aarch64")]
                $crate::isa::Level::Neon => unsafe { body::<$crate::isa::Fused, $($constant),*>($($argument),*) },
                // SAFETY: the caller's promise.
                _ => unsafe { body::<$crate::isa::Separate, $($constant),*>($($argument),*) },
            }
        }
    )+};
}
pub(crate) use on_each_isa;

#[cfg(test)]
mod tests {
    use super::*;

    on_each_isa! {
        /// `Σ a * b`, in `LANES` partial sums.
        fn dot[F, const LANES: usize](a: &[f32], b: &[f32]) -> f32 {
            let mut sums = [0.0; LANES];
            for (a, b) in a.chunks_exact(LANES).zip(b.chunks_exact(LANES)) {
                for lane in 0..LANES {
                    sums[lane] = F::multiply_add(a[lane], b[lane], sums[lane]);
                }
            }
            sums.iter().sum()
        }
    }

    #[test]
    fn every_set_computes_the_same() {
        let a: Vec<f32> = (0..64).map(|i| i as f32).collect();
        for isa in Isa::available() {
            assert_eq!(dot::<16>(isa, &a, &a), 85344.0, "{isa:?}");
        }
    }

    #[test]
    fn a_wish_is_met_by_the_best_set_at_or_below_it() {
        assert_eq!(Isa::at_most(Some(Level::Portable)), Isa::PORTABLE);
        assert_eq!(Isa::at_most(None), Isa::available().last().unwrap());
        assert!(Isa::at_most(Some(Level::Avx512)).level() <= Level::Avx512);
        assert_eq!(Level::from_name(" AVX2 "), Some(Level::Avx2));
        assert_eq!(Level::from_name("sse"), None);
    }
}
