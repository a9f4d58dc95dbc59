"""Makes the training set: scenes for the proposing network, crops for the deciding one."""

import argparse
import multiprocessing
import os
import pathlib
import pickle
import zlib

import cv2
import numpy as np

import artwork
import scenes

# Marks that may be on a front panel of the vendor whose name its folder bears. Crops of such
# panels teach "nothing" only against all other marks.
ON_PANEL = {
    "dell": ("dell", "intel", "nvidia"), "hp": ("hp", "hpe", "intel"), "hpe": ("hp", "hpe", "intel"),
    "huawei": ("huawei", "intel"), "lenovo": ("lenovo", "intel"), "cisco": ("cisco", "intel"),
    "supermicro": ("supermicro", "intel"), "asus": ("asus", "intel"), "ubiquiti": ("ubiquiti",),
    "thomas-krenn": ("supermicro", "intel"),
}


def read_textures(panels, extra):
    """(brands, picture, name) of every texture; panels that labels.jsonl names are left alone."""
    textures = []
    if panels and pathlib.Path(panels).is_dir():
        labels = pathlib.Path(panels) / "labels.jsonl"
        labelled = labels.read_text() if labels.exists() else ""
        for file, picture in scenes.read_pictures(panels):
            name = str(file.relative_to(panels))
            if f'"{name}"' not in labelled:
                textures.append((ON_PANEL.get(file.parts[-2].lower(), ()), picture, name))
    for folder in extra:
        for file, picture in scenes.read_pictures(folder):
            if min(picture.shape[:2]) >= 160:
                textures.append(((), picture, file.name))
    return textures


def is_held_out(name):
    return zlib.crc32(name.encode()) % 8 == 0


def jittered(box, rng):
    x0, y0, x1, y1 = box
    grow = np.exp(rng.normal(0, 0.09)) / 2
    x, y, side = (x0 + x1) / 2, (y0 + y1) / 2, max(x1 - x0, y1 - y0)
    x, y = x + rng.normal(0, 0.03) * side, y + rng.normal(0, 0.03) * side
    return x - side * grow, y - side * grow, x + side * grow, y + side * grow


maker = None  # a global, so that forked workers share its pictures without a copy


def make_share(job):
    count, keep_scenes, seed = job
    cv2.setNumThreads(1)
    maker.rng = rng = np.random.default_rng(seed)
    brands = sorted({mark.brand for mark in maker.targets})
    crops, labels, turns, maybe, pictures, boxes = [], [], [], [], [], []
    for index in range(count):
        image, on_texture, items = maker.make()
        cells = []
        taken = items + [(maker.nothing, box, 0) for box in maker.nothing_boxes(image, items, 6)]
        mask = sum(1 << brands.index(b) for b in on_texture if b in brands)
        for number, box, quarter in taken:
            crops.append(scenes.cut(image, jittered(box, rng), scenes.CROP_SPAN, scenes.CROP))
            labels.append(number)
            turns.append(quarter)
            maybe.append(mask)
            if number < maker.nothing:
                cells.append(box)
        if index < keep_scenes:
            pictures.append(image)
            boxes.append((np.float32(cells).reshape(-1, 4), bool(on_texture)))
    return (np.stack(crops), np.int32(labels), np.int8(turns), np.int64(maybe),
            np.stack(pictures) if pictures else None, boxes)


def make(count, keep_scenes, seed, workers, out):
    share = 250
    jobs = [(share, keep_scenes * share // count, seed + i) for i in range(max(1, count // share))]
    with multiprocessing.Pool(workers) as pool:
        parts = pool.map(make_share, jobs, chunksize=1)
    np.save(f"{out}-crops.npy", np.concatenate([p[0] for p in parts]))
    np.savez(f"{out}-labels.npz", labels=np.concatenate([p[1] for p in parts]),
             turns=np.concatenate([p[2] for p in parts]), maybe=np.concatenate([p[3] for p in parts]))
    pictures = [p[4] for p in parts if p[4] is not None]
    if pictures:
        np.save(f"{out}-scenes.npy", np.concatenate(pictures))
        with open(f"{out}-boxes.pickle", "wb") as file:
            pickle.dump([b for p in parts for b in p[5]], file)


def main():
    global maker
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simple-icons", required=True)
    parser.add_argument("--coreui", required=True)
    parser.add_argument("--panels", default="")
    parser.add_argument("--textures", nargs="*", default=[])
    parser.add_argument("--scenes", type=int, default=24000)
    parser.add_argument("--others", type=int, default=1200, help="how many other icons")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--traps", action="store_true", help="second round: half of what is pasted resembles marks")
    parser.add_argument("--out", required=True)
    options = parser.parse_args()

    out = pathlib.Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    packages = artwork.Packages(options.simple_icons, options.coreui)
    targets = artwork.target_marks(packages)
    others = artwork.other_marks(packages, options.others)
    textures = read_textures(options.panels, options.textures)
    print(f"{len(targets)} marks, {len(others)} other icons, {len(textures)} textures", flush=True)
    brands = sorted({mark.brand for mark in targets})
    np.savez(out / "classes.npz", targets=[m.name for m in targets], others=[m.name for m in others], brands=brands)
    for name, count, keep, seed, wanted in (
        ("more-train" if options.traps else "train", options.scenes, 0 if options.traps else options.scenes // 2,
         options.seed * 1000, False),
        ("more-test" if options.traps else "test", max(250, options.scenes // 16), 0 if options.traps else max(250, options.scenes // 16), options.seed * 1000 + 500000, True),
    ):
        chosen = [(b, p) for b, p, n in textures if is_held_out(n) == wanted]
        maker = scenes.SceneMaker(targets, others, chosen, seed, options.traps)
        make(count, keep, seed, options.workers, str(out / name))
        print(name, "made", flush=True)


if __name__ == "__main__":
    main()
