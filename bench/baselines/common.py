"""What the baselines share: labels in, findings out, as `chiptrail eval --findings` reads them."""

import json
import os
import pathlib
import resource
import time
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]


def labelled_files(labels):
    """(name in the labels, path) of each photo, in order."""
    folder = pathlib.Path(labels).resolve().parent
    with open(labels, encoding="utf-8") as lines:
        names = [json.loads(line)["file"] for line in lines if line.strip()]
    return [(name, folder / name) for name in names]


def brands():
    """The shipped lexicon: a list of dicts with key, spellings and what else brands.toml says."""
    with open(ROOT / "config" / "brands.toml", "rb") as file:
        return tomllib.load(file)["brand"]


def cache_folder():
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.environ["HOME"], ".cache")
    return pathlib.Path(os.environ.get("CHIPTRAIL_CACHE") or os.path.join(home, "chiptrail"))


def cpu_seconds():
    total = 0.0
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        usage = resource.getrusage(who)
        total += usage.ru_utime + usage.ru_stime
    return total


def write_findings(labels, out, find):
    """Calls find(path), a list of dicts with brand, box, score, text, for each photo."""
    files = labelled_files(labels)
    with open(out, "w", encoding="utf-8") as lines:
        for name, path in files:
            cpu, wall = cpu_seconds(), time.perf_counter()
            findings = find(path)
            line = {
                "file": name,
                "findings": findings,
                "seconds": round(time.perf_counter() - wall, 4),
                "cpu_seconds": round(cpu_seconds() - cpu, 4),
            }
            lines.write(json.dumps(line, ensure_ascii=False) + "\n")
            lines.flush()
