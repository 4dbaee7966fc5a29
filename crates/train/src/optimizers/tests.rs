use super::*;
use crate::ErrorKind;
use crate::golden::{assert_close, golden};
use crate::settings::Named;
use engine::{Slot, Update};
use graph::{BatchNorm, Dense, Op};

/// A graph of which a norm's factor and a dense layer's weights learn, with what does not between and behind them.
fn network() -> (Graph, Vec<Slot>) {
    let mut graph = Graph::new("m", "input", [3]).unwrap();
    let norm = graph.add("norm", Op::BatchNorm(BatchNorm::default()), &[graph.input()]).unwrap();
    graph.add("dense", Op::Dense(Dense::new(1)), &[norm]).unwrap();
    let learning = [("norm/gamma", 0..3), ("dense/kernel", 3..6)];
    let slot = |(name, gradients): (&str, std::ops::Range<usize>)| {
        let ids = graph.nodes().iter().flat_map(|node| node.parameters.clone());
        let parameter = ids.into_iter().find(|id| graph.parameter(*id).name == name).unwrap();
        Slot { parameter, weights: graph.parameter(parameter).range(), gradients }
    };
    let slots = learning.into_iter().map(slot).collect();
    (graph, slots)
}

/// A training of those six weights down `Σ a (w − t)² / 2`.
struct Descent {
    slots: Vec<Slot>,
    weights: Vec<f32>,
    optimizer: Optimizer,
    pool: Pool,
}

impl Descent {
    fn new(config: OptimizerConfig) -> Self {
        let (graph, slots) = network();
        let mut weights = vec![7.0; graph.parameter_count()];
        let start = golden("optimizer.start");
        slots.iter().for_each(|s| weights[s.weights.clone()].copy_from_slice(&start[s.gradients.clone()]));
        let optimizer = config.build(&graph, &slots).unwrap();
        Self { slots, weights, optimizer, pool: Pool::new(1) }
    }

    fn learned(&self) -> Vec<f32> {
        self.slots.iter().flat_map(|slot| self.weights[slot.weights.clone()].to_vec()).collect()
    }

    fn step(&mut self, learning_rate: f32) {
        let (a, t) = (golden("optimizer.a"), golden("optimizer.t"));
        let mut gradients: Vec<f32> =
            self.learned().iter().zip(a.iter().zip(&t)).map(|(w, (a, t))| a * (w - t)).collect();
        let (weights, slots, pool) = (self.weights.as_mut_slice(), self.slots.as_slice(), &self.pool);
        self.optimizer.step(learning_rate, Update { weights, gradients: &mut gradients, slots, pool });
    }

    /// The learned weights after each of `count` steps.
    fn steps(&mut self, learning_rate: f32, count: usize) -> Vec<f32> {
        let mut steps = Vec::new();
        for _ in 0..count {
            self.step(learning_rate);
            steps.extend(self.learned());
        }
        let unchanged = self.weights.iter().filter(|w| **w == 7.0).count();
        assert_eq!(unchanged, self.weights.len() - 6, "what has no slot stays");
        steps
    }
}

/// The optimizers of `golden/make.py`, each with its rate.
fn plain() -> Vec<(&'static str, OptimizerConfig, f32)> {
    let sgd = |momentum, nesterov| Sgd { momentum, nesterov }.into();
    let adam = Adam::default();
    vec![
        ("adadelta", Adadelta::default().into(), 1.0),
        ("adadelta_fast", Adadelta { rho: 0.9, epsilon: 1e-3 }.into(), 0.5),
        ("adagrad", Adagrad::default().into(), 0.1),
        ("adagrad_zero", Adagrad { initial_accumulator_value: 0.0, epsilon: 1e-3 }.into(), 0.3),
        ("adam", adam.into(), 0.1),
        ("adam_slow", Adam { beta_1: 0.5, beta_2: 0.9, epsilon: 1e-3, ..adam }.into(), 0.01),
        ("adamax", Adamax::default().into(), 0.1),
        ("adamax_fast", Adamax { beta_1: 0.5, beta_2: 0.8, epsilon: 1e-3 }.into(), 0.05),
        ("amsgrad", Adam { beta_2: 0.5, amsgrad: true, ..adam }.into(), 0.1),
        ("lion", Lion::default().into(), 0.03),
        ("lion_fast", Lion { beta_1: 0.7, beta_2: 0.5 }.into(), 0.1),
        ("nadam", Nadam::default().into(), 0.1),
        ("nadam_fast", Nadam { beta_1: 0.6, beta_2: 0.8, epsilon: 1e-3 }.into(), 0.05),
        ("rmsprop", RmsProp::default().into(), 0.05),
        ("rmsprop_momentum", RmsProp { rho: 0.8, momentum: 0.7, ..RmsProp::default() }.into(), 0.02),
        ("rmsprop_centered", RmsProp { centered: true, ..RmsProp::default() }.into(), 0.02),
        ("rmsprop_both", RmsProp { rho: 0.9, momentum: 0.5, epsilon: 1e-3, centered: true }.into(), 0.02),
        ("sgd", sgd(0.0, false), 0.1),
        ("sgd_momentum", sgd(0.9, false), 0.05),
        ("sgd_nesterov", sgd(0.9, true), 0.05),
    ]
}

