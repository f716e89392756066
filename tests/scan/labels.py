# SPDX-License-Identifier: Apache-2.0
"""Labels as ours, and QR codes that are none, drawn as grey pictures."""
import subprocess

from PIL import Image, ImageDraw, ImageFont

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
HOST = "turnkey.example.com"
PREFIX = "GEN"
MODULE = 8  # pixels of a module before the camera looks at it
MARGIN = 4  # modules of white around the code
FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono-Bold.ttf"
PAPER, INK = 235, 18


def doubled(value):
    """Times the primitive element of GF(32) with x^5+x^2+1."""
    return value << 1 if value < 16 else ((value << 1) ^ 0x25) & 31


def sums(characters):
    a = b = 0
    for character in characters:
        value = ALPHABET.index(character)
        a, b = doubled(a) ^ value, doubled(doubled(b)) ^ value
    return a, b


def grouped(body):
    return "-".join([PREFIX] + [body[at:at + 4] for at in range(0, len(body), 4)])


def serial_of(rng):
    """A random serial with the two check characters that fit."""
    body = "".join(ALPHABET[at] for at in rng.integers(0, 32, 8))
    for first in ALPHABET:
        for second in ALPHABET:
            if sums(PREFIX + body + first + second) == (0, 0):
                return grouped(body + first + second)
    raise AssertionError("two check characters always fit")


def with_one_wrong(serial, rng):
    body = serial[len(PREFIX):].replace("-", "")
    at = int(rng.integers(0, len(body)))
    others = ALPHABET.replace(body[at], "")
    return grouped(body[:at] + others[int(rng.integers(0, 31))] + body[at + 1:])


def link_of(serial, host=HOST):
    return f"https://{host}/d/{serial}".upper()


def modules_of(text):
    out = subprocess.run(["qrencode", "-t", "ASCII", "-l", "Q", "-m", str(MARGIN), "-o", "-", text], check=True, capture_output=True, text=True)
    return [row[::2] for row in out.stdout.splitlines()]


def drawn(text, words):
    """A code with its margin, and bold words in lines of a group beside it, as on a label."""
    rows = modules_of(text)
    side = len(rows) * MODULE
    label = Image.new("L", (side + (14 * MODULE if words else 0), side), PAPER)
    draw = ImageDraw.Draw(label)
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            if cell == "#":
                draw.rectangle((x * MODULE, y * MODULE, (x + 1) * MODULE - 1, (y + 1) * MODULE - 1), fill=INK)
    font = ImageFont.truetype(FONT, 4 * MODULE)
    for line, group in enumerate(words):
        draw.text((side - MODULE, (MARGIN + 2 + 6 * line) * MODULE), group, INK, font=font)
    return label


def label_of(serial, host=HOST):
    return drawn(link_of(serial, host), serial.split("-"))
