"""Gathers what the proposing network takes for marks on textures that show none: the deciding
network has to know better. Writes mined-*.npy beside the training set."""

import argparse
import pathlib

import cv2
import numpy as np
import torch

from dataset import is_held_out, jittered, read_textures
from networks import STRIDE, UNIT, Proposer, normalise
from scenes import CROP, CROP_SPAN, cut


def propose(network, picture, megapixels, count):
    """As vision/mark_proposals.cpp does."""
    height, width = picture.shape[:2]
    scale, found = min(2.0, (megapixels * 1e6 / (height * width)) ** 0.5), []
    while max(height, width) * scale >= 24 and min(height, width) * scale >= STRIDE:
        size = (int(width * scale), int(height * scale))
        level = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        level = cv2.copyMakeBorder(level, 0, -size[1] % STRIDE, 0, -size[0] % STRIDE, cv2.BORDER_REPLICATE)
        with torch.no_grad():
            out = network(normalise(torch.from_numpy(level[None])))[0].numpy()
        heat = out[0]
        peaks = (heat >= cv2.dilate(heat, np.ones((3, 3)))) & (heat > -3.2)
        for y, x in zip(*np.where(peaks)):
            cx, cy = (x + 0.5 + out[1, y, x]) * STRIDE, (y + 0.5 + out[2, y, x]) * STRIDE
            w, h = UNIT * np.exp(np.minimum(out[3:5, y, x], 1.6))
            found.append((heat[y, x], (cx - w / 2) / scale, (cy - h / 2) / scale, (cx + w / 2) / scale, (cy + h / 2) / scale))
        scale /= 2
    found.sort(key=lambda f: -f[0])
    return [f[1:] for f in found[:count]]


def relit(crop, rng):
    """As another photo of the same thing."""
    crop = crop.astype(np.float32) * rng.uniform(0.6, 1.3) * rng.uniform(0.9, 1.1, 3) + rng.uniform(-25, 25)
    if rng.random() < 0.5:
        crop = cv2.GaussianBlur(crop, (0, 0), rng.uniform(0.4, 1.5))
    if rng.random() < 0.4:
        crop = crop + rng.normal(0, rng.uniform(1, 9), crop.shape)
    if rng.random() < 0.15:
        crop = 255 - crop
    return np.clip(crop, 0, 255).astype(np.uint8)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--panels", default="")
    parser.add_argument("--textures", nargs="*", default=[])
    parser.add_argument("--data", required=True)
    parser.add_argument("--count", type=int, default=60)
    options = parser.parse_args()
    torch.set_num_threads(1)
    folder = pathlib.Path(options.data)
    classes = np.load(folder / "classes.npz")
    brands = list(classes["brands"])
    nothing = len(classes["targets"]) + len(classes["others"])
    network = Proposer()
    network.load_state_dict(torch.load(folder / "proposer.pt"))
    network.eval()
    rng = np.random.default_rng(77)
    sets = {False: ([], []), True: ([], [])}
    for on_texture, picture, name in read_textures(options.panels, options.textures):
        crops, maybe = sets[is_held_out(name)]
        mask = sum(1 << brands.index(b) for b in on_texture if b in brands)
        for zoom in (1.0, 0.6):
            seen = picture if zoom == 1 else cv2.resize(picture, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA)
            for box in propose(network, seen, 1.0, options.count):
                copies = (1 if is_held_out(name) else 2)
                for copy in range(copies):
                    crop = cut(seen, jittered(box, rng), CROP_SPAN, CROP)
                    crops.append(crop if copy == 0 else relit(crop, rng))
                    maybe.append(mask)
    for held_out, (crops, maybe) in sets.items():
        if not crops:
            continue
        out = str(folder / ("mined-test" if held_out else "mined-train"))
        np.save(out + "-crops.npy", np.stack(crops))
        np.savez(out + "-labels.npz", labels=np.full(len(crops), nothing, np.int32),
                 turns=np.zeros(len(crops), np.int8), maybe=np.int64(maybe))
        print(out, len(crops), flush=True)


if __name__ == "__main__":
    main()
