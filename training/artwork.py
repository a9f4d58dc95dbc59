"""The marks to learn: reference artwork from pinned npm packages (both CC0) and own drawings.

Each mark is a list of Art: an ink mask, maybe a plate that the ink lies on, and the colours in
which it is usually seen. Masks are square, 8-bit, in three sizes, the mark's longer side filling
80 % of them.
"""

import json
import pathlib
import random
from dataclasses import dataclass, field

import cairosvg
import cv2
import numpy as np

SIZES = (48, 96, 192)
FILL = 0.8


@dataclass
class Art:
    ink: list  # one mask a size
    plate: list | None = None
    colours: list = field(default_factory=list)  # (ink BGR, plate BGR or None)
    picture: list | None = None  # BGR, for art of many colours; ink is then its outline
    colour_share: float = 0.6  # how often one of `colours` is taken instead of any


@dataclass
class Mark:
    name: str
    arts: list

    @property
    def brand(self):
        return self.name.split("/")[0]


def rasterise(svg, size=512):
    png = cairosvg.svg2png(bytestring=svg.encode(), output_width=size, output_height=size)
    image = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
    if image.shape[2] == 3:
        image = np.dstack([image, np.full(image.shape[:2], 255, np.uint8)])
    return image


def wrap(body, box="0 0 24 24"):
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}">{body}</svg>'


def fit(*masks):
    """Cuts all masks to the bounds of the last one and pads them alike to squares."""
    ys, xs = np.where(masks[-1] > 64)
    top, bottom, left, right = ys.min(), ys.max() + 1, xs.min(), xs.max() + 1
    side = int(max(bottom - top, right - left) / FILL)
    fitted = []
    for mask in masks:
        part = mask[top:bottom, left:right]
        square = np.zeros((side, side) + mask.shape[2:], np.uint8)
        y, x = (side - part.shape[0]) // 2, (side - part.shape[1]) // 2
        square[y : y + part.shape[0], x : x + part.shape[1]] = part
        fitted.append([cv2.resize(square, (s, s), interpolation=cv2.INTER_AREA) for s in SIZES])
    return fitted


def bgr(text):
    return tuple(int(text[i : i + 2], 16) for i in (4, 2, 0))


def plain(svg, colours=(), share=0.6, size=512):
    (ink,) = fit(rasterise(svg, size)[:, :, 3])
    return Art(ink, None, [(bgr(c), None) for c in colours], colour_share=share)


def plated(svg, plate_svg, colours, share=0.75):
    """Ink on a plate which belongs to the mark."""
    ink, plate = fit(rasterise(svg)[:, :, 3], rasterise(plate_svg)[:, :, 3])
    return Art(ink, plate, [(bgr(a), bgr(b)) for a, b in colours], colour_share=share)


def pictured(svg):
    image = rasterise(svg)
    picture, ink = fit(image[:, :, :3], image[:, :, 3])
    return Art(ink, picture=picture)


def in_box(svg_body, x, y, width, height, box):
    """A 24 x 24 drawing placed into part of a larger one."""
    return (
        f'<svg x="{x}" y="{y}" width="{width}" height="{height}" viewBox="{box}" '
        f'preserveAspectRatio="xMidYMid meet">{svg_body}</svg>'
    )


class Packages:
    """The unpacked npm packages."""

    def __init__(self, simple_icons, coreui):
        self.icons = pathlib.Path(simple_icons) / "icons"
        self.coreui = json.loads((pathlib.Path(coreui) / "icons.json").read_text())["icons"]

    def body(self, name):
        text = (self.icons / f"{name}.svg").read_text()
        return text[text.index("<path") : text.rindex("</svg>")]

    def svg(self, name, box="0 0 24 24"):
        return wrap(self.body(name), box)

    def coreui_body(self, name):
        return self.coreui[name]["body"]

    def names(self):
        return sorted(f.stem for f in self.icons.glob("*.svg"))


