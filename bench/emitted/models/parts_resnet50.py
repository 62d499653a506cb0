"""S4's model files and its client's picture: models/parts_resnet50.py FOLDER, with the packages of the handler by hand.

A resnet50 with two classes, as fine-tuning leaves it but with drawn weights, which cost the same; every run makes the same.

parts-pickled.tar.gz    the tutorial's: the whole module pickled, with its class list
parts-traced.tar.gz     ours: the same network as TorchScript, with its class list
part.jpg                640 x 480, of a photograph's grain
"""

import io
import sys
import tarfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torchvision import models

FOLDER = Path(sys.argv[1])
CLASSES = b"00-damaged\n01-whole\n"


def network() -> torch.nn.Module:
    torch.manual_seed(4)
    module = models.resnet50(weights=None)
    module.fc = torch.nn.Linear(module.fc.in_features, 2)
    # Without the means of a few pictures each block would double what goes through it.
    for layer in module.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.momentum = None
    with torch.no_grad():
        module(torch.randn(8, 3, 224, 224))
    return module.eval()


def pack(name: str, file: str, content: bytes) -> None:
    with tarfile.open(FOLDER / name, "w:gz", compresslevel=1) as archive:
        for member, of_it in ((file, content), ("classes.txt", CLASSES)):
            about = tarfile.TarInfo(member)
            about.size = len(of_it)
            archive.addfile(about, io.BytesIO(of_it))


def photograph() -> Image.Image:
    """Shapes of every size, as a camera sees them: neither flat, which JPEG decodes at once, nor noise."""
    source = np.random.default_rng(4)
    picture = Image.new("RGB", (640, 480), "grey")
    for grain in (4, 16, 64, 256):
        cells = source.integers(0, 256, (grain * 3 // 4, grain, 3), np.uint8)
        blotches = Image.fromarray(cells).resize(picture.size, Image.Resampling.BICUBIC)
        picture = Image.blend(picture, blotches, 0.3)
    return picture


FOLDER.mkdir(parents=True, exist_ok=True)
whole = network()
pickled, traced = io.BytesIO(), io.BytesIO()
torch.save(whole, pickled)
torch.jit.save(torch.jit.trace(whole, torch.zeros(1, 3, 224, 224)), traced)
pack("parts-pickled.tar.gz", "parts.pth", pickled.getvalue())
pack("parts-traced.tar.gz", "parts.pt", traced.getvalue())
photograph().save(FOLDER / "part.jpg", quality=90)
