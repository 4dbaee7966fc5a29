//! The settings of a recipe that say how its second stage trains: one list of them.

use super::Recipe;

macro_rules! fine_tuning {
    ($($key:ident),* $(,)?) => {
        impl Recipe {
            /// The keys of the second stage's settings, but for its layers, `fine_tune`.
            pub const FINE_TUNING: &[&str] = &[$(stringify!($key)),*];

            /// This recipe with nothing of a second stage.
            pub fn without_fine_tuning(&self) -> Self {
                let plain = Self::default();
                Self { fine_tune: plain.fine_tune, $($key: plain.$key,)* ..self.clone() }
            }
        }
    };
}

fine_tuning! {
    fine_tune_epochs,
    fine_tune_learning_rate,
    fine_tune_rate_decay,
    fine_tune_schedule,
    fine_tune_batch_norm,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_fine_tuning_is_in_the_list() {
        let keys = crate::recipe::keys::of::<Recipe>();
        let named: Vec<&str> = keys.iter().copied().filter(|key| key.starts_with("fine_tune_")).collect();
        assert_eq!(named, Recipe::FINE_TUNING);
    }
}
