use super::*;
use crate::golden::{assert_close, golden};
use graph::{BatchNorm, Graph, Op};

/// A graph whose four parameters are the weights, two of them frozen or moving: what learns has gaps.
fn slots() -> (Vec<Slot>, usize) {
    let mut graph = Graph::new("m", "input", [3]).unwrap();
    graph.add("norm", Op::BatchNorm(BatchNorm::default()), &[graph.input()]).unwrap();
    let parameters = graph.nodes()[1].parameters.clone();
    let slot = |(index, parameter): (usize, &usize)| {
        let id = parameters[*parameter];
        Slot { parameter: id, weights: graph.parameter(id).range(), gradients: index * 3..index * 3 + 3 }
    };
    // The first and the third: between them lie three weights that must not change.
    ([0, 2].iter().enumerate().map(slot).collect(), graph.parameter_count())
}

/// 20 steps down `Σ a (w − t)² / 2`, as `golden/make.py` takes them with Keras.
fn trajectory(config: OptimizerConfig, learning_rate: f32) -> Vec<f32> {
    let (a, t, start) = (golden("optimizer.a"), golden("optimizer.t"), golden("optimizer.start"));
    let (slots, count) = slots();
    let mut weights = vec![7.0; count];
    slots
        .iter()
        .for_each(|slot| weights[slot.weights.clone()].copy_from_slice(&start[slot.gradients.clone()]));
    let read =
        |weights: &[f32]| slots.iter().flat_map(|s| weights[s.weights.clone()].to_vec()).collect::<Vec<_>>();
    let mut optimizer = config.build(6).unwrap();
    let pool = engine::Pool::new(1);
    let mut steps = Vec::new();
    for _ in 0..20 {
        let mut gradients: Vec<f32> =
            read(&weights).iter().zip(&a).zip(&t).map(|((w, a), t)| a * (w - t)).collect();
        let update = Update { weights: &mut weights, gradients: &mut gradients, slots: &slots, pool: &pool };
        optimizer.step(learning_rate, update);
        steps.extend(read(&weights));
    }
    assert_eq!(weights.iter().filter(|w| **w == 7.0).count(), count - 6, "what has no slot stays");
    steps
}

#[test]
fn go_where_keras_goes() {
    use OptimizerConfig as Config;
    let momentum = |nesterov| Config::Sgd(Sgd { momentum: 0.9, nesterov });
    for (name, config, learning_rate) in [
        ("adam", Config::Adam(Adam::default()), 0.1),
        ("adam_slow", Config::Adam(Adam { beta_1: 0.5, beta_2: 0.9, epsilon: 1e-3 }), 0.01),
        ("sgd", Config::Sgd(Sgd::default()), 0.1),
        ("sgd_momentum", momentum(false), 0.05),
        ("sgd_nesterov", momentum(true), 0.05),
    ] {
        let expected = golden(&format!("optimizer.{name}"));
        assert_close(&trajectory(config, learning_rate), &expected, 1e-5, name);
    }
}

#[test]
fn every_optimizer_gets_nearer() {
    let target = golden("optimizer.t");
    let distance = |weights: &[f32]| weights.iter().zip(&target).map(|(w, t)| (w - t).powi(2)).sum::<f32>();
    for name in NAMES {
        let config = OptimizerConfig::find(name).unwrap();
        assert_eq!(config.name(), *name);
        let steps = trajectory(config, 0.05);
        assert!(distance(&steps[19 * 6..]) < 0.9 * distance(&golden("optimizer.start")), "{name}");
    }
}

#[test]
fn wrong_names_and_settings_are_refused() {
    let message = OptimizerConfig::find("adan").unwrap_err().to_string();
    assert!(message.starts_with("there is no optimizer adan; did you mean adam? There are "), "{message}");
    for wrong in [
        OptimizerConfig::Adam(Adam { beta_1: 1.0, ..Adam::default() }),
        OptimizerConfig::Adam(Adam { epsilon: f64::NAN, ..Adam::default() }),
        OptimizerConfig::Sgd(Sgd { momentum: -0.1, ..Sgd::default() }),
    ] {
        assert!(wrong.build(1).is_err(), "{wrong:?}");
    }
}
