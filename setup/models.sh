#!/bin/sh
# setup/models.sh: makes of the fetched OCR models what vision/network.cpp runs, once, into the
# cache folder. Run setup/fetch.sh models first.
. "$(dirname -- "$0")/common.sh"

# Raise it whenever the files below or setup/*_onnx.py or network_file.py change; vision/text_reader.cpp names
# the same folder.
folder="$cache/models-4"
source="$cache/ocr-models-1.4.2/assets"

# SRC.onnx DST.net N,C,H,W MEAN DEVIATION
network() {
    /usr/bin/python3 -B "$root/setup/network_file.py" "$@" || die "could not rewrite $1"
}

# The mark networks are our own work and lie in the checkout; a copy goes beside the others.
install_marks() {
    local source="$root/vision/models" marks
    cmp -s "$source/SHA256SUMS" "$folder/marks/SHA256SUMS" && return 0
    (cd "$source" && sha256sum --quiet -c SHA256SUMS >&2) ||
        die "$source is damaged: restore it from the repository, or run training/train.sh"
    say "preparing the mark networks"
    marks=$(mktemp -d "$folder/marks.XXXXXX")
    (cd "$source" && cp -r -- marks.json references SHA256SUMS "$marks/")
    # (value - 127.5) / 64, of values up to 255.
    local mean=0.5,0.5,0.5 deviation=0.2509803922,0.2509803922,0.2509803922
    network "$source/marks-propose.onnx" "$marks/propose.net" 1,3,256,256 $mean $deviation
    network "$source/marks-look.onnx" "$marks/look.net" 1,3,48,48 $mean $deviation
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

say "preparing the OCR models"
work=$(mktemp -d "$cache/models.XXXXXX")
trap 'rm -rf "$work"' EXIT INT TERM
network "$source/ch_PP-OCRv4_det_infer.onnx" "$work/detect.net" 1,3,960,960 0.485,0.456,0.406 0.229,0.224,0.225
network "$source/ch_PP-OCRv4_rec_infer.onnx" "$work/recognise.net" 1,3,48,320 0.5,0.5,0.5 0.5,0.5,0.5
cp "$source/ppocr_keys_v1.txt" "$work/keys.txt"
(cd "$work" && sha256sum -- *.net keys.txt >sums && mv sums SHA256SUMS)
chmod 755 "$work"
rm -rf "$folder"
# Two set-ups at once make the same files; the one that comes second keeps the first's.
mv -T "$work" "$folder" 2>/dev/null || [ -e "$folder/SHA256SUMS" ] || die "could not write $folder"
install_marks