SILVER = ["c8c8c8", "e8e8e8", "ffffff", "9a9a9a", "202020"]
# Names in the package that are learned as marks, or too near to one of them.
TAKEN = set(
    "nvidia dell hp intel amd msi msibusiness asus republicofgamers huawei cisco lenovo supermicro "
    "ubiquiti thinkpad".split()
)

SHIELD = '<path d="M12 0C9 2 5 3 2 3C1.6 11 3 19 12 24C21 19 22.4 11 22 3C19 3 15 2 12 0Z"/>'
DISC = '<circle cx="12" cy="12" r="12"/>'
# A falcon's head in slanted strokes, after the look of AORUS' mark; drawn for this project.
FALCON = (
    '<path d="M1 9L13 2L23 3L15 6L22 8L14 10L18 13L13 13L11 21L8 15L9 12L4 14L8 10Z"/>'
    '<path d="M2 16L7 16L9 22L4 19Z"/>'
)


def split_dell(body):
    """The word and the ring of Dell's roundel; both are parts of one path."""
    start = body.index("M11.82 0")
    return body[:start] + '"/>', '<path d="' + body[start:]


def hpe_frames():
    arts = []
    for aspect, stroke in ((2.6, 0.2), (3.0, 0.24), (3.4, 0.24), (3.4, 0.3), (2.8, 0.28), (3.9, 0.26)):
        height = 22 / aspect
        edge = stroke * height
        top = 12 - height / 2
        frame = (
            f'<path fill-rule="evenodd" d="M1 {top}h22v{height}h-22z '
            f'M{1 + edge} {top + edge}v{height - 2 * edge}h{22 - 2 * edge}v-{height - 2 * edge}z"/>'
        )
        greens = ["01a982", "17b890", "2ad2a9", "0f7a63", "5fc9a8", "358f78", "20c5a0", "7fd8bd"]
        arts.append(plain(wrap(frame), greens, 1.0))
    return arts


def intel_badges(swirl, dice):
    """Stickers: a rounded plate, the swirl in its upper half, a product's name below."""
    arts = []
    for _ in range(36):
        width = dice.uniform(22, 30)
        height = dice.uniform(20, 24)
        modern = dice.random() < 0.5
        deep = dice.choice(["0068b5", "0a5aa8", "2277cc", "1b4f9c", "3a8fd8"])
        light = dice.choice(["5fb0e8", "8cc8f0", "4a9be0", "bfe0f8"])
        swirl_width = width * dice.uniform(0.55, 0.85)
        name = dice.choice(["XEON", "Xeon", "inside", "CORE i5", "CORE i7", "vPro", "PLATINUM"])
        band = ""
        if not modern:
            band = (
                f'<rect x="1" y="{height * 0.66}" width="{width - 2}" height="{height * 0.3}" '
                f'fill="#{dice.choice(["f0d890", "ffffff", "d8dce0", "e8c860", deep])}"/>'
            )
        edge = f'stroke="#{dice.choice(["d8ecff", "ffffff", light])}" stroke-width="{dice.uniform(0.4, 1.6)}"'
        ink = "#ffffff" if modern or dice.random() < 0.7 else "#003c71"
        svg = (
            f'<defs><linearGradient id="g" x1="0" y1="0" x2="{dice.choice([0, 1])}" y2="1">'
            f'<stop offset="0" stop-color="#{light if not modern else deep}"/>'
            f'<stop offset="1" stop-color="#{deep}"/></linearGradient></defs>'
            f'<rect x="1" y="1" width="{width - 2}" height="{height - 2}" rx="{dice.uniform(0.8, 3)}" '
            f'fill="url(#g)" {edge}/>{band}<g color="{ink}">'
            + in_box(swirl, (width - swirl_width) / 2, height * 0.04, swirl_width, height * 0.56, "0 4 32 24")
            + f'</g><text x="{width / 2}" y="{height * 0.86}" font-size="{height * 0.22}" '
            f'text-anchor="middle" font-family="DejaVu Sans" font-weight="bold" '
            f'fill="{"#ffffff" if modern else "#204070"}">{name}</text>'
        )
        box = f"{-max(0, (height - width) / 2)} {-max(0, (width - height) / 2)} {max(width, height)} {max(width, height)}"
        arts.append(pictured(wrap(svg, box)))
    return arts


