//! Convolution → depthwise → projection in one pass: what is between them lives in strips of rows that stay in the
//! cache and never reaches memory (the inverted residual of Sandler et al. 2018, and what precedes a network's first).
//!
//! A piece walks down one picture. For some output rows at a time the first convolution adds the rows that are not
//! there yet to a window of rows, the depthwise convolution reads the window, and the projection writes the output.

use std::ops::Range;

use crate::conv::{Conv, Filters};
use crate::depthwise::{self, Depthwise};
use crate::disjoint::Disjoint;
use crate::held::Held;
use crate::{Epilogue, Pool, Window, Write, activation};

/// Floats of the rows between the layers that a piece holds: half a megabyte.
const STRIP: usize = 1 << 17;
/// Pieces enough for 16 threads, where there are fewer pictures.
const PIECES: usize = 32;
/// Bands of a picture are at least so many strips, because each begins with rows that the one above also computed.
const LEAST_STRIPS: usize = 4;

/// A convolution around the depthwise one.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    /// Its kernel.
    pub filters: &'a Filters,
    /// Without residual in front; behind, one as long as the output.
    pub epilogue: Epilogue<'a>,
}

/// The layers, first to last. There is at least one beside the depthwise convolution.
#[derive(Clone, Copy)]
pub struct Strips<'a> {
    /// Gives the depthwise convolution's input.
    pub expand: Option<Around<'a>>,
    /// One filter a channel.
    pub depthwise: &'a Depthwise,
    /// `[kh, kw, C]`
    pub kernel: &'a [f32],
    /// Of the depthwise convolution; with a residual, as long as the output, only where it is the last layer.
    pub epilogue: Epilogue<'a>,
    /// Pointwise, of the depthwise convolution's output.
    pub project: Option<Around<'a>>,
}

/// Whether the layers fit together and gain from being run at once.
///
/// The weights of the convolutions around are read anew for each strip, so they must be small beside it.
pub fn worthwhile(expand: Option<&Conv>, depthwise: &Depthwise, project: Option<&Conv>) -> bool {
    let window = &depthwise.window;
    let weights = |conv: Option<&Conv>| conv.map_or(0, Conv::kernel_len);
    let fits = depthwise.multiplier == 1
        && expand.is_none_or(|conv| conv.groups == 1 && conv.has_short_patches())
        && project.is_none_or(|conv| conv.groups == 1 && conv.window.is_pointwise());
    let one_row = window.kernel[0] * window.input[1] * window.input[2];
    fits && (expand.is_some() || project.is_some())
        && one_row <= STRIP
        && weights(expand) + weights(project) <= STRIP
}

impl Strips<'_> {
    fn input_len(&self) -> usize {
        self.expand
            .map_or(self.depthwise.window.input_len(), |expand| expand.filters.conv().window.input_len())
    }

    fn output_len(&self) -> usize {
        self.depthwise.window.positions() * self.output_channels()
    }

    fn output_channels(&self) -> usize {
        self.project.map_or(self.depthwise.window.input[2], |project| project.filters.conv().filters)
    }

    fn check(&self, batch: usize, x: usize, y: usize) {
        let window = &self.depthwise.window;
        let [expand, project] = [self.expand, self.project].map(|around| around.map(|a| *a.filters.conv()));
        assert!(
            worthwhile(expand.as_ref(), self.depthwise, project.as_ref()),
            "strips of {:?}",
            self.depthwise
        );
        if let Some(conv) = expand {
            let [height, width, channels] = window.input;
            assert_eq!(
                (conv.window.output, conv.filters),
                ([height, width], channels),
                "strips: first layer"
            );
        }
        if let Some(conv) = project {
            let [height, width] = window.output;
            assert_eq!(conv.window.input, [height, width, window.input[2]], "strips: last layer");
        }
        let kernel = window.kernel.iter().product::<usize>() * window.input[2];
        assert_eq!(self.kernel.len(), kernel, "strips: length of the depthwise kernel");
        assert_eq!(x, batch * self.input_len(), "strips: length of the input");
        assert_eq!(y, batch * self.output_len(), "strips: length of the output");
        self.last().check(self.output_channels(), y, Write::Set);
        let before = self.expand.map(|expand| expand.epilogue).into_iter();
        for epilogue in before.chain(self.project.map(|_| self.epilogue)) {
            assert!(epilogue.residual.is_none(), "strips: a residual before the last layer");
            epilogue.check(window.input[2], 0, Write::Set);
        }
    }

    /// The epilogue of the last layer.
    fn last(&self) -> &Epilogue<'_> {
        self.project.as_ref().map_or(&self.epilogue, |project| &project.epilogue)
    }

    /// Output rows of the depthwise convolution that are computed together.
    fn rows(&self) -> usize {
        let window = &self.depthwise.window;
        let (input_row, output_row) = (window.input[1] * window.input[2], window.output[1] * window.input[2]);
        let overlap = (window.kernel[0] - 1) * window.dilation[0] * input_row;
        (STRIP.saturating_sub(overlap) / (window.stride[0] * input_row + output_row).max(1))
            .clamp(1, window.output[0].max(1))
    }

    /// Input rows of the depthwise convolution that some of its output rows reach over.
    fn reach(&self, rows: usize) -> usize {
        let window = &self.depthwise.window;
        ((rows - 1) * window.stride[0] + (window.kernel[0] - 1) * window.dilation[0] + 1).min(window.input[0])
    }
}

