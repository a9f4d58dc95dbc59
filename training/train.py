"""Trains both networks on what dataset.py made and writes them as ONNX. Seeds are fixed."""

import argparse
import json
import pathlib
import pickle
import time

import numpy as np
import torch
from torch.nn import functional as F

from networks import (EMBEDDING, NOTHING, STRIDE, UNIT, Judge, Looker, LookerWithProducts, Proposer, normalise,
                      product)
from scenes import CROP, LOOK

SMALLEST, LARGEST = 12, 38  # pixels: marks of other sizes are another pyramid level's business


def brand_masks(classes, device):
    """For each bit of `maybe`: which classes are of that brand."""
    brands = list(classes["brands"])
    owner = [brands.index(name.split("/")[0]) for name in classes["targets"]]
    return torch.tensor([[b == o for o in owner] for b in range(len(brands))], device=device)


# ------------------------------------------------------------------ deciding


class Crops:
    """`more` is the second round's scenes, `mined` what mine.py found: a share of its own of every
    batch once it is there."""

    def __init__(self, folder, name, targets, others):
        self.parts, labels = [], []
        for part in (name, f"more-{name}", f"mined-{name}"):
            if (folder / f"{part}-crops.npy").exists():
                self.parts.append(np.load(folder / f"{part}-crops.npy", mmap_mode="r"))
                labels.append(np.load(folder / f"{part}-labels.npz"))
        self.starts = np.cumsum([0] + [len(part) for part in self.parts])
        self.labels, self.turns, self.maybe = (
            np.concatenate([data[key] for data in labels]) for key in ("labels", "turns", "maybe"))
        nothing = targets + others
        mined = (folder / f"mined-{name}-crops.npy").exists()
        drawn = np.arange(len(self.labels)) < self.starts[-2 if mined else -1]
        self.groups = [np.where(self.labels < targets)[0],
                       np.where((self.labels >= targets) & (self.labels < nothing))[0],
                       np.where((self.labels == nothing) & drawn)[0],
                       np.where(~drawn)[0]]

    def at(self, index):
        part = np.searchsorted(self.starts, index, "right") - 1
        return self.parts[part][index - self.starts[part]]

    def batch(self, rng, size):
        shares = (0.42, 0.13, 0.25, 0.2) if len(self.groups[3]) else (0.45, 0.15, 0.4, 0)
        picks = np.concatenate([rng.choice(g, int(size * s)) for g, s in zip(self.groups, shares) if len(g) and s])
        crops = np.empty((len(picks), LOOK, LOOK, 3), np.uint8)
        middle = (CROP - LOOK) // 2
        for row, index in enumerate(picks):
            y, x = np.clip(np.round(rng.normal(0, 1.6, 2)), -5, 5).astype(int) + middle
            crops[row] = self.at(index)[y : y + LOOK, x : x + LOOK]
        return (torch.from_numpy(crops), torch.from_numpy(self.labels[picks]).long(),
                torch.from_numpy(self.turns[picks]).long(), torch.from_numpy(self.maybe[picks]))

    def middles(self, start, stop):
        middle = (CROP - LOOK) // 2
        stop = min(stop, len(self.labels))
        return torch.from_numpy(
            np.stack([self.at(i)[middle : middle + LOOK, middle : middle + LOOK] for i in range(start, stop)]))


def disturb(x):
    """Light and colour, drawn anew for each crop and step."""
    count = x.shape[0]
    x = x * torch.empty(count, 1, 1, 1).uniform_(0.75, 1.25) + torch.empty(count, 1, 1, 1).uniform_(-0.3, 0.3)
    x = x * torch.empty(count, 3, 1, 1).uniform_(0.93, 1.07)
    grey = x.mean(1, keepdim=True).expand_as(x)
    keep = (torch.rand(count, 1, 1, 1) < 0.05).float()
    return x * (1 - keep) + grey * keep


