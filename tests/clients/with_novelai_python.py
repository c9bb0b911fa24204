"""Every call of the package `novelai-python` that is about pictures or the account."""

import asyncio
import base64
from contextlib import asynccontextmanager
from importlib.metadata import version

from loguru import logger
from novelai_python import ApiCredential, JwtCredential, Login
from novelai_python.sdk import AugmentImageInfer, GenerateImageInfer, Information, Subscription, SuggestTags, Upscale
from novelai_python.sdk.ai._enum import Model
from novelai_python.sdk.ai.augment_image import Moods, ReqType
from novelai_python.sdk.ai.generate_image.schema import Character, PositionMap
from pydantic import SecretStr

from report import arguments, mask, picture, tried

ABOUT = f"novelai-python {version('novelai-python')}"
logger.remove()


def at(url, call):
    """Each of its calls has an address of its own that can be set."""
    call.endpoint = url
    return call


def request(url, model=Model.NAI_DIFFUSION_4_5_FULL, **size):
    size = {"steps": 5, "width": 512, "height": 768} | size
    return at(url, GenerateImageInfer.build_generate("1girl, sea", model=model, seed=7, **size))


@asynccontextmanager
async def session(url, token):
    """What asks for a picture of the usual size and gives its bytes."""
    mine = ApiCredential(api_token=SecretStr(token))

    async def generate():
        answer = await request(url, steps=23, width=832, height=1216).request(session=mine)
        return answer.files[0][1]

    yield generate


async def main():
    url, token = arguments()
    source = base64.b64encode(picture()).decode()
    white = base64.b64encode(mask()).decode()
    mine = ApiCredential(api_token=SecretStr(token))

    async def logged_in():
        answer = await at(url, Login.build(user_name="test@example.com", password="hunter2pass")).request()
        session = JwtCredential(jwt_token=SecretStr(answer.accessToken))
        return await at(url, Information()).request(session=session)

    async def tags():
        return await at(url, SuggestTags(prompt="red ha")).request(session=await mine.get_session())

    await tried("login", logged_in())
    await tried("subscription", at(url, Subscription()).request(session=mine))
    await tried("information", at(url, Information()).request(session=mine))
    await tried("suggest-tags", tags())
    for model in Model:
        if "inpainting" in model.value or model.value == "custom":
            continue
        await tried(f"generate {model.value}", request(url, model).request(session=mine))
    size = {"steps": 5, "seed": 7, "width": 512, "height": 768}
    for model in (Model.NAI_DIFFUSION_4_5_FULL, Model.NAI_DIFFUSION_3):
        asked = GenerateImageInfer.build_img2img("sea", model=model, image=source, strength=0.6, noise=0.1, **size)
        await tried(f"img2img {model.value}", at(url, asked).request(session=mine))
    for model in (Model.NAI_DIFFUSION_4_5_FULL_INPAINTING, Model.NAI_DIFFUSION_3_INPAINTING):
        asked = GenerateImageInfer.build_infill("sea", model=model, image=source, mask=white, **size)
        await tried(f"infill {model.value}", at(url, asked).request(session=mine))
    cast = [Character.build("girl, red hair", uc="hat", center=place) for place in (PositionMap.A3, PositionMap.D3)]
    asked = GenerateImageInfer.build_generate(
        "2girls", model=Model.NAI_DIFFUSION_4_5_FULL, character_prompts=cast, variety_boost=True, **size
    )
    await tried("generate with characters", at(url, asked).request(session=mine))
    await tried("upscale", at(url, Upscale(image=source, scale=2)).request(session=mine))
    for tool in ReqType:
        words = {ReqType.COLORIZE: "blue hair", ReqType.EMOTION: f"{Moods.Happy.value};;"}.get(tool)
        asked = AugmentImageInfer(req_type=tool, width=512, height=768, image=source, prompt=words)
        await tried(tool.value, at(url, asked).request(session=mine))
    stranger = ApiCredential(api_token=SecretStr("pst-wrong"))
    await tried("a wrong token", at(url, Information()).request(session=stranger))


if __name__ == "__main__":
    asyncio.run(main())
