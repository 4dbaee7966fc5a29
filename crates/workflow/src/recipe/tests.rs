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
        ("[[stage]]\nlayers = \"head\"", "line 1: stage 1: epochs is missing"),
        ("seed = 1\n[[stage]]\nepochs = 3", "line 2: stage 1: layers is missing"),
        (
            "[[stage]]\nlayers = 3\nepochs = 3\nepoch = 3",
            "line 4: stage 1, epoch: there is no such key; the nearest are epochs, ",
        ),
        (
            "[[stage]]\nlayers = -3\nepochs = 3",
            "line 2: stage 1, layers: expected a number of layers, 0 or more",
        ),
        (
            "\n[stage]\nlayers = 3\nepochs = 3",
            "line 2: stage: expected a list, received a table; each table of a list begins with two brackets, as [[stage]]",
        ),
        ("stage = [3]", "line 1: stage 1: expected a table, as [[stage]] begins one, received 3"),
    ] {
        let message = Recipe::parse(wrong).unwrap_err().to_string();
        assert!(message.starts_with(expected), "{message}");
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
    assert!(message.starts_with("line 1: memory_limit: there is no unit gigs"), "{message}");
    assert!(Recipe::parse("memory_limit = -1").is_err());
}

#[test]
fn a_size_is_a_side_or_two() {
    for (written, sides) in [("224", vec![224]), ("[96, 128]", vec![96, 128])] {
        let recipe = Recipe::parse(&format!("image_size = {written}")).unwrap();
        assert_eq!(recipe.image_size, sides);
    }
    let message = Recipe::parse("image_size = \"224x224\"").unwrap_err().to_string();
    assert!(message.starts_with("line 1: image_size: expected a side in pixels"), "{message}");
}

#[test]
fn an_unknown_key_names_the_nearest() {
    let message = Recipe::parse("batchsize = 3").unwrap_err().to_string();
    assert!(
        message.starts_with("line 1: batchsize: there is no such key; the nearest are batch_size, "),
        "{message}"
    );
}

#[test]
fn a_wrong_value_is_told_in_a_person_s_words() {
    for (text, expected) in [
        ("epochs = \"many\"", "line 1: epochs: expected a whole number, 0 or more, received \"many\""),
        ("seed = 1\nepochs = 2.5", "line 2: epochs: expected a whole number, 0 or more, received 2.5"),
        ("epochs = 2.0", "line 1: epochs: expected a whole number, 0 or more, received 2.0"),
        ("epochs = -1", "line 1: epochs: expected a whole number, 0 or more, received -1"),
        ("dropout = \"0.5\"", "line 1: dropout: expected a number, such as 0.001, received \"0.5\""),
        ("learning_rate = true", "line 1: learning_rate: expected a number, such as 0.001, received true"),
        ("optimizer = 3", "line 1: optimizer: expected text in quotes, received 3"),
        ("data = 3", "line 1: data: expected text in quotes, received 3"),
        ("use_ema = \"yes\"", "line 1: use_ema: expected true or false, received \"yes\""),
        (
            "metrics = \"accuracy\"",
            "line 1: metrics: expected a list, as [\"accuracy\", \"recall\"], received \"accuracy\"",
        ),
        ("metrics = [\"accuracy\",\n 3]", "line 2: metrics 2: expected text in quotes, received 3"),
        ("test_split = [0.2]", "line 1: test_split: expected a number, such as 0.001, received a list"),
        ("out = 2026-01-01", "line 1: out: expected text in quotes, received 2026-01-01"),
        (
            "fine_tune = -1",
            "line 1: fine_tune: expected a number of layers, 0 or more, the name of a layer, ",
        ),
        (
            "threshold = true",
            "line 1: threshold: expected a number from 0 to 1, or what it is chosen for, as ",
        ),
        ("epochs == 3", "line 1, `epochs == 3`: "),
        (
            "seed = 1\nbase = small_cnn",
            "line 2, `base = small_cnn`: expected a value; text stands in quotes, as ",
        ),
        ("seed = 1\nseed = 2", "line 2, `seed = 2`: this key is given twice"),
        ("stop_when = 3", "line 1: stop_when: expected a list, as [\"val_recall>=0.95\"], received 3"),
        (
            "stop_when = \"val_recall>=0.95\"",
            "line 1: stop_when: expected a list, as [\"val_recall>=0.95\"], received \"val_recall>=0.95\"",
        ),
        (
            "[metrics]\na = 1",
            "line 1: metrics: expected a list, as [\"accuracy\", \"recall\"], received a table",
        ),
        (
            "[[stage]]\nlayers = \"\"\nepochs = 1",
            "line 2: stage 1, layers: expected a number of layers, 0 or more, the name of a layer, ",
        ),
        (
            "fine_tune = \"\"",
            "line 1: fine_tune: expected a number of layers, 0 or more, the name of a layer, ",
        ),
    ] {
        let message = Recipe::parse(text).unwrap_err().to_string();
        assert!(message.starts_with(expected), "{message}");
        assert_eq!(message.lines().count(), 1, "{message}");
        let is_rust = ["invalid type", "invalid value", "usize", "u32", "f64", "sequence", "field"];
        assert!(!is_rust.iter().any(|word| message.contains(word)), "{message}");
        assert!(text.contains("==") || message.contains("received") || text.lines().count() > 1, "{message}");
    }
}

#[test]
fn what_is_no_recipe_is_said() {
    let message = Recipe::parse("batch_size = 18446744073709551615").unwrap_err().to_string();
    assert_eq!(message, "line 1, `batch_size = 18446744073709551615`: the number is too large");
    let folder = tempfile::tempdir().unwrap();
    let refused = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        Recipe::read(&path).unwrap_err().to_string()
    };
    for bytes in [&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], b"\0\0\0"] {
        let message = refused("photo.png", bytes);
        assert!(message.contains("photo.png: it is no text, and a recipe is a TOML file"), "{message}");
    }
    let message = refused("large.toml", &vec![b' '; 1 << 21]);
    assert!(message.contains("more than 1 MiB"), "{message}");
    let message = Recipe::read(folder.path()).unwrap_err().to_string();
    assert!(message.contains("it is a folder, and") && message.contains("recipe.toml"), "{message}");
    // What moves the cursor is not shown, and a long line not whole.
    let message = refused("odd.toml", format!("\u{1b}[2J = {}", "x".repeat(500)).as_bytes());
    assert!(!message.contains(char::is_control) && message.len() < 400, "{message}");
}
