"""Sets each mark's limit: the probability from which a crop counts as that mark. It lies above what
held-out crops of other things reach, and not under its floor. Writes marks.json."""

import argparse
import json
import pathlib

import numpy as np
import torch

from train import Crops, judge_all, load

CEILING = 0.985
TOLERATED = 2e-4  # share of strange crops that may reach a mark's limit
# Real photos hold more than drawn scenes do, so no limit lies under these. The less there is to a
# mark, the higher: letters or many strokes, one clear figure, a bar or a few strokes.
FLOORS = {"nvidia/eye": 0.88, "dell/word": 0.88, "amd/logo": 0.88, "asus/word": 0.88, "intel/swirl": 0.88,
          "dell/roundel": 0.9, "intel/badge": 0.955, "asus/rog": 0.955, "amd/arrow": 0.96,
          "gigabyte/aorus": 0.96, "lenovo/tag": 0.98, "cisco/bars": 0.97, "supermicro/super-dot": 0.97,
          "ubiquiti/u": 0.98}
FLOOR = 0.93
# Longer side in pixels: marks whose drawing holds more than fewer pixels can show. A badge of 16
# pixels is a blue blot; an analyst could not confirm it either.
SMALLEST = {"intel/badge": 28, "asus/rog": 20, "lenovo/tag": 20, "ubiquiti/u": 20}
MEASURED = {"hpe/frame": 0.93}  # vision/hollow_frame.cpp measures it as well

def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    options = parser.parse_args()
    torch.set_num_threads(1)
    folder = pathlib.Path(options.data)
    classes = np.load(folder / "classes.npz")
    targets, others = len(classes["targets"]), len(classes["others"])
    looker, judge, _ = load(folder, classes)
    crops = Crops(folder, "test", targets, others)
    shares = judge_all(looker, judge, crops)[:, :targets].numpy()
    strange = (crops.labels >= targets) & (crops.maybe == 0)
    card = json.loads((folder / "marks.json").read_text())
    card["limits"] = {}
    card["smallest"] = SMALLEST
    which = shares.argmax(1)
    for number, name in enumerate(card["marks"]):
        reached = np.sort(shares[strange & (which == number), number])[::-1]
        allowed = int(strange.sum() * TOLERATED)
        limit = reached[allowed] if len(reached) > allowed else 0
        card["limits"][name] = MEASURED.get(name) or round(float(np.clip(limit, FLOORS.get(name, FLOOR), CEILING)), 3)
        mine = crops.labels == number
        found = (which[mine] == number) & (shares[mine, number] >= card["limits"][name])
        print(f"{name}: limit {card['limits'][name]}, finds {found.mean():.2f} of {mine.sum()} drawn crops")
    (folder / "marks.json").write_text(json.dumps(card, indent=1) + "\n")
    print(f"{int(strange.sum())} strange crops")


if __name__ == "__main__":
    main()
