//! Large buffers on pages of 2 MiB: passes over hundreds of megabytes then seldom wait for an address to be translated.
//!
//! Linux gives such pages unasked (`/sys/kernel/mm/transparent_hugepage/enabled`: `always`) or, on most systems, to
//! those who ask by `madvise(2)`.

/// Bytes of a huge page.
const PAGE: usize = 1 << 21;

/// Asks for huge pages under `values`, best before they are first written; says whether the system took
/// the advice, which it does even where huge pages are switched off. Buffers without a whole huge page in them, and
/// systems that know none, are left as they are.
pub fn prefer(values: &mut [f32]) -> bool {
    let begin = values.as_mut_ptr();
    let start = (begin as usize).next_multiple_of(PAGE);
    let end = (begin as usize + size_of_val(values)) / PAGE * PAGE;
    start < end && advise(begin.wrapping_byte_add(start - begin as usize), end - start)
}

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
fn advise(start: *mut f32, bytes: usize) -> bool {
    use std::ffi::{c_int, c_void};

    /// From the system's `asm-generic/mman-common.h`.
    const MADV_HUGEPAGE: c_int = 14;

    // SAFETY: as the system's C library, which std is linked to, declares it.
    unsafe extern "C" {
        fn madvise(start: *mut c_void, bytes: usize, advice: c_int) -> c_int;
    }
    // SAFETY: this advice never changes what memory holds, and whole pages inside the caller's buffer are meant.
    unsafe { madvise(start.cast(), bytes, MADV_HUGEPAGE) == 0 }
}

#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
fn advise(_start: *mut f32, _bytes: usize) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_changes_no_value() {
        let mut values: Vec<f32> = (0..3 * PAGE / 4).map(|i| i as f32).collect();
        let expected = values.clone();
        let taken = prefer(&mut values);
        assert!(values == expected);
        if cfg!(target_os = "linux") && std::path::Path::new("/sys/kernel/mm/transparent_hugepage").exists() {
            assert!(taken);
        }
    }

    #[test]
    fn a_small_buffer_is_left_alone() {
        assert!(!prefer(&mut [0.0; 1000]));
        assert!(!prefer(&mut []));
    }
}