def super_dots():
    """The older SUPER with a large S and a disc after it."""
    arts = []
    for family in ("DejaVu Serif", "DejaVu Serif Condensed"):
        text = (
            f'<text x="0" y="15" font-family="{family}" font-weight="bold" font-size="8">S'
            f'<tspan font-size="6">UPER</tspan></text>'
        )
        image = rasterise(wrap(text, "0 0 32 32"))
        right = np.where(image[:, :, 3] > 64)[1].max() / 16
        disc = f'<circle cx="{right + 2.6}" cy="12.6" r="2.3"'
        for letters, dot in (("1a1a1a", "d02030"), ("ffffff", "ffffff"), ("e8e8e8", "d02030"),
                             ("16387c", "c02828"), ("ffffff", "2fae4a"), ("dfe8e0", "dfe8e0")):
            svg = text.replace("<text", f'<text fill="#{letters}"') + disc + f' fill="#{dot}"/>'
            arts.append(pictured(wrap(svg, "0 0 32 32")))
    return arts


def target_marks(packages):
    dice = random.Random(5)
    get, raw = packages.svg, packages.body
    dell_word, _ = split_dell(raw("dell"))
    swirl = packages.coreui_body("intel")
    eye = raw("nvidia")
    square = '<rect x="-6" y="-7" width="36" height="36" rx="1"/>'
    eye_label = (
        eye + '<text x="12" y="25" font-size="6.6" text-anchor="middle" '
        'font-family="DejaVu Sans" font-weight="bold">NVIDIA</text>'
    )
    old_u = (
        '<path d="M6 2V13C6 19 9 22 12 22C16 22 20 19 20 13V2H15V14C15 17 13 18.5 11 18.5'
        'C8 18.5 7 16 7 13V2Z"/><rect x="3" y="3" width="1.6" height="1.6"/>'
        '<rect x="4.6" y="6" width="1.6" height="1.6"/><rect x="3" y="8.6" width="1.6" height="1.6"/>'
    )
    reds = [("ffffff", "d8202c"), ("f0f0f0", "b01820"), ("ffffff", "e83030"), ("ffffff", "181818")]
    falcon = wrap(FALCON)
    return [
        Mark("nvidia/eye", [
            plain(get("nvidia"), ["76b900", "76b900", "5f9700", "ffffff", "000000", "8a8a8a", "2a2a2a"]),
            plated(get("nvidia", "-7 -8 38 38"), wrap(square, "-7 -8 38 38"), [("ffffff", "76b900"), ("111111", "76b900")], 1.0),
            plain(wrap(eye_label, "-2 1 28 28"), ["76b900", "ffffff", "000000"]),
            plated(wrap(eye_label, "-7 -8 38 38"), wrap(square, "-7 -8 38 38"),
                   [("ffffff", "76b900"), ("111111", "76b900")], 1.0),
        ]),
        Mark("dell/roundel", [
            plain(get("dell"), SILVER + ["007db8"]),
            plain(get("dell"), SILVER),
            plated(get("dell"), wrap(DISC),
                   [("e8e8e8", "101010"), ("c0c0c0", "202428"), ("f8f8f8", "007db8"),
                    ("101010", "c8c8c8"), ("d0d8d0", "203020"), ("404040", "b0b0b0")], 0.8),
        ]),
        Mark("dell/word", [plain(wrap(dell_word), SILVER + SILVER + ["007db8", "c8ccd0"])]),
        Mark("hp/roundel", [
            plain(get("hp"), SILVER + ["0096d6"]),
            plated(get("hp"), wrap(DISC),
                   [("ffffff", "101010"), ("0096d6", "ffffff"), ("e0e0e0", "303030"),
                    ("202020", "707880"), ("1a1a1a", "d0d0d0"), ("c8c8c8", "b0b0b0")], 0.8),
        ]),
        Mark("hpe/frame", hpe_frames()),
        Mark("intel/swirl", [
            plain(wrap(f'<g color="black">{swirl}</g>', "0 0 32 32"), ["ffffff", "ffffff", "0068b5", "0a5aa8", "d8d8d8"]),
        ]),
        Mark("intel/badge", intel_badges(swirl, dice)),
        Mark("amd/arrow", [plain(get("amd", "18.1 8.9 6 6"), ["ffffff", "000000", "ed1c24", "009a66", "f26522"])]),
        Mark("amd/logo", [plain(get("amd"), ["ffffff", "000000", "d0d0d0", "303030"])]),
        Mark("msi/dragon", [
            plain(get("msi"), ["ff0000", "d01820", "ffffff", "c0c0c0", "202020"]),
            plated(wrap(in_box(raw("msi"), 4.2, 3.6, 15.6, 16.5, "0 0 24 24")), wrap(SHIELD), reds, 0.9),
        ]),
        Mark("asus/word", [plain(get("asus"), SILVER + ["00539b"])]),
        Mark("asus/rog", [plain(get("republicofgamers"), ["ff0029", "d01820", "ffffff", "c0c0c0", "303030"])]),
        Mark("gigabyte/aorus", [
            plain(falcon, ["ff6400", "ffffff", "c0c0c0", "303030"]),
            plain(wrap(f'<g transform="translate(24,0) scale(-1,1)">{FALCON}</g>'),
                  ["ff6400", "ffffff", "c0c0c0", "303030"]),
        ]),
        Mark("huawei/petals", [plain(get("huawei"), ["cf0a2c", "e02030", "ffffff", "c8c8c8", "303030"])]),
        Mark("cisco/bars", [plain(get("cisco", "-0.2 -2.8 24.4 24.4").replace("<path", '<clipPath id="c">'
                                  '<rect x="-1" y="5" width="26" height="7.3"/></clipPath>'
                                  '<path clip-path="url(#c)"'), SILVER + ["049fd9"])]),
        Mark("cisco/logo", [plain(get("cisco"), SILVER + ["049fd9"])]),
        Mark("lenovo/tag", [
            plain(get("lenovo"), ["e2231a", "e2231a", "ffffff", "c8c8c8", "303030"]),
            plated(get("lenovo"), wrap('<rect x="0" y="8" width="24" height="8"/>'),
                   [("e2231a", "ffffff"), ("202020", "e0e0e0"), ("d8d8d8", "202020"), ("e2231a", "f8f8f8")], 0.9),
            plain(wrap(f'<g transform="rotate(-90 12 12)">{raw("lenovo")}</g>'), ["e2231a", "c8c8c8"]),
        ]),
        Mark("supermicro/oval", [plain(get("supermicro"), ["ffffff", "16387c", "202020", "c8c8c8"])]),
        Mark("supermicro/super-dot", super_dots()),
        Mark("ubiquiti/u", [
            plain(get("ubiquiti"), ["0559c9", "ffffff", "a0a0a0", "303030"]),
            plain(wrap(old_u), ["ffffff", "a0a0a0", "303030", "606060"]),
        ]),
    ]


def other_marks(packages, count):
    """Other icons of the package: what a mark may look like without being one of ours."""
    names = [name for name in packages.names() if name not in TAKEN]
    chosen = [names[i * len(names) // count] for i in range(count)]
    return [Mark(f"other/{name}", [plain(packages.svg(name), size=256)]) for name in chosen]
