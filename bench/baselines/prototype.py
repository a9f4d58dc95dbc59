#!/usr/bin/python3
"""Runs the OCR prototype where it lies and writes what it found as findings.

usage: prototype.py FOLDER MODELS LABELS SIDE OUT.jsonl
FOLDER holds prototype_eval.py, MODELS the published ONNX files, SIDE is the longer side in pixels.
It tells no places, so its findings have no boxes. Debian: python3-opencv python3-onnx
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import common


def main():
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    folder, models, labels, side, out = sys.argv[1:]
    with tempfile.TemporaryDirectory() as work:
        found = pathlib.Path(work) / "found.jsonl"
        before = common.cpu_seconds()
        subprocess.run(
            ["/usr/bin/python3", "-B", "prototype_eval.py", os.path.abspath(labels), side, str(found)],
            cwd=folder,
            env={**os.environ, "PPOCR_MODELS": os.path.abspath(models)},
            check=True,
        )
        cpu = common.cpu_seconds() - before
        with open(found, encoding="utf-8") as file:
            photos = [json.loads(line) for line in file]
    with open(out, "w", encoding="utf-8") as lines:
        for photo in photos:
            findings = [
                {
                    "brand": brand,
                    "score": min(1, max(confidence for _, confidence in texts)),
                    "text": texts[0][0],
                }
                for brand, texts in photo["found"].items()
            ]
            line = {
                "file": photo["file"],
                "findings": findings,
                "seconds": photo["t"],
                "cpu_seconds": cpu / len(photos),
            }
            lines.write(json.dumps(line, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
