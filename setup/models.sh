#!/bin/sh
# setup/models.sh: rewrites the fetched OCR models so that OpenCV 4.6 loads them, once, into the
# cache folder. Run setup/fetch.sh models first.
. "$(dirname -- "$0")/common.sh"

# Raise it whenever the files below or setup/*_onnx.py change; vision/text_reader.cpp names
# the same folder.
folder="$cache/models-static-2"
source="$cache/ocr-models-1.4.2/assets"
# The detector takes any multiple of 32 once its shape is fixed; the recogniser takes only its own.
widths="96 160 240 320 480 640 960"

rewrite() { /usr/bin/python3 -B "$root/setup/static_onnx.py" "$1" "$2" "$3" || die "could not rewrite $1 for input $3"; }

# The mark networks are our own work and lie in the checkout; a copy goes beside the others.
install_marks() {
    local source="$root/vision/models" marks
    cmp -s "$source/SHA256SUMS" "$folder/marks/SHA256SUMS" && return 0
    (cd "$source" && sha256sum --quiet -c SHA256SUMS >&2) ||
        die "$source is damaged: restore it from the repository, or run training/train.sh"
    say "preparing the mark networks"
    marks=$(mktemp -d "$folder/marks.XXXXXX")
    (cd "$source" && cp -r -- marks-look.onnx marks.json references SHA256SUMS "$marks/")
    # It takes pictures of any size: its layers ask for that of their input when they run.
    rewrite "$source/marks-propose.onnx" "$marks/marks-propose.onnx" 1,3,256,256
    chmod -R u=rwX,go=rX "$marks"
    rm -rf "$folder/marks"
    # As below: of two set-ups at once the second keeps what the first wrote.
    mv -T "$marks" "$folder/marks" 2>/dev/null || rm -rf "$marks"
}

if [ -e "$folder/SHA256SUMS" ]; then
    install_marks
    exit 0
fi

[ -e "$source/ppocr_keys_v1.txt" ] || die "$source is missing. Run setup/fetch.sh models first."
/usr/bin/python3 -c 'import onnx, numpy' 2>/dev/null ||
    die "Python cannot import onnx and numpy: apt-get install python3-onnx python3-numpy"

say "preparing the OCR models for OpenCV"
work=$(mktemp -d "$cache/models.XXXXXX")
trap 'rm -rf "$work"' EXIT INT TERM
rewrite "$source/ch_PP-OCRv4_det_infer.onnx" "$work/detect.onnx" 1,3,960,960
for width in $widths; do
    rewrite "$source/ch_PP-OCRv4_rec_infer.onnx" "$work/recognise-$width.onnx" "1,3,48,$width"
done
cp "$source/ppocr_keys_v1.txt" "$work/keys.txt"
(cd "$work" && sha256sum -- *.onnx keys.txt >sums && mv sums SHA256SUMS)
chmod 755 "$work"
rm -rf "$folder"
# Two set-ups at once make the same files; the one that comes second keeps the first's.
mv -T "$work" "$folder" 2>/dev/null || [ -e "$folder/SHA256SUMS" ] || die "could not write $folder"
install_marks