/// Fails where 20 steps go another way than Keras's; the largest distance.
fn compare(name: &str, config: OptimizerConfig, learning_rate: f32) -> f32 {
    let mut descent = Descent::new(config);
    let steps = descent.steps(learning_rate, 20);
    let expected = golden(&format!("optimizer.{name}"));
    assert_close(&steps, &expected, 1e-6, name);
    if descent.optimizer.has_averages() {
        descent.optimizer.show_averages(&mut descent.weights);
        assert_close(&descent.learned(), &golden(&format!("optimizer.{name}.averages")), 1e-6, name);
        descent.optimizer.show_weights(&mut descent.weights);
        assert_eq!(descent.learned(), steps[19 * 6..], "{name}");
    }
    steps.iter().zip(&expected).fold(0.0, |most, (a, b)| most.max((a - b).abs()))
}

/// A class of Keras's and its function are one name.
#[test]
fn keras_s_classes_are_names() {
    use crate::{losses, schedules};
    for (written, ours) in [("Adam", "adam"), ("AdamW", "adamw"), ("RMSprop", "rmsprop"), ("SGD", "sgd")] {
        assert_eq!(OptimizerConfig::find(written).unwrap().name(), ours);
    }
    assert_eq!(losses::find("CategoricalCrossentropy").unwrap().name(), "categorical_crossentropy");
    assert_eq!(schedules::known_as("PiecewiseConstantDecay"), Some("step"));
    assert_eq!(schedules::known_as("cosine_decay_restarts"), Some("cosine_restarts"));
    for name in [NAMES, losses::NAMES, schedules::NAMES].concat() {
        let known = [known_as(name), losses::known_as(name), schedules::known_as(name)];
        assert_eq!(known.iter().flatten().collect::<Vec<_>>(), [&name]);
    }
}

#[test]
fn go_where_keras_goes() {
    let named: std::collections::HashSet<_> = plain().iter().map(|(_, config, _)| config.name()).collect();
    assert_eq!(named.len() + 1, NAMES.len(), "every optimizer but adamw, which is tested below");
    for (name, config, learning_rate) in plain() {
        println!("{name}: {:e}", compare(name, config, learning_rate));
        let bounded = OptimizerConfig { weight_decay: 0.05, clip: Some(Clip::Norm(1.0)), ..config };
        let name = format!("{name}.bounded");
        println!("{name}: {:e}", compare(&name, bounded, learning_rate));
    }
}

#[test]
fn what_all_have_in_common_goes_as_in_keras() {
    let decaying = |weight_decay, config: OptimizerConfig| OptimizerConfig { weight_decay, ..config };
    let clipped = |clip, config: OptimizerConfig| OptimizerConfig { clip: Some(clip), ..config };
    let gathered =
        |gradient_accumulation_steps, config| OptimizerConfig { gradient_accumulation_steps, ..config };
    let averaged = |momentum, overwrite_frequency, config| OptimizerConfig {
        average: Some(Averaging { momentum, overwrite_frequency }),
        ..config
    };
    let find = |name| OptimizerConfig::find(name).unwrap();
    let sgd = |momentum| Sgd { momentum, nesterov: false }.into();
    let amsgrad = AdamW(Adam { beta_2: 0.5, amsgrad: true, ..Adam::default() });
    let cases: Vec<(&str, OptimizerConfig, f32)> = vec![
        ("adamw", find("adamw"), 0.1),
        ("adamw_amsgrad", decaying(0.2, amsgrad.into()), 0.1),
        ("adam.kernels", OptimizerConfig { decayed: Decayed::Kernels, ..decaying(0.2, find("adam")) }, 0.1),
        ("sgd.value", clipped(Clip::Value(0.5), sgd(0.0)), 0.1),
        ("adam.value", clipped(Clip::Value(0.5), decaying(0.1, find("adam"))), 0.1),
        ("sgd.global", clipped(Clip::GlobalNorm(2.0), sgd(0.5)), 0.1),
        ("rmsprop.global", clipped(Clip::GlobalNorm(0.5), decaying(0.1, find("rmsprop"))), 0.1),
        ("adam.gathered", gathered(3, find("adam")), 0.1),
        ("nadam.gathered", clipped(Clip::Value(0.3), gathered(2, decaying(0.1, find("nadam")))), 0.1),
        ("sgd.gathered", clipped(Clip::GlobalNorm(1.5), gathered(4, sgd(0.9))), 0.05),
        ("sgd.average", averaged(0.8, None, sgd(0.0)), 0.1),
        ("adam.average", averaged(0.9, Some(4), find("adam")), 0.1),
        ("lion.average", averaged(0.99, Some(2), gathered(3, find("lion"))), 0.03),
    ];
    for (name, config, learning_rate) in cases {
        println!("{name}: {:e}", compare(name, config, learning_rate));
    }
}

