"""Every call of the package `novelai`: logging in, and pictures of V3."""

import asyncio
import base64
from contextlib import asynccontextmanager
from importlib.metadata import version

from loguru import logger
from novelai import HOSTS, Metadata, NAIClient
from novelai.types import Host

from report import arguments, mask, picture, tried

ABOUT = f"novelai {version('novelai')}"
logger.remove()


def point_at(url):
    """Its hosts are constants; a host can also be given with a call."""
    HOSTS["API"] = Host(url=url, accept="binary/octet-stream")
    HOSTS["WEB"] = Host(url=url, accept="binary/octet-stream")


def request(**more):
    asked = {"prompt": "1girl, sea", "width": 512, "height": 768, "steps": 5, "seed": 7} | more
    return Metadata(**asked)


@asynccontextmanager
async def session(url, _token):
    """What asks for a picture of the usual size and gives its bytes, on a session that stays."""
    point_at(url)
    client = NAIClient("test@example.com", "hunter2pass")
    await client.init(timeout=120)

    async def generate():
        asked = request(width=832, height=1216, steps=23)
        return (await client.generate_image(asked, host=HOSTS.WEB))["image_0.png"]

    yield generate
    await client.client.aclose()


async def main():
    url, _ = arguments()
    point_at(url)
    source = base64.b64encode(picture()).decode()
    white = base64.b64encode(mask()).decode()
    client = NAIClient("test@example.com", "hunter2pass")

    async def login():
        await client.init(timeout=120)
        return client.running

    await tried("login", login())
    await tried("generate", client.generate_image(request(), host=HOSTS.WEB))
    four = request(width=512, height=704, n_samples=4)
    await tried("generate four", client.generate_image(four, host=HOSTS.WEB))
    image = {"action": "img2img", "image": source, "strength": 0.6, "noise": 0.1, "sm": False}
    await tried("img2img", client.generate_image(request(**image), host=HOSTS.WEB))
    image = {"action": "infill", "model": "nai-diffusion-3-inpainting", "image": source, "mask": white, "sm": False}
    await tried("infill", client.generate_image(request(**image), host=HOSTS.WEB))
    await client.client.aclose()
    stranger = NAIClient("test@example.com", "something else")
    await tried("a wrong password", stranger.init())


if __name__ == "__main__":
    asyncio.run(main())
