//! One door for every file of weights: the format is told by the content, whatever the file is called.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use graph::{Graph, Weights};

use crate::archive::Archive;
use crate::hdf5::SIGNATURE;
use crate::{Error, Loaded, Result, Which, keras, safetensors, stored, torch, whole_file};

/// Gives the tensor of a PyTorch file for a parameter: `Conv1/kernel` is in `features.0.0.weight`.
pub type Names<'a> = &'a dyn Fn(&str) -> Option<String>;

/// For an architecture that PyTorch does not have.
pub const NO_NAMES: &[Names<'static>] = &[];

/// The formats of files of weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// A whole model of Keras 3.
    Keras,
    /// HDF5: `.weights.h5` of Keras 3, or `.h5` of Keras 2.
    Hdf5,
    /// A state dictionary of PyTorch, in its old form or its new one.
    Torch,
    /// safetensors, of ours or of PyTorch.
    Safetensors,
}

/// What is read, for messages.
const SUPPORTED: &str =
    "Keras's .keras, .weights.h5 and .h5, PyTorch's .pth and .pt, and .safetensors can be read";

/// Loads weights of the file at `path` into `weights` of `graph`: those of `which` layers.
///
/// Layers of Keras's files are found by name, else by order; PyTorch's tensors through the one of `names` that finds
/// most, with the axes in Keras's order. A shape that does not fit is an error unless `which` says
/// that the layer may be left as it is.
///
/// # Errors
/// The file cannot be read, is of another format, truncated or damaged; `graph` needs what the file does not have; or
/// the file is PyTorch's and there are no `names`. `weights` are then unchanged.
pub fn read_into(
    path: &Path,
    graph: &Graph,
    weights: &mut Weights,
    which: Which<'_>,
    names: &[Names<'_>],
) -> Result<Loaded> {
    if path.is_dir() {
        return Err(Error::unsupported(format!("{}: this is a folder; {SUPPORTED}", path.display())));
    }
    let file = File::open(path).map_err(|e| Error::reading(path, &e))?;
    from_reader(file, graph, weights, which, names).map_err(|e| e.within(path.display()))
}

/// As [`read_into`], from an open file.
fn from_reader(
    mut file: impl Read + Seek,
    graph: &Graph,
    weights: &mut Weights,
    which: Which<'_>,
    names: &[Names<'_>],
) -> Result<Loaded> {
    match recognise(&mut file)? {
        Format::Keras => keras::weights_from_keras(file, graph, weights, which),
        Format::Hdf5 => keras::weights_from_hdf5(&whole_file::read(file)?, graph, weights, which),
        Format::Torch => {
            let tensors = torch::read_bytes(&whole_file::read(file)?)?;
            from_tensors(&tensors, graph, weights, which, names)
        }
        Format::Safetensors => from_safetensors(&whole_file::read(file)?, graph, weights, which, names),
    }
}

/// Whether the file at `path` holds tensors of PyTorch, under its names and in its layouts.
///
/// # Errors
/// It cannot be read, is of no format that is known, or is of safetensors and its header is damaged.
pub fn is_of_torch(path: &Path) -> Result<bool> {
    let mut file = File::open(path).map_err(|e| Error::reading(path, &e))?;
    let found = recognise(&mut file).and_then(|format| match format {
        Format::Torch => Ok(true),
        Format::Safetensors => Ok(!safetensors::is_of_keras(file)?),
        Format::Keras | Format::Hdf5 => Ok(false),
    });
    found.map_err(|e| e.within(path.display()))
}

fn from_safetensors(
    bytes: &[u8],
    graph: &Graph,
    weights: &mut Weights,
    which: Which<'_>,
    names: &[Names<'_>],
) -> Result<Loaded> {
    let file = safetensors::File::open(bytes)?;
    match file.is_of_keras() {
        true => stored::load(&file.layers(), graph, weights, which, |key| file.values(*key)),
        false => from_tensors(&file.tensors()?, graph, weights, which, names),
    }
}

fn from_tensors(
    tensors: &[torch::Tensor],
    graph: &Graph,
    weights: &mut Weights,
    which: Which<'_>,
    names: &[Names<'_>],
) -> Result<Loaded> {
    let mut names: Vec<Names<'_>> = names.to_vec();
    names.sort_by_key(|names| std::cmp::Reverse(found(tensors, graph, names)));
    let mut load = |names: &Names<'_>| torch::load(graph, weights, tensors, which, names);
    match names.split_first() {
        // What is wrong by the map that fits best is what is wrong.
        Some((best, others)) => {
            load(best).or_else(|error| others.iter().find_map(|names| load(names).ok()).ok_or(error))
        }
        None => Err(Error::unsupported(format!(
            "these are tensors under PyTorch's names, and how they map onto {} is not known; a file of Keras's would do",
            graph.name()
        ))),
    }
}

/// How many parameters of `graph` have a tensor by these names, whatever is before them.
fn found(tensors: &[torch::Tensor], graph: &Graph, names: Names<'_>) -> usize {
    let is_called = |tensor: &torch::Tensor, name: &str| {
        tensor.name.strip_suffix(name).is_some_and(|before| before.is_empty() || before.ends_with('.'))
    };
    let has = |name: &String| tensors.iter().any(|tensor| is_called(tensor, name));
    graph.parameters().iter().filter_map(|parameter| names(&parameter.name)).filter(has).count()
}

/// The format of a file, told by its content.
///
/// # Errors
/// It is none of the [`Format`]s; the message says what it is, as far as that is known.
pub(crate) fn recognise(mut reader: impl Read + Seek) -> Result<Format> {
    let mut start = Vec::new();
    let read = reader.by_ref().take(64).read_to_end(&mut start).and_then(|_| reader.seek(SeekFrom::Start(0)));
    read.map_err(|e| Error::malformed(format!("cannot read it: {e}")))?;
    match start.as_slice() {
        start if start.starts_with(&SIGNATURE) => Ok(Format::Hdf5),
        start if start.starts_with(b"PK\x03\x04") => of_archive(reader),
        start if start.starts_with(torch::MARK) => Ok(Format::Torch),
        start if safetensors::is_such(start) => Ok(Format::Safetensors),
        start => Err(Error::unsupported(format!("{}; {SUPPORTED}", described(start)))),
    }
}

fn of_archive(reader: impl Read + Seek) -> Result<Format> {
    let archive = Archive::open(reader)?;
    let names: Vec<String> = archive.names().collect();
    if names.iter().any(|name| name == keras::CONFIG) {
        return Ok(Format::Keras);
    }
    if names.iter().any(|name| name.ends_with("data.pkl")) {
        return Ok(Format::Torch);
    }
    let first = names.first().map_or("nothing".to_owned(), |name| name.chars().take(60).collect());
    Err(Error::unsupported(format!(
        "this is a zip archive of something else, with {first} in it; {SUPPORTED}"
    )))
}

fn described(start: &[u8]) -> &'static str {
    match start {
        [] => "the file is empty",
        [_, _, _, _, b'T', b'F', b'L', b'3', ..] => "this is a TensorFlow Lite model",
        [b'G', b'G', b'U', b'F', ..] => "this is a GGUF file",
        [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => "this is an array of NumPy",
        [0x80, 2..=5, ..] => "this is a pickle of Python, but not one of torch.save",
        [0x1F, 0x8B, ..] => "this is compressed with gzip; unpack it first",
        [b'{' | b'[', ..] => "this is JSON, which has no weights",
        [0x08, _, ..] => "this may be an ONNX or TensorFlow model",
        _ => "this is no file of weights that is known",
    }
}

#[cfg(test)]
mod tests;
