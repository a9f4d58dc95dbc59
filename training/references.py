"""Draws one small picture of each mark, for an analyst to see beside what was found."""

import argparse
import pathlib

import cv2
import numpy as np

import artwork

SIDE = 96
ON_DARK = {"hpe/frame"}  # as it is on every bezel


def draw(art, dark):
    picture = np.full((artwork.SIZES[-1],) * 2 + (3,), 245, np.float32)
    ink_tint, plate_tint = art.colours[0] if art.colours else ((40, 40, 40), None)
    if dark or (plate_tint is None and np.mean(ink_tint) > 150):
        picture[:] = 62

    def lay(alpha, tint):
        share = (alpha.astype(np.float32) / 255)[..., None]
        return picture + (np.asarray(tint, np.float32) - picture) * share

    if art.plate:
        picture = lay(art.plate[-1], plate_tint)
    picture = lay(art.ink[-1], art.picture[-1] if art.picture else ink_tint)
    return cv2.resize(picture.astype(np.uint8), (SIDE, SIDE), interpolation=cv2.INTER_AREA)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simple-icons", required=True)
    parser.add_argument("--coreui", required=True)
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    out = pathlib.Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    for mark in artwork.target_marks(artwork.Packages(options.simple_icons, options.coreui)):
        file = out / (mark.name.replace("/", "-") + ".png")
        cv2.imwrite(str(file), draw(mark.arts[0], mark.name in ON_DARK), [cv2.IMWRITE_PNG_COMPRESSION, 9])


if __name__ == "__main__":
    main()
