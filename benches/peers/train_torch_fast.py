"""The same cross-validation as `train_torch.py`, as fast as PyTorch does it on a processor: the fused Adam, batches by
index out of one tensor, no loader, one forward pass over the validation clips, and the whole grid of thresholds at once.
It draws the same random numbers in the same order, so its losses are those of the ordinary program.

    python3 train_torch_fast.py FOLDER

FOLDER is that of `train_torch.py`, whose settings have two more here: `threads` are those of one process, and `processes`
train folds side by side. Writes the same JSON document; its memory is that of the first process alone.
"""

import concurrent.futures
import multiprocessing
import time

import numpy as np
import torch
from torch import nn

from train_torch import GRID, build, main, standardizer

NEUTRAL = 5


class Truths:
    """What the search asks of the labels: each one's pair of emotions (twice the same for one) and the first's share."""

    def __init__(self, targets):
        order = np.sort(np.argsort(-targets, axis=1, kind="stable")[:, :2], axis=1)
        self.blend = (targets > 0).sum(axis=1) == 2
        single = targets.argmax(axis=1)
        self.first = np.where(self.blend, order[:, 0], single)
        self.second = np.where(self.blend, order[:, 1], single)
        self.share = targets[np.arange(len(targets)), self.first]


def search(probabilities, truths):
    """What `train_torch.search` finds: each cell is a sum over clips, and the sums of all cells are one product."""
    rows = np.arange(len(probabilities))
    top = np.argsort(-probabilities, axis=1, kind="stable")[:, :2]
    early, late = top.min(axis=1), top.max(axis=1)
    runner_up = probabilities[rows, top[:, 1]]
    gap = probabilities[rows, early] - probabilities[rows, late]
    blended = (late != NEUTRAL)[:, None] & (runner_up[:, None] >= GRID)
    right_single = ~truths.blend & (truths.first == top[:, 0])
    right_pair = truths.blend & (truths.first == early) & (truths.second == late)
    equal = np.abs(gap)[:, None] <= GRID
    dominant = (gap > 0) == (truths.share > 0.5)
    right_ratio = np.where((truths.share == 0.5)[:, None], equal, ~equal & dominant[:, None])
    presence = np.where(blended, right_pair[:, None], right_single[:, None]).sum(axis=0) / len(rows)
    counts = blended.T.astype(np.float32) @ (right_pair[:, None] & right_ratio).astype(np.float32)
    salience = counts.astype(np.float64) / max(truths.blend.sum(), 1)
    composite = 0.5 * presence[:, None] + 0.5 * salience
    alpha, beta = np.unravel_index(composite.argmax(), composite.shape)
    return {
        "composite": composite[alpha, beta],
        "alpha": GRID[alpha],
        "beta": GRID[beta],
        "acc_presence": presence[alpha],
        "acc_salience": salience[alpha, beta],
        "presence_only": presence.max(),
        "salience_only": salience.max(),
    }


def draw():
    return torch.empty((), dtype=torch.int64).random_().item()


def plan(width, clips, hidden, settings):
    """A model and the order of clips in each epoch, drawn as the loaders of the ordinary program draw them."""
    model, orders = build(width, hidden), []
    for _ in range(settings["epochs"]):
        draw()
        generator = torch.Generator()
        generator.manual_seed(draw())
        orders.append(torch.randperm(clips, generator=generator))
        if settings["validate"]:
            draw()
    return model, orders


def objective(logits, targets):
    return nn.functional.kl_div(nn.functional.log_softmax(logits, dim=1), targets, reduction="batchmean")


def fit(features, targets, folds, fold, model, orders, settings):
    train, validation = folds != fold, folds == fold
    standardized = standardizer(features, train)
    inputs, held_out = standardized(train), standardized(validation)
    labels, truths = torch.from_numpy(targets[train]), torch.from_numpy(targets[validation])
    searched = Truths(targets[validation])
    optimizer = torch.optim.Adam(
        model.parameters(), lr=settings["learning_rate"], weight_decay=settings["weight_decay"], fused=True
    )
    epochs = []
    for epoch, order in enumerate(orders, 1):
        start = time.perf_counter()
        losses = []
        for batch in order.split(settings["batch_size"]):
            optimizer.zero_grad(set_to_none=True)
            loss = objective(model(inputs.index_select(0, batch)), labels.index_select(0, batch))
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
        record = {"epoch": epoch, "train_loss": torch.stack(losses).double().mean().item()}
        record["train_seconds"] = time.perf_counter() - start
        if settings["validate"]:
            start = time.perf_counter()
            with torch.inference_mode():
                logits = model(held_out)
                batches = zip(logits.split(settings["batch_size"]), truths.split(settings["batch_size"]))
                losses = [objective(of_batch, target).item() for of_batch, target in batches]
                outputs = torch.softmax(logits, dim=1).numpy()
            record |= {"val_loss": float(np.mean(losses)), "validation_seconds": time.perf_counter() - start}
            start = time.perf_counter()
            record |= search(outputs, searched)
            record["search_seconds"] = time.perf_counter() - start
        epochs.append(record)
    return epochs


def cross_validate(features, targets, folds, settings):
    """The epochs of each fold of each model."""
    torch.set_num_threads(settings["threads"])
    torch.manual_seed(settings["seed"])
    jobs = [(hidden, fold) for hidden in settings["models"] for fold in settings["folds"]]
    plans = [plan(features.shape[1], int((folds != fold).sum()), hidden, settings) for hidden, fold in jobs]

    def run(job):
        torch.set_num_threads(settings["threads"])
        return fit(features, targets, folds, jobs[job][1], *plans[job], settings)

    if settings["processes"] == 1:
        done = [run(job) for job in range(len(jobs))]
    else:
        done = side_by_side(run, len(jobs), settings["processes"])
    per_model = len(settings["folds"])
    return [done[start : start + per_model] for start in range(0, len(done), per_model)]


def side_by_side(run, count, processes):
    """Forked, so that they share features and plans; nothing has started a thread before."""
    global RUN
    RUN = run
    context = multiprocessing.get_context("fork")
    with concurrent.futures.ProcessPoolExecutor(processes, mp_context=context) as pool:
        return list(pool.map(run_job, range(count)))


def run_job(job):
    return RUN(job)


if __name__ == "__main__":
    main(cross_validate)
