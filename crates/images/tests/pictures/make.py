"""Makes the pictures in this folder, and golden.json: what Pillow, TensorFlow and Keras make of some numbers.

usage: python make.py (needs pillow, tensorflow and keras; the results are committed)
"""
import io, json, os, pathlib
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras, numpy, tensorflow
from PIL import Image, ImageOps

HERE = pathlib.Path(__file__).parent
HEIGHT, WIDTH = 16, 24


def base():
    """A smooth picture whose corners all differ; the tests have the same formula."""
    y, x = numpy.mgrid[0:HEIGHT, 0:WIDTH]
    return numpy.stack([x * 10, y * 15, 255 - x * 5 - y * 5], -1).astype(numpy.uint8)


def alpha():
    y, x = numpy.mgrid[0:HEIGHT, 0:WIDTH]
    return ((x * 7 + y * 3) % 256).astype(numpy.uint8)


def ycck(path, picture):
    """Adobe's YCCK: luma and chroma of the inverted picture, and the inverse of black. Pillow writes no such
    files: the four channels are written as CMYK, which inverts them, and the marker then says what they are."""
    y, cb, cr = (255 - numpy.asarray(c) for c in ImageOps.invert(picture).convert("YCbCr").split())
    stored = [Image.fromarray(c) for c in (y, cb, cr, numpy.zeros_like(y))]
    data = io.BytesIO()
    Image.merge("CMYK", stored).save(data, "jpeg", quality=97)
    data = bytearray(data.getvalue())
    adobe = data.index(b"Adobe")
    assert data[adobe + 11] == 0
    data[adobe + 11] = 2
    path.write_bytes(data)


