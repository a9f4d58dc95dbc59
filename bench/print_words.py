#!/usr/bin/env python3
"""Prints words as photos show them, to see how often text that is no mark is taken for one.

  print_words.py FOLDER COUNT [SEED]

writes FOLDER/NNNN.png and FOLDER/words.tsv (file, brand or "-", word). Half the words are marks
of vendors, half ordinary words that resemble them or stand on hardware. Fonts: what fc-list knows
(fonts-dejavu, fonts-liberation, fonts-freefont-ttf, fonts-urw-base35 make a fair choice). Each
word fills its picture but for a border of half its height. Needs python3-pil.
"""

import io
import random
import subprocess
import sys

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageFont

MARKS = {
    "nvidia": ["NVIDIA"], "supermicro": ["SUPERMICRO", "Supermicro"], "asus": ["ASUS"],
    "dell": ["DELL", "DELLEMC"], "hpe": ["HPE"], "lenovo": ["Lenovo"], "gigabyte": ["GIGABYTE"],
    "asrock": ["ASRock"], "msi": ["msi", "MSI"], "intel": ["intel", "Intel"], "amd": ["AMD"],
    "huawei": ["HUAWEI"], "xfusion": ["xFusion"], "inspur": ["inspur"], "h3c": ["H3C"],
    "sugon": ["Sugon"], "zte": ["ZTE"], "cisco": ["cisco"], "arista": ["ARISTA"],
    "juniper": ["JUNIPER"], "mellanox": ["Mellanox"], "foxconn": ["FOXCONN"], "qct": ["QCT"],
    "wiwynn": ["Wiwynn"], "fujitsu": ["FUJITSU"], "ibm": ["IBM"], "tyan": ["TYAN"],
    "netapp": ["NetApp"], "apc": ["APC"], "synology": ["Synology"], "qnap": ["QNAP"],
    "oracle": ["ORACLE"], "fortinet": ["Fortinet"], "ubiquiti": ["Ubiquiti"],
}
OTHERS = """internal inlet inter into panel enter until intact index disconnect disk disco crisis
basic msisdn misc mst mis mill mini asset assy usas aux bus sas sus us asia delta dual dial cell
bell hell doll dull deli model della dole level led hpf hpc hps hdd ape mpe apo arc acp apu amp and
adm amo amb aid imb lbm ism bim zte0 zt ete qc qat oct got get hsc nsc h3o snap wrap nap trap
lens levono lenox novo linear gigabit gigahertz bytes megabyte micro super supper supreme
sugar surgeon oral miracle article barista vista rista jumper junior juniors mela melanie
box conn falcon fuji fujis intact inspire inspect insert input spur fusion fuse ixus confusion
network net app apps tyre tuan yan titan thai synopsis syntax analog technology ubiquity fort
fortune internet fortnight away hawaii huge video nadia media india invidia radio
POWER RESET STATUS SERIAL MODEL INPUT OUTPUT WARNING CAUTION CHINA TAIWAN FAN PSU SATA PCIE USB
DDR4 ECC SLOT CPU BIOS JTAG COM1 LAN1 MGMT UID HDD1 SSD NVME RAID ALARM FAULT LINK ACT RX TX""".split()


def fonts():
    listed = subprocess.run(["fc-list", ":lang=en", "file"], capture_output=True, text=True, check=True)
    files = sorted(line.split(":")[0] for line in listed.stdout.splitlines())
    return [f for f in files if f.endswith((".ttf", ".otf", ".ttc", ".t1")) and "Math" not in f]


def printed(word, font, rng):
    """The word on a ground of its own, sharp."""
    dark = rng.random() < 0.5
    ground, ink = (rng.randint(10, 110), rng.randint(150, 250))
    if dark:
        ground, ink = rng.randint(150, 250), rng.randint(10, 110)
    if rng.random() < 0.25:  # embossed: hardly another shade
        ink = max(0, min(255, ground + rng.choice([-1, 1]) * rng.randint(25, 50)))
    left, top, right, bottom = font.getbbox(word)
    height = bottom - top
    border = height // 2
    picture = Image.new("L", (right - left + 2 * border, height + 2 * border), ground)
    ImageDraw.Draw(picture).text((border - left, border - top), word, font=font, fill=ink)
    return picture


def spoiled(picture, rng):
    """As a phone sees it: slanted, small, blurred, noisy, squeezed."""
    slant = rng.uniform(-0.25, 0.25)
    picture = picture.transform(picture.size, Image.AFFINE,
                                (1, slant, -slant * picture.height / 2, 0, 1, 0),
                                Image.BICUBIC, fillcolor=picture.getpixel((0, 0)))
    letters = rng.choice([7, 9, 11, 14, 18, 24, 36])  # height of the letters in pixels
    scale = 2 * letters / picture.height
    size = (max(8, round(picture.width * scale * rng.uniform(0.8, 1.1))), 2 * letters)
    picture = picture.resize(size, Image.LANCZOS)
    picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0, letters / 12)))
    noise = Image.effect_noise(picture.size, rng.uniform(2, 24))
    picture = ImageChops.add(picture, noise, scale=1, offset=-128)
    picture = ImageEnhance.Contrast(picture).enhance(rng.uniform(0.5, 1.1))
    packed = io.BytesIO()
    picture.save(packed, "JPEG", quality=rng.randint(35, 92))
    return Image.open(packed)


def main():
    folder, count = sys.argv[1], int(sys.argv[2])
    rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    files = fonts()
    marks = [(brand, word) for brand, words in MARKS.items() for word in words]
    with open(f"{folder}/words.tsv", "w", encoding="utf-8") as table:
        for i in range(count):
            brand, word = rng.choice(marks) if i % 2 == 0 else ("-", rng.choice(OTHERS))
            if brand == "-":
                word = rng.choice([word, word.upper(), word.title()])
            font = ImageFont.truetype(rng.choice(files), 72)
            name = f"{i:04}.png"
            spoiled(printed(word, font, rng), rng).save(f"{folder}/{name}")
            table.write(f"{name}\t{brand}\t{word}\n")


main()
