#!/usr/bin/python3
"""Time per stage as a picture: vision_stages_chart.py REPORT.json OUT.svg, REPORT of vision_speed.py."""

import json
import pathlib
import sys
from xml.sax.saxutils import escape

COLOURS = {
    "decode": "#8a8a8a",
    "detect": "#0060c0",
    "recognise": "#e07000",
    "match": "#208040",
    "around": "#c0c0c0",
}
OTHER_COLOURS = ["#905090", "#b03030", "#30a0a0"]
LEFT, WIDTH, ROW, TOP = 110, 700, 44, 34


def colour(stage, known={}):
    if stage not in COLOURS and stage not in known:
        known[stage] = OTHER_COLOURS[len(known) % len(OTHER_COLOURS)]
    return COLOURS.get(stage) or known[stage]


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    report = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    rows = {name: row["stages"] for name, row in report["programs"].items() if "stages" in row}
    rows = {name: {s: t for s, t in stages.items() if t > 0} for name, stages in rows.items()}
    longest = max(sum(stages.values()) for stages in rows.values())
    scale = (WIDTH - LEFT - 70) / longest
    stages = list(dict.fromkeys(stage for row in rows.values() for stage in row))
    height = TOP + ROW * len(rows) + 34
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
        f'height="{height}" role="img" aria-label="seconds a photo by stage" '
        'font-family="sans-serif" font-size="13"><rect width="100%" height="100%" fill="#fff"/>'
    ]
    x = LEFT
    for stage in stages:
        out.append(f'<rect x="{x}" y="10" width="12" height="12" fill="{colour(stage)}"/>')
        out.append(f'<text x="{x + 17}" y="21">{escape(stage)}</text>')
        x += 40 + 8 * len(stage)
    for number, (name, row) in enumerate(rows.items()):
        y = TOP + ROW * number
        out.append(f'<text x="{LEFT - 8}" y="{y + 20}" text-anchor="end">{escape(name)}</text>')
        x = LEFT
        for stage, seconds in row.items():
            width = seconds * scale
            out.append(
                f'<rect x="{x:.1f}" y="{y + 4}" width="{width:.1f}" height="24" fill="{colour(stage)}">'
                f"<title>{escape(stage)}: {seconds:.3f} s</title></rect>"
            )
            x += width
        out.append(f'<text x="{x + 6:.1f}" y="{y + 20}">{sum(row.values()):.3f} s</text>')
    out.append(
        f'<text x="{LEFT}" y="{height - 10}" fill="#555">mean seconds a photo, {report["photos"]} photos of '
        f'{report["megapixels"] / report["photos"]:.1f} megapixels, {report["threads"]} threads</text></svg>\n'
    )
    pathlib.Path(sys.argv[2]).write_text("\n".join(out), encoding="utf-8")


if __name__ == "__main__":
    main()
