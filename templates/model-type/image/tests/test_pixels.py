"""How a picture becomes a tensor, for every setting that model.json may hold."""

from typing import Any

import numpy as np
import pytest
from PIL import Image

from app import MODEL, pixels
from app.pixels import HOW, MODE, SIZE, in_mode, resized, tensor

# Not square, and different everywhere.
ROWS, COLUMNS = np.mgrid[0:30, 0:50]
PICTURE = Image.fromarray(
    np.stack([COLUMNS * 5, ROWS * 8, (COLUMNS * ROWS) % 256], axis=2).astype(np.uint8)
)
UPRIGHT = PICTURE.transpose(Image.Transpose.ROTATE_90)


def triangle(source: int, target: int) -> Any:
    """The weights of an antialiased bilinear filter: the triangle widens as the picture shrinks."""
    scale = source / target
    centres = (np.arange(target) + 0.5) * scale
    distance = np.abs(np.arange(source) + 0.5 - centres[:, None]) / max(scale, 1)
    weights = np.clip(1 - distance, 0, None)
    return weights / weights.sum(axis=1, keepdims=True)


def filtered(image: Image.Image, size: tuple[int, int]) -> Any:
    values = np.asarray(image, dtype=np.float64)
    across = np.einsum("xw,hwc->hxc", triangle(image.width, size[0]), values)
    return np.einsum("yh,hxc->yxc", triangle(image.height, size[1]), across)


@pytest.mark.parametrize("size", [(20, 20), (7, 13), (64, 48)])
def test_stretching_is_bilinear_and_antialiased(size: tuple[int, int]) -> None:
    got = np.asarray(resized(PICTURE, size, "stretch"), dtype=np.float64)
    assert np.abs(got - filtered(PICTURE, size)).max() <= 1.01  # rounded twice, once an axis


# Recorded: what torchvision 0.29.2 makes of this picture, and of the same standing upright, by
# Resize(shorter) and CenterCrop(side). The first pixel, one amid the others, and the last.
@pytest.mark.parametrize(
    ("picture", "shorter", "side", "recorded"),
    [
        (PICTURE, 25, 20, [(62, 20, 31), (98, 116, 28), (177, 203, 132)]),
        (PICTURE, 24, 21, [(63, 21, 33), (107, 121, 68), (188, 221, 57)]),
        (PICTURE, 21, 16, [(73, 25, 45), (108, 116, 58), (180, 196, 112)]),
        (UPRIGHT, 25, 20, [(183, 20, 92), (123, 77, 236), (68, 203, 87)]),
        (UPRIGHT, 24, 21, [(182, 21, 94), (119, 91, 51), (57, 221, 59)]),
        (UPRIGHT, 21, 16, [(173, 25, 106), (115, 82, 218), (65, 196, 64)]),
    ],
)
def test_cropping_is_what_torchvision_does(
    picture: Image.Image, shorter: int, side: int, recorded: list[tuple[int, int, int]]
) -> None:
    got = resized(picture, (side, side), f"crop:{shorter}")
    assert got.size == (side, side)
    points = [(0, 0), (side // 3, side // 2), (side - 1, side - 1)]
    assert [got.getpixel(point) for point in points] == recorded


def test_padding_keeps_the_whole_picture_in_the_middle_of_black() -> None:
    white = Image.new("RGB", (50, 30), "white")
    got = np.asarray(resized(white, (20, 20), "pad"))
    assert got.shape == (20, 20, 3)
    assert (got[4:16] == 255).all()
    assert not got[:4].any()
    assert not got[16:].any()


def test_the_tensor_is_what_the_model_takes() -> None:
    batch = tensor([PICTURE, PICTURE])
    channels = len(HOW["mean"])
    first = HOW["layout"] == "NCHW"
    picture = (channels, SIZE[1], SIZE[0]) if first else (SIZE[1], SIZE[0], channels)
    assert batch.shape == (2, *picture)
    assert batch.dtype == MODEL["inputs"][0]["dtype"]


@pytest.mark.parametrize("value", [0, 1, 128, 255])
def test_values_are_scaled_and_normalised(value: int) -> None:
    grey = Image.new("RGB", (9, 9), (value, value, value))
    values = tensor([grey])[0]
    last = values if HOW["layout"] == "NHWC" else np.moveaxis(values, 0, 2)
    if MODE == "RGBA":
        last = last[:, :, :3]
    normal = zip(HOW["mean"], HOW["std"], strict=True)
    expected = [(value * HOW["scale"] - mean) / std for mean, std in normal]
    assert np.allclose(last, expected[: last.shape[2]], rtol=0, atol=1e-3)


def test_channels_stand_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    straight = [np.arange(256)] * 3
    monkeypatch.setattr(pixels, "VALUES", straight)
    monkeypatch.setitem(HOW, "layout", "NHWC")
    orange = Image.new("RGB", (5, 5), (200, 100, 50))
    for mode, expected in {"RGB": [200, 100, 50], "BGR": [50, 100, 200]}.items():
        monkeypatch.setattr(pixels, "MODE", mode)
        assert tensor([orange])[0, 0, 0].tolist() == expected


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (Image.new("RGBA", (1, 1), (255, 0, 0, 0)), (255, 255, 255)),
        (Image.new("LA", (1, 1), (0, 128)), (127, 127, 127)),
        (Image.new("L", (1, 1), 7), (7, 7, 7)),
        (Image.new("CMYK", (1, 1), (0, 255, 255, 0)), (255, 0, 0)),
        (Image.new("1", (1, 1), 1), (255, 255, 255)),
        (Image.new("I;16", (1, 1), 32896), (128, 128, 128)),
    ],
)
def test_every_mode_becomes_the_models(
    monkeypatch: pytest.MonkeyPatch, image: Image.Image, expected: tuple[int, int, int]
) -> None:
    monkeypatch.setattr(pixels, "MODE", "RGB")
    assert in_mode(image).getpixel((0, 0)) == expected
