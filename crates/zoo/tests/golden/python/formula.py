"""Weights, norms' figures and pictures made by a formula from a name and an index, exact in float32.

`../formula.rs` is the same in Rust.
"""

import numpy as np

# A parameter that is added differs from 0 by at most this, one that multiplies from 1.
OFFSET = np.float32(0.1)
FACTOR = np.float32(0.25)
# Pictures are patches of so many pixels a side, under noise.
PATCH = 16


def words(name, indices):
    """32 bits for each index: FNV-1a of the name, folded, then the finalizer of MurmurHash3."""
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = (seed ^ byte) * 0x100000001B3 % 2**64
    x = indices.astype(np.uint32) * np.uint32(0x9E3779B1) ^ np.uint32((seed ^ seed >> 32) & 0xFFFFFFFF)
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x85EBCA6B)
    x ^= x >> np.uint32(13)
    x *= np.uint32(0xC2B2AE35)
    return x ^ x >> np.uint32(16)


def units(name, count):
    """`count` values of at least -1 and below 1, multiples of 2^-23."""
    words_ = words(name, np.arange(count, dtype=np.uint32))
    return (words_ >> np.uint32(8)).astype(np.float32) * np.float32(2.0**-23) - np.float32(1)


def parameter(name, shape, gain, pixels, depthwise=False):
    """The values of the parameter called `name`, as `conv1/kernel`, in Keras's layout.

    A kernel is uniform with a variance of `gain / fan_in`; a depthwise one has a fan of its window alone, and one that
    reads RGB is divided by the deviation of its `pixels`.
    """
    values = units(name, int(np.prod(shape))).reshape(shape)
    variable = name.rsplit("/", 1)[1]
    if variable.endswith("kernel"):
        fan_in = np.prod(shape[:2]) if depthwise else np.prod(shape[:-1])
        divisor = pixels if len(shape) == 4 and shape[2] == 3 else 1
        return values * np.float32(np.sqrt(3 * gain / np.float64(fan_in)) / divisor)
    if variable in ("bias", "beta", "moving_mean"):
        return values * OFFSET
    if variable in ("gamma", "moving_variance"):
        return values * FACTOR + np.float32(1)
    raise ValueError(f"no formula for {name}")


def picture(number, height, width, channels=3):
    """Picture `number`, values 0 to 255."""
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(channels), indexing="ij")
    patches = words(f"patches {number}", (y // PATCH * 4096 + x // PATCH) * 4 + c) >> np.uint32(24)
    noise = words(f"noise {number}", (y * 4096 + x) * 4 + c) >> np.uint32(24)
    return ((3 * patches + noise) // 4).astype(np.float32)
