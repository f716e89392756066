# SPDX-License-Identifier: Apache-2.0
"""What a phone's camera makes of labels on a wall: frames of 1280x720, worse in one way each."""
import numpy as np
from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 1280, 720


def wall(rng):
    """Uneven light on a grey wall."""
    left, right = rng.uniform(70, 150, 2)
    row = np.linspace(left, right, WIDTH)
    slope = np.linspace(0, rng.uniform(-25, 25), HEIGHT)
    return Image.fromarray(np.clip(row[None, :] + slope[:, None], 0, 255).astype(np.uint8))


def coefficients(target, source):
    """Of the projection that PIL wants: where in the source each point of the target comes from."""
    rows, values = [], []
    for (x, y), (u, v) in zip(target, source):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return np.linalg.solve(np.array(rows, float), np.array(values, float))


def place(frame, label, rng, side, centre, turn=0.12, tilt=0.04):
    """Sticks the label onto the frame: its height is `side` pixels, seen a little from the side."""
    width, height = label.width / label.height * side, side
    angle = rng.uniform(-turn, turn)
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * (width / 2, height / 2)
    corners = corners @ np.array([(np.cos(angle), np.sin(angle)), (-np.sin(angle), np.cos(angle))])
    corners += rng.uniform(-tilt, tilt, (4, 2)) * side + np.array(centre)
    source = [(0, 0), (label.width, 0), (label.width, label.height), (0, label.height)]
    projection = coefficients(corners, source)
    # Fine detail is averaged first, as a lens does, or a small label would turn into noise.
    soft = label.filter(ImageFilter.GaussianBlur(max(0.0, 0.35 * (label.height / side - 1))))
    seen = soft.transform(frame.size, Image.Transform.PERSPECTIVE, projection, Image.Resampling.BICUBIC)
    mask = Image.new("L", label.size, 255).transform(frame.size, Image.Transform.PERSPECTIVE, projection)
    frame.paste(seen, (0, 0), mask)
    return corners


def with_noise(frame, rng, sigma):
    grain = rng.normal(0, sigma, (HEIGHT, WIDTH)).astype(np.float32)
    return Image.fromarray(np.clip(np.asarray(frame, np.float32) + grain, 0, 255).astype(np.uint8))


def blurred(frame, rng, module):
    return frame.filter(ImageFilter.GaussianBlur(module * rng.uniform(0.3, 0.85)))


def shaken(frame, rng, module):
    """Moved while the shutter was open."""
    steps = int(module * rng.uniform(0.8, 2.2)) + 1
    angle = rng.uniform(0, np.pi)
    total = np.zeros((HEIGHT, WIDTH), np.float32)
    for step in range(steps):
        total += np.roll(np.asarray(frame, np.float32), (round(np.sin(angle) * step), round(np.cos(angle) * step)), (0, 1))
    return Image.fromarray((total / steps).astype(np.uint8))


def glaring(frame, rng, corners):
    """A lamp is mirrored by the label: a white spot with a soft edge."""
    low, high = corners.min(0), corners.max(0)
    centre, radius = rng.uniform(low, high), rng.uniform(0.1, 0.28) * (high - low).min()
    y, x = np.ogrid[:HEIGHT, :WIDTH]
    far = np.hypot((x - centre[0]) / rng.uniform(1, 1.8), y - centre[1]) / radius
    light = 255 * np.clip(1.6 - far, 0, 1)
    return Image.fromarray(np.clip(np.asarray(frame, np.float32) + light, 0, 255).astype(np.uint8))


def scratched(frame, rng, corners, module):
    low, high = corners.min(0), corners.max(0)
    draw = ImageDraw.Draw(frame)
    for _ in range(int(rng.integers(3, 12))):
        ends = rng.uniform(low, high, (2, 2)).ravel().tolist()
        draw.line(ends, fill=int(rng.choice([30, 120, 245])), width=max(1, int(module * rng.uniform(0.3, 1.1))))
    return frame


def dark(frame, rng):
    dim = Image.fromarray((np.asarray(frame, np.float32) * rng.uniform(0.03, 0.16) + 4).astype(np.uint8))
    return with_noise(dim, rng, rng.uniform(2, 6))
