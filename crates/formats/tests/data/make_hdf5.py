"""Makes earliest.h5.gz and latest.h5.gz with h5py 3.14 (HDF5 1.14.6): python make_hdf5.py"""

import gzip
import io

import h5py
import numpy as np


def fill(file, chunked):
    ramp = np.arange(24).reshape(4, 6)
    types = "<f2 >f2 <f4 >f4 <f8 >f8 |i1 <i2 >i4 <i8 |u1 >u2 <u4 <u8".split()
    for number, name in enumerate(types):
        file[f"types/{number:02}"] = (ramp - (0 if "u" in name else 12)).astype(name)
    file["scalar"] = np.float32(1.5)
    file["empty"] = np.zeros((0, 3), "f4")
    bfloat16 = file.create_dataset("bfloat16", data=np.array([0x3FC0, 0xC000], "<u2").view("V2"))
    bfloat16.attrs["dtype"] = "bfloat16"
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_layout(h5py.h5d.COMPACT)
    space = h5py.h5s.create_simple((3,))
    h5py.h5d.create(file.id, b"compact", h5py.h5t.IEEE_F32LE, space, plist).write(
        h5py.h5s.ALL, h5py.h5s.ALL, np.array([1, 2, 3], "f4")
    )
    if chunked:
        options = dict(chunks=(3, 4), compression="gzip", shuffle=True, fletcher32=True)
        file.create_dataset("chunks", data=np.arange(70, dtype="f4").reshape(7, 10), **options)
        file.create_dataset("plain_chunks", data=np.arange(5, dtype="f8"), chunks=(2,))
    many = file.create_group("many")
    for number in range(300):
        many[f"member_{number}"] = np.int8(number % 100)
    file.attrs["fixed"] = np.array([b"one", b"three"])
    file.attrs["text"] = "Linné"
    file.attrs.create("texts", ["", "two", "a longer one"], dtype=h5py.string_dtype())
    file.attrs["numbers"] = np.array([1, -2], ">i2")


for version in ("earliest", "latest"):
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", libver=version) as file:
        fill(file, chunked=version == "earliest")
    with open(f"{version}.h5.gz", "wb") as out:
        out.write(gzip.compress(buffer.getvalue(), mtime=0))
    print(version, len(buffer.getvalue()))
