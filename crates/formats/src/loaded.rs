//! Which of a file's weights are loaded, and what was.

/// Which layers' weights are loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which<'a> {
    /// All; anything that does not fit is an error.
    All,
    /// All but these layers of the graph, a head that is being replaced: they are loaded where their name and shapes
    /// are found, and stay as they are otherwise. What the file has beyond the graph is left out.
    AllBut(&'a [&'a str]),
    /// As [`Which::AllBut`], but these layers stay as they are even where the file has weights that would fit: a head
    /// that tells other classes apart.
    Without(&'a [&'a str]),
}

impl Which<'_> {
    /// Whether the graph's layer `name` must get its weights.
    pub(crate) fn needs(self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::AllBut(head) | Self::Without(head) => !head.contains(&name),
        }
    }

    /// Whether the graph's layer `name` gets no weights, whatever the file has.
    pub(crate) fn leaves(self, name: &str) -> bool {
        matches!(self, Self::Without(head) if head.contains(&name))
    }
}

/// What joined the file's layers and the graph's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Matching {
    /// Their names.
    #[default]
    ByName,
    /// Their order in the model: the names did not fit, as where Keras numbered its layers from another start.
    ByOrder,
}

/// What was loaded and what was not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Loaded {
    /// The layers that got weights; where a map of names was given, the parameters.
    pub loaded: Vec<String>,
    /// The layers that did not, and those of the file that have no place in the graph, and why.
    pub skipped: Vec<(String, String)>,
    /// How they were found.
    pub matching: Matching,
}
