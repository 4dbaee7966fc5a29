//! Learning curves: one drawing a metric, training and validation in it.

use maud::{Markup, html};

use super::plot::{Scale, px, whole_ticks};
use super::stage_labels::StageLabels;
use super::value_axis::{BOTTOM, HEIGHT, LEFT, RIGHT, TOP, Unit, ValueAxis, WIDTH};
use crate::{Epoch, Outcome};

/// Between a stage's first line and its label.
pub(super) const GAP: f64 = 5.0;
/// Of more epochs than this, a pointer could not hit one.
const READABLE_EPOCHS: usize = 400;

/// One metric, of training and of validation, by epoch.
pub(super) struct Drawing<'a> {
    outcome: &'a Outcome,
    metric: &'a str,
    epochs: Vec<usize>,
    training: Vec<Option<f64>>,
    validation: Vec<Option<f64>>,
    x: Scale,
    y: ValueAxis,
}

impl<'a> Drawing<'a> {
    pub(super) fn of(outcome: &'a Outcome, epochs: &[&Epoch], metric: &'a str, x: Scale) -> Self {
        let values = |key: &str| -> Vec<Option<f64>> {
            epochs.iter().map(|e| e.metrics.get(key).copied().flatten().filter(|v| v.is_finite())).collect()
        };
        let (training, validation) = (values(metric), values(&format!("val_{metric}")));
        let all = || training.iter().chain(&validation).flatten().copied();
        let is_share = metric != "loss" && all().all(|value| (0.0..=1.0).contains(&value));
        let y = ValueAxis::of(if is_share { Unit::Percent } else { Unit::Number }, all());
        let epochs = epochs.iter().map(|e| e.epoch).collect();
        Self { outcome, metric, epochs, training, validation, x, y }
    }

    pub(super) fn draw(&self) -> Markup {
        html! {
            figure.curve {
                figcaption { (self.metric) }
                svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(self.in_words()) {
                    (self.axes())
                    (self.stages())
                    (self.best())
                    (self.line("training", &self.training))
                    (self.line("validation", &self.validation))
                    (self.readouts())
                }
            }
        }
    }

    fn axes(&self) -> Markup {
        let (first, last) = (self.epochs[0], self.epochs[self.epochs.len() - 1]);
        html! {
            (self.y.draw())
            @for epoch in whole_ticks(first, last, 8) {
                text.tick x=(px(self.x.at(epoch as f64))) y=(BOTTOM + 18.0) text-anchor="middle" { (epoch) }
            }
            text.tick x=(RIGHT) y=(BOTTOM + 33.0) text-anchor="end" { "epoch" }
        }
    }

    fn stages(&self) -> Markup {
        let labels = StageLabels::of(self.outcome, self.x);
        html! {
            @if labels.stages.len() > 1 {
                @for (index, stage) in labels.stages.iter().enumerate() {
                    @let start = px(stage.start);
                    @if index > 0 { line.stage x1=(start) x2=(start) y1=(TOP - 18.0) y2=(BOTTOM) {} }
                    @if let Some(label) = labels.label(index) {
                        text.tick.stage-name x=(px(stage.start + GAP)) y=(TOP - 8.0) {
                            title { (stage.name) }
                            (label)
                        }
                    }
                }
            }
        }
    }

    fn best(&self) -> Markup {
        let index = self.outcome.best.as_ref().and_then(|b| self.epochs.iter().position(|e| *e == b.epoch));
        let Some(index) = index else { return html! {} };
        let x = px(self.x.at(self.epochs[index] as f64));
        let value = self.validation[index].or(self.training[index]);
        html! {
            line.best x1=(x) x2=(x) y1=(TOP) y2=(BOTTOM) {}
            @if let Some(value) = value { circle.best cx=(x) cy=(px(self.y.at(value))) r="6" {} }
        }
    }

    fn line(&self, class: &str, values: &[Option<f64>]) -> Markup {
        let mut path = String::new();
        let mut pen = 'M';
        for (epoch, value) in self.epochs.iter().zip(values) {
            // A value that is missing leaves a gap.
            let Some(value) = value else {
                pen = 'M';
                continue;
            };
            path += &format!("{pen}{} {}", px(self.x.at(*epoch as f64)), px(self.y.at(*value)));
            pen = 'L';
        }
        let few = values.iter().flatten().count() <= 30;
        html! {
            path.(class) d=(path) {}
            @for (epoch, value) in self.epochs.iter().zip(values).filter(|_| few) {
                @if let Some(value) = value {
                    circle.(class) cx=(px(self.x.at(*epoch as f64))) cy=(px(self.y.at(*value))) r="2.5" {}
                }
            }
        }
    }

    /// Under the pointer, an epoch shows its values: invisible columns that the style sheet lights up.
    fn readouts(&self) -> Markup {
        if self.epochs.len() > READABLE_EPOCHS {
            return html! {};
        }
        let step = (self.x.at(2.0) - self.x.at(1.0)).abs().min(RIGHT - LEFT);
        html! {
            @for (index, epoch) in self.epochs.iter().enumerate() {
                @let x = self.x.at(*epoch as f64);
                g.readout {
                    rect x=(px(x - step / 2.0)) y=(TOP) width=(px(step)) height=(BOTTOM - TOP) {}
                    line x1=(px(x)) x2=(px(x)) y1=(TOP) y2=(BOTTOM) {}
                    text x=(RIGHT) y=(TOP - 8.0) text-anchor="end" {
                        "epoch " (epoch)
                        @if let Some(value) = self.training[index] { " · training " (self.y.written(value)) }
                        @if let Some(value) = self.validation[index] { " · validation " (self.y.written(value)) }
                    }
                }
            }
        }
    }

    fn in_words(&self) -> String {
        let ends = |values: &[Option<f64>]| {
            let mut known = values.iter().flatten();
            let first = *known.next()?;
            Some(format!(
                "from {} to {}",
                self.y.written(first),
                self.y.written(*known.next_back().unwrap_or(&first))
            ))
        };
        let mut words = format!("{} by epoch", self.metric);
        for (name, values) in [("training", &self.training), ("validation", &self.validation)] {
            if let Some(ends) = ends(values) {
                words += &format!("; {name} {ends}");
            }
        }
        words
    }
}
