//! The definitions as plain loops, in float64.

/// Mean and biased variance of each channel.
pub(super) fn statistics(channels: usize, x: &[f32]) -> (Vec<f64>, Vec<f64>) {
    let rows = (x.len() / channels) as f64;
    let column = |c: usize| x[c..].iter().step_by(channels).map(|x| f64::from(*x));
    let mean: Vec<f64> = (0..channels).map(|c| column(c).sum::<f64>() / rows).collect();
    let variance =
        (0..channels).map(|c| column(c).map(|x| (x - mean[c]).powi(2)).sum::<f64>() / rows).collect();
    (mean, variance)
}

/// `gamma · (x − mean) / sqrt(variance + epsilon) + beta` with the batch's own figures.
pub(super) fn batch_norm(channels: usize, x: &[f64], gamma: &[f64], beta: &[f64], epsilon: f64) -> Vec<f64> {
    let rows = (x.len() / channels) as f64;
    let mut y = vec![0.0; x.len()];
    for c in 0..channels {
        let column = || x[c..].iter().step_by(channels);
        let mean = column().sum::<f64>() / rows;
        let variance = column().map(|x| (x - mean).powi(2)).sum::<f64>() / rows;
        for i in (c..x.len()).step_by(channels) {
            y[i] = gamma[c] * (x[i] - mean) / (variance + epsilon).sqrt() + beta[c];
        }
    }
    y
}
