#!/bin/sh
# bench/baselines/first_cut.sh LABELS OUT.jsonl: the findings of chiptrail's first cut.
# Builds the commit below in a work tree of its own under build/, then looks at each photo; takes
# minutes, more the first time.
. "$(dirname -- "$0")/../../setup/common.sh"
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
commit=a9309d5
[ $# -eq 2 ] || die "usage: bench/baselines/first_cut.sh LABELS OUT.jsonl"
labels=$1
out=$2
tree=$root/build/first-cut
[ -e "$tree/.git" ] || git -C "$root" worktree add --detach "$tree" "$commit" >&2
(
    cd "$tree"
    sh setup/fetch.sh sqlite models
    sh setup/models.sh >&2
    [ -e build/release/build.ninja ] || cmake --preset release >&2
    cmake --build --preset release --target chiptrail >&2
)
# The whole way to a photo goes in, its name in the labels comes out.
/usr/bin/python3 - "$tree/build/release/app/chiptrail" "$labels" "$out" "$root/bench/baselines" <<'PY'
import json
import subprocess
import sys

program, labels, out, here = sys.argv[1:]
sys.path.insert(0, here)
import common  # noqa: E402

files = common.labelled_files(labels)
names = {str(path): name for name, path in files}
before = common.cpu_seconds()
run = subprocess.run([program, "scan", "--json", *names], stdout=subprocess.PIPE, check=False)
cpu = (common.cpu_seconds() - before) / max(1, len(files))
with open(out, "w", encoding="utf-8") as lines:
    for line in run.stdout.decode("utf-8").splitlines():
        photo = json.loads(line)
        photo["file"] = names[photo["file"]]
        photo["cpu_seconds"] = cpu
        lines.write(json.dumps(photo, ensure_ascii=False) + "\n")
PY
