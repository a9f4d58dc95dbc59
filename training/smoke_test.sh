#!/bin/sh
# Runs the whole training once on next to nothing: does each step still fit the next? Exit code 77
# says that something it needs is not here; it fetches nothing.
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
cache=${CHIPTRAIL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/chiptrail}
/usr/bin/python3 -c 'import torch, cv2, cairosvg, numpy' 2>/dev/null || {
    echo "skipped: python3-torch, python3-opencv or python3-cairosvg is not installed"
    exit 77
}
for folder in simple-icons-16.37.0 cib-1.2.3; do
    [ -e "$cache/$folder/.complete" ] || { echo "skipped: run setup/fetch.sh marks"; exit 77; }
done
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
TRAIN_PANELS='' TRAIN_TEXTURES='' TRAIN_SCENES=250 TRAIN_STEPS=3 TRAIN_OTHERS=12 \
    "$here/train.sh" "$work" >"$work/log" 2>&1 || { tail -n 30 "$work"/*.log "$work/log"; exit 1; }
for file in marks-look.onnx marks-propose.onnx marks.json references/hpe-frame.png SHA256SUMS figures.json; do
    [ -s "$work/$file" ] || { echo "training made no $file"; exit 1; }
done
(cd "$work" && sha256sum --quiet -c SHA256SUMS)
# What users run has to read what training wrote.
/usr/bin/python3 - "$work" <<'PYTHON'
import json, sys, cv2, numpy as np
card = json.load(open(sys.argv[1] + "/marks.json"))
network = cv2.dnn.readNetFromONNX(sys.argv[1] + "/marks-look.onnx")
network.setInput(np.zeros((1, 3, 48, 48), np.float32))
outputs = card["embedding"] + card["turns"] + len(card["marks"]) + card["others"] + card["nothing"]
assert network.forward().shape == (1, outputs), network.forward().shape
assert set(card["limits"]) == set(card["marks"])
network = cv2.dnn.readNetFromONNX(sys.argv[1] + "/marks-propose.onnx")
network.setInput(np.zeros((1, 3, 128, 256), np.float32))
assert network.forward().shape == (1, 5, 16, 32), network.forward().shape
PYTHON
