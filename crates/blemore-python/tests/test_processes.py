"""Everything happens in the interpreter's own process."""

import subprocess
import sys

import pytest

resource = pytest.importorskip("resource")

CALLS = """
import resource, subprocess, sys
import numpy as np, blemore
clips = [f"A{actor}_{emotion}_int1_ver1" for actor in range(1, 9) for emotion in ("ang", "hap")]
rows = np.random.default_rng(0).dirichlet(np.ones(6), len(clips))
table = blemore.probabilities(rows, columns=blemore.EMOTIONS, clips=clips)
blemore.compare(dict.fromkeys(clips, "ang"), dict.fromkeys(clips, "hap"), replicates=100)
blemore.decode(table, blemore.fit_decoder(table))
blemore.evaluate(table, folds=[int(clip[1]) % 4 for clip in clips], replicates=100)
blemore.aggregate([rows, rows])
blemore.standardize(rows)
if "child" in sys.argv:
    subprocess.run([sys.executable, "-c", ""])
# The size of the largest child that has ended; nothing, where there was none.
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


@pytest.mark.parametrize("child", [False, True])
def test_no_child_process_starts(child):
    run = [sys.executable, "-c", CALLS] + (["child"] if child else [])
    largest = int(subprocess.run(run, check=True, capture_output=True, text=True).stdout)
    assert (largest > 0) == child


def test_a_forked_process_aggregates():
    """No pool of threads is lost in a fork, as data loaders make them."""
    code = """
import os, signal
import numpy as np, blemore
frames = np.ones((9, 5))
blemore.aggregate([frames, frames])
child = os.fork()
if child == 0:
    signal.alarm(20)
    blemore.aggregate([frames, frames])
    os._exit(0)
os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    if not hasattr(__import__("os"), "waitstatus_to_exitcode"):
        pytest.skip("needs os.waitstatus_to_exitcode")
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True)
