//! Keras's `model.summary()` as text: one row a layer, then what there is to learn.
//!
//! Where there is room, the columns are as wide as what stands in them, and rows need no lines between. In a narrower
//! place long names go on in the next line, and lines part the rows, as Keras does it.

mod table;

use crate::{Graph, Node, Parameter};

impl Graph {
    /// Layers, output shapes, numbers of parameters and, unless the model is a plain chain, what each layer reads; as
    /// wide as it needs to be.
    pub fn summary(&self) -> String {
        self.summary_within(usize::MAX)
    }

    /// As [`Graph::summary`], in lines of at most `columns`, but 64 at least.
    pub fn summary_within(&self, columns: usize) -> String {
        let mut table = vec![self.header()];
        table.extend(self.nodes().iter().map(|node| self.row(node)));
        let (total, trained) = (self.parameter_count(), self.trained_count());
        let mut text = format!("Model: \"{}\"\n", self.name());
        table::draw(&table, columns, &mut text);
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

    fn header(&self) -> Vec<String> {
        let columns = ["Layer (type)", "Output Shape", "Param #", "Connected to"];
        columns[..if self.is_chain() { 3 } else { 4 }].iter().map(ToString::to_string).collect()
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
