use super::*;
use crate::golden::golden;

/// 40 steps, ten an epoch, and beyond.
const SPAN: Span = Span { steps: 40.0, steps_per_epoch: 10.0 };

fn rates(schedule: &Schedule, rate: f64, steps: u64) -> Vec<f32> {
    (0..steps).map(|step| schedule.rate(rate, step, SPAN)).collect()
}

/// Fails unless `text` goes as `name` of the golden numbers; the largest difference relative to the rate.
fn compare(name: &str, text: &str, rate: f64) {
    let expected = golden(&format!("schedule.{name}"));
    let schedule: Schedule = text.parse().unwrap();
    let found = rates(&schedule, rate, expected.len() as u64);
    let mut most = 0.0_f32;
    for (step, (found, expected)) in found.iter().zip(&expected).enumerate() {
        let off = (found - expected).abs() / rate as f32;
        assert!(off < 1e-6, "{text} at step {step}: {found} instead of {expected}");
        most = most.max(off);
    }
    println!("{name}: {most:e}");
    // Written and read again it is the same.
    assert_eq!(schedule.to_string().parse::<Schedule>().unwrap(), schedule, "{schedule}");
}

#[test]
fn go_where_keras_goes() {
    for (name, text) in [
        ("step", "step=0.1/0.05/0.001,boundaries=7/2epochs"),
        ("exponential", "exponential=0.5,decay_steps=8"),
        ("exponential_epoch", "exponential"),
        ("exponential_staircase", "exponential=0.7,decay_steps=6steps,staircase"),
        ("polynomial", "polynomial"),
        ("polynomial_power", "polynomial=0.5,decay_steps=25,end_learning_rate=0.01"),
        ("polynomial_cycle", "polynomial=2,decay_steps=9,end_learning_rate=0,cycle"),
        ("inverse_time", "inverse_time=0.3,decay_steps=4"),
        ("inverse_time_staircase", "inverse_time,staircase"),
        ("cosine", "cosine"),
        ("cosine_alpha", "cosine=0.2,decay_steps=15"),
        ("cosine_warmup", "cosine=0.1,warmup_steps=8,warmup_start=0.25"),
        ("cosine_restarts", "cosine_restarts=5"),
        ("cosine_restarts_other", "cosine_restarts=1epoch,t_mul=1.5,m_mul=0.8,alpha=0.1"),
        ("cosine_restarts_even", "cosine_restarts=7,t_mul=1,m_mul=0.5"),
    ] {
        compare(name, text, 0.1);
    }
}

#[test]
fn one_cycle_goes_where_torch_goes() {
    for (name, text) in [
        ("one_cycle", "one_cycle"),
        ("one_cycle_linear", "one_cycle=0.25,div_factor=10,final_div_factor=100,linear"),
        ("one_cycle_three", "one_cycle=0.4,three_phase"),
    ] {
        compare(name, text, 0.1);
    }
}

#[test]
fn a_table_counts_epochs_from_0() {
    let schedule: Schedule = "table=1:0.5/3:0.25".parse().unwrap();
    let found: Vec<f32> = [0, 9, 10, 29, 30, 400].map(|step| schedule.rate(1.0, step, SPAN)).into();
    assert_eq!(found, [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]);
}

#[test]
fn every_schedule_can_be_warmed_up() {
    for name in NAMES {
        let settings = match *name {
            "step" => "=0.1/0.1,boundaries=5",
            "table" => "=0:0.1",
            _ => "",
        };
        let plain: Schedule = format!("{name}{settings}").parse().unwrap();
        assert_eq!(plain.shape.name(), *name);
        let warm: Schedule = format!("{name}{settings},warmup_steps=1epoch").parse().unwrap();
        let found = rates(&warm, 0.1, 40);
        assert_eq!(found[..3], [0.0, 0.01, 0.02], "{name}");
        // What follows is the schedule itself, with the rest of the stage to go.
        let rest = Span { steps: 30.0, ..SPAN };
        let expected: Vec<f32> = (0..30).map(|step| plain.rate(0.1, step, rest)).collect();
        assert_eq!(found[10..], expected, "{name}");
    }
}

