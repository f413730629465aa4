"""Arrays are read where they are, and other threads run meanwhile."""

import subprocess
import sys
import threading
import time

import blemore
import numpy as np
import pytest
from blemore import _inputs

DTYPES = [np.float16, np.float32, np.float64]


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_compiled_part_gets_the_array_itself(dtype):
    array = np.ones((5, 3), dtype=dtype)
    for layout in (array, np.asfortranarray(array), array[::2, ::-1], array.T, array.reshape(1, 5, 3)):
        assert np.shares_memory(_inputs.frames(layout), layout)


MEMORY = """
import resource, sys
import numpy as np, blemore
dtype, order = sys.argv[1:]
frames = np.zeros((2_000, 8_000), dtype=dtype, order=order)
frames[:] = 1
blemore.aggregate(frames[:, :64])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
blemore.aggregate(frames)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / frames.nbytes)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the unit of ru_maxrss is that of Linux")
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_memory_does_not_grow_by_the_array(dtype, order):
    run = [sys.executable, "-c", MEMORY, dtype, order]
    grown = float(subprocess.run(run, check=True, capture_output=True, text=True).stdout)
    assert grown < 0.25, f"{grown:.2f} of the array"


def test_another_thread_runs_meanwhile():
    frames = np.random.default_rng(0).standard_normal((2_000, 4_000))
    ticks, done = [], threading.Event()

    def tick():
        while not done.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0.001)

    other = threading.Thread(target=tick)
    other.start()
    start = time.perf_counter()
    blemore.aggregate(frames)
    end = time.perf_counter()
    done.set()
    other.join()
    within = [moment for moment in ticks if start < moment < end]
    assert end - start > 0.05, "the work is long enough to tell"
    # With the interpreter's lock held there would be one tick, at the start.
    assert len(within) > 10


def test_other_numbers_are_taken_as_the_program_takes_them():
    whole = np.arange(12).reshape(4, 3)
    assert np.array_equal(blemore.aggregate(whole), blemore.aggregate(whole.astype(np.float64)))
    swapped = whole.astype(">f4")
    assert np.array_equal(blemore.aggregate(swapped), blemore.aggregate(whole.astype(np.float32)))
    packed = np.frombuffer(b"x" + whole.astype(np.float32).tobytes(), dtype=np.uint8)[1:].view(np.float32)
    assert np.array_equal(blemore.aggregate(packed.reshape(4, 3)), blemore.aggregate(whole.astype(np.float32)))
    assert np.array_equal(blemore.aggregate([1.0, 2.0]), blemore.aggregate(np.array([[1.0, 2.0]])))
    assert np.array_equal(blemore.aggregate([[1.0, 2.0], [3.0, 4.0]]), blemore.aggregate(np.array([[1.0, 2.0], [3.0, 4.0]])))


@pytest.mark.parametrize("dtype", DTYPES)
def test_what_is_not_finite_is_named_by_its_place(dtype):
    frames = np.ones((50, 40), dtype=dtype)
    frames[3, 37] = frames[7, 2] = np.nan
    with pytest.raises(blemore.BlemoreError, match=r"frame 3, dimension 37 \(both from 0\) is NaN: 2 of the values"):
        blemore.aggregate(frames)
    with pytest.raises(blemore.BlemoreError, match="array 1: frame 3"):
        blemore.aggregate([np.ones((50, 40), dtype=dtype), frames])


def test_what_is_no_clip_is_refused():
    for wrong, message in [
        (np.ones((2, 3, 4)), r"shape \(2, 3, 4\) is no clip"),
        (np.array([["a"]]), "an array of <U1"),
        (np.ones((0, 3)), "no frames"),
        ([np.ones((2, 3)), np.ones((2, 4))], "array 1 gives 28 statistics"),
        ([np.ones((2, 3)), np.ones((2, 3), dtype=np.float32)], "array 1 gives 21 statistics in float32"),
    ]:
        with pytest.raises(blemore.BlemoreError, match=message):
            blemore.aggregate(wrong)


def test_folders_lists_and_fusion_give_the_same_rows(tmp_path):
    random = np.random.default_rng(1)
    names = ["A1_ang_int1_ver1", "A2_sad_int1_ver1"]
    arrays = [random.standard_normal((9, 4)).astype(np.float32) for _ in names]
    for name, array in zip(names, arrays):
        np.save(tmp_path / f"{name}.npy", array)
    of_folder = blemore.aggregate(tmp_path)
    of_list = blemore.aggregate(arrays, clips=names)
    assert of_folder.clips == of_list.clips == names and of_folder.shape == (2, 28)
    assert np.array_equal(of_folder.to_numpy(), of_list.to_numpy())
    of_list.write(tmp_path / "table.npz")
    assert np.array_equal(blemore.Features.read(tmp_path / "table.npz").to_numpy(), of_list.to_numpy())
    fused = blemore.fuse(of_folder, blemore.Features(names[::-1], np.array([[2.0], [1.0]])))
    assert fused.to_numpy()[:, -1].tolist() == [1.0, 2.0]
    with pytest.raises(blemore.BlemoreError, match="table 2 lacks 1 clip: A2_sad_int1_ver1"):
        blemore.fuse(of_folder, blemore.Features(names[:1], np.array([[1.0]])))
    common = blemore.fuse(of_folder, blemore.Features(names[:1], np.array([[1.0]])), common=True)
    assert common.clips == names[:1] and "A2_sad_int1_ver1" in common.notes[0]
