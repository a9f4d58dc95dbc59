"""Synthetic pictures: marks, and much that is none, pasted on textures and then photographed."""

import pathlib

import cv2
import numpy as np

from artwork import FILL, SIZES

SCENE = 192
LOOK = 48  # side of the deciding network's input
LOOK_SPAN = 1.35  # side of what it looks at per longer side of the mark; vision/ has the same
CROP = 64  # stored crops are larger, so that training can shift them
CROP_SPAN = LOOK_SPAN * CROP / LOOK

WORDS = (
    "POWER RESET STATUS LINK ACT LAN1 LAN2 USB VGA COM1 HDMI SATA 10G 25G 100G QSFP28 SFP+ FAN1 PSU "
    "1 2 3 4 5 6 7 8 24 48 ID UID SERIAL MODEL 240V 50Hz CE FCC RoHS MADE IN CHINA TAIWAN WARNING "
    "DDR5 DIMM PCIe x16 CPU1 CPU2 HDD SSD 960GB 1.92TB NVMe SAS 15K 7.2K CONSOLE MGMT AUX ALARM "
    "hello system server storage network cable memory The and of for with do not open high voltage "
    "DEL HELL BELL DOLL CELL DLL SELL hip bp np lip inlet into until tell ANSI AWD AND MSG ROC HUGE"
).split()
FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX, cv2.FONT_HERSHEY_PLAIN, cv2.FONT_HERSHEY_SCRIPT_SIMPLEX,
)


def read_pictures(folder, limit_side=1600):
    pictures = []
    for file in sorted(pathlib.Path(folder).rglob("*")):
        if file.suffix.lower() not in (".jpg", ".jpeg", ".png"):
            continue
        image = cv2.imread(str(file))
        if image is None or min(image.shape[:2]) < 40:
            continue
        scale = limit_side / max(image.shape[:2])
        if scale < 1:
            image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        pictures.append((file, image))
    return pictures


# ---------------------------------------------------------------- backgrounds


def colour(rng):
    kind = rng.random()
    if kind < 0.35:
        return np.full(3, rng.integers(5, 70)) + rng.integers(-8, 9, 3)
    if kind < 0.6:
        return np.full(3, rng.integers(70, 250)) + rng.integers(-10, 11, 3)
    if kind < 0.75:  # boards: green, blue, red, black
        base = np.array([(40, 90, 20), (110, 50, 15), (30, 25, 110), (25, 30, 25)][rng.integers(4)])
        return base * rng.uniform(0.6, 1.6)
    return rng.integers(0, 256, 3)


def gradient(rng):
    one, other = colour(rng).astype(np.float32), colour(rng).astype(np.float32)
    if rng.random() < 0.6:
        other = one * rng.uniform(0.6, 1.4) + rng.uniform(-15, 15)
    angle = rng.uniform(0, 2 * np.pi)
    axis = np.linspace(-0.7, 0.7, SCENE, dtype=np.float32)
    share = np.clip(axis[None, :] * np.cos(angle) + axis[:, None] * np.sin(angle) + 0.5, 0, 1)
    return one + (other - one) * share[..., None]


