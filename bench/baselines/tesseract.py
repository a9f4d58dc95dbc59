#!/usr/bin/python3
"""Tesseract over the whole photo; a word that is one of the shipped spellings is a finding.

usage: tesseract.py LABELS OUT.jsonl      Debian: tesseract-ocr
"""

import csv
import io
import os
import re
import subprocess
import sys

import common

LONGEST_SPELLING = 4  # words


def letters(text):
    return re.sub(r"[\W_]", "", text.lower())


def spellings():
    """Letters of each spelling to (brand, exact capitals wanted or None)."""
    known = {}
    for brand in common.brands():
        for spelling in brand["spellings"]:
            exact = spelling if brand.get("match_case") else None
            known.setdefault(letters(spelling), (brand["key"], exact))
    return known


def words_of(path):
    """Words with place and confidence, line by line; sparse text (--psm 11) suits photos."""
    result = subprocess.run(
        ["tesseract", str(path), "stdout", "--psm", "11", "-l", "eng", "tsv"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        timeout=300,
        check=False,
    )
    rows = csv.DictReader(
        io.StringIO(result.stdout.decode("utf-8", "replace")), delimiter="\t", quoting=csv.QUOTE_NONE
    )
    lines = {}
    for row in rows:
        if row["level"] == "5" and (row["text"] or "").strip() and float(row["conf"]) >= 0:
            at = (row["block_num"], row["par_num"], row["line_num"])
            box = [int(row[key]) for key in ("left", "top", "width", "height")]
            lines.setdefault(at, []).append((row["text"].strip(), box, float(row["conf"]) / 100))
    return lines.values()


def around(boxes):
    left, top = min(b[0] for b in boxes), min(b[1] for b in boxes)
    right, bottom = max(b[0] + b[2] for b in boxes), max(b[1] + b[3] for b in boxes)
    return [left, top, max(1, right - left), max(1, bottom - top)]


def find(path, known):
    findings = []
    for line in words_of(path):
        for first in range(len(line)):
            for last in range(first + 1, min(len(line), first + LONGEST_SPELLING) + 1):
                part = line[first:last]
                text = " ".join(word for word, _, _ in part)
                brand, exact = known.get(letters(text), (None, None))
                if brand and (exact is None or text == exact):
                    findings.append(
                        {
                            "brand": brand,
                            "box": around([box for _, box, _ in part]),
                            "score": round(min(confidence for _, _, confidence in part), 4),
                            "text": text,
                        }
                    )
    return findings


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    known = spellings()
    common.write_findings(sys.argv[1], sys.argv[2], lambda path: find(path, known))


if __name__ == "__main__":
    main()
