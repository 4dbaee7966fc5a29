//! Whether the model is right as often as it is sure: the reliability diagram.

use maud::{Markup, html};

use super::plot::{Scale, px};
use crate::numbers::{TIE, count, percent};
use crate::{CalibrationBin, Evaluation};

/// With fewer pictures the bins hold too few to say anything.
const FEWEST_PICTURES: usize = 30;
const SIDE: f64 = 320.0;
const LEFT: f64 = 52.0;
const TOP: f64 = 36.0;
const SIZE: f64 = 232.0;

pub(super) fn section(evaluation: &Evaluation) -> Markup {
    let (Some(error), true) = (evaluation.calibration.expected_error, evaluation.pictures >= FEWEST_PICTURES)
    else {
        return html! {};
    };
    let lead = html! {
        "When the model is 80 % sure, is it right 80 times of 100? A dot on the line says yes; below it, the model is "
        "too sure of itself. Larger dots stand for more pictures. "
        "The expected calibration error is " b { (format!("{error:.3}")) } "."
    };
    super::section("calibration", "How sure, how right", lead, drawing(evaluation, error))
}

fn drawing(evaluation: &Evaluation, error: f64) -> Markup {
    let x = Scale { values: [0.0, 1.0], points: [LEFT, LEFT + SIZE] };
    let y = Scale { values: [0.0, 1.0], points: [TOP + SIZE, TOP] };
    let bottom = TOP + SIZE;
    html! {
        svg.reliability viewBox=(format!("0 0 {} {SIDE}", SIDE - 16.0)) role="img"
            aria-label=(format!("Confidence against accuracy; expected calibration error {error:.3}")) {
            @for step in 0..=4 {
                @let share = f64::from(step) / 4.0;
                @let (tick_x, tick_y) = (px(x.at(share)), y.at(share));
                line.grid x1=(LEFT) x2=(LEFT + SIZE) y1=(px(tick_y)) y2=(px(tick_y)) {}
                text.tick x=(LEFT - 8.0) y=(px(tick_y + 4.0)) text-anchor="end" { (step * 25) (TIE) "%" }
                text.tick x=(tick_x) y=(bottom + 18.0) text-anchor="middle" { (step * 25) }
            }
            line.ideal x1=(LEFT) y1=(bottom) x2=(LEFT + SIZE) y2=(TOP) {}
            @for bin in &evaluation.calibration.bins { (dot(bin, evaluation.pictures, x, y)) }
            text.tick x=(LEFT + SIZE) y=(bottom + 36.0) text-anchor="end" { "how sure, in %" }
            text.tick x="2" y="14" { "how often right" }
        }
    }
}

fn dot(bin: &CalibrationBin, pictures: usize, x: Scale, y: Scale) -> Markup {
    let (Some(confidence), Some(accuracy)) = (bin.confidence, bin.accuracy) else { return html! {} };
    let radius = 3.0 + 11.0 * (bin.pictures as f64 / pictures as f64).sqrt();
    html! {
        circle.dot cx=(px(x.at(confidence))) cy=(px(y.at(accuracy))) r=(px(radius)) {
            title {
                (count(bin.pictures, "picture", "pictures")) ", " (percent(confidence)) " sure, "
                (percent(accuracy)) " right"
            }
        }
    }
}