/// Epoch 3 of a table is the stage's, whatever comes before.
#[test]
fn a_warmup_moves_no_place_of_the_stage() {
    for text in ["table=0:0.1/3:0.01", "step=0.1/0.01,boundaries=29"] {
        let warm: Schedule = format!("{text},warmup_steps=1epoch,warmup_start=0.5").parse().unwrap();
        let found = rates(&warm, 1.0, 40);
        assert_eq!(found[..3], [0.05, 0.055, 0.06], "{text}");
        assert_eq!((found[9], found[10], found[29], found[30]), (0.095, 0.1, 0.1, 0.01), "{text}");
    }
}

#[test]
fn a_polynomial_never_rises_unless_it_is_told_to() {
    let last = |text: &str, rate: f64| text.parse::<Schedule>().unwrap().rate(rate, 40, SPAN);
    for (rate, end) in [(0.1, 1e-4), (1e-3, 1e-4), (1e-5, 1e-6)] {
        assert!((last("polynomial", rate) / end - 1.0).abs() < 1e-6, "from {rate}");
    }
    assert_eq!(last("polynomial,end_learning_rate=0.0001", 1e-5), 1e-4);
}

#[test]
fn rates_stay_finite_however_short_a_stage_is() {
    for name in NAMES.iter().filter(|name| !["step", "table"].contains(name)) {
        for text in [(*name).to_owned(), format!("{name},warmup_steps=3epochs")] {
            let schedule: Schedule = text.parse().unwrap();
            for (epochs, steps) in [(1, 1), (1, 2), (2, 1), (1, 0)] {
                for step in 0..5 {
                    let rate = schedule.rate(0.1, step, Span::new(epochs, steps));
                    assert!((0.0..=0.1).contains(&rate), "{text} of {epochs} × {steps} at {step}: {rate}");
                }
            }
        }
    }
}

#[test]
fn what_cannot_be_read_is_named() {
    for (text, expected) in [
        ("cosin", "there is no schedule cosin; did you mean cosine? There are constant, step, "),
        (
            "cosine,alpa=1",
            "option of the schedule cosine called alpa; did you mean alpha? There are alpha, decay_steps, warmup_steps",
        ),
        ("exponential=fast", "decay_rate: expected a number, received fast"),
        (
            "exponential,decay_steps",
            "decay_steps: expected a length such as 100, 2epochs or whole, received nothing",
        ),
        ("exponential,decay_steps=0", "decay_steps: expected more than 0, received 0"),
        ("exponential,decay_steps=-3epochs", "received -3epochs"),
        ("constant=3", "constant takes no value"),
        ("cosine=0.1,alpha=0.2", "alpha is given twice"),
        ("cosine=2", "alpha: expected 0 to 1, received 2"),
        ("step=0.1/0.2", "expected rates, one more than boundaries"),
        ("step", "exponential=0.5,decay_steps=10epochs,staircase"),
        ("step=0.5", "received 1 with 0; for half the rate after every 10 epochs"),
        ("step=0.1/-1,boundaries=3", "a rate: expected 0 or more, received -1"),
        ("table", "rates: expected some"),
        ("table=3:1/3:2", "expected epochs that grow"),
        ("table=3", "expected epochs and rates such as 0:0.01/10:0.001, received 3"),
        ("one_cycle=0", "pct_start: expected more than 0 and at most 1"),
        ("cosine_restarts,t_mul=0.5", "t_mul: expected 1 or more"),
        ("polynomial,cycle=maybe", "cycle: expected true or false, or the name alone, received maybe"),
        ("cosine,warmup_start=7", "warmup_start: expected 0 to 1, received 7"),
        ("", "there is no schedule ; there are constant"),
    ] {
        let message = text.parse::<Schedule>().unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
}
