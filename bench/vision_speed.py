#!/usr/bin/python3
"""chiptrail's whole pipeline, ONNX Runtime, Tesseract and the JPEG decoder on the same photos.

usage: vision_speed.py LABELS [--photos N] [--rounds N] [--out FILE.json] [--build FOLDER] [--skip NAME ...]

Photos are drawn evenly from LABELS. In each round every program sees every photo; whose turn it is
first changes from photo to photo, so that a machine that grows slower is unfair to nobody. Each has
two threads. Prints seconds, CPU seconds a megapixel and ratios as minimum, median and maximum over
the rounds, then how chiptrail scales with workers.

Needs the packages of bench/packages.txt, `setup/fetch.sh models bench` and the build of bench/README.md.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "baselines"))

import common  # noqa: E402
import cv2  # noqa: E402
import onnxruntime_reader  # noqa: E402

THREADS = 2
TICK = os.sysconf("SC_CLK_TCK")


def children_of(process):
    parents = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # Ended meanwhile.
        parents.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found, waiting = [], [process]
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting.extend(parents.get(one, []))
    return found


def cpu_of(process):
    """CPU seconds of a process, its living children and those it has waited for."""
    ticks = 0
    for one in children_of(process):
        try:
            fields = pathlib.Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(int(field) for field in fields[11:15])
        except OSError:
            continue
    return ticks / TICK


class Chiptrail:
    """The bench program, one photo at a time, kept running as a crawl keeps its scanners."""

    def __init__(self, build, extra=()):
        self.process = subprocess.Popen(
            [str(build / "bench" / "chiptrail_vision_bench"), f"--threads={THREADS}", "--json", "--stdin",
             *extra, str(common.ROOT / "config")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def read(self, path):
        cpu = cpu_of(self.process.pid)
        self.process.stdin.write(f"{path}\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        return {
            "seconds": answer["seconds"],
            "cpu_seconds": cpu_of(self.process.pid) - cpu,
            "stages": answer["stages"],
            "lines": answer["lines"],
        }

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=60)


class OnnxRuntime:
    """Networks alone: pixels are given, and what is around the networks is told apart."""

    def __init__(self):
        cache = common.cache_folder()
        self.networks = onnxruntime_reader.Networks(
            cache / "onnxruntime-node-1.30.0", cache / "ocr-models-1.4.2" / "assets", THREADS
        )
        self.pictures = {}

    def read(self, path):
        if path not in self.pictures:
            self.pictures[path] = cv2.imread(str(path))
        result = onnxruntime_reader.read(self.pictures[path], self.networks)
        return {
            "seconds": result["detect"] + result["recognise"],
            "cpu_seconds": result["cpu_seconds"],
            "stages": {key: result[key] for key in ("detect", "recognise", "around")},
            "lines": result["lines"],
        }

    def close(self):
        self.networks.close()


class Tesseract:
    """One process a photo, as its command line works; reading its models is a small part."""

    def read(self, path):
        cpu, start = common.cpu_seconds(), time.perf_counter()
        subprocess.run(
            ["tesseract", str(path), "stdout", "--psm", "11", "-l", "eng", "tsv"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
            check=False,
        )
        return {"seconds": time.perf_counter() - start, "cpu_seconds": common.cpu_seconds() - cpu}

    def close(self):
        pass


def programs(build, skipped):
    makers = {
        "chiptrail": lambda: Chiptrail(build),
        "onnxruntime": OnnxRuntime,
        "tesseract": Tesseract,
        "decode": lambda: Chiptrail(build, ["--decode-only"]),
    }
    return {name: make() for name, make in makers.items() if name not in skipped}


def drawn(labels, count):
    """Every n-th photo that OpenCV reads, with its megapixels."""
    photos = [path for _, path in common.labelled_files(labels)]
    step = max(1, len(photos) / count)
    chosen = [photos[int(i * step)] for i in range(min(count, len(photos)))]
    result = []
    for path in chosen:
        picture = cv2.imread(str(path))
        if picture is not None:
            result.append((path, picture.shape[0] * picture.shape[1] / 1e6))
    return result


def measure(photos, contenders, rounds):
    """One list of results a program and round, in the order of the photos."""
    names = list(contenders)
    results = {name: [[] for _ in range(rounds)] for name in names}
    for path, _ in photos[:2]:  # Models are loaded and caches filled before anything counts.
        for name in names:
            contenders[name].read(path)
    turn = 0
    for one in range(rounds):
        for number, (path, _) in enumerate(photos):
            for name in names[turn % len(names) :] + names[: turn % len(names)]:
                results[name][one].append(contenders[name].read(path))
            turn += 1
            print(f"\rround {one + 1}, photo {number + 1} of {len(photos)} ", end="", file=sys.stderr)
    print(file=sys.stderr)
    return results


def spread(values):
    return {"min": min(values), "median": statistics.median(values), "max": max(values)}


def shown(values, digits=3):
    return " / ".join(f"{values[key]:.{digits}f}" for key in ("min", "median", "max"))


def summary(results, photos):
    megapixels = sum(size for _, size in photos)
    table = {}
    for name, rounds in results.items():
        table[name] = {
            "seconds_a_photo": spread([statistics.median(p["seconds"] for p in one) for one in rounds]),
            "photos_per_second": spread([len(one) / sum(p["seconds"] for p in one) for one in rounds]),
            "cpu_seconds_a_megapixel": spread(
                [sum(p["cpu_seconds"] for p in one) / megapixels for one in rounds]
            ),
        }
        if "stages" in rounds[0][0]:
            table[name]["stages"] = {
                stage: statistics.median(sum(p["stages"][stage] for p in one) / len(one) for one in rounds)
                for stage in rounds[0][0]["stages"]
            }
    return table


def total(key, one):
    return sum(photo[key] for photo in one)


def around(photo):
    return photo["seconds"] + photo.get("stages", {}).get("around", 0)


def ratios(results):
    """chiptrail over each other: of the same round, so that a slow round is slow for both."""
    table = {}
    for name, rounds in results.items():
        if name == "chiptrail" or "chiptrail" not in results:
            continue
        pairs = list(zip(results["chiptrail"], rounds))
        table[name] = {
            "seconds": spread([total("seconds", a) / total("seconds", b) for a, b in pairs]),
            "cpu_seconds": spread(
                [total("cpu_seconds", a) / max(total("cpu_seconds", b), 1e-9) for a, b in pairs]
            ),
            "median_photo": spread(
                [statistics.median(x["seconds"] / y["seconds"] for x, y in zip(a, b)) for a, b in pairs]
            ),
        }
        if name == "onnxruntime":
            table[name]["seconds_with_work_around"] = spread(
                [total("seconds", a) / sum(around(photo) for photo in b) for a, b in pairs]
            )
    return table


def scaling(build, photos, workers=(1, 2, 4), rounds=2):
    """Photos a second with photos side by side, each with its share of the processors."""
    runs = {count: [] for count in workers}
    for one in range(rounds):
        for count in workers if one % 2 == 0 else reversed(workers):
            output = subprocess.run(
                [str(build / "bench" / "chiptrail_vision_bench"), f"--workers={count}", "--json",
                 *([f"--threads={THREADS}"] if count == 1 else []),
                 str(common.ROOT / "config"), *(str(path) for path, _ in photos)],
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            ).stdout
            runs[count].append(json.loads(output.strip().splitlines()[-1]))
    return {
        str(count): {
            "photos_per_second": spread([run["photos_per_second"] for run in runs[count]]),
            "cpu_seconds_a_megapixel": spread([run["cpu_seconds_per_megapixel"] for run in runs[count]]),
            "peak_megabytes": max(run["peak_megabytes"] for run in runs[count]),
        }
        for count in workers
    }


def print_table(report):
    print(f"{report['photos']} photos, {report['megapixels']:.1f} megapixels, {report['rounds']} rounds, "
          f"{THREADS} threads; min / median / max over the rounds")
    print(f"{'':<14}{'seconds a photo':>26}{'photos/s':>24}{'CPU s a megapixel':>26}")
    for name, row in report["programs"].items():
        print(f"{name:<14}{shown(row['seconds_a_photo']):>26}{shown(row['photos_per_second'], 2):>24}"
              f"{shown(row['cpu_seconds_a_megapixel']):>26}")
    for name, row in report["ratios"].items():
        print(f"chiptrail over {name}: " + "; ".join(f"{key} {shown(value, 2)}" for key, value in row.items()))
    for count, row in report.get("scaling", {}).items():
        print(f"{count} workers: {shown(row['photos_per_second'], 2)} photos/s, "
              f"{shown(row['cpu_seconds_a_megapixel'])} CPU s a megapixel, peak {row['peak_megabytes']} MB")
    for name, row in report["programs"].items():
        if "stages" in row:
            stages = ", ".join(f"{stage} {seconds:.3f}" for stage, seconds in row["stages"].items())
            print(f"{name}, mean seconds by stage: {stages}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("labels")
    parser.add_argument("--photos", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out")
    parser.add_argument("--build", type=pathlib.Path, default=common.ROOT / "build" / "release")
    parser.add_argument("--skip", nargs="*", default=[])
    options = parser.parse_args()
    cv2.setNumThreads(THREADS)
    photos = drawn(options.labels, options.photos)
    contenders = programs(options.build, options.skip)
    results = measure(photos, contenders, options.rounds)
    for contender in contenders.values():
        contender.close()
    report = {
        "photos": len(photos),
        "megapixels": sum(size for _, size in photos),
        "rounds": options.rounds,
        "threads": THREADS,
        "programs": summary(results, photos),
        "ratios": ratios(results),
    }
    if "scaling" not in options.skip:
        report["scaling"] = scaling(options.build, photos)
    print_table(report)
    if options.out:
        pathlib.Path(options.out).write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
