//! JSON from outside: read within a bound on how many values it holds. Its depth `serde_json` bounds (128).

use serde_json::Value;

use crate::{Error, Result};

/// No text may hold more values. A model has about 60 a layer; each takes up to a hundred bytes of memory, and two of
/// text, which a zip packs a thousand times smaller.
const MOST_VALUES: usize = 1_000_000;

/// The value that `text` is.
///
/// # Errors
/// It is no JSON, or lies too deep or too wide.
pub(crate) fn parse(text: &[u8]) -> Result<Value> {
    // Each value but the first one follows one of these; those inside of texts are counted too.
    let values = 1 + text.iter().filter(|byte| matches!(byte, b',' | b'[' | b'{')).count();
    if values > MOST_VALUES {
        return Err(Error::too_large(format!("JSON of up to {values} values; {MOST_VALUES} is the most")));
    }
    serde_json::from_slice(text).map_err(|e| Error::malformed(format!("this is not JSON: {e}")))
}
