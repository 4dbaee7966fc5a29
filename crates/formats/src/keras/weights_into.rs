//! Weights of Keras's files, loaded into a graph that is there already.

use std::io::{Read, Seek};

use graph::{Graph, ParameterId, Weights};

use super::{WEIGHTS, from_reader, legacy, order, weights_file};
use crate::archive::Archive;
use crate::hdf5::File;
use crate::stored::{self, StoredLayer, StoredVariable};
use crate::{Error, ErrorKind, Loaded, Result, Scaling, Which};

/// The layers of `graph` as a file of weights has them, in Keras's order.
pub(crate) fn of_graph(graph: &Graph) -> Vec<StoredLayer<ParameterId>> {
    let nodes = order::of_graph(graph).into_iter().map(|index| &graph.nodes()[index]);
    let variable = |id: &ParameterId| {
        let parameter = graph.parameter(*id);
        let (name, shape) = (parameter.role.name().to_owned(), parameter.shape.dims().to_vec());
        StoredVariable { name, shape, key: *id }
    };
    nodes
        .filter(|node| !node.parameters.is_empty())
        .map(|node| StoredLayer {
            name: node.name.clone(),
            model: String::new(),
            class: None,
            variables: node.parameters.iter().map(variable).collect(),
        })
        .collect()
}

/// From a `.keras` file. One with layers that no graph has still gives the weights of the others.
pub(crate) fn from_keras(
    mut reader: impl Read + Seek,
    graph: &Graph,
    weights: &mut Weights,
    which: Which<'_>,
) -> Result<Loaded> {
    match from_reader(&mut reader) {
        Ok(contents) => {
            let values = |id: &ParameterId| Ok(contents.weights.get(contents.graph.parameter(*id)).to_vec());
            let mut loaded = stored::load(&of_graph(&contents.graph), graph, weights, which, values)?;
            loaded.skipped.extend(other_scaling(&contents.graph, graph));
            Ok(loaded)
        }
        Err(refused) if refused.kind() == ErrorKind::Unsupported => {
            let mut archive = Archive::open(reader)?;
            let bytes = archive.member(WEIGHTS, u64::MAX)?.unwrap_or_default();
            from_hdf5(&bytes, graph, weights, which).map_err(|why| {
                Error::new(refused.kind(), format!("{refused}; and of its weights alone: {why}"))
            })
        }
        Err(error) => Err(error),
    }
}

/// The scaling of pictures in the model of a file, where it is not that of `graph`: the weights saw other values.
fn other_scaling(file: &Graph, graph: &Graph) -> Option<(String, String)> {
    let theirs = Scaling::of(file);
    // Where there is none in the model, pictures came scaled already; nobody knows how.
    let is_other = !theirs.is_plain() && !theirs.agrees(&Scaling::of(graph));
    let first = file.nodes().get(1).map_or(String::new(), |node| node.name.clone());
    is_other.then(|| (first, format!("it scales pictures in another way than model {}", graph.name())))
}

/// From the bytes of a `.weights.h5`, or of Keras 2's `.h5`.
pub(crate) fn from_hdf5(
    bytes: &[u8],
    graph: &Graph,
    weights: &mut Weights,
    which: Which<'_>,
) -> Result<Loaded> {
    let file = File::open(bytes)?;
    let layers = if legacy::is_such(&file)? {
        legacy::layers(&file)?
    } else if weights_file::is_such(&file) {
        weights_file::layers(&file)?
    } else {
        let members: Vec<&str> = file.root().members().take(8).collect();
        return Err(Error::unsupported(format!(
            "an HDF5 file that is not Keras's: expected the group layers (Keras 3) or the attribute layer_names \
             (Keras 2), received members [{}]",
            members.join(", ")
        )));
    };
    let read = |path: &String| {
        let item = file.root().get(path).ok_or_else(|| Error::malformed(format!("{path} is missing")))?;
        item.dataset().and_then(|dataset| dataset.read()).map_err(|e| e.within(path))
    };
    stored::load(&layers, graph, weights, which, read)
}
