#!/usr/bin/python3
"""Prints what passing tests said (tables, figures, what was skipped) from ctest's JUnit files.

usage: report.py tables FILE.xml     the output of each test that printed more than its verdict
       report.py skipped FILE.xml... every "skipped: ..." line once, with how often it was said
"""
import collections
import re
import sys
import xml.etree.ElementTree

VERDICT = re.compile(r"^(Filters: .*|=+|All tests passed .*|Randomness seeded .*|)$")


def said(path):
    for case in xml.etree.ElementTree.parse(path).iter("testcase"):
        output = case.findtext("system-out") or ""
        if case.get("status") == "run":
            yield case.get("name"), [line for line in output.splitlines() if not VERDICT.match(line)]
        elif case.get("status") == "notrun":
            yield case.get("name"), [line for line in output.splitlines() if "skipped:" in line]


def main(what, paths):
    skipped = collections.Counter()
    for path in paths:
        for name, lines in said(path):
            if name.startswith("fuzz."):
                continue  # Decoders complain on stderr about what fuzzers feed them.
            skipped.update(line[line.index("skipped:"):] for line in lines if "skipped:" in line)
            lines = [line for line in lines if "skipped:" not in line]
            if what == "tables" and lines and len(lines) < 120:
                print(f"-- {name}")
                print("\n".join(lines))
    if what == "skipped":
        for line, count in sorted(skipped.items()):
            print(f"{line} ({count} tests)")


if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] not in ("tables", "skipped"):
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2:])
