#!/bin/sh
# training/train.sh [WORK_FOLDER]: makes the mark networks anew, from artwork to weights in
# vision/models. About half an hour on two free cores, 8 GB of memory, 6 GB of disk. See
# training/README.md.
#
# TRAIN_PANELS   folder of front panels for textures (default ../shared/data/panels; may be absent)
# TRAIN_TEXTURES more folders with pictures that show no mark, separated by blanks (default those of
#                Debian's opencv-doc; may be absent)
# TRAIN_SCENES, TRAIN_STEPS, TRAIN_OTHERS  less of them for a trial; then vision/models stays as it is
. "$(dirname -- "$0")/../setup/common.sh"
root=${here%/training}

work=${1:-$cache/training}
python=/usr/bin/python3
panels=${TRAIN_PANELS-$root/../shared/data/panels}
textures=${TRAIN_TEXTURES-/usr/share/doc/opencv-doc/examples/data}
others=${TRAIN_OTHERS:-1200}
scenes=${TRAIN_SCENES:-16000}
steps=${TRAIN_STEPS:-2000}

$python -c 'import torch, cv2, cairosvg, numpy' 2>/dev/null ||
    die "training needs more packages: apt-get install python3-torch python3-opencv python3-cairosvg python3-numpy"
"$root/setup/fetch.sh" marks
artwork="--simple-icons $cache/simple-icons-16.37.0 --coreui $cache/cib-1.2.3"
export PYTHONDONTWRITEBYTECODE=1 PYTHONHASHSEED=0
mkdir -p "$work"

# Round one: marks on textures.
say "drawing $scenes scenes into $work"
# shellcheck disable=SC2086
$python "$root/training/dataset.py" $artwork --panels "$panels" --textures $textures \
    --others "$others" --scenes "$scenes" --seed 1 --out "$work"
say "training both networks; the logs are $work/*.log"
$python "$root/training/train.py" looker --data "$work" --looker-steps "$steps" >"$work/looker.log" 2>&1 &
looker=$!
$python "$root/training/train.py" proposer --data "$work" --proposer-steps "$((steps * 13 / 10))" >"$work/proposer.log" 2>&1 ||
    die "training the proposing network failed: $work/proposer.log"
wait "$looker" || die "training the deciding network failed: $work/looker.log"

# Round two: what the first round mistook.
say "gathering what was mistaken for marks"
# shellcheck disable=SC2086
$python "$root/training/mine.py" --data "$work" --panels "$panels" --textures $textures
# shellcheck disable=SC2086
$python "$root/training/dataset.py" $artwork --panels "$panels" --textures $textures \
    --others "$others" --scenes "$((scenes * 7 / 16))" --seed 2 --traps --out "$work"
$python "$root/training/train.py" looker --go-on --rate 2e-3 --seed 2 --data "$work" \
    --looker-steps "$((steps * 9 / 10))" >"$work/looker-2.log" 2>&1 ||
    die "training the deciding network failed: $work/looker-2.log"

$python "$root/training/train.py" export --data "$work"
$python "$root/training/calibrate.py" --data "$work"
# shellcheck disable=SC2086
$python "$root/training/references.py" $artwork --out "$work/references"
(cd "$work" && sha256sum -- *.onnx marks.json references/*.png >SHA256SUMS)

[ -z "${TRAIN_SCENES:-}${TRAIN_STEPS:-}${TRAIN_OTHERS:-}" ] || { say "a trial: vision/models stays as it is"; exit 0; }
rm -rf "$root/vision/models/references"
cp -r "$work"/*.onnx "$work/marks.json" "$work/references" "$work/SHA256SUMS" "$root/vision/models/"
say "vision/models is new. Run setup/models.sh, then chiptrail eval, before you commit it."
