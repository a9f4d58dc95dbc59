#!/usr/bin/python3
"""SIFT features of reference artwork, matched to the photo, kept when a homography explains them.

usage: sift.py ICONS LABELS OUT.jsonl
ICONS is the folder of npm simple-icons. Debian: python3-opencv librsvg2-bin
"""

import pathlib
import subprocess
import sys

import common
import cv2
import numpy

REFERENCE_SIDE = 320
PHOTO_SIDE = 1920
RATIO = 0.75  # Lowe's
SURE_INLIERS = 20  # as many inliers are a score of 1, half as many the usual limit of 0.5
FEW_INLIERS = 6


def render(svg):
    """The mark in black on white with room around it."""
    png = subprocess.run(
        ["rsvg-convert", "-w", str(REFERENCE_SIDE), "-h", str(REFERENCE_SIDE),
         "--keep-aspect-ratio", "--background-color", "white", str(svg)],
        stdout=subprocess.PIPE,
        check=True,
    ).stdout
    grey = cv2.imdecode(numpy.frombuffer(png, numpy.uint8), cv2.IMREAD_GRAYSCALE)
    return cv2.copyMakeBorder(grey, 40, 40, 40, 40, cv2.BORDER_CONSTANT, value=255)


def references(icons, sift):
    """(brand, key points, descriptors, corners) of each mark, dark on light and light on dark."""
    result = []
    for brand in common.brands():
        svg = pathlib.Path(icons) / "icons" / f"{brand['key']}.svg"
        if not svg.exists():
            continue
        dark = render(svg)
        ys, xs = numpy.where(dark < 128)
        left, top, right, bottom = xs.min(), ys.min(), xs.max(), ys.max()
        corners = numpy.float32([[left, top], [right, top], [right, bottom], [left, bottom]])
        # A gradient that points the other way is another feature to SIFT.
        for picture in (dark, 255 - dark):
            points, descriptors = sift.detectAndCompute(picture, None)
            if descriptors is not None and len(points) >= FEW_INLIERS:
                result.append((brand["key"], points, descriptors, corners))
    return result


def plausible(quad):
    """No fold and no needle: what a camera can make of a flat mark."""
    if not cv2.isContourConvex(quad.reshape(-1, 1, 2)):
        return False
    (_, (width, height), _) = cv2.minAreaRect(quad)
    return min(width, height) >= 8 and max(width, height) <= 15 * min(width, height)


def place(reference, points, descriptors, matcher):
    brand, known_points, known, corners = reference
    pairs = matcher.knnMatch(known, descriptors, k=2)
    good = [p[0] for p in pairs if len(p) == 2 and p[0].distance < RATIO * p[1].distance]
    if len(good) < FEW_INLIERS:
        return None
    source = numpy.float32([known_points[m.queryIdx].pt for m in good])
    target = numpy.float32([points[m.trainIdx].pt for m in good])
    homography, mask = cv2.findHomography(source, target, cv2.RANSAC, 4.0)
    if homography is None or mask.sum() < FEW_INLIERS:
        return None
    quad = cv2.perspectiveTransform(corners.reshape(-1, 1, 2), homography).reshape(-1, 2)
    return (brand, quad, int(mask.sum())) if plausible(quad.astype(numpy.float32)) else None


def find(path, known, sift, matcher):
    grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if grey is None:
        return []
    scale = min(1.0, PHOTO_SIDE / max(grey.shape))
    if scale < 1:
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    points, descriptors = sift.detectAndCompute(grey, None)
    if descriptors is None or len(points) < 2:
        return []
    findings = []
    for reference in known:
        placed = place(reference, points, descriptors, matcher)
        if placed:
            brand, quad, inliers = placed
            x, y, width, height = cv2.boundingRect((quad / scale).astype(numpy.float32))
            findings.append(
                {
                    "brand": brand,
                    "kind": "symbol",
                    "box": [x, y, width, height],
                    "score": min(1.0, inliers / SURE_INLIERS),
                    "why": f"{inliers} features in place",
                }
            )
    return findings


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    icons, labels, out = sys.argv[1:]
    cv2.setNumThreads(2)
    cv2.setRNGSeed(1)
    sift = cv2.SIFT_create(nfeatures=6000)
    known = references(icons, sift)
    if not known:
        sys.exit(f"no reference artwork in {icons}")
    names = sorted({brand for brand, _, _, _ in known})
    print(f"reference artwork of {len(names)} brands: {', '.join(names)}", file=sys.stderr)
    matcher = cv2.BFMatcher(cv2.NORM_L2)
    common.write_findings(labels, out, lambda path: find(path, known, sift, matcher))


if __name__ == "__main__":
    main()