#[test]
fn a_restored_one_goes_on_with_the_same_bits() {
    for (name, config, learning_rate) in plain() {
        let average = Some(Averaging { momentum: 0.9, overwrite_frequency: Some(3) });
        let clip = Some(Clip::GlobalNorm(1.0));
        let config =
            OptimizerConfig { weight_decay: 0.1, clip, gradient_accumulation_steps: 2, average, ..config };
        let mut whole = Descent::new(config);
        whole.steps(learning_rate, 7);
        let buffers: Vec<(&str, Vec<f32>)> =
            whole.optimizer.buffers().map(|(name, values)| (name, values.to_vec())).collect();
        let kept = |wanted: &str| buffers.iter().find(|(name, _)| *name == wanted).map(|(_, v)| v.as_slice());
        let mut resumed = Descent::new(config);
        resumed.weights.clone_from(&whole.weights);
        resumed.optimizer.restore(whole.optimizer.batches(), kept).unwrap();
        assert_eq!(resumed.steps(learning_rate, 9), whole.steps(learning_rate, 9), "{name}");

        let error = resumed.optimizer.restore(7, |_| None).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Model);
        let error = resumed.optimizer.restore(7, |_| Some(&[0.0; 2])).unwrap_err().to_string();
        assert!(error.contains("values, received 2"), "{error}");
    }
}

#[test]
fn a_factor_slows_one_parameter_alone() {
    let run = |factor, rate| {
        let mut descent = Descent::new(OptimizerConfig { weight_decay: 0.1, ..Adam::default().into() });
        descent.optimizer.set_rate_factor(1, factor);
        descent.steps(rate, 5)[4 * 6..].to_vec()
    };
    let (slowed, whole, half) = (run(0.5, 0.1), run(1.0, 0.1), run(1.0, 0.05));
    assert_eq!(slowed[..3], whole[..3]);
    assert_close(&slowed[3..], &half[3..], 1e-6, "half the rate");
}

#[test]
fn averages_are_shown_when_there_are_some() {
    let mut descent =
        Descent::new(OptimizerConfig { average: Some(Averaging::default()), ..Sgd::default().into() });
    let start = descent.weights.clone();
    descent.optimizer.show_averages(&mut descent.weights);
    assert_eq!(descent.weights, start, "before the first batch");
    descent.steps(0.1, 3);
    let weights = descent.weights.clone();
    for _ in 0..2 {
        descent.optimizer.show_averages(&mut descent.weights);
        assert_ne!(descent.weights, weights);
    }
    descent.optimizer.show_weights(&mut descent.weights);
    assert_eq!(descent.weights, weights);
}

#[test]
fn an_infinite_norm_is_not_hidden() {
    for clip in [Clip::GlobalNorm(1.0), Clip::Norm(1.0)] {
        let mut descent = Descent::new(OptimizerConfig { clip: Some(clip), ..Sgd::default().into() });
        let first = descent.slots[0].weights.start;
        descent.weights[first] = f32::INFINITY;
        descent.step(0.1);
        assert!(descent.weights[first].is_nan(), "{clip:?}");
    }
}

#[test]
fn every_optimizer_gets_nearer() {
    let target = golden("optimizer.t");
    let distance = |weights: &[f32]| weights.iter().zip(&target).map(|(w, t)| (w - t).powi(2)).sum::<f32>();
    for name in NAMES {
        let config = OptimizerConfig::find(name).unwrap();
        assert_eq!(config.name(), *name);
        // Adadelta's own scale is slow to begin with.
        let rate = if *name == "adadelta" { 100.0 } else { 0.05 };
        let steps = Descent::new(config).steps(rate, 20);
        assert!(distance(&steps[19 * 6..]) < 0.9 * distance(&golden("optimizer.start")), "{name}");
    }
}

#[test]
fn defaults_are_keras_s() {
    let rate = |name: &&str| OptimizerConfig::find(name).unwrap().default_learning_rate() as f32;
    assert_eq!(NAMES.iter().map(rate).collect::<Vec<_>>(), golden("optimizer.default_learning_rates"));
    let decays: Vec<f64> = NAMES.iter().map(|n| OptimizerConfig::find(n).unwrap().weight_decay).collect();
    assert_eq!(decays, [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.004, 0.0]);
}

