"""How Pillow and pyvips make thumbnails: JPEG of at most 320 pixels a side, over white, quality 82.

Given files as arguments; each line on stdin names the library and how many threads. It makes the thumbnails of all files
into memory, and answers with milliseconds and bytes.
"""

import io
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

os.environ["VIPS_CONCURRENCY"] = "1"

import PIL
import pyvips
from PIL import Image

paths = sys.argv[1:]


def pillow(path):
    with Image.open(path) as opened:
        picture = opened.convert("RGBA")
    picture.thumbnail((320, 320), Image.Resampling.LANCZOS)
    white = Image.new("RGB", picture.size, "white")
    white.paste(picture, mask=picture.getchannel("A"))
    target = io.BytesIO()
    white.save(target, "JPEG", quality=82)
    return target.getvalue()


def vips(path):
    picture = pyvips.Image.thumbnail(path, 320, height=320, size="down")
    return picture.jpegsave_buffer(Q=82, background=[255, 255, 255])


MAKERS = {"pillow": pillow, "pyvips": vips}
version = ".".join(str(pyvips.version(part)) for part in range(3))
print(f"Python {sys.version.split()[0]}, Pillow {PIL.__version__}, pyvips {pyvips.__version__} with libvips {version}", flush=True)
pools = {count: ThreadPoolExecutor(count) for count in (1, 2)}
for line in sys.stdin:
    name, threads = line.split()
    begun = time.perf_counter()
    made = list(pools[int(threads)].map(MAKERS[name], paths))
    print((time.perf_counter() - begun) * 1000, sum(map(len, made)), flush=True)
