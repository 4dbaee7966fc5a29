//! The tensors in a pickle's dictionaries, their values gathered along the strides.

use std::collections::{HashMap, HashSet};

use super::Tensor;
use super::pickle::Pickle;
use super::value::{Id, Storage, Value, View};
use crate::{Error, Result};

/// No dictionary may lie deeper in others.
const DEEPEST: usize = 16;
/// No file may have more tensors, or more bytes in all their names: a few bytes may name one tensor over and over.
const MOST_TENSORS: usize = 100_000;
const MOST_NAME_BYTES: usize = 16 << 20;

/// The bytes of each storage, by its key.
pub(super) type Storages<'a> = HashMap<String, std::borrow::Cow<'a, [u8]>>;

/// The storages that `pickle` speaks of.
pub(super) fn storages<'p, 'a>(pickle: &'p Pickle<'a>) -> impl Iterator<Item = Storage<'a>> + use<'p, 'a> {
    pickle.values().iter().filter_map(|value| match value {
        Value::Storage(storage) => Some(*storage),
        _ => None,
    })
}

/// All tensors of `pickle`, in its order; `most` is the number of values that a real file of its size can hold.
pub(super) fn read(pickle: &Pickle<'_>, storages: &Storages<'_>, most: usize) -> Result<Vec<Tensor>> {
    let mut gatherer = Gatherer {
        pickle,
        storages,
        values_left: most,
        name_bytes_left: MOST_NAME_BYTES,
        seen: HashSet::new(),
        tensors: Vec::new(),
    };
    gatherer.value(pickle.root(), String::new(), 0)?;
    match gatherer.tensors.is_empty() {
        true => Err(Error::malformed("the file holds no tensors")),
        false => Ok(gatherer.tensors),
    }
}

struct Gatherer<'p, 'a> {
    pickle: &'p Pickle<'a>,
    storages: &'p Storages<'a>,
    values_left: usize,
    name_bytes_left: usize,
    seen: HashSet<Id>,
    tensors: Vec<Tensor>,
}

impl Gatherer<'_, '_> {
    fn value(&mut self, id: Id, name: String, depth: usize) -> Result<()> {
        match self.pickle.get(id) {
            Value::Tensor(view) => {
                let tensor = self.tensor(view).map_err(|e| e.within(format!("tensor {name}")))?;
                let left = self.name_bytes_left.checked_sub(name.len());
                self.name_bytes_left =
                    left.filter(|_| self.tensors.len() < MOST_TENSORS).ok_or_else(|| {
                        Error::too_large(format!("more than {MOST_TENSORS} tensors, or long names"))
                    })?;
                self.tensors.push(Tensor { name, ..tensor });
            }
            Value::Dictionary(entries) => {
                if depth == DEEPEST || !self.seen.insert(id) {
                    return Err(Error::malformed(format!(
                        "{name}: dictionaries in dictionaries, too deep or in a circle"
                    )));
                }
                for (key, value) in entries {
                    let key = match self.pickle.get(*key) {
                        Value::Text(key) => (*key).to_owned(),
                        Value::Int(key) => key.to_string(),
                        _ => continue,
                    };
                    let name = if name.is_empty() { key } else { format!("{name}.{key}") };
                    if name.len() > 4096 {
                        return Err(Error::too_large("a tensor's name of more than 4096 bytes"));
                    }
                    self.value(*value, name, depth + 1)?;
                }
            }
            _ => {} // an epoch's number, a version: no tensor
        }
        Ok(())
    }

    fn tensor(&mut self, view: &View) -> Result<Tensor> {
        let Value::Storage(storage) = self.pickle.get(view.storage) else {
            return Err(Error::malformed("it has no storage"));
        };
        let bytes = self.storages.get(storage.key);
        let bytes = bytes.ok_or_else(|| Error::malformed(format!("storage {} is missing", storage.key)))?;
        let held = bytes.len() / storage.kind.width();
        let count = view.shape.iter().try_fold(1_usize, |product, extent| product.checked_mul(*extent));
        let (count, end) = count.zip(end(view)).ok_or_else(|| Error::too_large("its shape or strides"))?;
        if count > 0 && end > held {
            return Err(Error::malformed(format!("it reaches to value {end} of a storage of {held}")));
        }
        // Strides of 0 and tensors on the same storage make many values from few; models have none or little of it.
        self.values_left = self
            .values_left
            .checked_sub(count)
            .ok_or_else(|| Error::too_large("the tensors have more values than the file has bytes"))?;
        let mut data = Vec::with_capacity(count);
        each_place(view, count, |place| data.push(storage.kind.value(bytes, place)));
        Ok(Tensor { name: String::new(), shape: view.shape.clone(), data })
    }
}

/// One more than the last place in the storage; for an empty tensor any number.
fn end(view: &View) -> Option<usize> {
    view.shape.iter().zip(&view.strides).try_fold(view.offset.checked_add(1)?, |end, (extent, stride)| {
        end.checked_add(extent.saturating_sub(1).checked_mul(*stride)?)
    })
}

/// Calls `visit` with the place in the storage of each value, in the order of the shape.
fn each_place(view: &View, count: usize, mut visit: impl FnMut(usize)) {
    let mut index = vec![0; view.shape.len()];
    let mut place = view.offset;
    for _ in 0..count {
        visit(place);
        for axis in (0..index.len()).rev() {
            index[axis] += 1;
            place += view.strides[axis];
            if index[axis] < view.shape[axis] {
                break;
            }
            place -= view.shape[axis] * view.strides[axis];
            index[axis] = 0;
        }
    }
}
