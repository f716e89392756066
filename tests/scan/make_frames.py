#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Draws the scanner's test set: the same frames every time.

usage: make_frames.py FOLDER

Writes FOLDER/NNN.png and FOLDER/frames.json: a list of {"file", "kind", "serials": those of ours in view}.
"""
import json
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

import camera
import labels

SEED = 20261124
SIDES = {"small": (44, 90), "dark": (130, 300)}
USUAL_SIDE = (130, 380)
ONE = ("clean", "blur", "shake", "perspective", "noise", "glare", "scratches", "small", "dark", "far off the middle")
COUNTS = {kind: 12 for kind in ONE} | {"two labels": 16, "foreign": 18, "one wrong character": 12}


def centre_of(rng, reach):
    return camera.WIDTH / 2 + rng.uniform(-1, 1) * reach[0], camera.HEIGHT / 2 + rng.uniform(-1, 1) * reach[1]


def one(frame, label, kind, rng):
    side = rng.uniform(*SIDES.get(kind, USUAL_SIDE))
    off = kind == "far off the middle"
    centre = centre_of(rng, (420, 190) if off else (120, 60))
    tilt = rng.uniform(0.12, 0.3) if kind == "perspective" else 0.04
    corners = camera.place(frame, label, rng, min(side, 260) if off else side, centre, turn=0.6 if kind == "perspective" else 0.12, tilt=tilt)
    module = side / (label.height / labels.MODULE)
    if kind == "blur":
        frame = camera.blurred(frame, rng, module)
    elif kind == "shake":
        frame = camera.shaken(frame, rng, module)
    elif kind == "glare":
        frame = camera.glaring(frame, rng, corners)
    elif kind == "scratches":
        frame = camera.scratched(frame, rng, corners, module)
    elif kind == "dark":
        return camera.dark(frame, rng)
    return camera.with_noise(frame, rng, rng.uniform(25, 85) if kind == "noise" else 3)


def two(frame, first, second, rng):
    for label, side in ((first, -1), (second, 1)):
        camera.place(frame, label, rng, rng.uniform(150, 250), (camera.WIDTH / 2 + side * rng.uniform(190, 300), centre_of(rng, (0, 90))[1]))
    return camera.with_noise(frame, rng, 3)


def foreign_code(rng):
    serial = labels.serial_of(rng)
    texts = [
        "WIFI:T:WPA;S:Plant 7;P:correct horse battery;;",
        f"https://products.example/item?id={serial}",
        f"https://{labels.HOST}.evil.example/d/{serial}",
        f"http://{labels.HOST}/d/{serial}",
        f"https://{labels.HOST}/d/{serial}/more",
        labels.link_of(serial, "other.example.net"),
    ]
    return labels.drawn(texts[int(rng.integers(0, len(texts)))], [])


def draw(folder, number, kind):
    rng = np.random.default_rng([SEED, number])
    frame, serials = camera.wall(rng), []
    if kind == "two labels":
        serials = [labels.serial_of(rng), labels.serial_of(rng)]
        frame = two(frame, labels.label_of(serials[0]), labels.label_of(serials[1]), rng)
    elif kind == "foreign":
        frame = one(frame, foreign_code(rng), "clean", rng)
    elif kind == "one wrong character":
        frame = one(frame, labels.label_of(labels.with_one_wrong(labels.serial_of(rng), rng)), "clean", rng)
    else:
        serials = [labels.serial_of(rng)]
        frame = one(frame, labels.label_of(serials[0]), kind, rng)
    name = f"{number:03}.png"
    frame.save(folder / name, compress_level=1)
    return {"file": name, "kind": kind, "serials": serials}


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    kinds = [kind for kind, count in COUNTS.items() for _ in range(count)]
    with ProcessPoolExecutor(2) as pool:
        frames = list(pool.map(draw, [folder] * len(kinds), range(len(kinds)), kinds, chunksize=8))
    (folder / "frames.json").write_text(json.dumps(frames))


if __name__ == "__main__":
    main()
