//! Keras's `model.summary()` as text: one row a layer, then what there is to learn.
//!
//! The columns are as wide as what stands in them, so nothing is cut or wrapped, and rows need no lines between.

use crate::{Graph, Node, Parameter};

impl Graph {
    /// Layers, output shapes, numbers of parameters and, unless the model is a plain chain, what each layer reads.
    pub fn summary(&self) -> String {
        let mut table = vec![header(self.is_chain())];
        table.extend(self.nodes().iter().map(|node| self.row(node)));
        let (total, trained) = (self.parameter_count(), self.trained_count());
        let mut text = format!("Model: \"{}\"\n", self.name());
        draw(&table, &mut text);
        let figures = [("Total", total), ("Trainable", trained), ("Non-trainable", total - trained)];
        for (what, count) in figures {
            text += &format!(" {what} params: {} ({})\n", thousands(count), bytes_of_float32(count));
        }
        text
    }

    /// Whether every layer reads the one before it and no other.
    fn is_chain(&self) -> bool {
        let reads_previous = |(index, node): (usize, &Node)| match node.inputs.as_slice() {
            [] => index == 0,
            [only] => only.index() + 1 == index,
            _ => false,
        };
        self.nodes().iter().enumerate().all(reads_previous)
    }

    fn row(&self, node: &Node) -> Vec<String> {
        let values: usize = node.parameters.iter().map(|&id| self.parameter(id)).map(Parameter::len).sum();
        let name = format!("{} ({})", node.name, node.op.keras_class());
        let mut row = vec![name, node.shape.to_string(), thousands(values)];
        if !self.is_chain() {
            let inputs: Vec<&str> = node.inputs.iter().map(|&id| self.node(id).name.as_str()).collect();
            row.push(if inputs.is_empty() { "-".into() } else { inputs.join(", ") });
        }
        row
    }
}

/// The column of figures, which is aligned to the right.
const FIGURES: usize = 2;

fn header(is_chain: bool) -> Vec<String> {
    let columns = ["Layer (type)", "Output Shape", "Param #", "Connected to"];
    columns[..if is_chain { 3 } else { 4 }].iter().map(ToString::to_string).collect()
}

/// Appends `table`, whose first row is the header, with the lines that Keras draws.
fn draw(table: &[Vec<String>], text: &mut String) {
    let columns = table.first().map_or(0, Vec::len);
    let length = |cell: &String| cell.chars().count();
    let widths: Vec<usize> =
        (0..columns).map(|c| table.iter().map(|row| length(&row[c])).max().unwrap_or(0)).collect();
    let rule = |left: char, fill: &str, cross: &str, right: char| {
        let cells: Vec<String> = widths.iter().map(|&width| fill.repeat(width + 2)).collect();
        format!("{left}{}{right}\n", cells.join(cross))
    };
    *text += &rule('┏', "━", "┳", '┓');
    for (index, row) in table.iter().enumerate() {
        let edge = if index == 0 { '┃' } else { '│' };
        for (column, (cell, &width)) in row.iter().zip(&widths).enumerate() {
            match column {
                FIGURES => *text += &format!("{edge} {cell:>width$} "),
                _ => *text += &format!("{edge} {cell:<width$} "),
            }
        }
        *text += &format!("{edge}\n");
        if index == 0 {
            *text += &rule('┡', "━", "╇", '┩');
        }
    }
    *text += &rule('└', "─", "┴", '┘');
}

/// `1281000` as `1,281,000`.
fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The room that `count` values of four bytes take, as Keras writes it: `13.50 MB`, 1024 to the step.
fn bytes_of_float32(count: usize) -> String {
    let mut size = count as f64 * 4.0;
    for unit in ["B", "KB", "MB"] {
        if size < 1024.0 {
            return format!("{size:.2} {unit}");
        }
        size /= 1024.0;
    }
    format!("{size:.2} GB")
}

#[cfg(test)]
mod tests;