#[test]
fn wrong_names_and_settings_are_refused() {
    let message = OptimizerConfig::find("adan").unwrap_err().to_string();
    assert!(message.starts_with("there is no optimizer adan; did you mean adam? There are "), "{message}");
    let (graph, slots) = network();
    let adam = OptimizerConfig::from(Adam::default());
    for (wrong, expected) in [
        (Adam { beta_1: 1.0, ..Adam::default() }.into(), "adam's beta_1: expected 0 or more and less than 1"),
        (
            AdamW(Adam { epsilon: f64::NAN, ..Adam::default() }).into(),
            "adamw's epsilon: expected more than 0",
        ),
        (Sgd { momentum: -0.1, ..Sgd::default() }.into(), "sgd's momentum"),
        (Lion { beta_1: 0.0, ..Lion::default() }.into(), "lion's beta_1: expected more than 0"),
        (
            Adagrad { initial_accumulator_value: -1.0, ..Adagrad::default() }.into(),
            "initial_accumulator_value",
        ),
        (RmsProp { rho: 1.5, ..RmsProp::default() }.into(), "rmsprop's rho"),
        (
            OptimizerConfig { weight_decay: f64::NAN, ..adam },
            "weight_decay: expected 0 or more, received NaN",
        ),
        (
            OptimizerConfig { clip: Some(Clip::Value(0.0)), ..adam },
            "clipvalue: expected more than 0, received 0",
        ),
        (OptimizerConfig { gradient_accumulation_steps: 0, ..adam }, "gradient_accumulation_steps"),
        (
            OptimizerConfig { average: Some(Averaging { momentum: 1.5, overwrite_frequency: None }), ..adam },
            "ema_momentum: expected 0 or more and less than 1, received 1.5",
        ),
    ] {
        let message = wrong.build(&graph, &slots).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn every_setting_of_an_optimizer_can_be_written() {
    for (text, expected) in [
        ("sgd=0.9,nesterov", Sgd { momentum: 0.9, nesterov: true }.into()),
        ("adagrad=0.2,epsilon=1e-3", Adagrad { initial_accumulator_value: 0.2, epsilon: 1e-3 }.into()),
        ("adadelta=0.9,epsilon=1e-6", Adadelta { rho: 0.9, epsilon: 1e-6 }.into()),
        (
            "rmsprop=0.8,momentum=0.5,epsilon=1e-5,centered",
            RmsProp { rho: 0.8, momentum: 0.5, epsilon: 1e-5, centered: true }.into(),
        ),
        (
            "adam,beta_1=0.85,beta_2=0.99,epsilon=1e-8,amsgrad",
            Adam { beta_1: 0.85, beta_2: 0.99, epsilon: 1e-8, amsgrad: true }.into(),
        ),
        ("adamax,beta_2=0.99", Adamax { beta_2: 0.99, ..Adamax::default() }.into()),
        ("nadam=0.8,epsilon=1e-3", Nadam { beta_1: 0.8, epsilon: 1e-3, ..Nadam::default() }.into()),
        ("adamw,amsgrad=true", AdamW(Adam { amsgrad: true, ..Adam::default() }).into()),
        ("lion=0.95,beta_2=0.98", OptimizerConfig::from(Lion { beta_1: 0.95, beta_2: 0.98 })),
    ] {
        assert_eq!(OptimizerConfig::find(text).unwrap(), expected, "{text}");
    }
    for name in NAMES {
        let message = OptimizerConfig::find(&format!("{name},speed=1")).unwrap_err().to_string();
        assert!(message.contains(&format!("option of the optimizer {name} called speed; ")), "{message}");
        // Every setting that is named can be set, and has a range or a default.
        let mut rule = Rule::find(name).unwrap();
        for setting in rule.settings()[0].names() {
            assert!(rule.settings()[0].set(setting, Some("no value")).unwrap().is_err(), "{name}: {setting}");
        }
    }
    for (text, expected) in [
        ("adan", "there is no optimizer adan; did you mean adam?"),
        ("adam,beta1=0.8", "called beta1; did you mean beta_1? There are beta_1, beta_2, epsilon, amsgrad"),
        (
            "adam,beta_1=1",
            "optimizer adam,beta_1=1: adam's beta_1: expected 0 or more and less than 1, received 1",
        ),
        ("rmsprop,epsilon=0", "rmsprop's epsilon: expected more than 0, received 0"),
        ("adam,beta_1", "beta_1: expected a number, received nothing"),
    ] {
        let message = OptimizerConfig::find(text).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
}
