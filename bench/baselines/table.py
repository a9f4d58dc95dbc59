#!/usr/bin/python3
"""One table from reports of `chiptrail eval --json`: table.py FOLDER NAME ... reads FOLDER/NAME.json."""

import json
import pathlib
import sys


def share(value):
    if not value["of"]:
        return "-"
    return f"{value['count']}/{value['of']} {100 * value['share']:.0f} % ({100 * value['low']:.0f}-{100 * value['high']:.0f})"


def seconds(value):
    return f"{value:.2f}" if value else "-"


def row(name, report):
    marks, cost = report["marks"], report["cost"] or {}
    # A program that tells no places cannot be judged by them.
    places = report["placement"]["found"]
    return [
        name,
        share(marks["recall_clear"]),
        share(marks["recall_hard"]),
        share(marks["precision"]),
        share(marks["alarmed_negatives"]),
        share(places) if places["count"] else "-",
        seconds(report["median_seconds"]),
        seconds(report["p95_seconds"]),
        seconds(cost.get("cpu_seconds_per_photo")),
    ]


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    rows = [
        ["", "clear", "hard", "precision", "negatives alarmed", "centre in box", "median s", "p95 s", "CPU s"],
        ["---"] * 9,
    ]
    for name in sys.argv[2:]:
        file = folder / f"{name}.json"
        if file.exists() and file.stat().st_size:
            rows.append(row(name, json.loads(file.read_text(encoding="utf-8"))))
    for cells in rows:
        print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
