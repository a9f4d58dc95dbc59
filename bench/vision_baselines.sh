#!/bin/sh
# bench/vision_baselines.sh LABELS OUT [ROW ...]: chiptrail and what it is compared with, on the same
# photos, counted by the same program, in one table.
# Rows: tesseract sift prototype1280 prototype1920 first-cut chiptrail; without any, all of them.
# Each leaves OUT/ROW.jsonl; a row whose file is there already is not run again: remove the file to.
# PROTOTYPE is the folder of the OCR prototype (default ../shared/tools/ocr); without it there is no
# such row. JOBS is how many photos chiptrail looks at side by side (default 1).
. "$(dirname -- "$0")/../setup/common.sh"
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
[ $# -ge 2 ] || die "usage: bench/vision_baselines.sh LABELS OUT [ROW ...]"
labels=$1
out=$2
shift 2
prototype=${PROTOTYPE:-$root/../shared/tools/ocr}
program=${CHIPTRAIL:-$root/build/release/app/chiptrail}
python=/usr/bin/python3 # Debian's, which sees Debian's OpenCV.
here=$root/bench/baselines
export PYTHONDONTWRITEBYTECODE=1
[ -x "$program" ] || die "$program is missing: cmake --preset release && cmake --build --preset release --target chiptrail"
mkdir -p "$out"
rows=${*:-tesseract sift prototype1280 prototype1920 first-cut chiptrail}

findings() {
    case $1 in
        tesseract) $python "$here/tesseract.py" "$labels" "$2" ;;
        sift)
            sh "$root/setup/fetch.sh" marks || return 1
            $python "$here/sift.py" "$cache/simple-icons-16.37.0" "$labels" "$2"
            ;;
        prototype*)
            [ -e "$prototype/prototype_eval.py" ] || { say "no prototype in $prototype: set PROTOTYPE"; return 1; }
            sh "$root/setup/fetch.sh" models || return 1
            $python "$here/prototype.py" "$prototype" "$cache/ocr-models-1.4.2/assets" "$labels" "${1#prototype}" "$2"
            ;;
        first-cut) sh "$here/first_cut.sh" "$labels" "$2" ;;
        *) die "bench/vision_baselines.sh knows no row '$1'" ;;
    esac
}

for row in $rows; do
    file=$out/$row.jsonl
    if [ "$row" = chiptrail ]; then
        # Exit code 3: a photo could not be read; it counts as missed.
        [ -e "$out/$row.json" ] && [ -e "$file" ] ||
            "$program" eval "$labels" --json --jobs "${JOBS:-1}" --save-findings "$file" >"$out/$row.json" || [ $? = 3 ]
        continue
    fi
    if [ ! -e "$file" ]; then
        say "$row"
        findings "$row" "$file.part" || { say "$row: left out"; continue; }
        mv "$file.part" "$file"
    fi
    "$program" eval "$labels" --json --findings "$file" >"$out/$row.json" || [ $? = 3 ]
done
# shellcheck disable=SC2086
$python "$here/table.py" "$out" $rows
