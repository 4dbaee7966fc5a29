use super::*;

fn refused(text: &str) -> String {
    augment(text).unwrap_err().to_string()
}

/// Left as Keras's documentation and sources have it (3.15), right what means the same here.
#[test]
fn keras_s_layers_are_our_words() {
    for (keras, ours) in [
        ("RandomFlip", "flip=both"),
        ("RandomFlip()", "flip=both"),
        ("RandomFlip(\"horizontal\")", "flip"),
        ("RandomFlip(mode='vertical')", "flip=vertical"),
        ("keras.layers.RandomFlip('horizontal_and_vertical')", "flip=both"),
        ("random_flip=horizontal", "flip"),
        ("RandomRotation(0.1)", "rotation=0.1"),
        ("RandomRotation(factor=(-0.1, 0.1))", "rotation=0.1"),
        ("RandomRotation(0.1, fill_mode=\"nearest\")", "rotation=0.1,fill=nearest"),
        ("RandomRotation(0.1, 'reflect', 'bilinear', seed=None, fill_value=0.0)", "rotation=0.1"),
        ("RandomRotation=0.1", "rotation=0.1"),
        ("RandomZoom(-0.2)", "zoom=0.2"),
        ("RandomZoom([-0.2, 0.2], None)", "zoom=0.2"),
        ("RandomTranslation(0.1, 0.1)", "shift=0.1"),
        ("RandomTranslation(height_factor=(-0.1, 0.1), width_factor=0.1)", "shift=0.1"),
        ("RandomShear(0.2, y_factor=0.2)", "shear=0.2"),
        ("RandomContrast(0.2)", "contrast=0.2"),
        ("RandomContrast((0.2, 0.2), value_range=(0, 1))", "contrast=0.2"),
        ("RandomBrightness([-0.3, 0.3], [0, 1])", "brightness=0.3"),
        ("RandomHue((0.0, 0.1))", "hue=0.1"),
        ("RandomSharpness((0.4, 0.6))", "sharpness=0.2"),
        ("RandomSharpness(1.0)", "sharpness=1"),
        ("RandomGrayscale", "grayscale=0.5"),
        ("RandomGrayscale(p=0.1)", "grayscale=0.1"),
        ("AutoContrast", "autocontrast=1"),
        ("Equalization()", "equalize=1"),
        ("GaussianNoise(0.05)", "noise=0.05"),
        ("MixUp", "mixup=0.2"),
        ("MixUp(alpha=0.4)", "mixup=0.4"),
        ("CutMix((1.0, 1.0))", "cutmix=1"),
        ("RandAugment", "randaugment"),
        ("[layers.RandomFlip(\"horizontal\"), layers.RandomRotation(0.1)]", "flip,rotation=0.1"),
        (
            "keras.Sequential([layers.RandomFlip(\"horizontal\"), layers.RandomRotation(0.1),])",
            "flip,rotation=0.1",
        ),
        (
            "Sequential(\n  layers=[\n    RandomFlip(mode='horizontal', input_shape=(180, 180, 3)),\n    RandomZoom((-0.2, 0.2)),\n  ],\n  name='data_augmentation',\n)",
            "flip,zoom=0.2",
        ),
        ("Sequential([RandomFlip(mode='vertical')], name=\"augment\"),MixUp()", "flip=vertical,mixup"),
        ("[flip, zoom=0.2]", "flip,zoom=0.2"),
        ("fill_mode='wrap'", "fill=wrap"),
        // torchvision's, and timm's.
        ("v2.RandomHorizontalFlip(p=0.5)", "flip"),
        ("transforms.Compose([transforms.RandomHorizontalFlip(), RandomEqualize(0.3)])", "flip,equalize=0.3"),
        ("RandomHorizontalFlip,RandomVerticalFlip", "flip=both"),
        ("hflip=0.5", "flip"),
        ("RandomAutocontrast(0.3),RandomEqualize", "autocontrast=0.3,equalize=0.5"),
        // Ours, in other letters.
        ("Rotation(0.1),Zoom=0.2", "rotation=0.1,zoom=0.2"),
        ("flip,RandomRotation(0.1),zoom=0.2,fill=nearest", "flip,rotation=0.1,zoom=0.2,fill=nearest"),
        (
            "RandomRotation(0.1, fill_mode='wrap'),RandomZoom(0.1, fill_mode='wrap')",
            "rotation=0.1,zoom=0.1,fill=wrap",
        ),
    ] {
        assert_eq!(augment(keras).unwrap(), ours.parse().unwrap(), "{keras}");
    }
    assert!(augment("").unwrap().is_identity());
}