def pictures():
    rgb = Image.fromarray(base())
    rgba = rgb.copy()
    rgba.putalpha(Image.fromarray(alpha()))
    grey = rgb.convert("L")
    save = lambda name, picture, **options: picture.save(HERE / name, **options)
    save("rgb.jpg", rgb, quality=97, subsampling=0)
    save("rgb_420.jpg", rgb, quality=97, subsampling=2)
    save("rgb_progressive.jpg", rgb, quality=97, subsampling=0, progressive=True)
    save("rgb_unconverted.jpg", rgb, quality=97, keep_rgb=True)
    save("rgb_restarts.jpg", rgb, quality=97, subsampling=0, restart_marker_blocks=2)
    save("grey.jpg", grey, quality=97)
    save("rgb_cmyk.jpg", rgb.convert("CMYK"), quality=97)
    ycck(HERE / "rgb_ycck.jpg", rgb)
    undo = {1: None, 2: Image.FLIP_LEFT_RIGHT, 3: Image.ROTATE_180, 4: Image.FLIP_TOP_BOTTOM,
            5: Image.TRANSPOSE, 6: Image.ROTATE_90, 7: Image.TRANSVERSE, 8: Image.ROTATE_270}
    for value, turn in undo.items():
        exif = Image.Exif()
        exif[0x0112] = value
        stored = rgb if turn is None else rgb.transpose(turn)
        save(f"rgb_exif_{value}.jpg", stored, quality=97, subsampling=0, exif=exif)
    save("rgb.png", rgb, optimize=True)
    save("rgba.png", rgba, optimize=True)
    save("grey.png", grey, optimize=True)
    save("grey_alpha.png", Image.merge("LA", [grey, Image.fromarray(alpha())]), optimize=True)
    wide = (numpy.asarray(grey).astype(numpy.uint16) * 257)
    save("grey_16_bit.png", Image.fromarray(wide), optimize=True)
    palette = Image.fromarray((numpy.mgrid[0:HEIGHT, 0:WIDTH][1] // 8).astype(numpy.uint8), "P")
    palette.putpalette([250, 0, 0, 0, 250, 0, 0, 0, 250])
    save("palette_transparent.png", palette, transparency=1, optimize=True)
    save("grey_1_bit.png", grey.point(lambda v: 255 if v > 127 else 0).convert("1"), optimize=True)
    save("rgb.bmp", rgb)
    save("rgb_lossless.webp", rgb, lossless=True)
    save("rgba_lossless.webp", rgba, lossless=True, exact=True)
    save("rgb_lossy.webp", rgb, quality=95)
    save("rgb_lzw.tif", rgb, compression="tiff_lzw")
    save("grey_16_bit.tif", Image.fromarray(wide))
    save("rgb_cmyk.tif", rgb.convert("CMYK"), compression="tiff_lzw")
    other = Image.new("P", (WIDTH, HEIGHT), 2)
    other.putpalette(palette.getpalette())
    save("palette_2_frames.gif", palette, save_all=True, append_images=[other])


def resampled():
    """Cases for the resizing: source and target sizes, the source's bytes, the values expected."""
    random = numpy.random.default_rng(0)
    cases = []

    def case(what, source, wanted):
        wanted = numpy.asarray(wanted, dtype=float)
        cases.append({"what": what, "size": source.shape[:2], "to": wanted.shape[:2],
                      "channels": 1 if source.ndim == 2 else 3, "source": source.ravel().tolist(),
                      "wanted": [round(v, 2) for v in wanted.ravel().tolist()]})

    noise = lambda *shape: random.integers(0, 256, shape, dtype=numpy.uint8)
    calm = lambda *shape: random.integers(60, 200, shape, dtype=numpy.uint8)
    pillow = lambda a, size, how: Image.fromarray(a).resize((size[1], size[0]), how)
    area = lambda a, size: tensorflow.image.resize(a, size, "area").numpy()
    a = noise(6, 8, 3)
    case("Pillow BOX, halves", a, pillow(a, (3, 4), Image.BOX))
    a = noise(9, 12)
    case("Pillow reduce(3)", a, Image.fromarray(a).reduce(3))
    a = noise(120, 4)
    case("Pillow BOX, 40 rows in one", a, pillow(a, (3, 2), Image.BOX))
    a = noise(160, 2)
    case("Pillow BOX, 80 rows in one", a, pillow(a, (2, 1), Image.BOX))
    a = noise(7, 11, 3)
    case("TensorFlow area, parts of pixels", a, area(a, (3, 4)))
    a = noise(8, 9, 3)
    case("TensorFlow area, little smaller", a, area(a, (7, 8)))
    a = noise(1, 40, 3)
    case("TensorFlow area, twelve columns in one", a, area(a, (1, 3)))
    a = calm(5, 4, 3)
    case("Pillow BICUBIC, larger", a, pillow(a, (8, 11), Image.BICUBIC))
    a = calm(3, 2)
    case("Pillow BICUBIC, much larger", a, pillow(a, (7, 9), Image.BICUBIC))
    a = calm(6, 3)
    case("Pillow BOX down, BICUBIC across", a, pillow(numpy.asarray(pillow(a, (3, 3), Image.BOX)), (3, 7), Image.BICUBIC))
    return cases


def moved():
    """Keras's own layers on a small picture, their random range narrowed to one value."""
    random = numpy.random.default_rng(1)
    picture = random.integers(0, 256, (7, 9, 3), dtype=numpy.uint8)
    images = picture[None].astype("float32")
    layers, turns, zoom, height, width, brightness, contrast = keras.layers, -0.086, 0.17, 0.13, -0.21, 0.2, 1.4
    options = {"fill_mode": "reflect", "interpolation": "bilinear"}
    results = {
        "flip": layers.RandomFlip("horizontal").transform_images(images, {"flips": numpy.full((1, 1, 1, 1), True), "input_shape": images.shape}),
        "rotation": layers.RandomRotation((turns, turns), **options)(images, training=True),
        "zoom": layers.RandomZoom((zoom, zoom), **options)(images, training=True),
        "shift": layers.RandomTranslation((height, height), (width, width), **options)(images, training=True),
        "brightness": layers.RandomBrightness((brightness, brightness))(images, training=True),
        "contrast": layers.RandomContrast(0.5).transform_images(images, {"contrast_factor": numpy.full((1, 1, 1, 1), contrast, "float32")}),
    }
    # Keras 3.15 holds saturation within the range of the values, so only for 0 to 1 it is held where it should be.
    saturation, hue, shear = 1.6, 0.17, [0.3, -0.2]
    factor = lambda value: {"factor": numpy.full((1,), value, "float32")}
    results["saturation"] = 255 * layers.RandomSaturation(0.5, value_range=(0, 1)).transform_images(images / 255, factor(saturation))
    results["hue"] = layers.RandomHue(0.5, value_range=(0, 255)).transform_images(images, factor(hue))
    slant = {"shear_factor": numpy.array([shear], "float32"), "input_shape": images.shape}
    results["shear"] = layers.RandomShear(0.5, 0.5, **options).transform_images(images, slant)
    for fill in ("nearest", "constant"):  # across the seam of "wrap" TensorFlow goes by another period than the side
        results[f"rotation {fill}"] = layers.RandomRotation((turns, turns), fill_mode=fill, interpolation="bilinear")(images, training=True)
    drawn = {"saturation": saturation, "hue": hue, "shear": shear, "rotation": turns, "zoom": 1 + zoom, "shift": [width, height], "brightness": brightness, "contrast": contrast}
    return {"size": [7, 9], "source": picture.ravel().tolist(), "drawn": drawn,
            "wanted": {k: [round(float(v), 3) for v in numpy.asarray(r).ravel()] for k, r in results.items()}}


def worked_on():
    """Keras's layers that need a whole picture first, their random range narrowed to one value; and its way to mix."""
    random = numpy.random.default_rng(2)
    # Levels come in uneven numbers and do not reach the ends of the range.
    picture = (20 + 200 * random.random((8, 11, 3)) ** [1, 2, 3]).astype(numpy.uint8)
    # Where a level divided by 255 and multiplied again falls below itself, Keras's Equalization takes the level before.
    exact = (numpy.arange(256, dtype="float32") / 255 * 255).astype(int) == numpy.arange(256)
    picture = numpy.where(exact[picture], picture, picture + 1)
    assert exact[picture].all()
    images, layers = picture[None].astype("float32"), keras.layers
    drawn = {"posterize": 3, "solarize": 90.0, "grayscale": 0.35, "sharpen": 1.7, "blur": 0.4, "share": 0.3125}
    level = lambda value: numpy.full((1, 1, 1, 1), value, "float32")
    sharpness = lambda factor: layers.RandomSharpness(1.0).transform_images(images, {"factor": numpy.array([factor / 2], "float32")})
    results = {
        "autocontrast": layers.AutoContrast()(images),
        "equalize": layers.Equalization()(images, training=True),
        "posterize": layers.RandomPosterization((drawn["posterize"],) * 2)(images, training=True),
        "solarize": layers.Solarization().transform_images(images, {"additions": level(0), "thresholds": level(drawn["solarize"])}),
        "grayscale": layers.RandomColorDegeneration(1.0).transform_images(images, {"factor": level(1 - drawn["grayscale"])}),
        "sharpen": sharpness(drawn["sharpen"]),
        "blur": sharpness(drawn["blur"]),
    }
    other = random.integers(0, 256, picture.shape, dtype=numpy.uint8)
    both = numpy.stack([picture, other]).astype("float32")
    labels = numpy.eye(3, dtype="float32")[[2, 0]]
    mix = {"mix_weight": numpy.array([drawn["share"], 1.0], "float32"), "permutation_order": numpy.array([1, 0])}
    layer = layers.MixUp()
    results["mixup"] = layer.transform_images(both, mix)[0]
    results["mixup labels"] = layer.transform_labels(labels, mix)[0]
    return {"size": picture.shape[:2], "source": picture.ravel().tolist(), "other": other.ravel().tolist(), "drawn": drawn,
            "wanted": {k: [round(float(v), 3) for v in numpy.asarray(r).ravel()] for k, r in results.items()}}


if __name__ == "__main__":
    pictures()
    golden = {"resampled": resampled(), "moved": moved(), "worked_on": worked_on()}
    (HERE / "golden.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
