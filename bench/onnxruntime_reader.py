"""PP-OCRv4 as most programs run it: one scale, every region read once, by ONNX Runtime.

Detection at a longer side of 1280 pixels, threshold 0.3, region score 0.5, unclip 1.6, rotated
rectangles; recognition at 48 rows, lines of a width together. No views, no second look, no lexicon.
"""

import json
import math
import pathlib
import subprocess
import time

import cv2
import numpy

SIDE = 1280
THRESHOLD = 0.3
REGION_SCORE = 0.5
UNCLIP = 1.6
SMALLEST_SIDE = 3
MOST_REGIONS = 1500
WIDTHS = (96, 160, 320, 640, 960)
BATCH = 8
MEAN = numpy.array([0.485, 0.456, 0.406], numpy.float32)
DEVIATION = numpy.array([0.229, 0.224, 0.225], numpy.float32)


class Networks:
    """The two networks in a process of ONNX Runtime."""

    def __init__(self, runtime, models, threads):
        models = pathlib.Path(models)
        self.process = subprocess.Popen(
            [
                "node",
                str(pathlib.Path(__file__).with_name("onnxruntime_server.cjs")),
                str(runtime),
                str(threads),
                f"det={models / 'ch_PP-OCRv4_det_infer.onnx'}",
                f"rec={models / 'ch_PP-OCRv4_rec_infer.onnx'}",
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def run(self, model, tensor):
        """Output, wall seconds and CPU seconds of the run itself, the way there not counted."""
        head = json.dumps({"model": model, "shape": tensor.shape}) + "\n"
        self.process.stdin.write(head.encode())
        self.process.stdin.write(numpy.ascontiguousarray(tensor, "<f4").tobytes())
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        count = math.prod(answer["shape"])
        raw = self.process.stdout.read(4 * count)
        output = numpy.frombuffer(raw, "<f4").reshape(answer["shape"])
        return output, answer["seconds"], answer["cpu_seconds"]

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)


def detector_input(picture):
    height, width = picture.shape[:2]
    scale = SIDE / max(height, width)
    size = [max(32, round(side * scale / 32) * 32) for side in (width, height)]
    small = cv2.resize(picture, size).astype(numpy.float32) / 255
    return ((small - MEAN) / DEVIATION).transpose(2, 0, 1)[None]


def ordered(corners):
    total, difference = corners.sum(1), corners[:, 1] - corners[:, 0]
    order = [total.argmin(), difference.argmin(), total.argmax(), difference.argmax()]
    return corners[order].astype(numpy.float32)


def regions(likely, shape):
    """Quads in the photo from the detector's map, as DB's post-processing makes them."""
    contours, _ = cv2.findContours(
        (likely > THRESHOLD).astype(numpy.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE
    )
    found = []
    for contour in contours[:MOST_REGIONS]:
        centre, (width, height), angle = cv2.minAreaRect(contour)
        if min(width, height) < SMALLEST_SIDE:
            continue
        x, y, columns, rows = cv2.boundingRect(contour)
        mask = numpy.zeros((rows, columns), numpy.uint8)
        cv2.fillPoly(mask, [contour - [x, y]], 1)
        if cv2.mean(likely[y : y + rows, x : x + columns], mask)[0] < REGION_SCORE:
            continue
        grow = UNCLIP * width * height / (2 * (width + height))
        corners = cv2.boxPoints((centre, (width + 2 * grow, height + 2 * grow), angle))
        corners[:, 0] *= shape[1] / likely.shape[1]
        corners[:, 1] *= shape[0] / likely.shape[0]
        found.append(ordered(corners))
    return found


def rectified(picture, quad):
    width = int(max(numpy.linalg.norm(quad[0] - quad[1]), numpy.linalg.norm(quad[2] - quad[3]), 4))
    height = int(max(numpy.linalg.norm(quad[0] - quad[3]), numpy.linalg.norm(quad[1] - quad[2]), 4))
    target = numpy.float32([[0, 0], [width, 0], [width, height], [0, height]])
    crop = cv2.warpPerspective(
        picture,
        cv2.getPerspectiveTransform(quad, target),
        (width, height),
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return numpy.ascontiguousarray(numpy.rot90(crop)) if height >= 1.5 * width else crop


def recogniser_inputs(crops):
    """Batches of lines of like width."""
    by_width = {}
    for crop in crops:
        height, width = crop.shape[:2]
        wanted = math.ceil(48 * width / height)
        padded = next((w for w in WIDTHS if w >= wanted), WIDTHS[-1])
        line = cv2.resize(crop, (min(wanted, padded), 48)).astype(numpy.float32) / 127.5 - 1
        tensor = numpy.zeros((3, 48, padded), numpy.float32)
        tensor[:, :, : line.shape[1]] = line.transpose(2, 0, 1)
        by_width.setdefault(padded, []).append(tensor)
    for tensors in by_width.values():
        for at in range(0, len(tensors), BATCH):
            yield numpy.stack(tensors[at : at + BATCH])


def read(picture, networks):
    """Seconds of the networks alone and of the work around them, and how many lines were read."""
    start = time.perf_counter()
    tensor = detector_input(picture)
    around = time.perf_counter() - start
    likely, detect, cpu = networks.run("det", tensor)
    start = time.perf_counter()
    quads = regions(likely[0, 0], picture.shape)
    batches = list(recogniser_inputs([rectified(picture, quad) for quad in quads]))
    around += time.perf_counter() - start
    recognise = 0.0
    for batch in batches:
        output, seconds, spent = networks.run("rec", batch)
        recognise += seconds
        cpu += spent
        start = time.perf_counter()
        output.argmax(2)  # the best character at each step, all that a plain reader asks
        around += time.perf_counter() - start
    return {
        "detect": detect,
        "recognise": recognise,
        "around": around,
        "cpu_seconds": cpu,
        "lines": len(quads),
    }
