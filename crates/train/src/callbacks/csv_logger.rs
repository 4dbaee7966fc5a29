//! The training's history as a table, `history.csv`: Keras's `CSVLogger`, with a row an epoch.
//!
//! The file is written anew after each epoch, whole or not at all, so a training that is killed leaves a good one.

use std::path::{Path, PathBuf};

use super::{Callback, EpochEnd, Flow, TrainBegin};
use crate::{EpochRecord, Error, Observer, Result};

/// What becomes of a file that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Existing {
    /// It is written over: Keras's default.
    #[default]
    Replace,
    /// Its epochs before the first new one stay: for a training that is resumed.
    Continue,
}

/// Writes a row an epoch: `epoch,stage,learning_rate,loss,…,val_loss,…,seconds`.
#[derive(Debug)]
pub struct CsvLogger {
    path: PathBuf,
    existing: Existing,
    rows: Vec<Row>,
}

/// Names and written values, in the order of the columns.
type Row = Vec<(String, String)>;

const FIRST: &str = "epoch";
const LAST: &str = "seconds";

impl CsvLogger {
    /// Writes to `path`.
    pub fn new(path: impl Into<PathBuf>, existing: Existing) -> Self {
        Self { path: path.into(), existing, rows: Vec::new() }
    }

    fn write(&self) -> Result<()> {
        let text = self.table().map_err(|error| files::Error::new("write", &self.path, error.into()))?;
        Ok(files::write(&self.path, text)?)
    }

    fn table(&self) -> csv::Result<Vec<u8>> {
        let columns = self.columns();
        let mut text = Vec::new();
        let mut table = csv::Writer::from_writer(&mut text);
        table.write_record(&columns)?;
        for row in &self.rows {
            let value =
                |column: &&str| row.iter().find(|(name, _)| name == column).map_or("", |(_, v)| v.as_str());
            table.write_record(columns.iter().map(value))?;
        }
        table.flush()?;
        drop(table);
        Ok(text)
    }

    /// The columns of all rows, for a stage may have other metrics than the one before; seconds last.
    fn columns(&self) -> Vec<&str> {
        let mut columns = Vec::new();
        for (name, _) in self.rows.iter().flatten().filter(|(name, _)| name != LAST) {
            if !columns.contains(&name.as_str()) {
                columns.push(name.as_str());
            }
        }
        columns.push(LAST);
        columns
    }
}

impl Callback for CsvLogger {
    fn name(&self) -> &'static str {
        "CSVLogger"
    }

    fn on_train_begin(&mut self, begin: &TrainBegin<'_>) -> Result<()> {
        if self.existing == Existing::Continue && self.rows.is_empty() {
            self.rows = read(&self.path)?;
        }
        let is_earlier =
            |row: &Row| row.iter().any(|(name, value)| name == FIRST && is_up_to(value, begin.first_epoch));
        self.rows.retain(is_earlier);
        Ok(())
    }

    fn on_epoch_end(&mut self, end: &EpochEnd<'_>, _observer: &mut Observer<'_>) -> Result<Flow> {
        self.rows.push(row(end.record));
        self.write()?;
        Ok(Flow::Continue(()))
    }
}

fn is_up_to(epoch: &str, last: usize) -> bool {
    epoch.parse::<usize>().is_ok_and(|epoch| epoch <= last)
}

fn row(record: &EpochRecord) -> Row {
    let first = [
        (FIRST, record.epoch.to_string()),
        ("stage", record.stage.clone()),
        ("learning_rate", record.learning_rate.to_string()),
    ];
    // Figures are float32 at heart: more than seven digits would be noise.
    let scores = record.scores.iter().map(|(name, value)| (name, (value as f32).to_string()));
    let last = (LAST, format!("{:.3}", record.seconds));
    first.into_iter().chain(scores).chain([last]).map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The rows of an existing file; none when there is no file.
fn read(path: &Path) -> Result<Vec<Row>> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let unreadable = |error: csv::Error| Error::file(format!("cannot read {}: {error}", path.display()));
    let mut table = csv::ReaderBuilder::new().flexible(true).from_path(path).map_err(unreadable)?;
    let columns = table.headers().map_err(unreadable)?.clone();
    if columns.get(0) != Some(FIRST) {
        let message =
            format!("{} is not a training's history: its first column is not {FIRST}", path.display());
        return Err(Error::file(message));
    }
    let pair = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let named = |row: csv::StringRecord| {
        columns.iter().zip(&row).filter(|(_, value)| !value.is_empty()).map(pair).collect()
    };
    table.records().map(|row| row.map(named).map_err(unreadable)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Scores;
    use graph::{Graph, Weights};

    fn record(epoch: usize, stage: &str, scores: &[(&str, f64)]) -> EpochRecord {
        let scores = scores.iter().copied().collect::<Scores>();
        EpochRecord { epoch, stage: stage.to_owned(), learning_rate: 1e-3, scores, seconds: 0.5 }
    }

    fn run(logger: &mut CsvLogger, records: &[EpochRecord]) {
        let graph = Graph::new("m", "input", [1]).unwrap();
        let weights = Weights::zeros(&graph);
        let first_epoch = records[0].epoch - 1;
        logger.on_train_begin(&TrainBegin { graph: &graph, first_epoch, patience: None }).unwrap();
        for record in records {
            let end = EpochEnd { record, graph: &graph, weights: &weights, validation: None };
            assert!(logger.on_epoch_end(&end, &mut |_| {}).unwrap().is_continue());
        }
    }

    #[test]
    fn a_stage_with_other_metrics_gets_its_columns() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.csv");
        let mut logger = CsvLogger::new(&path, Existing::Replace);
        run(&mut logger, &[record(1, "head", &[("loss", 0.25), ("val_loss", 0.1)])]);
        run(&mut logger, &[record(2, "tune, \"all\"", &[("loss", 0.125), ("recall", 1.0)])]);
        assert_eq!(
            std::fs::read_to_string(&path).unwrap(),
            "epoch,stage,learning_rate,loss,val_loss,recall,seconds\n\
             1,head,0.001,0.25,0.1,,0.500\n\
             2,\"tune, \"\"all\"\"\",0.001,0.125,,1,0.500\n"
        );
    }

    #[test]
    fn a_resumed_training_goes_on_after_the_epochs_it_keeps() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.csv");
        let epoch = |epoch, loss| record(epoch, "a, b", &[("loss", loss)]);
        let mut whole = CsvLogger::new(&path, Existing::Replace);
        run(&mut whole, &[epoch(1, 0.5), epoch(2, 0.25), epoch(3, 0.125)]);
        let expected = std::fs::read_to_string(&path).unwrap();

        let mut killed = CsvLogger::new(&path, Existing::Replace);
        run(&mut killed, &[epoch(1, 0.5), epoch(2, 0.75)]);
        let mut resumed = CsvLogger::new(&path, Existing::Continue);
        run(&mut resumed, &[epoch(2, 0.25), epoch(3, 0.125)]);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), expected);
    }

    #[test]
    fn a_foreign_file_is_not_continued() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("prices.csv");
        std::fs::write(&path, "price\n1\n").unwrap();
        let graph = Graph::new("m", "input", [1]).unwrap();
        let mut logger = CsvLogger::new(&path, Existing::Continue);
        let begun = logger.on_train_begin(&TrainBegin { graph: &graph, first_epoch: 1, patience: None });
        assert!(begun.unwrap_err().to_string().contains("is not a training's history"));
    }
}
