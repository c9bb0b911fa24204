"""How Pillow writes a PNG, and how it changes a text in one.

Given a file as argument; for each line on stdin it does once what the line says: `write` encodes the pixels into memory,
and answers with milliseconds and bytes; `edit` opens the file and saves it with another text, and answers with
milliseconds.
"""

import io
import os
import sys
import time

import PIL
from PIL import Image
from PIL.PngImagePlugin import PngInfo

path = sys.argv[1]
with Image.open(path) as opened:
    picture = opened.copy()
beside = path + ".peer.png"


def write():
    begun = time.perf_counter()
    target = io.BytesIO()
    picture.save(target, "PNG", compress_level=6)
    return (time.perf_counter() - begun) * 1000, target.tell()


def edit():
    begun = time.perf_counter()
    with Image.open(path) as source:
        texts = PngInfo()
        for keyword, text in source.text.items():
            texts.add_text(keyword, text if keyword != "Comment" else '{"prompt": "a lighthouse"}')
        source.save(beside, "PNG", pnginfo=texts)
    took = (time.perf_counter() - begun) * 1000
    os.remove(beside)
    return (took,)


print(f"Python {sys.version.split()[0]}, Pillow {PIL.__version__}", flush=True)
for line in sys.stdin:
    print(*(write() if line.strip() == "write" else edit()), flush=True)
