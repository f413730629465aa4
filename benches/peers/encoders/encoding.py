"""From a clip to its features, prepared as the scripts published with the dataset prepare it."""

import numpy as np
import torch
from clips import FACES_HEIGHT, FACES_WIDTH, HEIGHT, RATE, WIDTH
from PIL import Image
from torch.nn import functional
from torchvision.models.video import Swin3D_B_Weights

SIDE = 224
MEAN = torch.tensor([0.48145466, 0.4578275, 0.40821073]).view(1, 3, 1, 1)
DEVIATION = torch.tensor([0.26862954, 0.26130258, 0.27577711]).view(1, 3, 1, 1)
# Frames of a row of VideoMAE v2; of a row of Video Swin, how far rows are apart, and how long all videos are made.
GROUP = 16
WINDOW, STRIDE, SECONDS = 32, 16, 10


def of_each_frame(network, clip, batch, pixels):
    frames = clip.frames()
    rows = []
    for start in range(0, len(frames), batch):
        pictures = torch.stack([pixels(frame) for frame in frames[start : start + batch]])
        rows.append(network((pictures - MEAN) / DEVIATION))
    return torch.cat(rows)


def clip_pixels(frame):
    """Pillow's bicubic resize of the short side, and the centre: what transformers 4 does."""
    long = SIDE * WIDTH // HEIGHT
    left = (long - SIDE) // 2
    picture = Image.fromarray(frame).resize((long, SIDE), Image.Resampling.BICUBIC)
    return torch.from_numpy(np.asarray(picture)[:, left : left + SIDE].transpose(2, 0, 1).copy()).float() / 255


def imagebind_pixels(frame):
    picture = torch.from_numpy(frame.copy()).permute(2, 0, 1)[None].float() / 255
    size = (SIDE, SIDE * WIDTH // HEIGHT)
    picture = functional.interpolate(picture, size, mode="bilinear", align_corners=False)[0]
    left = -((SIDE - picture.shape[2]) // 2)
    return picture[:, :, left : left + SIDE]


def clip_rows(network, clip, batch):
    return of_each_frame(lambda pictures: network(pictures).image_embeds, clip, batch, clip_pixels)


def imagebind_rows(network, clip, batch):
    return of_each_frame(lambda pictures: network({"vision": pictures})["vision"], clip, batch, imagebind_pixels)


def videomae_rows(network, clip, batch):
    """One after the other, blue first, and zeros for frames that the last one lacks."""
    frames = clip.frames()
    rows = []
    for start in range(0, len(frames), GROUP):
        pictures = frames[start : start + GROUP, :, :, ::-1].copy()
        pictures = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255
        pictures = functional.interpolate(pictures, (SIDE, SIDE), mode="bilinear", align_corners=False)
        missing = torch.zeros(GROUP - len(pictures), 3, SIDE, SIDE)
        rows.append(network(torch.cat([pictures, missing])[None]))
    return torch.cat(rows)


def swin_rows(network, clip, batch):
    """All rows of ten seconds, which black frames fill up."""
    prepared = Swin3D_B_Weights.KINETICS400_V1.transforms()
    frames = torch.from_numpy(clip.frames().copy()).permute(0, 3, 1, 2)
    missing = torch.zeros(SECONDS * RATE - len(frames), 3, HEIGHT, WIDTH, dtype=torch.uint8)
    frames = torch.cat([frames, missing])
    starts = range(0, len(frames) - WINDOW + 1, STRIDE)
    return torch.cat([network(prepared(frames[start : start + WINDOW])[None]) for start in starts])


def speech_rows(network, clip, batch):
    sound = clip.sound()
    return network(functional.layer_norm(sound, sound.shape)[None]).last_hidden_state[0]


def faces(network, clip, batch):
    """Corners of the box and five points of each face of each frame, which is looked at as a whole."""
    rows = []
    for frame in clip.frames(FACES_WIDTH, FACES_HEIGHT):
        boxes, _, points = network.detect(Image.fromarray(frame), landmarks=True)
        rows += [[*box, *five.reshape(-1)] for box, five in zip(boxes, points)]
    return torch.tensor(np.array(rows), dtype=torch.float32)


ENCODERS = {
    "clip": clip_rows,
    "imagebind": imagebind_rows,
    "videomaev2": videomae_rows,
    "videoswin": swin_rows,
    "hubert": speech_rows,
    "wavlm": speech_rows,
    "faces": faces,
}
