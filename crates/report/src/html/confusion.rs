//! The confusion matrix as a heat map, and the classes that are confused most.

use maud::{Markup, html};

use super::plot::px;
use crate::Evaluation;
use crate::numbers::{count, percent};
use crate::shorten::{columns, shorten};

/// More classes than this can't be told apart: the ones with the most mistakes are drawn.
const MOST_CLASSES: usize = 150;
const CLASSES_WHEN_TOO_MANY: usize = 60;
const PAIRS: usize = 10;
/// Cells from this height have room for a percentage under the count.
const LARGE: f64 = 44.0;
/// Among more classes than this, lines guide the eye.
const UNGUIDED: usize = 12;

/// Of `evaluation`, which is in the file called `figures`.
pub(super) fn section(evaluation: &Evaluation, figures: &str) -> Markup {
    let pairs = evaluation.confused_pairs();
    let drawn = drawn_classes(evaluation);
    let heat_map = HeatMap::of(evaluation, &drawn);
    let lead = html! {
           "A row for what a picture is, a column for what the model took it for. Shades and percentages are shares of "
           "the row."
           @if drawn.len() < evaluation.classes.len() {
    " Drawn are the " (drawn.len()) " classes with the most mistakes; all are in " code { (figures) } "."
           }
           @if !has_names(heat_map.cell_height) {
               " Rows and columns have the classes' numbers, counted from 1; a cell under the pointer says its names."
           }
       };
    let content = html! {
        div.scroll { (heat_map.draw()) }
        @if pairs.is_empty() {
            p.aside { "No class was taken for another." }
        } @else {
            (confused(evaluation, &pairs))
        }
    };
    super::section("confusion", "Confusion", lead, content)
}

fn drawn_classes(evaluation: &Evaluation) -> Vec<usize> {
    let classes = evaluation.classes.len();
    if classes <= MOST_CLASSES {
        return (0..classes).collect();
    }
    let mistakes = |class: usize| {
        let figures = &evaluation.classes[class];
        figures.support + figures.predicted - 2 * evaluation.confusion[class][class]
    };
    let mut order: Vec<usize> = (0..classes).collect();
    order.sort_by_key(|class| (std::cmp::Reverse(mistakes(*class)), *class));
    order.truncate(CLASSES_WHEN_TOO_MANY);
    order.sort_unstable();
    order
}

fn confused(evaluation: &Evaluation, pairs: &[(usize, usize, usize)]) -> Markup {
    html! {
        table.pairs {
            caption { "Most often confused" }
            thead { tr {
                th scope="col" { "is" }
                th scope="col" { "taken for" }
                th scope="col" { "pictures" }
                th scope="col" { "of the class" }
            } }
            tbody { @for (truth, predicted, pictures) in pairs.iter().take(PAIRS) {
                tr {
                    td.name { (evaluation.classes[*truth].name) }
                    td.name { (evaluation.classes[*predicted].name) }
                    td { (pictures) }
                    td { (percent(share(evaluation, *truth, *pictures))) }
                }
            } }
        }
    }
}

fn share(evaluation: &Evaluation, truth: usize, pictures: usize) -> f64 {
    pictures as f64 / evaluation.classes[truth].support.max(1) as f64
}

/// A drawing whose cells get smaller, and lose first their percentages, then their counts, then their names, the
/// more classes there are.
struct HeatMap<'a> {
    evaluation: &'a Evaluation,
    classes: &'a [usize],
    cell_width: f64,
    cell_height: f64,
    font: f64,
    names: Vec<String>,
    left: f64,
    top: f64,
    direction: Direction,
}

/// How the names over the columns are written.
#[derive(PartialEq)]
enum Direction {
    Across,
    Upwards,
}

/// About how wide a text is, as multiples of the font's size; rather too wide, since nothing may be cut off.
fn ems(text: &str) -> f64 {
    let capitals = text.chars().filter(|letter| letter.is_uppercase() || matches!(letter, 'm' | 'w')).count();
    columns(text) as f64 * 0.57 + capitals as f64 * 0.17
}

impl<'a> HeatMap<'a> {
    fn of(evaluation: &'a Evaluation, classes: &'a [usize]) -> Self {
        const ROOM: f64 = 640.0;
        let cell_width = (ROOM / classes.len() as f64).min(104.0);
        let cell_height = cell_width.min(60.0);
        let font = (cell_height * 0.8).clamp(5.0, 13.0);
        let names: Vec<_> = classes.iter().map(|c| shorten(&evaluation.classes[*c].name, 22)).collect();
        let widest = |texts: &mut dyn Iterator<Item = &str>| texts.map(ems).fold(0.0, f64::max) * font;
        let longest = widest(&mut names.iter().map(String::as_str));
        let longest_line = widest(&mut names.iter().flat_map(|name| two_lines(name)));
        let direction = if longest_line > cell_width - 4.0 { Direction::Upwards } else { Direction::Across };
        let named = has_names(cell_height);
        let left = if named { longest + 14.0 } else { 30.0 };
        let top = match direction {
            Direction::Upwards if named => longest + 30.0,
            _ if longest > longest_line => 58.0,
            _ => 40.0,
        };
        Self { evaluation, classes, cell_width, cell_height, font, names, left, top, direction }
    }

    fn draw(&self) -> Markup {
        let side = self.classes.len() as f64;
        let (width, height) =
            (self.left + side * self.cell_width + 1.0, self.top + side * self.cell_height + 1.0);
        let style = format!("width:{}px;min-width:{}px", px(width), px(width.min((width * 0.72).max(360.0))));
        html! {
            svg.heat viewBox=(format!("0 0 {} {}", px(width), px(height))) style=(style) role="img"
                aria-label=(self.in_words()) {
                text.axis x=(px(self.left)) y="12" { "taken for →" }
                rect.paper x=(px(self.left)) y=(px(self.top)) width=(px(side * self.cell_width))
                    height=(px(side * self.cell_height)) {}
                @for index in 0..self.classes.len() { (self.guides(index)) (self.labels(index)) }
                @for row in 0..self.classes.len() { @for column in 0..self.classes.len() { (self.cell(row, column)) } }
            }
        }
    }