#[test]
fn what_means_something_else_is_answered_with_what_comes_near() {
    for (keras, expected) in [
        ("RandomRotation", "--augment: RandomRotation: factor is missing"),
        ("RandomRotation(36)", "36 degrees are RandomRotation(0.1), here rotation=0.1"),
        ("RandomRotation((0.0, 0.1))", "as far either way here: give factor=0.1"),
        ("RandomRotation(0.1, seed=7)", "give --seed 7"),
        ("RandomRotation(0.1, 'constant', fill_value=128)", "a constant fills is black, 0, received 128"),
        ("RandomRotation(0.1, interpolation='nearest')", "bilinear interpolation alone"),
        ("RandomRotation(ten)", "expected a number, as 0.1, or two, as (-0.1, 0.1), received ten"),
        ("RandomRotation(nan)", "received nan"),
        (
            "RandomRotation(0.1, degrees=3)",
            "no argument degrees here; there are factor, fill_mode, interpolation",
        ),
        ("RandomZoom(0.1, 0.2)", "both axes are zoomed alike here: leave width_factor out"),
        ("RandomTranslation", "height_factor and width_factor are missing"),
        ("RandomTranslation(0.1)", "give height_factor=0.1 and width_factor=0.1, which is shift=0.1"),
        ("RandomTranslation(0.1, 0.2)", "which is shift=0.1"),
        ("RandomShear(y_factor=0.3)", "give x_factor=0.3 and y_factor=0.3, which is shear=0.3"),
        ("RandomContrast((0.1, 0.3))", "give factor=0.3, for 0.3 less to 0.3 more"),
        ("RandomSharpness(0.5)", "factor=(0.4, 0.6) is sharpness=0.2"),
        ("RandomSaturation(0.3)", "has no like here; saturation=0.3"),
        ("RandomErasing(0.5)", "cutout=0.3"),
        ("RandAugment(num_ops=2, factor=0.5)", "randaugment=2:9"),
        ("CutMix(1.0)", "factor=(1, 1) is cutmix=1"),
        ("ColorJitter(0.2, 0.2)", "brightness=0.2,contrast=0.2"),
        ("Rescaling(1./255)", "--image-size"),
        (
            "Sequential([RandomFlip(), layers.Rescaling(1./255)])",
            "layers.Rescaling(1./255): it has no like here; --image-size and --resize say how pictures become inputs, and \
             the model scales their values itself: leave it out",
        ),
        (
            "[layers.Input(shape=(180, 180, 3)), RandomFlip()]",
            "the model scales their values itself: leave it out",
        ),
        ("Sequential()", "--augment: Sequential(): layers is missing"),
        ("Sequential(RandomFlip())", "expected its layers in square brackets"),
        ("Sequential([RandomFlip()], depth=2)", "it has no argument depth here"),
        ("[RandomFlip(), [RandomZoom(0.1)]]", "[RandomZoom(0.1)]"),
        ("[RandomFlip(), RandomZoom(0.1)", "is not closed"),
        ("AutoContrast((0, 255), 3)", "3 is one argument more than it takes"),
        ("RandomHorizontalFlip(0.3)", "every other picture is mirrored here"),
        ("RandomFlip(sideways)", "received \"sideways\""),
        ("flip,RandomFlip", "given twice"),
        (
            "RandomRotation(0.1, fill_mode='wrap'),RandomZoom(0.1)",
            "fills with wrap and RandomZoom(0.1) with reflect",
        ),
        ("RandomRotation(0.1, fill_mode='wrap'),fill=nearest", "fill is given twice"),
        ("Wobble(0.1)", "\"Wobble\"; there are flip, rotation"),
        ("RandomFlp", "\"RandomFlp\"; did you mean RandomFlip? There are flip, rotation"),
        ("RandomRotatoin(0.1)", "did you mean RandomRotation?"),
        ("Mixup=0.2,CutMx", "did you mean CutMix?"),
        ("rotaton=0.1", "did you mean rotation?"),
        ("random_zom=0.1", "did you mean random_zoom?"),
        // Nor is anything taken that is not closed.
        ("RandomFlip(\"horizontal\"", "the bracket behind RandomFlip is not closed"),
        ("flip,RandomZoom((-0.1, 0.1),RandomFlip()", "the bracket behind RandomZoom is not closed"),
        ("RandomFlip(\"horizontal\"))", "the bracket ) closes nothing that is open"),
        ("RandomFlip()RandomZoom(0.1)", "RandomFlip()RandomZoom(0.1): "),
    ] {
        let message = refused(keras);
        assert!(message.starts_with("--augment: ") && message.contains(expected), "{keras}: {message}");
    }
    // What is advised is read.
    for advice in layers::advice().filter(|advice| !advice.starts_with("--")) {
        let words = advice.split_once("as ").map_or(advice, |(_, words)| words).split(' ').next().unwrap();
        words.parse::<Augment>().unwrap_or_else(|error| panic!("{advice}: {error}"));
    }
}
