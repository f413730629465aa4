"""Steps of fine-tuning of HiCMAE-Base with PyTorch: what `cargo xtask bench finetuning` holds this project's against.

    python3 fine_tune_torch.py checkpoint CHECKPOINT.pth     # random weights of the real size, for both programs
    python3 fine_tune_torch.py steps CHECKPOINT.pth STEPS BATCH THREADS

The network is that of `crates/blemore-models/tests/fixtures/make_fine_tuning.py` with the real sizes.
"""

import importlib.util
import json
import pathlib
import resource
import sys
import time

import torch
from torch.nn import functional as F

SCRIPT = pathlib.Path(__file__).parents[2] / "crates/blemore-models/tests/fixtures/make_fine_tuning.py"


def network():
    spec = importlib.util.spec_from_file_location("make_fine_tuning", SCRIPT)
    small = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(small)
    small.WIDTH, small.HEADS, small.MLP = 512, 8, 2048
    small.LAYERS, small.LAYERS_AUDIO, small.LAYERS_FUSION = 10, 10, 2
    return small, small.HiCmae()


def groups(small, model):
    top = small.LAYERS + small.LAYERS_FUSION + 1
    return [
        {
            "params": [parameter],
            "lr": 1.25e-4 * small.LAYER_DECAY ** (top - small.depth(name)),
            "weight_decay": 0.05 if parameter.dim() > 1 else 0.0,
        }
        for name, parameter in model.named_parameters()
    ]


def waves(*shape):
    return (torch.arange(torch.Size(shape).numel()).float() * 0.7).sin().reshape(shape)


def main():
    torch.manual_seed(1)
    small, model = network()
    if sys.argv[1] == "checkpoint":
        torch.save({"model": model.state_dict()}, sys.argv[2])
        return
    model.load_state_dict(torch.load(sys.argv[2], weights_only=False)["model"])
    steps, batch = int(sys.argv[3]), int(sys.argv[4])
    torch.set_num_threads(int(sys.argv[5]))
    optimizer = torch.optim.AdamW(groups(small, model), betas=(0.9, 0.999), eps=1e-8)
    target = torch.tensor([[0.7, 0.0, 0.0, 0.0, 0.3, 0.0]]).expand(batch, -1)
    seconds, losses = [], []
    for _ in range(steps):
        start = time.perf_counter()
        faces = waves(3, 16, 160, 160).expand(batch, -1, -1, -1, -1).contiguous()
        sound = waves(1, 256, 128).expand(batch, -1, -1, -1).contiguous()
        loss = F.cross_entropy(model(faces, sound), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        seconds.append(time.perf_counter() - start)
    held = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"seconds": seconds, "losses": losses, "bytes": held}))


main()