def smooth_noise(rng, cell):
    small = rng.normal(0, 1, (SCENE // cell + 2, SCENE // cell + 2)).astype(np.float32)
    return cv2.resize(small, (SCENE, SCENE), interpolation=cv2.INTER_CUBIC)


def draw_pattern(image, rng):
    """Vents, ports, grids and traces over `image`."""
    kind = rng.integers(6)
    dark = tuple(float(v) for v in np.clip(colour(rng), 0, 255))
    step = int(rng.integers(5, 30))
    if kind == 0:  # round holes
        radius = max(1, int(step * rng.uniform(0.2, 0.45)))
        for row, y in enumerate(range(0, SCENE + step, step)):
            for x in range((row % 2) * step // 2, SCENE + step, step):
                cv2.circle(image, (x, y), radius, dark, -1, cv2.LINE_AA)
    elif kind == 1:  # slots
        for y in range(0, SCENE, step):
            cv2.line(image, (0, y), (SCENE, y), dark, max(1, step // 4), cv2.LINE_AA)
    elif kind == 2:  # hexagons
        for row, y in enumerate(range(0, SCENE + step, step)):
            for x in range((row % 2) * step // 2, SCENE + step, step):
                cv2.circle(image, (x, y), int(step * 0.45), dark, 1, cv2.LINE_AA)
    elif kind == 3:  # bays
        width = int(rng.integers(20, 90))
        for x in range(-width, SCENE, width):
            cv2.rectangle(image, (x + 2, -5), (x + width - 2, SCENE + 5), dark, int(rng.integers(1, 4)))
    elif kind == 4:  # traces and parts
        for _ in range(int(rng.integers(10, 60))):
            p = rng.integers(0, SCENE, 2)
            q = p + (rng.integers(-40, 41, 2) * ((1, 0) if rng.random() < 0.5 else (0, 1))).astype(int)
            tint = tuple(float(v) for v in np.clip(colour(rng), 0, 255))
            if rng.random() < 0.5:
                cv2.line(image, tuple(int(v) for v in p), tuple(int(v) for v in q), tint, int(rng.integers(1, 4)), cv2.LINE_AA)
            else:
                r = p + rng.integers(3, 26, 2)
                cv2.rectangle(image, tuple(int(v) for v in p), tuple(int(v) for v in r), tint, -1)
    else:  # perforated squares
        for y in range(0, SCENE, step):
            for x in range(0, SCENE, step):
                cv2.rectangle(image, (x, y), (x + step * 2 // 3, y + step * 2 // 3), dark, -1)
    return image


def drawn_background(rng):
    image = gradient(rng)
    if rng.random() < 0.6:
        image = image + smooth_noise(rng, int(rng.integers(2, 40)))[..., None] * rng.uniform(2, 25)
    image = np.ascontiguousarray(np.clip(image, 0, 255).astype(np.uint8))
    while rng.random() < 0.45:
        image = draw_pattern(image, rng)
    return image


def cut_background(picture, rng):
    height, width = picture.shape[:2]
    side = int(np.clip(SCENE / np.exp(rng.uniform(np.log(0.5), np.log(2.2))), 24, 900))
    tall, wide = min(side, height), min(side, width)
    y, x = rng.integers(0, height - tall + 1), rng.integers(0, width - wide + 1)
    part = picture[y : y + tall, x : x + wide]
    if tall < side or wide < side:
        part = cv2.copyMakeBorder(part, 0, side - tall, 0, side - wide, cv2.BORDER_REFLECT_101 if min(tall, wide) > side // 2 else cv2.BORDER_WRAP)
    part = cv2.resize(part, (SCENE, SCENE), interpolation=cv2.INTER_AREA if side > SCENE else cv2.INTER_LINEAR)
    if rng.random() < 0.1:
        part = np.rot90(part, int(rng.integers(1, 4)))
    return np.ascontiguousarray(part)


# ---------------------------------------------------------------- pasting


def placement(size, rng):
    """3x3 from a mark's unit square (its masks' square) to pixels around 0, and quarter turns."""
    quarter = 0 if rng.random() < 0.72 else int(rng.integers(1, 4))
    angle = np.deg2rad(90 * quarter + np.clip(rng.normal(0, 8), -30, 30))
    squeeze = np.ones(2)
    if rng.random() < 0.45:
        squeeze[rng.integers(2)] = rng.uniform(0.5, 1)
    side = size / FILL
    corners = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)]) * side
    corners = corners * squeeze + rng.uniform(-0.07, 0.07, (4, 2)) * side * (rng.random() < 0.6)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return corners @ turn, quarter


def warp(mask, corners, shape):
    size = mask.shape[0]
    source = np.float32([(0, 0), (size, 0), (size, size), (0, size)])
    matrix = cv2.getPerspectiveTransform(source, np.float32(corners))
    return cv2.warpPerspective(mask, matrix, shape, flags=cv2.INTER_LINEAR)


def mask_level(size):
    for level, side in enumerate(SIZES):
        if side * FILL >= size:
            return level
    return len(SIZES) - 1


def blend(region, alpha, tint):
    share = (alpha.astype(np.float32) / 255)[..., None]
    return region + (np.asarray(tint, np.float32) - region) * share


def far_colour(near, rng):
    """A colour that can be told from `near`, mostly clearly."""
    wanted = rng.choice((18, 40, 70), p=(0.12, 0.33, 0.55))
    for _ in range(12):
        kind = rng.random()
        if kind < 0.4:
            tint = np.full(3, rng.integers(150, 256)) + rng.integers(-12, 13, 3)
        elif kind < 0.7:
            tint = np.full(3, rng.integers(0, 110)) + rng.integers(-10, 11, 3)
        else:
            tint = rng.integers(0, 256, 3)
        if abs(float(tint.mean()) - float(near.mean())) >= wanted:
            break
    return np.clip(tint, 0, 255)


def emboss(region, alpha, rng):
    depth = rng.uniform(15, 70)
    dx, dy = rng.choice((-1, 1)), rng.choice((-1, 1))
    moved = np.roll(alpha, (dy, dx), (0, 1)).astype(np.float32)
    relief = (alpha.astype(np.float32) - moved) / 255 * depth
    return region + relief[..., None] + (alpha[..., None] / 255.0) * rng.uniform(-14, 14)


def tinted(alpha, tint, rng):
    """Metal: lighter towards one side."""
    ramp = np.linspace(rng.uniform(0.6, 1), rng.uniform(1, 1.35), alpha.shape[0], dtype=np.float32)
    if rng.random() < 0.5:
        ramp = ramp[::-1]
    return np.clip(np.asarray(tint, np.float32)[None, None, :] * ramp[:, None, None], 0, 255)


def paint(region, art, ink, plate, picture, rng):
    """The region with the mark on it."""
    if picture is not None:
        return blend(region, ink, np.clip(picture * rng.uniform(0.6, 1.15) + rng.uniform(-15, 15), 0, 255))
    near = region.reshape(-1, 3).mean(0)
    ink_tint = plate_tint = None
    if art.colours and rng.random() < art.colour_share:
        ink_tint, plate_tint = art.colours[rng.integers(len(art.colours))]
        ink_tint = np.clip(np.array(ink_tint) * rng.uniform(0.7, 1.1) + rng.normal(0, 8, 3), 0, 255)
        if plate is None and art.colour_share < 1 and abs(ink_tint.mean() - near.mean()) < 25 and np.ptp(ink_tint - near) < 60:
            ink_tint = None
    if plate is not None:
        if plate_tint is None:
            plate_tint = far_colour(near, rng)
        else:
            plate_tint = np.clip(np.array(plate_tint) * rng.uniform(0.7, 1.1) + rng.normal(0, 8, 3), 0, 255)
        region = blend(region, plate, plate_tint)
        near = np.asarray(plate_tint)
        if ink_tint is not None and abs(ink_tint.mean() - near.mean()) < 15 and np.ptp(ink_tint - near) < 50:
            ink_tint = None
    if ink_tint is None:
        ink_tint = far_colour(near, rng)
    style = rng.random()
    if style < 0.12 and art.colour_share < 1:
        return emboss(region, ink, rng)
    if style < 0.2:
        glow = cv2.GaussianBlur(ink, (0, 0), max(1.0, ink.shape[0] * 0.06))
        region = region + (glow[..., None] / 255.0) * np.asarray(ink_tint) * 0.6
    if style < 0.4:
        if rng.random() < 0.6:
            shadow = np.roll(ink, (1, 1), (0, 1))
            region = blend(region, shadow, near * 0.4)
        return blend(region, ink, tinted(ink, ink_tint, rng))
    return blend(region, (ink * rng.uniform(0.75, 1)).astype(np.uint8), ink_tint)


def paste(scene, art, size, centre, rng):
    """Returns the mark's bounds (x0, y0, x1, y1) and its quarter turns."""
    corners, quarter = placement(size, rng)
    low = np.floor(corners.min(0)).astype(int) - 2
    high = np.ceil(corners.max(0)).astype(int) + 2
    offset = np.array(centre) + low
    start, stop = np.maximum(offset, 0), np.minimum(offset + (high - low), SCENE)
    if (stop - start).min() < 6:
        return None
    level = mask_level(size)
    shape = tuple(int(v) for v in stop - start)
    corners = corners - low - (start - offset)
    ink = warp(art.ink[level], corners, shape)
    plate = warp(art.plate[level], corners, shape) if art.plate else None
    picture = warp(art.picture[level], corners, shape) if art.picture else None
    bounds = plate if plate is not None else ink
    ys, xs = np.where(bounds > 90)
    if len(ys) < 12:
        return None
    (x0, y0), (x1, y1) = start, stop
    region = scene[y0:y1, x0:x1].astype(np.float32)
    scene[y0:y1, x0:x1] = np.clip(paint(region, art, ink, plate, picture, rng), 0, 255).astype(np.uint8)
    return (x0 + xs.min(), y0 + ys.min(), x0 + xs.max() + 1, y0 + ys.max() + 1), quarter


def lay_backing(scene, size, centre, rng):
    """Most marks lie on something even: a bezel, a sticker, a lid."""
    half = size * rng.uniform(0.6, 1.5, 2)
    low = np.maximum((centre - half).astype(int), 0)
    high = np.minimum((centre + half).astype(int), SCENE)
    region = scene[low[1] : high[1], low[0] : high[0]]
    tint = region.reshape(-1, 3).mean(0) if rng.random() < 0.5 else np.clip(colour(rng), 0, 255)
    share = rng.uniform(0.7, 1)
    scene[low[1] : high[1], low[0] : high[0]] = (region * (1 - share) + tint * share).astype(np.uint8)


def draw_text(scene, size, centre, rng):
    word = " ".join(rng.choice(WORDS, int(rng.integers(1, 3))))
    font, scale = int(rng.choice(FONTS)), rng.uniform(0.25, 1.0) * size / 30
    thick = max(1, int(round(scale * rng.uniform(1, 2.5))))
    (width, height), _ = cv2.getTextSize(word, font, scale, thick)
    origin = (int(centre[0] - width / 2), int(centre[1] + height / 2))
    near = scene[centre[1], centre[0]].astype(np.float32)
    tint = tuple(float(v) for v in far_colour(near, rng))
    cv2.putText(scene, word, origin, font, scale, tint, thick, cv2.LINE_AA)
    side = max(10, height * rng.uniform(1.2, 4))
    return (centre[0] - side / 2, centre[1] - side / 2, centre[0] + side / 2, centre[1] + side / 2)


def draw_part(scene, size, centre, rng):
    """Screws, buttons, rings, LEDs, hollow rectangles, arrows, ports: what resembles marks."""
    near = scene[centre[1], centre[0]].astype(np.float32)
    tint = tuple(float(v) for v in far_colour(near, rng))
    other = tuple(float(v) for v in far_colour(np.asarray(tint), rng))
    half = size / 2
    centre = np.array(centre)

    def at(x, y):
        return tuple(int(round(v)) for v in centre + np.array((x, y)) * half)

    kind, thick = rng.integers(9), max(1, int(round(size * rng.uniform(0.03, 0.14))))
    tall = rng.uniform(0.25, 1)
    box = [1.0, 1.0]
    if kind == 0:  # ring, maybe a power sign in it
        cv2.circle(scene, at(0, 0), int(half), tint, thick, cv2.LINE_AA)
        if rng.random() < 0.5:
            cv2.ellipse(scene, at(0, 0), (int(half * 0.5),) * 2, 0, -60, 240, tint, thick, cv2.LINE_AA)
            cv2.line(scene, at(0, -0.6), at(0, 0), tint, thick, cv2.LINE_AA)
    elif kind == 1:  # disc, maybe a letter in it
        cv2.circle(scene, at(0, 0), int(half), tint, -1, cv2.LINE_AA)
        if rng.random() < 0.6:
            word = str(rng.choice(WORDS))[:2]
            cv2.putText(scene, word, at(-0.6, 0.35), int(rng.choice(FONTS)), size / 45, other, thick, cv2.LINE_AA)
    elif kind == 2:  # screw
        cv2.circle(scene, at(0, 0), int(half), tint, -1, cv2.LINE_AA)
        for angle in (0.4, 0.4 + np.pi / 2):
            c, s = np.cos(angle) * 0.7, np.sin(angle) * 0.7
            cv2.line(scene, at(-c, -s), at(c, s), other, thick, cv2.LINE_AA)
    elif kind in (3, 4):  # hollow rectangle, any but green as an HPE frame is
        box = [1.0, tall] if rng.random() < 0.7 else [tall, 1.0]
        if 70 < cv2.cvtColor(np.uint8([[tint]]), cv2.COLOR_BGR2HSV)[0, 0, 0] < 100:
            tint = (tint[0], tint[0], tint[0])
        cv2.rectangle(scene, at(-box[0], -box[1]), at(*box), tint, thick)
    elif kind == 5:  # port: dark, light rim
        box = [1.0, rng.uniform(0.4, 1)]
        cv2.rectangle(scene, at(-box[0], -box[1]), at(*box), (10, 10, 10), -1)
        cv2.rectangle(scene, at(-box[0], -box[1]), at(*box), tint, thick)
        cv2.rectangle(scene, at(-0.5, 0), at(0.5, box[1]), other, -1)
    elif kind == 6:  # green or any light
        box = [1.0, tall]
        lit = (60, 255, 90) if rng.random() < 0.6 else other
        cv2.rectangle(scene, at(-1, -tall), at(1, tall), lit, -1)
    elif kind == 7:  # arrow head
        points = np.int32([at(-1, -1), at(1, 0), at(-1, 1), at(rng.uniform(-1, 0), 0)])
        cv2.fillPoly(scene, [points], tint, cv2.LINE_AA)
    else:  # strokes side by side
        box = [1.0, tall]
        for x in np.linspace(-1, 1, int(rng.integers(3, 10))):
            cv2.line(scene, at(x, -tall), at(x, tall), tint, thick, cv2.LINE_AA)
    low, high = centre - np.array(box) * half, centre + np.array(box) * half
    return (low[0], low[1], high[0], high[1])


def quadrilateral(scene, centre, half, tall, tint, rng, edge=-1):
    angle = rng.normal(0, 0.25)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    corners = np.array([(-1, -tall), (1, -tall), (1, tall), (-1, tall)]) * half
    corners = (corners @ turn + rng.uniform(-0.08, 0.08, (4, 2)) * half + centre).round().astype(np.int32)
    if edge < 0:
        cv2.fillPoly(scene, [corners], tint, cv2.LINE_AA)
    else:
        cv2.polylines(scene, [corners], True, tint, edge, cv2.LINE_AA)
    return corners


def words_in(scene, centre, half, tall, tint, rng):
    """One to three lines of small print within a shape."""
    lines = int(rng.integers(1, 4))
    for i in range(lines):
        word = str(rng.choice(WORDS))
        y = centre[1] + (i - (lines - 1) / 2) * half * tall * 1.2 / lines
        scale = half * tall / lines / 14
        (width, height), _ = cv2.getTextSize(word, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
        cv2.putText(scene, word, (int(centre[0] - width / 2), int(y + height / 2)), int(rng.choice(FONTS)), scale,
                    tint, max(1, int(scale * 2)), cv2.LINE_AA)


def draw_trap(scene, size, centre, rng):
    """What the first round of training took for marks: plain and printed labels, blue and green
    and red things, discs and ovals with other words, arcs, rows of dashes, chips."""
    near = scene[centre[1], centre[0]].astype(np.float32)
    half, centre = size / 2, np.array(centre)
    strong = [(190, 104, 10), (230, 160, 60), (130, 169, 10), (80, 160, 40), (40, 200, 90), (40, 40, 210), (20, 20, 160),
              (0, 120, 250), (200, 60, 200)]
    tint = strong[rng.integers(len(strong))] if rng.random() < 0.65 else far_colour(near, rng)
    tint = tuple(float(v) for v in np.clip(np.asarray(tint) * rng.uniform(0.6, 1.2), 0, 255))
    ink = tuple(float(v) for v in far_colour(np.asarray(tint), rng))
    tall, kind = rng.uniform(0.15, 1), rng.integers(9)
    thick = max(1, int(round(size * rng.uniform(0.03, 0.14))))
    middle = tuple(int(v) for v in centre)
    box = (1.0, 1.0)
    if kind == 0:  # plain patch
        quadrilateral(scene, centre, half, tall, tint, rng)
        box = (1.0, tall)
    elif kind == 1:  # label with print
        tall = max(tall, 0.3)
        quadrilateral(scene, centre, half, tall, tint, rng)
        words_in(scene, centre, half, tall, ink, rng)
        if rng.random() < 0.4:
            quadrilateral(scene, centre, half, tall, ink, rng, thick)
        box = (1.0, tall)
    elif kind == 2:  # wedge across the place
        angle = rng.uniform(0, np.pi)
        way = np.array((np.cos(angle), np.sin(angle))) * half * 1.6
        side = np.array((-way[1], way[0])) * rng.uniform(0.2, 0.9)
        cv2.fillPoly(scene, [np.int32([centre - way, centre + way, centre + way + side, centre - way + side])], tint, cv2.LINE_AA)
        if rng.random() < 0.6:
            cv2.line(scene, tuple(int(v) for v in centre - way), tuple(int(v) for v in centre + way), ink, thick, cv2.LINE_AA)
    elif kind == 3:  # disc or ring with other words
        cv2.circle(scene, middle, int(half), tint, -1 if rng.random() < 0.6 else thick, cv2.LINE_AA)
        words_in(scene, centre, half * 0.8, rng.uniform(0.4, 0.9), ink, rng)
    elif kind == 4:  # oval with other words
        axes = (int(half), int(half * rng.uniform(0.35, 0.8)))
        cv2.ellipse(scene, middle, axes, rng.uniform(-20, 20), 0, 360, tint, -1 if rng.random() < 0.4 else thick, cv2.LINE_AA)
        words_in(scene, centre, half * 0.7, 0.4, ink, rng)
    elif kind == 5:  # arcs and hooks
        for _ in range(int(rng.integers(1, 4))):
            start = rng.uniform(0, 360)
            axes = tuple(int(v) for v in half * rng.uniform(0.2, 1, 2))
            cv2.ellipse(scene, middle, axes, rng.uniform(0, 180), start, start + rng.uniform(60, 250), tint, thick, cv2.LINE_AA)
    elif kind == 6:  # frame that is open, crossed or of a wrong shape
        wide = rng.choice((0.12, 0.75, 1.0)) * rng.uniform(0.9, 1.1)
        corners = quadrilateral(scene, centre, half, wide, tint if rng.random() < 0.5 else ink, rng, thick)
        if rng.random() < 0.6:
            cv2.line(scene, tuple(int(v) for v in corners[0]), tuple(int(v) for v in corners[rng.integers(1, 3)]),
                     tuple(float(v) for v in near), thick * 2)
        box = (1.0, wide)
    elif kind == 7:  # dashes in a row or two
        for x in np.linspace(-1, 1, int(rng.integers(4, 14))):
            high = rng.uniform(0.05, 0.3)
            cv2.line(scene, tuple(int(v) for v in centre + half * np.array((x, -high))),
                     tuple(int(v) for v in centre + half * np.array((x, high))), ink, max(1, thick // 2), cv2.LINE_AA)
        box = (1.0, 0.3)
    else:  # chip: a patch with small parts on it
        quadrilateral(scene, centre, half, max(tall, 0.5), tint, rng)
        for _ in range(int(rng.integers(3, 14))):
            low = centre + rng.uniform(-0.8, 0.6, 2) * half * np.array((1, max(tall, 0.5)))
            high = low + rng.uniform(0.1, 0.5, 2) * half
            patch = tuple(float(v) for v in np.clip(colour(rng), 0, 255))
            cv2.rectangle(scene, tuple(int(v) for v in low), tuple(int(v) for v in high), patch, -1)
        box = (1.0, max(tall, 0.5))
    low, high = centre - np.array(box) * half, centre + np.array(box) * half
    return (low[0], low[1], high[0], high[1])


# ---------------------------------------------------------------- camera


def photograph(scene, rng):
    """Light, lens, sensor and JPEG."""
    image = scene.astype(np.float32)
    if rng.random() < 0.1:  # mesh door
        step, hole = int(rng.integers(4, 12)), rng.uniform(0.5, 0.8)
        grid = np.zeros((SCENE, SCENE), np.uint8)
        for row, y in enumerate(range(0, SCENE + step, step)):
            for x in range((row % 2) * step // 2, SCENE + step, step):
                cv2.circle(grid, (x, y), max(1, int(step * hole / 2)), 255, -1, cv2.LINE_AA)
        share = (grid.astype(np.float32) / 255)[..., None] * 0.7 + 0.3
        image = image * share + (1 - share) * rng.uniform(0, 60)
    if rng.random() < 0.4:
        image = 255 * (np.clip(image, 0, 255) / 255) ** rng.uniform(0.6, 1.7)
    if rng.random() < 0.5:
        image = image * rng.uniform(0.55, 1.2) + rng.uniform(-20, 30)
    if rng.random() < 0.35:
        image = image * rng.uniform(0.85, 1.15, 3).astype(np.float32)
    if rng.random() < 0.08:
        image = image.mean(2, keepdims=True) + np.zeros(3, np.float32)
    if rng.random() < 0.12:  # glare or shade
        image = image + smooth_noise(rng, 60)[..., None] * rng.uniform(10, 50)
    blur = rng.random()
    if blur < 0.5:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 1.3))
    elif blur < 0.58:
        length = int(rng.integers(3, 6))
        kernel = np.zeros((length, length), np.float32)
        cv2.line(kernel, (0, int(rng.integers(length))), (length - 1, int(rng.integers(length))), 1)
        image = cv2.filter2D(image, -1, kernel / kernel.sum())
    if rng.random() < 0.15:
        image = image + (image - cv2.GaussianBlur(image, (0, 0), 1.2)) * rng.uniform(0.3, 1.2)
    if rng.random() < 0.55:
        noise = rng.normal(0, 1, (SCENE, SCENE, 3)).astype(np.float32)
        image = image + noise * rng.choice((2, 5, 12), p=(0.5, 0.35, 0.15))
    image = np.clip(image, 0, 255).astype(np.uint8)
    if rng.random() < 0.7:
        quality = int(rng.integers(35, 96))
        image = cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 1)
    return image


def cut(image, box, span, size, rng=None, jitter=0.0):
    """A square around `box`, `span` times its longer side, as `size` pixels."""
    x0, y0, x1, y1 = (float(v) for v in box)
    side = max(x1 - x0, y1 - y0) * span
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    if rng is not None and jitter:
        x += rng.uniform(-jitter, jitter) * side
        y += rng.uniform(-jitter, jitter) * side
    scale = size / side
    if scale < 0.75:  # avoid aliases
        low = np.array((x - side / 2, y - side / 2))
        a, b = np.floor(low).astype(int), np.ceil(low + side).astype(int)
        inside = image[max(a[1], 0) : b[1], max(a[0], 0) : b[0]]
        pad = (max(-a[1], 0), max(b[1] - image.shape[0], 0), max(-a[0], 0), max(b[0] - image.shape[1], 0))
        if any(pad):
            inside = cv2.copyMakeBorder(inside, *pad, cv2.BORDER_REPLICATE)
        return cv2.resize(inside, (size, size), interpolation=cv2.INTER_AREA)
    matrix = np.float32([[scale, 0, -(x - side / 2) * scale], [0, scale, -(y - side / 2) * scale]])
    # Pixel centres: OpenCV's warp takes them at whole numbers.
    matrix[:, 2] += 0.5 * scale - 0.5
    return cv2.warpAffine(image, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


class SceneMaker:
    """`targets` and `others` are Marks; class numbers: targets, then others, then nothing.

    `textures` is a list of (brands that may be on it, picture)."""

    def __init__(self, targets, others, textures, seed, traps=False):
        self.traps = traps  # the second round's scenes
        self.targets, self.others, self.textures = targets, others, textures
        self.nothing = len(targets) + len(others)
        self.rng = np.random.default_rng(seed)
        weights = np.array([{"dell": 1.5, "hp": 1.5, "hpe": 2.0, "nvidia": 1.5, "intel": 1.3}.get(m.brand, 1.0) for m in targets])
        self.weights = weights / weights.sum()

    def background(self):
        if self.textures and self.rng.random() < 0.68:
            brands, picture = self.textures[self.rng.integers(len(self.textures))]
            return brands, cut_background(picture, self.rng)
        return (), drawn_background(self.rng)

    def free_place(self, taken, size):
        for _ in range(12):
            x, y = self.rng.integers(int(size * 0.4), SCENE - int(size * 0.4), 2)
            if all(abs(x - a) > (size + s) * 0.62 or abs(y - b) > (size + s) * 0.62 for a, b, s in taken):
                taken.append((x, y, size))
                return int(x), int(y)
        return None

    def make(self):
        """(image, brands perhaps on it, items); an item is (class, box, quarter turns)."""
        rng = self.rng
        brands, scene = self.background()
        taken, items = [], []
        for _ in range(int(rng.integers(5, 11))):
            size = float(np.exp(rng.uniform(np.log(13), np.log(68))))
            place = self.free_place(taken, size)
            if place is None:
                continue
            if self.traps and rng.random() < 0.5:
                items.append((self.nothing, draw_trap(scene, size, place, rng), 0))
                continue
            kind = rng.random()
            if kind < 0.52:
                number = int(rng.choice(len(self.targets), p=self.weights))
                mark = self.targets[number]
            elif kind < 0.7:
                number = int(rng.integers(len(self.others)))
                mark = self.others[number]
                number += len(self.targets)
            elif kind < 0.82:
                items.append((self.nothing, draw_text(scene, size, place, rng), 0))
                continue
            else:
                items.append((self.nothing, draw_part(scene, size, place, rng), 0))
                continue
            if rng.random() < 0.45:
                lay_backing(scene, size, np.array(place), rng)
            pasted = paste(scene, mark.arts[rng.integers(len(mark.arts))], size, place, rng)
            if pasted:
                items.append((number, pasted[0], pasted[1]))
        return photograph(scene, rng), brands, items

    def nothing_boxes(self, image, items, count):
        """Boxes of what is no mark: at edges, beside marks, parts of marks, far too much of them."""
        rng, boxes = self.rng, []
        marks = [box for number, box, _ in items if number < self.nothing]
        edges = cv2.blur(cv2.convertScaleAbs(cv2.Laplacian(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.CV_16S)), (9, 9))
        for _ in range(count * 4):
            if len(boxes) == count:
                break
            if marks and rng.random() < 0.35:
                x0, y0, x1, y1 = marks[rng.integers(len(marks))]
                side, middle = max(x1 - x0, y1 - y0), np.array(((x0 + x1) / 2, (y0 + y1) / 2))
                way = rng.random()
                if way < 0.45:  # beside
                    angle = rng.uniform(0, 2 * np.pi)
                    middle = middle + np.array((np.cos(angle), np.sin(angle))) * side * rng.uniform(0.5, 0.9)
                elif way < 0.75:  # part
                    middle = middle + rng.uniform(-0.25, 0.25, 2) * side
                    side = side * rng.uniform(0.25, 0.5)
                else:
                    side = min(side * rng.uniform(2.2, 3.5), SCENE * 0.9)
                boxes.append((middle[0] - side / 2, middle[1] - side / 2, middle[0] + side / 2, middle[1] + side / 2))
                continue
            side = np.exp(rng.uniform(np.log(12), np.log(90)))
            places = rng.integers(int(side / 2), SCENE - int(side / 2), (4, 2))
            x, y = places[np.argmax(edges[places[:, 1], places[:, 0]])]
            if any(abs(x - (b[0] + b[2]) / 2) < (side + b[2] - b[0]) * 0.5 and abs(y - (b[1] + b[3]) / 2) < (side + b[3] - b[1]) * 0.5 for b in marks):
                continue
            boxes.append((x - side / 2, y - side / 2, x + side / 2, y + side / 2))
        return boxes
