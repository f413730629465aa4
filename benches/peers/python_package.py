"""The Python package beside numpy and a loop in Python, in one process: `cargo xtask bench python WHEEL`.

The loop does what the published search is described to do: for each of 400 pairs of thresholds every clip is decoded to a
map from emotion to salience, and scored by comparing maps. All inputs are generated. Ends with exit code 1 where a goal is
missed.
"""

import os
import pathlib
import statistics
import subprocess
import sys
import time

import blemore
import numpy as np

CLIPS = 522
SHAPE = (500, 1024)
PERCENTILES = [10, 25, 50, 75, 90]
IMPORTS = 15


def decode(row, alpha, beta):
    first, second = np.argsort(-row, kind="stable")[:2]
    kept = [index for index in sorted((first, second)) if row[index] >= alpha]
    if len(kept) < 2:
        return {blemore.EMOTIONS[first]: 100}
    i, j = kept
    if blemore.EMOTIONS[j] == "neu":
        return {blemore.EMOTIONS[i if row[i] >= row[j] else j]: 100}
    if abs(row[i] - row[j]) <= beta:
        saliences = (50, 50)
    else:
        saliences = (70, 30) if row[i] > row[j] else (30, 70)
    return dict(zip((blemore.EMOTIONS[i], blemore.EMOTIONS[j]), saliences))


def search(rows, truths):
    best = None
    for alpha in np.linspace(0.05, 0.95, 20):
        for beta in np.linspace(0.05, 0.95, 20):
            decoded = [decode(row, alpha, beta) for row in rows]
            presence = sum(set(one) == set(other) for one, other in zip(decoded, truths)) / len(truths)
            blends = [(one, other) for one, other in zip(decoded, truths) if len(other) == 2]
            salience = sum(one == other for one, other in blends) / max(len(blends), 1)
            objective = 0.5 * presence + 0.5 * salience
            if best is None or objective > best[0]:
                best = (objective, alpha, beta, presence, salience)
    return best


def five_calls(frames):
    rows = [frames.mean(axis=0), frames.std(axis=0)]
    rows += [np.percentile(frames, percentile, axis=0) for percentile in PERCENTILES]
    return np.concatenate(rows)


def median_seconds(way, repetitions):
    way()
    seconds = []
    for _ in range(repetitions):
        start = time.perf_counter()
        way()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def import_seconds(modules):
    code = f"import time; start = time.perf_counter(); import {modules}; print(time.perf_counter() - start)"
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return float(run.stdout)


def processor():
    report = pathlib.Path("/proc/cpuinfo")
    names = [line for line in report.read_text().splitlines() if line.startswith("model name")] if report.exists() else []
    return names[0].split(":")[1].strip() if names else "unknown processor"


def add_to_table(what, baseline, ours, ratio):
    """A line of the table that `cargo xtask bench` prints at its end."""
    if path := os.environ.get("BLEMORE_BENCH_TABLE"):
        with open(path, "a") as table:
            table.write(f"| {what} | {processor()} | {baseline} | {ours} | {ratio} |\n")


def main():
    missed = []

    def report(what, found, goal, met):
        print(f"{what:<58} {found:<34} {goal:<18} {'met' if met else 'MISSED'}", flush=True)
        if not met:
            missed.append(what)

    random = np.random.default_rng(7)
    frames = random.standard_normal(SHAPE, dtype=np.float32)
    ours, theirs = median_seconds(lambda: blemore.aggregate(frames), 200), median_seconds(lambda: five_calls(frames), 5)
    assert np.allclose(blemore.aggregate(frames), five_calls(frames), atol=1e-5)
    ratio = theirs / ours
    report(
        f"seven statistics of {SHAPE[0]} x {SHAPE[1]} f32, with the call",
        f"{1e3 * ours:.3f} ms, numpy {1e3 * theirs:.1f} ms: {ratio:.0f} x",
        "at least 80 x",
        ratio >= 80,
    )
    add_to_table(
        f"Python: seven statistics of {SHAPE[0]} x {SHAPE[1]} f32 with the call, one core",
        f"numpy, five `percentile` calls: {1e3 * theirs:.1f} ms",
        f"{1e3 * ours:.3f} ms",
        f"{ratio:.0f} x",
    )

    labels = [blemore.Label.all()[number] for number in random.integers(36, size=CLIPS)]
    logits = random.standard_normal((CLIPS, 6)) + 3 * np.array([label.vector() for label in labels])
    exponentials = np.exp(logits)
    rows = (exponentials / exponentials.sum(axis=1, keepdims=True)).astype(np.float32)
    truths = [label.saliences if label.is_blend else dict.fromkeys(label.saliences, 100) for label in labels]
    found = blemore.find_thresholds(rows, labels, columns=blemore.EMOTIONS)
    start = time.perf_counter()
    expected = search(rows, truths)
    theirs = time.perf_counter() - start
    assert expected == (found.objective, found.alpha, found.beta, found.acc_presence, found.acc_salience)
    ours = median_seconds(lambda: blemore.find_thresholds(rows, labels, columns=blemore.EMOTIONS), 2000)
    ratio = theirs / ours
    report(
        f"alpha and beta, {CLIPS} clips, 20 x 20 grid",
        f"{1e3 * ours:.4f} ms, a Python loop {theirs:.2f} s: {ratio:,.0f} x",
        "at least 10,000 x",
        ratio >= 10_000,
    )
    add_to_table(
        f"Python: alpha and beta, {CLIPS} clips, with the call",
        f"a loop in Python: {theirs:.2f} s",
        f"{1e3 * ours:.4f} ms",
        f"{ratio:,.0f} x",
    )

    # By turns, so that both see the same machine.
    pairs = [(import_seconds("numpy"), import_seconds("numpy, blemore")) for _ in range(IMPORTS)]
    alone, both = (statistics.median(times) for times in zip(*pairs))
    report(
        "import",
        f"{1e3 * both:.0f} ms, numpy alone {1e3 * alone:.0f} ms: {1e3 * (both - alone):+.1f} ms",
        "at most 20 ms more",
        both - alone <= 0.020,
    )
    size = os.path.getsize(sys.argv[1]) / 1e6
    report("wheel", f"{size:.1f} MB", "below 8 MB", size < 8)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
