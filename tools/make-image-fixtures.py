"""Golden values for images: Pillow's antialiased resizes, label and depth PNGs, and files that a reader must cope with.

    python -m venv pyvis && pyvis/bin/pip install pillow numpy
    pyvis/bin/python tools/make-image-fixtures.py    # writes packages/data/src/images/__fixtures__
"""

import pathlib

import numpy as np
from PIL import Image

OUT = pathlib.Path(__file__).parent.parent / "packages" / "data" / "src" / "images" / "__fixtures__"


def scene(width: int, height: int) -> np.ndarray:
    """Edges, gradients and noise: everything a filter can get wrong."""
    y, x = np.mgrid[0:height, 0:width]
    noise = np.random.default_rng(0).integers(0, 40, (height, width, 3))
    image = np.stack([255 * x / width, 255 * y / height, 200 * (((x // 7) + (y // 5)) % 2)], -1) + noise
    return np.clip(image, 0, 255).astype(np.uint8)


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    picture = Image.fromarray(scene(61, 47))
    picture.save(OUT / "scene.png")
    for kind, method in (("bilinear", Image.Resampling.BILINEAR), ("bicubic", Image.Resampling.BICUBIC)):
        for width, height in ((23, 17), (96, 64), (61, 20)):
            picture.resize((width, height), method).save(OUT / f"scene-{kind}-{width}x{height}.png")
    picture.save(OUT / "scene.jpg", quality=95)
    picture.convert("CMYK").save(OUT / "cmyk.jpg", quality=95)
    picture.convert("L").save(OUT / "gray.png")
    Image.fromarray(np.full((1, 1, 3), 7, np.uint8)).save(OUT / "one-pixel.png")
    Image.fromarray(np.array([[0, 7, 1007], [2007, 10000, 65535]], np.uint16)).save(OUT / "depth-16.png")
    palette = Image.fromarray((np.arange(12).reshape(3, 4) % 5).astype(np.uint8), "P")
    palette.putpalette(sum(([i * 50, 0, 255 - i * 50] for i in range(5)), []))
    palette.save(OUT / "palette.png", bits=4)
    data = (OUT / "scene.jpg").read_bytes()
    (OUT / "truncated.jpg").write_bytes(data[: len(data) // 3])
    (OUT / "text.jpg").write_text("this is no image\n")
    huge = bytearray((OUT / "one-pixel.png").read_bytes())  # claims 60,000 by 60,000 pixels; its checksum is made right
    huge[16:24] = (60000).to_bytes(4, "big") * 2
    import zlib

    huge[29:33] = zlib.crc32(bytes(huge[12:29])).to_bytes(4, "big")
    (OUT / "huge.png").write_bytes(bytes(huge))
