//! Layer norm and its gradients by their definitions, in float64.

use super::LayerNorm;

/// Mean and `1 / sqrt(variance + ε)`.
fn figures(x: &[f64], epsilon: f32) -> (f64, f64) {
    let mean = x.iter().sum::<f64>() / x.len() as f64;
    let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / x.len() as f64;
    (mean, 1.0 / (variance + f64::from(epsilon)).sqrt())
}

fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().copied().map(f64::from).collect()
}

pub(super) fn forward(norm: &LayerNorm, x: &[f32]) -> Vec<f64> {
    let mut y = Vec::new();
    for row in wide(x).chunks(norm.gamma.len()) {
        let (mean, r) = figures(row, norm.epsilon);
        for (x, (gamma, beta)) in row.iter().zip(norm.gamma.iter().zip(norm.beta)) {
            y.push((x - mean) * r * f64::from(*gamma) + f64::from(*beta));
        }
    }
    y
}

/// The gradients of input, gamma and beta. A row's output depends on each of its inputs:
/// `∂y[j]/∂x[i] = gamma[j] · r · ([i = j] − 1/n − z[i] · z[j]/n)`.
pub(super) fn backward(norm: &LayerNorm, x: &[f32], dy: &[f32]) -> [Vec<f64>; 3] {
    let channels = norm.gamma.len();
    let (mut dx, mut dgamma, mut dbeta) = (Vec::new(), vec![0.0; channels], vec![0.0; channels]);
    for (x, dy) in wide(x).chunks(channels).zip(wide(dy).chunks(channels)) {
        let (mean, r) = figures(x, norm.epsilon);
        let z: Vec<f64> = x.iter().map(|x| (x - mean) * r).collect();
        let count = channels as f64;
        for i in 0..channels {
            dgamma[i] += dy[i] * z[i];
            dbeta[i] += dy[i];
            let of = |j: usize| {
                let own = if i == j { 1.0 } else { 0.0 };
                dy[j] * f64::from(norm.gamma[j]) * r * (own - 1.0 / count - z[i] * z[j] / count)
            };
            dx.push((0..channels).map(of).sum());
        }
    }
    [dx, dgamma, dbeta]
}
