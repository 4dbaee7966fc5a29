//! Writes HDF5 as h5py does by default: superblock 0, groups of the old form, contiguous float32.
//!
//! Everything but the values is laid out in memory first; the values are then streamed behind it.

mod group;
mod heap;
mod layout;
mod object;

use std::collections::BTreeMap;

use crate::{Error, Result};

pub use layout::Layout;

/// A tree of groups and data sets that is to be written.
#[derive(Default)]
pub struct Writer<'a> {
    root: Group<'a>,
}

/// A group to be written.
#[derive(Default)]
struct Group<'a> {
    texts: Vec<(&'static str, String)>,
    /// Sorted by name, as the format wants it.
    members: BTreeMap<String, Member<'a>>,
}

/// A member of a group to be written.
enum Member<'a> {
    Group(Group<'a>),
    Values { shape: Vec<usize>, values: &'a [f32] },
}

impl<'a> Writer<'a> {
    /// An empty file.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes the group at `path`, as `layers/dense/vars`, and those above it.
    ///
    /// # Errors
    /// A part of the path is empty, has a zero in it or is a data set.
    pub fn group(&mut self, path: &str) -> Result<()> {
        self.at(path).map(|_| ())
    }

    /// Gives the group at `path` an attribute, a text of any length.
    ///
    /// # Errors
    /// As [`Writer::group`]; or the name is taken.
    pub fn text(&mut self, path: &str, name: &'static str, text: impl Into<String>) -> Result<()> {
        let texts = &mut self.at(path)?.texts;
        if texts.iter().any(|(taken, _)| *taken == name) {
            return Err(Error::malformed(format!("{path}: two attributes called {name}")));
        }
        texts.push((name, text.into()));
        Ok(())
    }

    /// Adds a data set called `name` to the group at `path`.
    ///
    /// # Errors
    /// As [`Writer::group`]; or the name is taken, or `values` has another size than `shape`.
    pub fn values(&mut self, path: &str, name: &str, shape: &[usize], values: &'a [f32]) -> Result<()> {
        let elements = shape.iter().try_fold(1, |product: usize, extent| product.checked_mul(*extent));
        if elements != Some(values.len()) {
            let have = values.len();
            return Err(Error::mismatch(format!(
                "{path}/{name}: expected values of shape {shape:?}, received {have}"
            )));
        }
        let member = Member::Values { shape: shape.to_vec(), values };
        match self.at(path)?.members.insert(check(name)?.to_owned(), member) {
            None => Ok(()),
            Some(_) => Err(Error::malformed(format!("{path}/{name}: two members of this name"))),
        }
    }

    fn at(&mut self, path: &str) -> Result<&mut Group<'a>> {
        path.split('/').try_fold(&mut self.root, |group, name| {
            let member = group.members.entry(check(name)?.to_owned());
            match member.or_insert_with(|| Member::Group(Group::default())) {
                Member::Group(group) => Ok(group),
                Member::Values { .. } => Err(Error::malformed(format!("{path}: {name} is a data set"))),
            }
        })
    }

    /// Lays the file out, to be written.
    pub fn layout(self) -> Layout<'a> {
        let mut layout = Layout::new();
        let root = group::write(&mut layout, self.root);
        heap::write(&mut layout);
        layout.finish(&root);
        layout
    }
}

fn check(name: &str) -> Result<&str> {
    match name.is_empty() || name.contains(['/', '\0']) || name.len() > 1024 {
        true => Err(Error::malformed(format!("{name:?} cannot be a name in an HDF5 file"))),
        false => Ok(name),
    }
}
