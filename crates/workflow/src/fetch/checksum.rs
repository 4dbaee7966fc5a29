//! Whether a file is the one that was published.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use md5::Md5;
use sha2::{Digest, Sha256};
use zoo::{Algorithm, Checksum};

/// Reads the file at `path` and holds it against `checksum`.
///
/// # Errors
/// What its checksum is and should be; or it cannot be read.
pub(crate) fn verify(path: &Path, checksum: &Checksum) -> Result<(), String> {
    let unreadable = |e: io::Error| format!("cannot read {}: {e}", path.display());
    let file = File::open(path).map_err(unreadable)?;
    let (name, found) = match checksum.algorithm {
        Algorithm::Md5 => ("MD5", digest::<Md5>(file)),
        Algorithm::Sha256 => ("SHA-256", digest::<Sha256>(file)),
    };
    let found = found.map_err(unreadable)?;
    match found.starts_with(checksum.digits) {
        true => Ok(()),
        false => {
            let begins = if checksum.digits.len() < found.len() { "one that begins with " } else { "" };
            Err(format!(
                "its {name} is {found}, expected {begins}{}: it is not the published file",
                checksum.digits
            ))
        }
    }
}

/// The digest of everything in `source`, in hexadecimal.
fn digest<D: Digest>(mut source: impl Read) -> io::Result<String> {
    let mut digest = D::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match source.read(&mut buffer)? {
            0 => return Ok(hex(&digest.finalize())),
            length => digest.update(&buffer[..length]),
        }
    }
}

/// The SHA-256 of `bytes`, in hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_the_standards() {
        // RFC 1321, A.5; FIPS 180-4's example.
        assert_eq!(digest::<Md5>(&b"abc"[..]).unwrap(), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn the_first_digits_are_enough_and_a_wrong_one_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("abc");
        std::fs::write(&path, "abc").unwrap();
        let sha256 = |digits| Checksum { algorithm: Algorithm::Sha256, digits };
        assert_eq!(verify(&path, &sha256("ba7816bf")), Ok(()));
        let message = verify(&path, &sha256("ba7816be")).unwrap_err();
        assert!(message.contains("is ba7816bf8f01") && message.contains("begins with ba7816be"), "{message}");
        let md5 = Checksum { algorithm: Algorithm::Md5, digits: "900150983cd24fb0d6963f7d28e17f73" };
        let message = verify(&path, &md5).unwrap_err();
        assert!(message.contains("expected 900150983cd24fb0d6963f7d28e17f73: it"), "{message}");
    }
}