    /// Lines before every fifth row and column.
    fn guides(&self, index: usize) -> Markup {
        if index == 0 || !index.is_multiple_of(5) || self.classes.len() <= UNGUIDED {
            return html! {};
        }
        let side = self.classes.len() as f64;
        let (right, bottom) =
            (px(self.left + side * self.cell_width), px(self.top + side * self.cell_height));
        let x = px(self.left + index as f64 * self.cell_width);
        let y = px(self.top + index as f64 * self.cell_height);
        html! {
            line.grid x1=(x) x2=(x) y1=(px(self.top)) y2=(bottom) {}
            line.grid x1=(px(self.left)) x2=(right) y1=(y) y2=(y) {}
        }
    }

    fn labels(&self, index: usize) -> Markup {
        let middle_x = self.left + (index as f64 + 0.5) * self.cell_width;
        let middle_y = self.top + (index as f64 + 0.5) * self.cell_height + self.font * 0.35;
        let label = if has_names(self.cell_height) {
            self.names[index].clone()
        } else if (index + 1).is_multiple_of(10) {
            (self.classes[index] + 1).to_string()
        } else {
            return html! {};
        };
        let size = px(if has_names(self.cell_height) { self.font } else { 10.0 });
        let (x, above) = (px(middle_x), px(self.top - 8.0));
        html! {
            text.label x=(px(self.left - 8.0)) y=(px(middle_y)) text-anchor="end" font-size=(size) { (label) }
            @if self.direction == Direction::Upwards && has_names(self.cell_height) {
                @let x = px(middle_x + self.font * 0.35);
                text.label x=(x) y=(above) transform=(format!("rotate(-90 {x} {above})")) font-size=(size) { (label) }
            } @else {
                @for (line, text) in two_lines(&label).into_iter().rev().filter(|l| !l.is_empty()).enumerate() {
                    @let y = px(self.top - 8.0 - 15.0 * line as f64);
                    text.label x=(x) y=(y) text-anchor="middle" font-size=(size) { (text) }
                }
            }
        }
    }

    fn cell(&self, row: usize, column: usize) -> Markup {
        let (truth, predicted) = (self.classes[row], self.classes[column]);
        let pictures = self.evaluation.confusion[truth][predicted];
        if pictures == 0 {
            return html! {};
        }
        let share = share(self.evaluation, truth, pictures);
        let opacity = 0.14 + 0.86 * share;
        let (x, y) = (self.left + column as f64 * self.cell_width, self.top + row as f64 * self.cell_height);
        let (middle_x, middle_y) = (px(x + self.cell_width / 2.0), y + self.cell_height / 2.0);
        let gap = if self.cell_height > 12.0 { 1.0 } else { 0.0 };
        let kind = if truth == predicted { "right" } else { "wrong" };
        let depth = match opacity {
            o if o > 0.74 => "deep",
            o if o > 0.53 => "middle",
            _ => "pale",
        };
        html! {
            g.cell.(kind).(depth).large[self.cell_height >= LARGE] {
                title { (self.tooltip(truth, predicted, pictures)) }
                rect x=(px(x + gap)) y=(px(y + gap)) width=(px(self.cell_width - 2.0 * gap))
                    height=(px(self.cell_height - 2.0 * gap)) fill-opacity=(format!("{opacity:.2}")) {}
                @if self.cell_height >= LARGE {
                    text.count x=(middle_x) y=(px(middle_y - 1.0)) { (pictures) }
                    text.share x=(middle_x) y=(px(middle_y + 15.0)) { (percent(share)) }
                } @else if self.cell_height >= 15.0 {
                    @let size = (self.cell_height * 0.45).clamp(8.0, 14.0);
                    text.count x=(middle_x) y=(px(middle_y + size * 0.35)) font-size=(px(size)) { (pictures) }
                }
            }
        }
    }

    fn tooltip(&self, truth: usize, predicted: usize, pictures: usize) -> String {
        let name = |class: usize| &self.evaluation.classes[class].name;
        let support = self.evaluation.classes[truth].support;
        let share = percent(share(self.evaluation, truth, pictures));
        let what = if truth == predicted {
            format!("{} recognised", name(truth))
        } else {
            format!("{} taken for {}", name(truth), name(predicted))
        };
        format!("{what}: {pictures} of {support} ({share})")
    }

    fn in_words(&self) -> String {
        let evaluation = self.evaluation;
        let mut words = format!(
            "Confusion matrix of {}: {} of {} on the diagonal",
            count(evaluation.classes.len(), "class", "classes"),
            evaluation.correct,
            count(evaluation.pictures, "picture", "pictures"),
        );
        for (truth, predicted, pictures) in evaluation.confused_pairs().into_iter().take(3) {
            words += "; ";
            words += &self.tooltip(truth, predicted, pictures);
        }
        words
    }
}

/// `name` broken at the space that is nearest to its middle; one line if there is none.
fn two_lines(name: &str) -> [&str; 2] {
    let middle = name.len() / 2;
    let space = name.match_indices(' ').map(|(at, _)| at).min_by_key(|at| at.abs_diff(middle));
    space.map_or([name, ""], |at| [&name[..at], &name[at + 1..]])
}

/// Cells that are lower have no room for names.
fn has_names(cell_height: f64) -> bool {
    cell_height >= 9.0
}
