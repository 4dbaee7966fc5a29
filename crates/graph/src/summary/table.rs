//! A table between lines, in the form that Keras gives a summary.

/// The column of figures, which is aligned to the right.
const FIGURES: usize = 2;
/// No table is squeezed into less.
const LEAST_COLUMNS: usize = 64;
/// What is squeezed keeps this.
const LEAST_WIDTH: usize = 8;

/// Appends `table`, whose first row is the header, in lines of at most `columns`.
pub(super) fn draw(table: &[Vec<String>], columns: usize, text: &mut String) {
    let natural = widths(table, length);
    let unbroken = widths(table, longest_piece);
    let widths = squeezed(&natural, &unbroken, columns.max(LEAST_COLUMNS));
    let is_wrapped = widths != natural;
    let rule = |left: char, fill: &str, cross: &str, right: char| {
        let cells: Vec<String> = widths.iter().map(|&width| fill.repeat(width + 2)).collect();
        format!("{left}{}{right}\n", cells.join(cross))
    };
    *text += &rule('┏', "━", "┳", '┓');
    for (index, row) in table.iter().enumerate() {
        if index > 1 && is_wrapped {
            *text += &rule('├', "─", "┼", '┤');
        }
        draw_row(row, &widths, if index == 0 { '┃' } else { '│' }, text);
        if index == 0 {
            *text += &rule('┡', "━", "╇", '┩');
        }
    }
    *text += &rule('└', "─", "┴", '┘');
}

fn draw_row(row: &[String], widths: &[usize], edge: char, text: &mut String) {
    let cells: Vec<Vec<String>> = row.iter().zip(widths).map(|(cell, &width)| wrapped(cell, width)).collect();
    let height = cells.iter().map(Vec::len).max().unwrap_or(0);
    for line in 0..height {
        for (column, (cell, &width)) in cells.iter().zip(widths).enumerate() {
            let part = cell.get(line).map_or("", String::as_str);
            match column {
                FIGURES => *text += &format!("{edge} {part:>width$} "),
                _ => *text += &format!("{edge} {part:<width$} "),
            }
        }
        *text += &format!("{edge}\n");
    }
}

/// The largest `measure` of the cells of each column.
fn widths(table: &[Vec<String>], measure: fn(&str) -> usize) -> Vec<usize> {
    let columns = table.first().map_or(0, Vec::len);
    let largest = |column: usize| table.iter().map(|row| measure(&row[column])).max().unwrap_or(0);
    (0..columns).map(largest).collect()
}

/// Narrower columns of names, so that a line fits `columns`; shapes and figures are too short to be worth it. Where
/// there is room for the longest pieces of names, `unbroken`, no column is narrower than these.
fn squeezed(natural: &[usize], unbroken: &[usize], columns: usize) -> Vec<usize> {
    let is_name = |column: usize| column == 0 || column > FIGURES;
    let lines_and_spaces = 3 * natural.len() + 1;
    let total = |widths: &[usize], of: &dyn Fn(usize) -> bool| -> usize {
        widths.iter().enumerate().filter(|(column, _)| of(*column)).map(|(_, width)| width).sum()
    };
    let (names, others) = (total(natural, &is_name), total(natural, &|column| !is_name(column)));
    let pieces = total(unbroken, &is_name);
    let room = columns.saturating_sub(lines_and_spaces + others);
    if names <= room {
        return natural.to_vec();
    }
    // Each gets its share; rounding down keeps the sum within the room.
    let share = |column: usize| match room.checked_sub(pieces) {
        Some(left) => {
            unbroken[column] + (natural[column] - unbroken[column]) * left / (names - pieces).max(1)
        }
        None => (natural[column] * room / names.max(1)).max(LEAST_WIDTH),
    };
    let width = |column: usize| if is_name(column) { share(column) } else { natural[column] };
    (0..natural.len()).map(width).collect()
}

/// `cell` in lines of at most `width`, broken at spaces, and within a word where that is longer than a line: after a
/// `_` if there is one.
fn wrapped(cell: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in cell.split(' ') {
        let mut rest: Vec<char> = word.chars().collect();
        loop {
            let last = lines.len() - 1;
            let used = length(&lines[last]);
            let space = usize::from(used > 0);
            if used + space + rest.len() <= width {
                lines[last].extend(std::iter::repeat_n(' ', space).chain(rest));
                break;
            }
            if used > 0 {
                lines.push(String::new());
            } else {
                let tail = rest.split_off(break_within(&rest, width));
                lines[last].extend(rest);
                lines.push(String::new());
                rest = tail;
            }
        }
    }
    lines
}

/// How much of `word`, which is longer, stands in a line of `width`.
fn break_within(word: &[char], width: usize) -> usize {
    word[..width].iter().rposition(|&letter| letter == '_').filter(|&at| at > 0).map_or(width, |at| at + 1)
}

/// The longest part of `cell` that is kept whole: up to a space, or a `_` with which it ends.
fn longest_piece(cell: &str) -> usize {
    cell.split(' ').flat_map(|word| word.split_inclusive('_')).map(length).max().unwrap_or(0)
}

fn length(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_break_at_spaces_and_within_long_words() {
        assert_eq!(wrapped("conv (Conv2D)", 13), ["conv (Conv2D)"]);
        assert_eq!(wrapped("conv (Conv2D)", 12), ["conv", "(Conv2D)"]);
        assert_eq!(wrapped("block_13_expand (ReLU)", 10), ["block_13_", "expand", "(ReLU)"]);
        assert_eq!(wrapped("GlobalAveragePooling2D", 8), ["GlobalAv", "eragePoo", "ling2D"]);
        assert_eq!(wrapped("_12345678", 8), ["_1234567", "8"]);
        assert_eq!(wrapped("", 8), [""]);
    }

    #[test]
    fn names_give_way_and_figures_do_not() {
        assert_eq!(squeezed(&[20, 10, 5, 20], &[8; 4], 80), [20, 10, 5, 20]);
        let widths = squeezed(&[40, 20, 10, 60], &[40, 20, 10, 60], 80);
        assert_eq!(widths[1..3], [20, 10]);
        assert!(widths.iter().sum::<usize>() + 13 <= 80, "{widths:?}");
        // 37 for the names, of which 22 and 10 keep their pieces whole.
        assert_eq!(squeezed(&[40, 20, 10, 60], &[22, 20, 10, 10], 80), [23, 20, 10, 13]);
        assert_eq!(longest_piece("block_13_expand (ReLU)"), 6);
    }
}