/// `y = project(depthwise(expand(x)))`, each with its epilogue; `x: [batch, H, W, C]`, `y: [batch, OH, OW, filters]`.
///
/// Every value is the same bits as from the layers run one after the other.
pub fn forward(pool: &Pool, strips: &Strips, batch: usize, x: &[f32], y: &mut [f32]) {
    strips.check(batch, x.len(), y.len());
    let residual = strips.last().residual;
    let height = strips.depthwise.window.output[0];
    let rows = strips.rows();
    let bands = PIECES.div_ceil(batch.max(1)).min(height.div_ceil(rows * LEAST_STRIPS)).max(1);
    let band = height.div_ceil(bands);
    let layout = Layout::new(strips, rows);
    let parts = Disjoint::new(y);
    let row = strips.output_len() / height.max(1);
    pool.run_with_scratch(batch * bands, layout.len(), |piece, scratch| {
        let (picture, first) = (piece / bands, piece % bands * band);
        let output = first.min(height)..(first + band).min(height);
        let x = &x[picture * strips.input_len()..][..strips.input_len()];
        let above = picture * height;
        let range = (above + output.start) * row..(above + output.end) * row;
        let residual = residual.map(|residual| &residual[range.clone()]);
        // SAFETY: different pieces write different rows of different pictures.
        let y = unsafe { parts.part(range) };
        Band { pool, strips, x, rows, residual, layout: &layout }.run(output, scratch, y);
    });
}

/// Where the parts of a piece's scratch begin.
struct Layout {
    /// Of the window of rows; none where the depthwise convolution reads the input itself.
    window: usize,
    /// Of the depthwise convolution's output; none where it is the last.
    between: usize,
    /// Of the lines with a border that the first convolution reads.
    border: usize,
}

impl Layout {
    fn new(strips: &Strips, rows: usize) -> Self {
        let window = &strips.depthwise.window;
        let [_, width, channels] = window.input;
        let reach = strips.reach(rows);
        Self {
            window: strips.expand.map_or(0, |_| reach * width * channels),
            between: strips.project.map_or(0, |_| rows * window.output[1] * channels),
            border: strips.expand.map_or(0, |expand| expand.filters.lines_scratch(reach)),
        }
    }

    fn len(&self) -> usize {
        self.window + self.between + self.border
    }
}

/// Some output rows of one picture.
struct Band<'a> {
    pool: &'a Pool,
    strips: &'a Strips<'a>,
    x: &'a [f32],
    rows: usize,
    /// Of these rows.
    residual: Option<&'a [f32]>,
    layout: &'a Layout,
}

impl Band<'_> {
    fn run(&self, output: Range<usize>, scratch: &mut [f32], y: &mut [f32]) {
        let Window { input: [_, width, channels], .. } = self.strips.depthwise.window;
        let (window, rest) = scratch.split_at_mut(self.layout.window);
        let mut window = Held::new(width * channels, window);
        let (between, border) = rest.split_at_mut(self.layout.between);
        let shape = &self.strips.depthwise.window;
        let between_row = shape.output[1] * shape.input[2];
        let y_row = shape.output[1] * self.strips.output_channels();
        for first in output.clone().step_by(self.rows) {
            let rows = first..output.end.min(first + self.rows);
            let at = (first - output.start) * y_row;
            let y = &mut y[at..at + rows.len() * y_row];
            let residual = self.residual.map(|residual| &residual[at..at + y.len()]);
            let needed = self.strips.depthwise.input_rows(&rows);
            let (x, first_row) = match &self.strips.expand {
                Some(expand) => {
                    let Around { filters, epilogue } = expand;
                    window.move_to(needed, |rows, values| {
                        filters.lines(self.pool, self.x, rows, epilogue, border, values);
                    });
                    (window.values(), window.rows.start)
                }
                None => (self.x, 0),
            };
            let Some(project) = &self.strips.project else {
                self.depthwise(x, first_row, rows, residual, y);
                continue;
            };
            let between = &mut between[..rows.len() * between_row];
            self.depthwise(x, first_row, rows.clone(), None, between);
            let epilogue = Epilogue { residual, ..project.epilogue };
            project.filters.lines(self.pool, between, 0..rows.len(), &epilogue, &mut [], y);
        }
    }

    /// Output rows of the depthwise convolution; `residual` is as long as `y`.
    fn depthwise(
        &self,
        x: &[f32],
        first_row: usize,
        rows: Range<usize>,
        residual: Option<&[f32]>,
        y: &mut [f32],
    ) {
        let Strips { depthwise, kernel, epilogue, .. } = self.strips;
        let epilogue = Epilogue { residual, ..*epilogue };
        depthwise::forward_rows(self.pool.isa(), &depthwise.window, x, first_row, kernel, &epilogue, rows, y);
        if epilogue.activation.bounds().is_none() {
            activation::in_place(self.pool.isa(), epilogue.activation, y);
        }
    }
}

#[cfg(test)]
mod tests;
