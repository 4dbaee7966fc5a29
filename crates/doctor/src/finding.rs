//! One thing that is found in a set, and what there is to say of its kind.

use report::numbers::count;

use crate::storage::Storage;

/// Something that a person should know of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What kind of thing it is.
    pub kind: Kind,
    /// How bad it is.
    pub severity: Severity,
    /// What was found, a sentence without its full stop. The pictures are named beside it.
    pub detail: String,
    /// The pictures that it is about, numbers into [`crate::Examination::subjects`].
    pub pictures: Vec<usize>,
    /// Those of them that [`crate::Quarantine`] moves.
    pub movable: Vec<usize>,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It makes figures wrong or loses pictures.
    Fault,
    /// A set may be meant to be so.
    Advice,
}

impl Severity {
    /// `fault` or `advice`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fault => "fault",
            Self::Advice => "advice",
        }
    }
}

/// The kinds of findings, the most serious first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Kind {
    /// The same picture in two parts of the set.
    Leak,
    /// The same picture under two labels.
    Conflict,
    /// A file that can't be read, or is not there.
    Unreadable,
    /// A file of records that cannot be read to its end.
    CutOff,
    /// A picture that can be read and that the listing cannot use.
    LeftOut,
    /// A class that is missing in a part.
    MissingClass,
    /// Files with the same bytes, in one part and of one class.
    Copy,
    /// Pictures that look the same, in one part and of one class.
    Lookalike,
    /// Pictures that look the same once some are mirrored or turned, but for those in two parts of one class.
    Mirrored,
    /// Classes whose names are nearly the same.
    SimilarNames,
    /// A class with few pictures.
    FewPictures,
    /// Classes of very different sizes.
    Imbalance,
    /// A file whose name says another format.
    Misnamed,
    /// A picture that is very small, or much larger or smaller than the others.
    Size,
    /// A picture that is much longer than wide, or the other way round.
    Shape,
    /// A grey picture among those in colour, or the other way round.
    Colour,
    /// A picture of one level all over.
    Blank,
}

/// What is said of a kind: its name in JSON; one and several of it; what it does, and what to do about it.
struct Words(&'static str, &'static str, &'static str, &'static str);

