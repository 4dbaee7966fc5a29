//! Different rates for different parameters, against a step of plain SGD that multiplies.

use linnaeus_train::optimizers::Sgd;
use linnaeus_train::{Data, ErrorKind, Stage};

use crate::pictures::{network, softmax, source};
use crate::{quiet, samples, stage};

#[test]
fn a_factor_multiplies_a_parameter_s_step() {
    let (_folder, samples) = samples(6);
    let train = source(&samples, 1);
    // One step of all pictures, from the same weights.
    let step = |rate_factors: Vec<f32>| {
        let (mut model, _) = network(softmax());
        let before = model.weights.clone();
        let optimizer = Sgd::default().into();
        let stage = Stage { optimizer, learning_rate: 0.1, rate_factors, ..stage(&model, 1) };
        quiet(&mut model, &Data::new(&train, 6), &stage, &mut []).unwrap();
        (model, before)
    };
    let (plain, before) = step(Vec::new());
    let parameters = plain.graph.parameters();
    let factors: Vec<f32> = (0..parameters.len()).map(|index| 0.75_f32.powi(index as i32 % 5)).collect();
    let (scaled, _) = step(factors.clone());
    let mut moved = 0;
    for (parameter, factor) in parameters.iter().zip(&factors) {
        // Moving figures follow the batches, at no rate.
        let factor = if parameter.role.is_learned() { *factor } else { 1.0 };
        let all =
            before.get(parameter).iter().zip(plain.weights.get(parameter)).zip(scaled.weights.get(parameter));
        for ((&start, &plain), &scaled) in all {
            let expected = start + factor * (plain - start);
            assert!(
                (scaled - expected).abs() <= 2e-7 * (1.0 + start.abs()),
                "{}: {scaled}, not {expected}",
                parameter.name
            );
            moved += usize::from((plain - start).abs() > 1e-4);
        }
    }
    assert!(moved > 100, "only {moved} values moved");
    // The same bits where all factors are 1.
    assert!(step(vec![1.0; parameters.len()]).0.weights == plain.weights);
}

#[test]
fn factors_that_do_not_fit_are_refused() {
    let (_folder, samples) = samples(4);
    let train = source(&samples, 1);
    let (mut model, _) = network(softmax());
    let count = model.graph.parameters().len();
    for (rate_factors, expected) in [
        (vec![1.0], format!("rate_factors: expected {count} of them, received 1")),
        (vec![f32::NAN; count], "rate_factors: expected 0 or more, received NaN".to_owned()),
        (vec![-0.5; count], "rate_factors: expected 0 or more, received -0.5".to_owned()),
    ] {
        let stage = Stage { rate_factors, ..stage(&model, 1) };
        let error = quiet(&mut model, &Data::new(&train, 4), &stage, &mut []).unwrap_err();
        assert_eq!((error.kind(), error.to_string()), (ErrorKind::Setting, expected));
    }
}
