use super::*;

#[test]
fn what_is_written_is_read_again() {
    let recipe = Recipe { data: "photos".into(), image_size: vec![96, 128], seed: 7, ..Recipe::default() };
    assert_eq!(Recipe::parse(&recipe.to_toml().unwrap()).unwrap(), recipe);
    assert_eq!(Recipe::parse("").unwrap(), Recipe::default());
    for (written, fine_tune) in [
        ("fine_tune = 30", FineTune::Last(30)),
        ("fine_tune = \"block_13_expand\"", FineTune::From("block_13_expand".into())),
        ("fine_tune = \"2 blocks\"", FineTune::LastBlocks(2)),
        ("fine_tune = \"blocks\"", FineTune::EachBlock),
    ] {
        let recipe = Recipe::parse(written).unwrap();
        assert_eq!(recipe, Recipe { fine_tune, ..Recipe::default() });
        assert!(recipe.to_toml().unwrap().lines().any(|line| line == written));
    }
}

#[test]
fn stages_are_tables() {
    let written = "batch_size = 8\n\n[[stage]]\nlayers = \"head\"\nepochs = 2\n\n[[stage]]\nlayers = 30\nepochs = 3\n\
                   learning_rate = 0.0001\noptimizer = \"sgd\"\n";
    let recipe = Recipe::parse(written).unwrap();
    let second = StageRecipe {
        learning_rate: Some(1e-4),
        optimizer: "sgd".into(),
        ..StageRecipe::new(FineTune::Last(30), 3)
    };
    let stage = vec![StageRecipe::new(FineTune::Last(0), 2), second];
    assert_eq!(recipe, Recipe { batch_size: 8, stage, ..Recipe::default() });
    let again = recipe.to_toml().unwrap();
    assert_eq!(Recipe::parse(&again).unwrap(), recipe);
    assert!(again.contains("layers = \"head\""), "{again}");
    for (wrong, expected) in [
        ("[[stage]]\nlayers = \"head\"", "missing field `epochs`"),
        ("[[stage]]\nepochs = 3", "missing field `layers`"),
        ("[[stage]]\nlayers = 3\nepochs = 3\nepoch = 3", "unknown field `epoch`, expected one of"),
        ("[[stage]]\nlayers = -3\nepochs = 3", "expected a number of layers"),
        ("[stage]\nlayers = 3\nepochs = 3", "stage"),
    ] {
        let message = Recipe::parse(wrong).unwrap_err().to_string();
        assert!(message.starts_with("stage") && message.contains(expected), "{message}");
    }
}

#[test]
fn a_limit_is_a_size_or_a_number() {
    for (written, limit) in [("\"1.5GiB\"", "1536MiB"), ("700", "700MiB"), ("\"64KB\"", "64000B")] {
        let recipe = Recipe::parse(&format!("memory_limit = {written}")).unwrap();
        assert_eq!(recipe.memory_limit.unwrap().to_string(), limit);
        assert_eq!(Recipe::parse(&recipe.to_toml().unwrap()).unwrap(), recipe);
    }
    let message = Recipe::parse("memory_limit = \"2 gigs\"").unwrap_err().to_string();
    assert!(message.starts_with("memory_limit: there is no unit gigs"), "{message}");
    assert!(Recipe::parse("memory_limit = -1").is_err());
}

#[test]
fn a_size_is_a_side_or_two() {
    for (written, sides) in [("224", vec![224]), ("[96, 128]", vec![96, 128])] {
        let recipe = Recipe::parse(&format!("image_size = {written}")).unwrap();
        assert_eq!(recipe.image_size, sides);
    }
    let message = Recipe::parse("image_size = \"224x224\"").unwrap_err().to_string();
    assert!(message.starts_with("image_size: expected a side in pixels"), "{message}");
}

#[test]
fn an_unknown_key_names_the_nearest() {
    let message = Recipe::parse("batchsize = 3").unwrap_err().to_string();
    assert!(message.contains("`batchsize`") && message.contains("batch_size"), "{message}");
    let message = Recipe::parse("epochs = \"many\"").unwrap_err().to_string();
    assert!(message.starts_with("epochs: ") && message.contains("expected"), "{message}");
    let message = Recipe::parse("fine_tune = -1").unwrap_err().to_string();
    assert!(message.contains("fine_tune: expected a number of layers"), "{message}");
}
