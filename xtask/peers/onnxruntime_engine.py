"""Images a second of ONNX Runtime on random pictures in memory.

usage: onnxruntime_engine.py FILE.onnx BATCH STEPS      the file's input is [N, 3, 224, 224]
"""

import json
import sys
import time

import numpy as np
import onnxruntime

path, batch, steps = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
feed = {session.get_inputs()[0].name: np.random.default_rng(0).random((batch, 3, 224, 224), dtype=np.float32)}
session.run(None, feed)
begun = time.perf_counter()
for _ in range(steps):
    session.run(None, feed)
rate = batch * steps / (time.perf_counter() - begun)
print(json.dumps({"version": f"ONNX Runtime {onnxruntime.__version__}", "images_per_second": rate}))
