//! Which epoch it is: of the whole training, and where there are several stages, of which one.

/// A stage among all of a training, in epochs that count on from stage to stage.
#[derive(Debug, Default)]
pub(super) struct Place {
    /// Its name, its number from 1, and how many there are; `None` where it is the only one.
    stage: Option<(String, usize, usize)>,
    first_epoch: usize,
    last_epoch: usize,
    /// The last of all stages, if none ends before its time.
    last_of_all: usize,
}

impl Place {
    /// The only stage, or one of which no more is known.
    pub(super) fn alone(first_epoch: usize, last_epoch: usize) -> Self {
        Self { stage: None, first_epoch, last_epoch, last_of_all: last_epoch }
    }

    /// Stage `number` of `stages`, which is called `name`; so many epochs come after it.
    pub(super) fn among(self, name: &str, (number, stages): (usize, usize), epochs_after: usize) -> Self {
        match stages {
            0 | 1 => self,
            _ => Self {
                stage: Some((name.into(), number, stages)),
                last_of_all: self.last_epoch + epochs_after,
                ..self
            },
        }
    }

    /// `stage 2 of 3, fine-tune: epochs 5 to 6 of 11`, or `epoch 5 of 11` where it has one.
    pub(super) fn stage(&self, name: &str) -> String {
        let Self { stage, first_epoch, last_epoch, last_of_all } = self;
        let epochs = match first_epoch == last_epoch {
            true => format!("epoch {first_epoch}"),
            false => format!("epochs {first_epoch} to {last_epoch}"),
        };
        match stage {
            None => format!("stage {name}: {epochs}"),
            Some((name, number, stages)) => {
                format!("stage {number} of {stages}, {name}: {epochs} of {last_of_all}")
            }
        }
    }

    /// `epoch   5/11, fine-tune 1/2`.
    pub(super) fn epoch(&self, epoch: usize) -> String {
        let Self { stage, first_epoch, last_epoch, last_of_all } = self;
        let whole = format!("epoch {epoch:>3}/{last_of_all}");
        match stage {
            None => whole,
            Some((name, ..)) => {
                let (within, epochs) = (epoch + 1 - first_epoch, last_epoch + 1 - first_epoch);
                format!("{whole}, {name} {within}/{epochs}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_is_one_of_the_whole_and_one_of_its_stage() {
        let alone = Place::alone(1, 10).among("head", (1, 1), 0);
        assert_eq!(
            (alone.stage("head").as_str(), alone.epoch(3).as_str()),
            ("stage head: epochs 1 to 10", "epoch   3/10")
        );
        let second = Place::alone(5, 6).among("fine-tune block5", (2, 3), 5);
        assert_eq!(second.stage("…"), "stage 2 of 3, fine-tune block5: epochs 5 to 6 of 11");
        assert_eq!(second.epoch(6), "epoch   6/11, fine-tune block5 2/2");
        let last = Place::alone(3, 3).among("stem", (2, 2), 0);
        assert_eq!(last.stage("…"), "stage 2 of 2, stem: epoch 3 of 3");
    }
}
