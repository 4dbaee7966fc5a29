//! A probe for negative transfer as a table and a verdict.

use super::table::{left, right};
use super::{Style, untied, wrapped};
use crate::TransferProbe;
use crate::numbers::{count, duration, loss, percent, percent_range};

/// Every way with its figures, and what follows.
pub fn transfer(probe: &TransferProbe, style: Style) -> String {
    let style = style.checked();
    let epochs = count(probe.epochs, "epoch", "epochs");
    let pictures = count(probe.validation_pictures, "validation picture", "validation pictures");
    let mut text = style.dim(&format!("{} · {epochs} each, judged on {pictures}", probe.architecture));
    text += "\n\n";
    let titles = ["right", "accuracy", "95 % interval", "loss", "time"];
    text += &style.dim(&line("", &titles.map(str::to_owned)));
    text += "\n";
    for way in &probe.ways {
        let figures = [
            way.correct.to_string(),
            percent(way.accuracy),
            percent_range(way.accuracy_interval),
            loss(way.loss),
            duration(way.seconds),
        ];
        let line = line(&way.name, &figures);
        text += &if way.name == probe.take { style.bold(&line) } else { line };
        text += "\n";
    }
    text += "\n";
    probe.verdict.iter().for_each(|sentence| text += &wrapped("", sentence, style.columns));
    untied(&text)
}

fn line(name: &str, figures: &[String; 5]) -> String {
    let widths = [5, 8, 15, 7, 12];
    let figures = figures.iter().zip(widths).map(|(figure, width)| right(figure, width));
    left(name, 12) + &figures.map(|figure| format!("  {figure}")).collect::<String>()
}
