"""Frames and sound of the clip, through a pipe from ffmpeg."""

import subprocess

import numpy as np
import torch

WIDTH, HEIGHT, RATE = 640, 480, 25
# Of the clip in which faces are found.
FACES_WIDTH, FACES_HEIGHT = 1280, 720


class Clip:
    def __init__(self, path, ffmpeg, every):
        self.path, self.ffmpeg, self.every = path, ffmpeg, every

    def decoded(self, *arguments):
        command = [self.ffmpeg, "-nostdin", "-v", "error", "-i", self.path, *arguments, "-"]
        return subprocess.run(command, check=True, capture_output=True).stdout

    def frames(self, width=WIDTH, height=HEIGHT):
        """Bytes, T x height x width x 3, red first."""
        options = ["-map", "0:v:0", "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "rgb24"]
        return np.frombuffer(self.decoded(*options), np.uint8).reshape(-1, height, width, 3)[:: self.every]

    def sound(self):
        """One channel of 16,000 samples per second, from -1 to 1."""
        samples = self.decoded("-map", "0:a:0", "-ac", "1", "-ar", "16000", "-f", "s16le")
        return torch.from_numpy(np.frombuffer(samples, np.int16).astype(np.float32) / 32768)
