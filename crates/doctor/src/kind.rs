//! The kinds of findings, and what is said of each: what it does to a training, and what to do about it.

use report::numbers::count;

use crate::storage::Storage;

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

/// What is said of a kind.
struct Words {
    /// In JSON.
    name: &'static str,
    /// Of one finding, after its number.
    one: &'static str,
    /// Of several.
    many: &'static str,
    /// What it does, and what to do about it.
    advice: &'static str,
}

impl Kind {
    /// What it is called in JSON.
    pub fn name(self) -> &'static str {
        self.words().name
    }

    /// `3 pictures in more than one part`.
    pub fn title(self, findings: usize) -> String {
        let Words { one, many, .. } = self.words();
        count(findings, one, many)
    }

    /// What it does to a training, and what to do about it where pictures are kept so; without its full stop.
    pub fn advice(self, storage: Storage) -> String {
        let Words { advice, .. } = self.words();
        match self.removal(storage) {
            None => advice.to_owned(),
            Some(removal) => format!("{advice}. {removal}"),
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
            Self::Leak => Words {
                name: "leak",
                one: "picture is in more than one part",
                many: "pictures are in more than one part",
                advice: "A test on pictures that were learned, or chosen by, shows too good a result. Keep each in one part, \
                 and photos of one scene together. Those that only look the same are for you to judge",
            },
            Self::Conflict => Words {
                name: "conflict",
                one: "picture is under two labels",
                many: "pictures are under two labels",
                advice: "One of the labels is wrong, and no network can learn both. Keep the picture with its right label; \
                 those that only look the same are for you to judge",
            },
            Self::Unreadable => Words {
                name: "unreadable",
                one: "file cannot be used",
                many: "files cannot be used",
                advice: "Training leaves them out. Get them anew, convert them, or take them away",
            },
            Self::CutOff => Words {
                name: "cut_off",
                one: "file cannot be read to its end",
                many: "files cannot be read to their ends",
                advice: "Training has what comes before, and nobody knows what is lost. Get the file anew",
            },
            Self::LeftOut => Words {
                name: "left_out",
                one: "picture is left out, though it can be read",
                many: "pictures are left out, though they can be read",
                advice: "Mend what names them: each picture needs one label",
            },
            Self::MissingClass => Words {
                name: "missing_class",
                one: "class is missing in a part",
                many: "classes are missing in a part",
                advice: "What is not learned cannot be recognised, and what is not tested has no figure. Add pictures, or leave the \
                 class out",
            },
            Self::Copy => Words {
                name: "copy",
                one: "picture is there more than once",
                many: "pictures are there more than once",
                advice: "Training takes files with the same bytes once, other programs do not, and would put them on both sides of a \
                 split",
            },
            Self::Lookalike => Words {
                name: "lookalike",
                one: "group of pictures looks the same",
                many: "groups of pictures look the same",
                advice: "Rescaled or compressed anew, or frames of one scene: a split at random puts some in the test and others in \
                 training, which makes the result too good. Keep one of each, or keep them together with --group-by or \
                 --group-column",
            },
            Self::Mirrored => Words {
                name: "mirrored",
                one: "group of pictures looks the same, mirrored or turned",
                many: "groups of pictures look the same, mirrored or turned",
                advice: "Copies that augmentation wrote belong in no set: a split at random puts some in the test and others in \
                 training, which makes the result too good, and --augment makes them while it trains. Keep one of each, or \
                 keep them together with --group-by or --group-column. Under two labels they are right where sides matter, \
                 as in left and right; do not augment with flips there",
            },
            Self::SimilarNames => Words {
                name: "similar_names",
                one: "group of classes has nearly the same name",
                many: "groups of classes have nearly the same names",
                advice: "If they are one class, no network can tell them apart, and its figures suffer. Give them one name",
            },
            Self::FewPictures => Words {
                name: "few_pictures",
                one: "class has few pictures",
                many: "classes have few pictures",
                advice: "Figures of it rest on a few test pictures. Collect more, or use --augment and read its figures with care",
            },
            Self::Imbalance => Words {
                name: "imbalance",
                one: "imbalance between classes",
                many: "imbalances between classes",
                advice: "A network gains by guessing the large class. Use --class-weights balanced, and judge by recall and F1 of each \
                 class instead of accuracy",
            },
            Self::Misnamed => Words {
                name: "misnamed",
                one: "file has another format than its name says",
                many: "files have another format than their names say",
                advice: "They are read by their content here; programs that go by the name fail. Rename them",
            },
            Self::Size => Words {
                name: "size",
                one: "picture is of an odd size",
                many: "pictures are of odd sizes",
                advice: "Look at them: thumbnails, icons and scans slip in among photos, and the size may give the class away",
            },
            Self::Shape => Words {
                name: "shape",
                one: "picture has an extreme shape",
                many: "pictures have extreme shapes",
                advice: "Stretched to the input they show little. Cut them, or use --resize pad or crop",
            },
            Self::Colour => Words {
                name: "colour",
                one: "picture differs in having colour, or none",
                many: "pictures differ in having colour, or none",
                advice: "Where such pictures are of one class, a network learns that instead of what they show",
            },
            Self::Blank => Words {
                name: "blank",
                one: "picture shows nothing",
                many: "pictures show nothing",
                advice: "They are of one level all over. Take them out",
            },
        }
    }
}
