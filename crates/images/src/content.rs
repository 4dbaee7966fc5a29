//! What a file is, by its first bytes; its name only says what was meant.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The formats that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Joint Photographic Experts Group, in a JFIF or EXIF file.
    Jpeg,
    /// Portable Network Graphics.
    Png,
    /// Graphics Interchange Format, of which the first frame counts.
    Gif,
    /// Windows bitmap.
    Bmp,
    /// Google's WebP.
    WebP,
    /// Tagged Image File Format.
    Tiff,
}

impl Format {
    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::Gif => "GIF",
            Self::Bmp => "BMP",
            Self::WebP => "WebP",
            Self::Tiff => "TIFF",
        }
    }

    /// The ending that files of it have most often.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Gif => "gif",
            Self::Bmp => "bmp",
            Self::WebP => "webp",
            Self::Tiff => "tif",
        }
    }

    /// What the end of a file's name promises; none if it is no picture's that is read.
    pub fn promised_by(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_lowercase();
        ENDINGS.iter().find(|(known, _)| *known == ending).map(|(_, format)| *format)
    }
}

/// For messages.
pub(crate) const FORMATS: &str = "JPEG, PNG, GIF, BMP, WebP and TIFF are read";

/// What the first bytes of a file say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// A picture in a format that is read.
    Picture(Format),
    /// A picture in a format that is not read.
    Foreign(&'static str),
    /// No bytes at all.
    Nothing,
    /// Anything else.
    Other,
}

/// How many bytes [`Content::of`] needs.
const HEAD: usize = 16;

impl Content {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        match bytes {
            [] => Self::Nothing,
            [0xff, 0xd8, 0xff, ..] => Self::Picture(Format::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Self::Picture(Format::Png),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Self::Picture(Format::Gif),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Self::Picture(Format::WebP),
            [b'I', b'I', b'*' | b'+', 0, ..] | [b'M', b'M', 0, b'*' | b'+', ..] => {
                Self::Picture(Format::Tiff)
            }
            // The two reserved words are zero in every BMP, and in no text.
            [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => Self::Picture(Format::Bmp),
            [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => match brand {
                [b'a', b'v', b'i', ..] => Self::Foreign("an AVIF picture"),
                [b'h', b'e', ..] | [b'm', b'i', b'f', ..] | [b'm', b's', b'f', ..] => {
                    Self::Foreign("a HEIC picture")
                }
                _ => Self::Other,
            },
            [0xff, 0x0a, ..] | [0, 0, 0, 0x0c, b'J', b'X', b'L', b' ', ..] => {
                Self::Foreign("a JPEG XL picture")
            }
            [0, 0, 0, 0x0c, b'j', b'P', ..] => Self::Foreign("a JPEG 2000 picture"),
            [b'8', b'B', b'P', b'S', ..] => Self::Foreign("a Photoshop document"),
            _ => Self::Other,
        }
    }
}

/// What a file found in a class folder is to the set.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// One of its pictures.
    Picture,
    /// Meant as a picture, or unknown, and not usable: why.
    Skipped(String),
    /// Plainly something else, such as notes or a table: not worth a word.
    Aside,
}

/// Endings of pictures that are read.
const ENDINGS: &[(&str, Format)] = &[
    ("jpg", Format::Jpeg),
    ("jpeg", Format::Jpeg),
    ("jpe", Format::Jpeg),
    ("jfif", Format::Jpeg),
    ("png", Format::Png),
    ("apng", Format::Png),
    ("gif", Format::Gif),
    ("bmp", Format::Bmp),
    ("dib", Format::Bmp),
    ("webp", Format::WebP),
    ("tif", Format::Tiff),
    ("tiff", Format::Tiff),
];

/// Endings of cameras' raw files, which may begin as a TIFF does.
const RAW: &[&str] = &["arw", "cr2", "cr3", "crw", "dng", "nef", "nrw", "orf", "pef", "raf", "rw2", "srw"];

/// Endings of files that people keep beside pictures.
const ASIDE: &[&str] = &[
    "7z", "aae", "avi", "bat", "bz2", "csv", "db", "doc", "docx", "gz", "h5", "hdf5", "htm", "html", "ini",
    "ipynb", "json", "jsonl", "lock", "log", "mat", "md", "mov", "mp3", "mp4", "npy", "npz", "parquet",
    "pdf", "pkl", "pt", "pth", "py", "rar", "rst", "sh", "sqlite", "tar", "tgz", "toml", "tsv", "txt", "url",
    "wav", "xls", "xlsx", "xml", "xmp", "xz", "yaml", "yml", "zip",
];

impl Role {
    /// The role of the file at `path`, by the end of its name and its first bytes.
    pub(crate) fn of(path: &Path) -> Self {
        let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
        let ending = ending.as_str();
        if ASIDE.contains(&ending) {
            return Self::Aside;
        }
        if RAW.contains(&ending) {
            return Self::Skipped(format!("a camera's raw file: {FORMATS}; convert it first"));
        }
        let head = match read_head(path) {
            Ok(head) => head,
            Err(error) => return Self::Skipped(format!("can't be read: {error}")),
        };
        match Content::of(&head) {
            Content::Picture(_) => Self::Picture,
            content => Self::Skipped(why_not(content, &head, Format::promised_by(path))),
        }
    }
}

fn read_head(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(HEAD);
    open(path)?.take(HEAD as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// Opens a file to read it. Anything else with a name is refused: opening a pipe would wait for ever.
pub(crate) fn open(path: &Path) -> std::io::Result<File> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(std::io::Error::other("not a file"));
    }
    File::open(path)
}

/// `promised` is the format that the name says.
fn why_not(content: Content, head: &[u8], promised: Option<Format>) -> String {
    match content {
        Content::Nothing => "the file is empty (0 bytes)".to_owned(),
        Content::Foreign(name) => format!("{name}: {FORMATS}; convert it first"),
        _ if promised.is_none() => format!("not a picture: {FORMATS}"),
        _ if head.iter().all(|b| matches!(b, b'\t' | b'\n' | b'\r' | 0x20..=0x7e)) => {
            "named as a picture but holds text".to_owned()
        }
        _ => format!("named as a picture but its content is something else: {FORMATS}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_a_file_by_content_before_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let role = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            Role::of(&path)
        };
        let png = b"\x89PNG\r\n\x1a\n0000";
        assert_eq!(role("a.png", png), Role::Picture);
        assert_eq!(role("really_png.jpg", png), Role::Picture);
        assert_eq!(role("no_ending", png), Role::Picture);
        assert_eq!(role("notes.txt", b"hello"), Role::Aside);
        assert_eq!(role("table.CSV", b"hello"), Role::Aside);
        let reason = |role: Role| match role {
            Role::Skipped(reason) => reason,
            other => panic!("{other:?}"),
        };
        assert_eq!(reason(role("text.jpg", b"hello\n")), "named as a picture but holds text");
        assert_eq!(reason(role("empty.png", b"")), "the file is empty (0 bytes)");
        assert!(reason(role("phone.jpg", b"\0\0\0\x18ftypheic")).starts_with("a HEIC picture"));
        assert!(reason(role("photo.nef", b"MM\0*")).starts_with("a camera's raw file"));
        assert!(reason(role("unknown.xyz", b"\x01\x02")).starts_with("not a picture"));
        assert!(reason(role("odd.png", b"BMW is a car")).starts_with("named as a picture but holds text"));
    }
}