impl Kind {
    /// What it is called in JSON.
    pub fn name(self) -> &'static str {
        self.words().0
    }

    /// `3 pictures in more than one part`.
    pub fn title(self, findings: usize) -> String {
        let Words(_, one, many, _) = self.words();
        count(findings, one, many)
    }

    /// What it does to a training, and what to do about it where pictures are kept so; without its full stop.
    pub fn advice(self, storage: Storage) -> String {
        let what_to_do = self.words().3;
        match self.removal(storage) {
            None => what_to_do.to_owned(),
            Some(removal) => format!("{what_to_do}. {removal}"),
        }
    }

    /// How to take away what is wrong, where something can be taken away.
    fn removal(self, storage: Storage) -> Option<&'static str> {
        Some(match (self, storage) {
            (Self::Leak, Storage::Folder) => {
                "--quarantine moves the copies with the same bytes, and the one in the test part stays"
            }
            (Self::Conflict, Storage::Folder) => {
                "--quarantine moves all copies with the same bytes, since only a person can tell which one is right, and you \
                 put that one back"
            }
            (Self::Unreadable, Storage::Folder) => "--quarantine moves those that are there",
            (Self::Copy, Storage::Folder) => "--quarantine moves all but the first",
            (Self::Leak | Self::Conflict | Self::Unreadable | Self::Copy, Storage::Listing) => {
                "Take the rows of those that are too many out of the listing"
            }
            (Self::Unreadable | Self::CutOff, Storage::Records) => {
                "linnaeus convert DATA --to tfrecord --out NEW writes what can be read into a new set"
            }
            (Self::Leak | Self::Conflict | Self::Copy, Storage::Records) => {
                "Write the set anew without them: a record cannot be taken out of a file"
            }
            _ => return None,
        })
    }

    fn words(self) -> Words {
        match self {
            Self::Leak => Words(
                "leak",
                "picture is in more than one part",
                "pictures are in more than one part",
                "A test on pictures that were learned, or chosen by, shows too good a result. Keep each in one part, \
                 and photos of one scene together. Those that only look the same are for you to judge",
            ),
            Self::Conflict => Words(
                "conflict",
                "picture is under two labels",
                "pictures are under two labels",
                "One of the labels is wrong, and no network can learn both. Keep the picture with its right label; \
                 those that only look the same are for you to judge",
            ),
            Self::Unreadable => Words(
                "unreadable",
                "file cannot be used",
                "files cannot be used",
                "Training leaves them out. Get them anew, convert them, or take them away",
            ),
            Self::CutOff => Words(
                "cut_off",
                "file cannot be read to its end",
                "files cannot be read to their ends",
                "Training has what comes before, and nobody knows what is lost. Get the file anew",
            ),
            Self::LeftOut => Words(
                "left_out",
                "picture is left out, though it can be read",
                "pictures are left out, though they can be read",
                "Mend what names them: each picture needs one label",
            ),
            Self::MissingClass => Words(
                "missing_class",
                "class is missing in a part",
                "classes are missing in a part",
                "What is not learned cannot be recognised, and what is not tested has no figure. Add pictures, or leave the \
                 class out",
            ),
            Self::Copy => Words(
                "copy",
                "picture is there more than once",
                "pictures are there more than once",
                "Training takes files with the same bytes once, other programs do not, and would put them on both sides of a \
                 split",
            ),
            Self::Lookalike => Words(
                "lookalike",
                "group of pictures looks the same",
                "groups of pictures look the same",
                "Rescaled or compressed anew, or frames of one scene: a split at random puts some in the test and others in \
                 training, which makes the result too good. Keep one of each, or keep them together with --group-by or \
                 --group-column",
            ),
            Self::Mirrored => Words(
                "mirrored",
                "group of pictures looks the same, mirrored or turned",
                "groups of pictures look the same, mirrored or turned",
                "Copies that augmentation wrote belong in no set: a split at random puts some in the test and others in \
                 training, which makes the result too good, and --augment makes them while it trains. Keep one of each, or \
                 keep them together with --group-by or --group-column. Under two labels they are right where sides matter, \
                 as in left and right; do not augment with flips there",
            ),
            Self::SimilarNames => Words(
                "similar_names",
                "group of classes has nearly the same name",
                "groups of classes have nearly the same names",
                "If they are one class, no network can tell them apart, and its figures suffer. Give them one name",
            ),
            Self::FewPictures => Words(
                "few_pictures",
                "class has few pictures",
                "classes have few pictures",
                "Figures of it rest on a few test pictures. Collect more, or use --augment and read its figures with care",
            ),
            Self::Imbalance => Words(
                "imbalance",
                "imbalance between classes",
                "imbalances between classes",
                "A network gains by guessing the large class. Use --class-weights balanced, and judge by recall and F1 of each \
                 class instead of accuracy",
            ),
            Self::Misnamed => Words(
                "misnamed",
                "file has another format than its name says",
                "files have another format than their names say",
                "They are read by their content here; programs that go by the name fail. Rename them",
            ),
            Self::Size => Words(
                "size",
                "picture is of an odd size",
                "pictures are of odd sizes",
                "Look at them: thumbnails, icons and scans slip in among photos, and the size may give the class away",
            ),
            Self::Shape => Words(
                "shape",
                "picture has an extreme shape",
                "pictures have extreme shapes",
                "Stretched to the input they show little. Cut them, or use --resize pad or crop",
            ),
            Self::Colour => Words(
                "colour",
                "picture differs in having colour, or none",
                "pictures differ in having colour, or none",
                "Where such pictures are of one class, a network learns that instead of what they show",
            ),
            Self::Blank => Words(
                "blank",
                "picture shows nothing",
                "pictures show nothing",
                "They are of one level all over. Take them out",
            ),
        }
    }
}

impl Finding {
    /// A fault with these pictures, none of which are moved.
    pub(crate) fn fault(kind: Kind, detail: impl Into<String>, pictures: Vec<usize>) -> Self {
        Self { kind, severity: Severity::Fault, detail: detail.into(), pictures, movable: Vec::new() }
    }

    /// Advice on these pictures.
    pub(crate) fn advice(kind: Kind, detail: impl Into<String>, pictures: Vec<usize>) -> Self {
        Self { severity: Severity::Advice, ..Self::fault(kind, detail, pictures) }
    }
}
