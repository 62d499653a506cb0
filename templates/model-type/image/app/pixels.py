"""Pictures -> the tensor that the model was trained on, as model.json says under "preprocess".

In:  PIL images, upright, of any mode and size.
Out: an array (n, channels, height, width), or (n, height, width, channels) for layout NHWC, of the
     model's own dtype.

In this order:
    mode    RGB, BGR, L or RGBA; what is transparent lies on white
    size    (width, height), reached by resize: stretch; crop:N, the shorter side to N and then the
            centre; pad, the whole picture in the middle of black. Bilinear and antialiased
    values  v from 0 to 255 -> (v * scale - mean) / std, for each channel

The same as torchvision's Resize, CenterCrop, ToTensor and Normalize make of a PIL image.
"""

from typing import Any

import numpy as np
from PIL import Image, ImageOps

from app import MODEL

HOW: dict[str, Any] = MODEL["preprocess"] or {}
MODE: str = HOW["mode"]
SIZE: tuple[int, int] = (HOW["size"][0], HOW["size"][1])
# Each of the 256 values is worked out once, exactly: a table is faster than arithmetic, too.
VALUES = [
    ((np.arange(256) * HOW["scale"] - mean) / std).astype(HOW["dtype"])
    for mean, std in zip(HOW["mean"], HOW["std"], strict=True)
]


def tensor(images: list[Image.Image]) -> Any:
    return np.stack([pixels(image) for image in images])


def pixels(image: Image.Image) -> Any:
    """One picture, without the axis of the batch."""
    sized = resized(in_mode(image), SIZE, HOW["resize"])
    values = np.asarray(sized).reshape(SIZE[1], SIZE[0], -1)
    if MODE == "BGR":
        values = values[:, :, ::-1]
    channels = [table[values[:, :, at]] for at, table in enumerate(VALUES)]
    return np.stack(channels, axis=0 if HOW["layout"] == "NCHW" else 2)


def in_mode(image: Image.Image) -> Image.Image:
    mode = "RGB" if MODE == "BGR" else MODE
    if image.mode.startswith("I"):  # 16 bits of grey, which convert() would cut off at 255
        image = Image.fromarray((np.asarray(image) / 257).round().clip(0, 255).astype(np.uint8))
    if image.has_transparency_data and mode != "RGBA":
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image if image.mode == mode else image.convert(mode)


def resized(image: Image.Image, size: tuple[int, int], how: str) -> Image.Image:
    if how == "pad":
        return ImageOps.pad(image, size, Image.Resampling.BILINEAR)
    if how.startswith("crop:"):
        return centre(shorter_side(image, int(how.removeprefix("crop:"))), size)
    return image if image.size == size else image.resize(size, Image.Resampling.BILINEAR)


def shorter_side(image: Image.Image, length: int) -> Image.Image:
    width, height = image.size
    longer = int(length * max(width, height) / min(width, height))
    size = (length, longer) if width <= height else (longer, length)
    return image if image.size == size else image.resize(size, Image.Resampling.BILINEAR)


def centre(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    left, top = (round((has - wants) / 2) for has, wants in zip(image.size, size, strict=True))
    return image.crop((left, top, left + size[0], top + size[1]))
