"""What every script here does with a call: try it, and print a line about it.

A line is the name of the call, a tab, and `ok` or how it failed. Whether that is right, the test in Rust knows.
"""

import struct
import sys
import zlib


async def tried(name, call):
    """Awaits a call and prints what came of it."""
    try:
        result = await call
        if result is None or result == []:
            raise ValueError("nothing came")
        said = "ok"
    except Exception as error:  # noqa: BLE001: any failure is what is asked about
        said = f"{type(error).__name__}: {error}"
    print(f"{name}\t{' '.join(said.split())}", flush=True)


def picture(width=512, height=768):
    """A PNG with a sky and a sea."""
    colours = (bytes((90 + row % 90, 140, 220 if row < height // 2 else 150)) for row in range(height))
    return png(width, height, 2, (colour * width for colour in colours))


def mask(width=512, height=768):
    """A PNG whose upper half is white."""
    return png(width, height, 0, ((b"\xff" if row < height // 2 else b"\0") * width for row in range(height)))


def png(width, height, kind, rows):
    """A PNG of eight bits a channel."""

    def chunk(name, data):
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def arguments():
    """The address of the server, and a token for it."""
    return sys.argv[1], sys.argv[2]