def hide_maybe(logits, labels, maybe, masks, nothing):
    """A crop of a vendor's panel that is said to be nothing may show that vendor's mark."""
    bits = ((maybe[:, None] >> torch.arange(masks.shape[0])) & 1).bool()
    hidden = (bits.float() @ masks.float()) > 0
    hidden &= (labels == nothing)[:, None]
    logits[:, : masks.shape[1]] = logits[:, : masks.shape[1]].masked_fill(hidden, -30)
    return logits


def train_looker(folder, classes, options):
    targets, others = len(classes["targets"]), len(classes["others"])
    nothing = targets + others
    crops = Crops(folder, "train", targets, others)
    rng = np.random.default_rng(options.seed)
    torch.manual_seed(options.seed)
    looker, judge = Looker().to(memory_format=torch.channels_last), Judge(targets, others)
    if options.go_on:
        saved = torch.load(folder / "looker.pt")
        looker.load_state_dict(saved["looker"])
        judge.load_state_dict(saved["judge"])
    masks = brand_masks(classes, "cpu")
    parameters = list(looker.parameters()) + list(judge.parameters())
    optimiser = torch.optim.AdamW(parameters, lr=options.rate, weight_decay=2e-4)
    plan = torch.optim.lr_scheduler.OneCycleLR(optimiser, options.rate, total_steps=options.looker_steps, pct_start=0.1)
    started, total = time.time(), 0.0
    for step in range(1, options.looker_steps + 1):
        x, labels, turns, maybe = crops.batch(rng, options.batch)
        x = disturb(normalise(x)).to(memory_format=torch.channels_last)
        embedding = looker(x)
        logits = hide_maybe(judge(embedding, labels, 0.1), labels, maybe, masks, nothing)
        loss = F.cross_entropy(logits, labels, label_smoothing=0.02)
        known = labels < targets
        loss = loss + 0.15 * F.cross_entropy(product(F.normalize(embedding[known]), judge.turn) * 4, turns[known])
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        plan.step()
        total += float(loss)
        if step % 400 == 0:
            torch.save({"looker": looker.state_dict(), "judge": judge.state_dict()}, folder / "looker.pt")
        if step % 100 == 0:
            print(f"looker {step} loss {total / 100:.3f} {time.time() - started:.0f} s", flush=True)
            total = 0.0
        if time.time() - started > options.looker_seconds:
            print(f"looker: stopped by the clock at step {step}", flush=True)
            break
    looker.eval()
    torch.save({"looker": looker.state_dict(), "judge": judge.state_dict()}, folder / "looker.pt")
    return looker, judge


def judge_all(looker, judge, crops, limit=None):
    outputs = []
    with torch.no_grad():
        for start in range(0, min(len(crops.labels), limit or len(crops.labels)), 512):
            x = normalise(crops.middles(start, start + 512)).to(memory_format=torch.channels_last)
            outputs.append(F.softmax(judge(looker(x)), 1))
    return torch.cat(outputs)


def report_looker(folder, classes, looker, judge):
    targets, others = len(classes["targets"]), len(classes["others"])
    crops = Crops(folder, "test", targets, others)
    shares = judge_all(looker, judge, crops)
    labels = torch.from_numpy(crops.labels[: len(shares)]).long()
    best, which = shares[:, :targets].max(1)
    strange = (labels >= targets) & torch.from_numpy(crops.maybe[: len(shares)] == 0)
    figures = {"marks": {}, "strange_crops": int(strange.sum())}
    for limit in (0.5, 0.9, 0.98):
        figures[f"false_{limit}"] = float((best[strange] > limit).float().mean())
    for number, name in enumerate(classes["targets"]):
        mine = labels == number
        right = (which == number) & mine
        figures["marks"][str(name)] = {
            "crops": int(mine.sum()),
            **{f"found_{limit}": round(float((right & (best > limit)).sum() / max(1, mine.sum())), 3) for limit in (0.5, 0.9, 0.98)},
            "false_0.9": int((strange & (which == number) & (best > 0.9)).sum()),
        }
    return figures


# ------------------------------------------------------------------ proposing


