"""The encoders as a Python program computes them: what `encoders` is measured against.

    python3 encoders ENCODER|faces CLIP FFMPEG EVERY BATCH FEATURES

Says `ready`, and then, for each line that it reads, the seconds that the clip took with decoding; the features are then in
the file FEATURES. One of EVERY frames is taken. At the end of its input it says how many bytes it held at most. The number
of threads is that of OMP_NUM_THREADS.
"""

import pathlib
import sys
import time

import numpy as np
import torch

from clips import Clip
from encoding import ENCODERS
from networks import NETWORKS


def most_memory():
    """In bytes, where the system tells."""
    report = pathlib.Path("/proc/self/status")
    lines = report.read_text().splitlines() if report.exists() else []
    return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


def main():
    encoder, path, ffmpeg, every, batch, features = sys.argv[1:]
    clip = Clip(path, ffmpeg, int(every))
    with torch.inference_mode():
        network = NETWORKS[encoder]().eval()
        print("ready", flush=True)
        for _ in sys.stdin:
            start = time.perf_counter()
            rows = ENCODERS[encoder](network, clip, int(batch)).numpy()
            seconds = time.perf_counter() - start
            np.save(features, rows)
            print(seconds, flush=True)
    print(most_memory(), flush=True)


main()
