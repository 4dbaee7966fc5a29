//! Numbers that Keras and scikit-learn (`golden/make.py`) and PyTorch (`golden/make_torch.py`) gave, for tests.

/// The values called `name`.
pub(crate) fn golden(name: &str) -> Vec<f32> {
    let files = [include_str!("../golden/numbers.txt"), include_str!("../golden/torch_numbers.txt")];
    let line = files
        .iter()
        .flat_map(|file| file.lines())
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {name}")).split(' ').map(|value| value.parse().unwrap()).collect()
}

/// As [`golden`], for class numbers.
pub(crate) fn golden_labels(name: &str) -> Vec<u32> {
    golden(name).into_iter().map(|value| value as u32).collect()
}

/// Fails unless each value is within `tolerance` of what is expected, relative to 1 or to its size.
pub(crate) fn assert_close(found: &[f32], expected: &[f32], tolerance: f32, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (index, (f, e)) in found.iter().zip(expected).enumerate() {
        assert!((f - e).abs() <= tolerance * e.abs().max(1.0), "{what} [{index}]: {f} instead of {e}");
    }
}