def cells_of(boxes, side):
    """Target map, weight and regression targets of one scene."""
    grid = side // STRIDE
    heat, weight = np.zeros((grid, grid), np.float32), np.ones((grid, grid), np.float32)
    shape, held = np.zeros((4, grid, grid), np.float32), np.zeros((grid, grid), np.float32)
    ys, xs = np.mgrid[0:grid, 0:grid] + 0.5
    for x0, y0, x1, y1 in boxes:
        x, y, wide, tall = (x0 + x1) / 2 / STRIDE, (y0 + y1) / 2 / STRIDE, x1 - x0, y1 - y0
        longer = max(wide, tall)
        if longer < SMALLEST or longer > LARGEST:
            reach = longer / STRIDE * 0.6
            weight[(abs(xs - x) < reach + 0.5) & (abs(ys - y) < reach + 0.5)] = 0
            continue
        spread = max(0.45, longer / STRIDE * 0.2)
        bump = np.exp(-((xs - x) ** 2 + (ys - y) ** 2) / (2 * spread**2))
        cell = (min(int(y), grid - 1), min(int(x), grid - 1))
        bump[cell] = 1
        heat = np.maximum(heat, bump)
        near = (abs(xs - x) <= 0.9) & (abs(ys - y) <= 0.9)
        near[cell] = True
        held[near] = 1
        for channel, value in enumerate((x - xs, y - ys, np.log(wide / UNIT) + 0 * xs, np.log(tall / UNIT) + 0 * xs)):
            shape[channel][near] = value[near]
    return heat, weight, shape, held


def proposal_loss(out, heat, weight, shape, held):
    """CenterNet's focal loss for the places, L1 for the shapes."""
    p = torch.sigmoid(out[:, 0]).clamp(1e-4, 1 - 1e-4)
    exact = (heat > 0.999).float()
    hits = exact * (1 - p) ** 2 * p.log()
    rest = (1 - exact) * (1 - heat) ** 4 * p**2 * (1 - p).log() * weight
    count = exact.sum().clamp(min=1)
    places = -(hits + rest).sum() / count
    shapes = ((out[:, 1:] - shape).abs() * held[:, None]).sum() / held.sum().clamp(min=1)
    return places + shapes


def train_proposer(folder, options):
    pictures = np.load(folder / "train-scenes.npy", mmap_mode="r")
    with open(folder / "train-boxes.pickle", "rb") as file:
        boxes = pickle.load(file)
    side = pictures.shape[1]
    ready = [cells_of(b, side) for b, _ in boxes]
    for cells, (_, uncertain) in zip(ready, boxes):
        if uncertain:  # may show marks of its own
            cells[1][...] *= 0.15
    rng = np.random.default_rng(options.seed + 1)
    torch.manual_seed(options.seed + 1)
    network = Proposer().to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(network.parameters(), lr=options.rate, weight_decay=1e-4)
    plan = torch.optim.lr_scheduler.OneCycleLR(optimiser, options.rate, total_steps=options.proposer_steps, pct_start=0.1)
    started, total = time.time(), 0.0
    for step in range(1, options.proposer_steps + 1):
        picks = rng.integers(0, len(pictures), 24)
        x = disturb(normalise(torch.from_numpy(np.stack([pictures[i] for i in picks]))))
        heat, weight, shape, held = (torch.from_numpy(np.stack([ready[i][k] for i in picks])) for k in range(4))
        if rng.random() < 0.5:
            x, heat, weight, held = (v.flip(-1) for v in (x, heat, weight, held))
            shape = shape.flip(-1) * torch.tensor([-1.0, 1, 1, 1]).view(1, 4, 1, 1)
        loss = proposal_loss(network(x.to(memory_format=torch.channels_last)), heat, weight, shape, held)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        plan.step()
        total += float(loss)
        if step % 400 == 0:
            torch.save(network.state_dict(), folder / "proposer.pt")
        if step % 100 == 0:
            print(f"proposer {step} loss {total / 100:.3f} {time.time() - started:.0f} s", flush=True)
            total = 0.0
        if time.time() - started > options.proposer_seconds:
            print(f"proposer: stopped by the clock at step {step}", flush=True)
            break
    network.eval()
    torch.save(network.state_dict(), folder / "proposer.pt")
    return network


