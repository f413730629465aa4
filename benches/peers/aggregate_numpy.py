"""The seven descriptors with numpy, in the published way and in a faster one: the peer of `cargo bench --bench aggregation`.

Usage: python3 aggregate_numpy.py TxD [TxD ...]

Prints one line of JSON a shape, with the median seconds of each way on one thread:
{"frames": T, "dimensions": D, "five_calls": seconds, "one_call": seconds, "numpy": version}
"""

import json
import statistics
import sys
import time

import numpy as np

PERCENTILES = [10, 25, 50, 75, 90]

# Seconds that each way is repeated for, and repetitions at least and at most.
BUDGET = 1.0
REPETITIONS = (5, 1000)


def five_calls(frames):
    """One `percentile` call for each of the five, as the published baseline does."""
    rows = [frames.mean(axis=0), frames.std(axis=0)]
    rows += [np.percentile(frames, percentile, axis=0) for percentile in PERCENTILES]
    return np.concatenate(rows)


def one_call(frames):
    """All five from one call, so that numpy partitions the frames once."""
    rows = [frames.mean(axis=0), frames.std(axis=0)]
    return np.concatenate([*rows, *np.percentile(frames, PERCENTILES, axis=0)])


def median_seconds(way, frames):
    way(frames)
    seconds = []
    while len(seconds) < REPETITIONS[0] or (sum(seconds) < BUDGET and len(seconds) < REPETITIONS[1]):
        start = time.perf_counter()
        way(frames)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def main():
    for shape in sys.argv[1:]:
        frames, dimensions = (int(length) for length in shape.split("x"))
        clip = np.random.default_rng(7).standard_normal((frames, dimensions), dtype=np.float32)
        measured = {
            "frames": frames,
            "dimensions": dimensions,
            "five_calls": median_seconds(five_calls, clip),
            "one_call": median_seconds(one_call, clip),
            "numpy": np.__version__,
        }
        print(json.dumps(measured), flush=True)


if __name__ == "__main__":
    main()
