//! A whole HDF5 file as a tree of groups and data sets.

use std::collections::{BTreeMap, HashSet};

use super::header::{self, Message};
use super::{Attribute, Dataset, Image, attribute, links, superblock};
use crate::{Error, Result};

/// No group may lie deeper.
const DEEPEST: usize = 64;

/// An opened file: its tree is read and checked, its values are not.
pub struct File<'a> {
    image: Image<'a>,
    objects: Vec<Object<'a>>,
}

struct Object<'a> {
    messages: Vec<Message<'a>>,
    /// Its members when it is a group, by name.
    members: Option<BTreeMap<String, usize>>,
}

impl<'a> File<'a> {
    /// Opens the file whose bytes these are.
    ///
    /// # Errors
    /// They are no HDF5 file, are truncated or damaged, or use a part of the format that is not read.
    pub fn open(bytes: &'a [u8]) -> Result<Self> {
        let (image, root) = superblock::read(bytes)?;
        let mut file = Self { image, objects: Vec::new() };
        file.grow(root)?;
        if file.objects[0].members.is_none() {
            return Err(Error::malformed("the root of the HDF5 file is not a group"));
        }
        Ok(file)
    }

    /// The group that holds everything.
    pub fn root(&self) -> Item<'_, 'a> {
        Item { file: self, object: &self.objects[0] }
    }

    /// Reads every object below the one at `root`, each once.
    fn grow(&mut self, root: u64) -> Result<()> {
        let mut seen = HashSet::from([root]);
        let mut waiting = vec![(root, None::<(usize, String)>, 0)];
        while let Some((address, parent, depth)) = waiting.pop() {
            let index = self.objects.len();
            let messages = header::read(&self.image, address)?;
            let links = links::read(&self.image, &messages)?;
            let members = links.as_ref().map(|_| BTreeMap::new());
            self.objects.push(Object { messages, members });
            if let Some((parent, name)) = parent
                && let Some(members) = &mut self.objects[parent].members
            {
                members.insert(name, index);
            }
            for (name, address) in links.unwrap_or_default() {
                if depth == DEEPEST {
                    return Err(Error::too_large(format!("group {name} lies deeper than {DEEPEST} groups")));
                }
                if !seen.insert(address) {
                    return Err(Error::malformed(format!("{name} is linked twice")));
                }
                waiting.push((address, Some((index, name)), depth + 1));
            }
        }
        Ok(())
    }
}

/// A group or a data set.
#[derive(Clone, Copy)]
pub struct Item<'f, 'a> {
    file: &'f File<'a>,
    object: &'f Object<'a>,
}

impl<'f, 'a> Item<'f, 'a> {
    /// The names of its members, sorted; none for a data set.
    pub fn members(&self) -> impl Iterator<Item = &'f str> + use<'f, 'a> {
        self.object.members.iter().flat_map(|members| members.keys().map(String::as_str))
    }

    /// What lies at `path`, as `layers/dense/vars`, under this group.
    pub fn get(&self, path: &str) -> Option<Self> {
        path.split('/').try_fold(*self, |item, name| {
            let index = *item.object.members.as_ref()?.get(name)?;
            Some(Item { object: &item.file.objects[index], ..item })
        })
    }

    /// Whether it is a group.
    pub fn is_group(&self) -> bool {
        self.object.members.is_some()
    }

    /// Itself as a data set.
    ///
    /// # Errors
    /// It is a group, or a data set of a form that is not read.
    pub fn dataset(&self) -> Result<Dataset<'f, 'a>> {
        match self.is_group() {
            true => Err(Error::malformed("expected a data set, received a group")),
            false => Dataset::new(&self.file.image, &self.object.messages),
        }
    }

    /// The attribute called `name`.
    ///
    /// # Errors
    /// It is damaged, or of a form that is not read.
    pub fn attribute(&self, name: &str) -> Result<Option<Attribute>> {
        self.file.image.renew();
        attribute::find(&self.file.image, &self.object.messages, name)
    }
}
