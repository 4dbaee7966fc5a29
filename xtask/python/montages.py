"""Makes JPEGs of 800 × 600 (baseline, 4:2:0, quality 90), as cameras make them, out of smaller photos: four on each.

usage: montages.py PHOTOS FOLDER COUNT      every *.jpeg below PHOTOS → FOLDER/{a,b}/<number>.jpg, all at once
A little noise, as sensors have it, makes up for the detail that enlarged photos lack. The same photos give the same files.
"""

import pathlib
import sys

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 800, 600
NOISE_LEVELS = 2

photos = sorted(pathlib.Path(sys.argv[1]).rglob("*.jpeg"), key=lambda path: path.name)
folder, count = pathlib.Path(sys.argv[2]), int(sys.argv[3])
partial = folder.with_name(folder.name + ".partial")
random = np.random.default_rng(0)


def tile(path):
    """The middle of a photo, 4:3."""
    photo = Image.open(path).convert("RGB")
    width, height = photo.size
    wide = min(width, height * 4 // 3)
    high = wide * 3 // 4
    left, top = (width - wide) // 2, (height - high) // 2
    return photo.crop((left, top, left + wide, top + high)).resize((WIDTH // 2, HEIGHT // 2), Image.BICUBIC)


for name in "ab":
    (partial / name).mkdir(parents=True, exist_ok=True)
for number in range(count):
    montage = Image.new("RGB", (WIDTH, HEIGHT))
    for quarter in range(4):
        place = (quarter % 2 * WIDTH // 2, quarter // 2 * HEIGHT // 2)
        montage.paste(tile(photos[(number * 4 + quarter * 7) % len(photos)]), place)
    noisy = np.asarray(montage) + random.normal(0, NOISE_LEVELS, (HEIGHT, WIDTH, 3))
    picture = Image.fromarray(noisy.round().clip(0, 255).astype(np.uint8))
    picture.save(partial / "ab"[number % 2] / f"{number:03}.jpg", quality=90, subsampling=2)
partial.rename(folder)
