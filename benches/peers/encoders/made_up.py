"""Weights from a seed: those that `blemore encode --random-weights SEED` makes, number for number."""

import functools
import math

import numpy as np

SEED = 1
MASK = (1 << 64) - 1
# Numbers that are made at once, so that they stay in the processor's caches.
CHUNK = 1 << 18


def generator(seed):
    """A generator whose state is `seed` filled up to 128 bits. Without an increment it only multiplies."""
    state, filled = seed, 0
    for word in range(4):
        state = (state * 6364136223846793005 + 11634580027462260723) & MASK
        shifted = (((state >> 18) ^ state) >> 27) & 0xFFFFFFFF
        turn = state >> 59
        filled |= ((shifted >> turn | shifted << (32 - turn)) & 0xFFFFFFFF) << (32 * word)
    random = np.random.PCG64()
    state = {"state": filled | 1, "inc": 0}
    random.state = {"bit_generator": "PCG64", "state": state, "has_uint32": 0, "uinteger": 0}
    return random


@functools.lru_cache(maxsize=2)
def made_up(name, shape):
    """Norms of 1, small biases, and uniform weights by the number of inputs."""
    count = math.prod(shape)
    if len(shape) < 2 and name.endswith("weight"):
        return np.ones(shape, np.float32)
    key = 0xCBF29CE484222325
    for byte in name.encode():
        key = ((key ^ byte) * 0x100000001B3) & MASK
    random = generator(SEED ^ key)
    reach = np.float32(0.02) if len(shape) < 2 else np.sqrt(np.float32(3) / np.float32(math.prod(shape[1:])))
    values = np.empty(count + count % 2, np.float32)
    for start in range(0, len(values), CHUNK):
        part = values[start : start + CHUNK]
        part[:] = random.random_raw(len(part) // 2).astype("<u8").view("<u4") >> 8
        part += np.float32(0.5)
        part /= np.float32(1 << 23)
        part *= reach
        part -= reach
    return values[:count].reshape(shape)