def report_proposer(folder, network):
    """Share of marks of the level's sizes that have a proposal near, by proposals a scene."""
    pictures = np.load(folder / "test-scenes.npy")[:250]
    with open(folder / "test-boxes.pickle", "rb") as file:
        boxes = pickle.load(file)[:250]
    found, count = {5: 0, 10: 0, 20: 0}, 0
    with torch.no_grad():
        out = network(normalise(torch.from_numpy(pictures)))
    heat = torch.sigmoid(out[:, 0])
    peaks = heat * (F.max_pool2d(heat[:, None], 3, 1, 1)[:, 0] == heat)
    for index, (marks, _) in enumerate(boxes):
        order = peaks[index].flatten().argsort(descending=True)
        ys, xs = order // heat.shape[2], order % heat.shape[2]
        x = (xs + 0.5 + out[index, 1, ys, xs]) * STRIDE
        y = (ys + 0.5 + out[index, 2, ys, xs]) * STRIDE
        for x0, y0, x1, y1 in marks:
            longer = max(x1 - x0, y1 - y0)
            if not SMALLEST + 3 <= longer <= LARGEST - 4:
                continue
            count += 1
            near = ((x - (x0 + x1) / 2).abs() < longer * 0.25) & ((y - (y0 + y1) / 2).abs() < longer * 0.25)
            for limit in found:
                found[limit] += bool(near[:limit].any())
    return {"marks": count, **{f"within_first_{k}": round(v / max(1, count), 3) for k, v in found.items()}}


# ------------------------------------------------------------------ all


def export(folder, classes, network, looker, judge):
    torch.onnx.export(network.to(memory_format=torch.contiguous_format), torch.zeros(1, 3, 256, 256),
                      str(folder / "marks-propose.onnx"), opset_version=11, input_names=["picture"], output_names=["map"])
    whole = LookerWithProducts(looker.to(memory_format=torch.contiguous_format), judge).eval()
    torch.onnx.export(whole, torch.zeros(1, 3, LOOK, LOOK), str(folder / "marks-look.onnx"), opset_version=11,
                      input_names=["crop"], output_names=["products"])
    return {
        "embedding": EMBEDDING, "turns": 4, "others": len(classes["others"]), "nothing": NOTHING,
        "scale": round(float(judge.scale()), 4), "marks": [str(n) for n in classes["targets"]],
    }


def load(folder, classes):
    looker, judge, network = Looker(), Judge(len(classes["targets"]), len(classes["others"])), Proposer()
    saved = torch.load(folder / "looker.pt")
    looker.load_state_dict(saved["looker"])
    judge.load_state_dict(saved["judge"])
    network.load_state_dict(torch.load(folder / "proposer.pt"))
    return looker.eval(), judge.eval(), network.eval()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--batch", type=int, default=192)
    parser.add_argument("--looker-steps", type=int, default=2000)
    parser.add_argument("--proposer-steps", type=int, default=2600)
    parser.add_argument("--looker-seconds", type=float, default=1e9)
    parser.add_argument("--proposer-seconds", type=float, default=1e9)
    parser.add_argument("--go-on", action="store_true", help="looker: from what was trained before")
    parser.add_argument("step", choices=("looker", "proposer", "export"))
    options = parser.parse_args()

    torch.set_num_threads(1)  # Debian's build is slower with two
    torch.use_deterministic_algorithms(True, warn_only=True)
    folder = pathlib.Path(options.data)
    classes = np.load(folder / "classes.npz")
    if options.step == "looker":
        train_looker(folder, classes, options)
    elif options.step == "proposer":
        train_proposer(folder, options)
    else:
        looker, judge, network = load(folder, classes)
        figures = {"looker": report_looker(folder, classes, looker, judge),
                   "proposer": report_proposer(folder, network)}
        (folder / "figures.json").write_text(json.dumps(figures, indent=1) + "\n")
        card = export(folder, classes, network, looker, judge)
        (folder / "marks.json").write_text(json.dumps(card, indent=1) + "\n")
        print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
