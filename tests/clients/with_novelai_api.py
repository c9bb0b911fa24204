"""Every call of the package `novelai-api` that is about pictures or the account."""

import asyncio
import base64
from contextlib import asynccontextmanager
from importlib.metadata import version

import novelai_api._low_level as low_level
from aiohttp import ClientSession
from novelai_api import NovelAIAPI
from novelai_api.DirectorToolsPreset import DirectorToolsPreset
from novelai_api.ImagePreset import ControlNetModel, ImageGenerationType, ImageModel, ImagePreset
from novelai_api.Preset import Model

from report import arguments, mask, picture, tried

ABOUT = f"novelai-api {version('novelai-api')}"


def point_at(url):
    """Its addresses are constants of a module, and one of a class."""
    low_level.GENERAL_API_ADDRESS = low_level.IMAGE_API_ADDRESS = low_level.TEXT_API_ADDRESS = url
    NovelAIAPI.BASE_ADDRESS = url


def preset(model, **more):
    chosen = ImagePreset.from_default_config(model)
    chosen["seed"], chosen["n_samples"], chosen["steps"] = 7, 1, 5
    chosen["resolution"] = (512, 768)
    for key, value in more.items():
        chosen[key] = value
    return chosen


async def generated(api, model, action=ImageGenerationType.NORMAL, **more):
    made = api.high_level.generate_image("1girl, sea", model, preset(model, **more), action)
    return [data async for _, data in made]


@asynccontextmanager
async def session(url, token):
    """What asks for a picture of the usual size and gives its bytes, on a session that stays."""
    point_at(url)
    async with ClientSession() as held:
        api = NovelAIAPI(held)
        await api.high_level.login_with_token(token)

        async def generate():
            return (await generated(api, ImageModel.Anime_v45_Full, resolution=(832, 1216), steps=23))[0]

        yield generate


async def main():
    url, token = arguments()
    point_at(url)
    source = base64.b64encode(picture()).decode()
    white = base64.b64encode(mask()).decode()
    async with ClientSession() as session:
        api = NovelAIAPI(session)
        high, low = api.high_level, api.low_level
        await tried("login", high.login("test@example.com", "hunter2pass"))
        await tried("keystore", low.get_keystore())
        await tried("settings", low.get_settings())
        await high.login_with_token(token)
        await tried("subscription", low.get_subscription())
        await tried("data", low.get_data())
        low.is_schema_validation_enabled = False
        await tried("data, not held to its schema", low.get_data())
        low.is_schema_validation_enabled = True
        await tried("information", low.get_information())
        await tried("priority", low.get_priority())
        for model in (ImageModel.Anime_v45_Full, ImageModel.Anime_v45_Curated, ImageModel.Anime_v4_Full,
                      ImageModel.Anime_v4_preview, ImageModel.Anime_v3, ImageModel.Furry_v3):
            await tried(f"generate {model.value}", generated(api, model))
        for model in (ImageModel.Anime_v45_Full, ImageModel.Anime_v3):
            image = {"image": source, "strength": 0.6, "noise": 0.1}
            await tried(f"img2img {model.value}", generated(api, model, ImageGenerationType.IMG2IMG, **image))
        for model in (ImageModel.Inpainting_Anime_v4_Full, ImageModel.Inpainting_Anime_v3):
            image = {"image": source, "mask": white}
            await tried(f"infill {model.value}", generated(api, model, ImageGenerationType.INPAINTING, **image))
        model = ImageModel.Anime_v45_Full
        await tried("encode-vibe", high.encode_vibe(picture(), model, 1.0))

        async def with_vibe():
            vibe = await high.encode_vibe(picture(), model, 1.0)
            return await generated(api, model, reference_image_multiple=[vibe], reference_strength_multiple=[0.6])

        await tried("generate with a vibe", with_vibe())
        await tried("suggest-tags", low.suggest_tags("red ha", ImageModel.Anime_v45_Full))
        await tried("upscale", low.upscale_image(source, 512, 768, 2))
        await tried("annotate", low.generate_controlnet_mask(ControlNetModel.Form_Lock, source))
        await tried("generate-prompt", low.generate_prompt(Model.Kayra, "1girl, ", 1.0, 20))
        for name, tool in (("bg-removal", high.remove_background), ("lineart", high.line_art), ("sketch", high.sketch),
                           ("colorize", high.colorize), ("emotion", high.emotion), ("declutter", high.declutter)):
            asked = DirectorToolsPreset(768, 512, source, prompt="blue hair", emotion="happy")
            await tried(name, tool(asked))
        await tried("a model for another action", generated(api, ImageModel.Inpainting_Anime_v3))
        await high.login_with_token("pst-wrong")
        await tried("a wrong token", low.get_subscription())


if __name__ == "__main__":
    asyncio.run(main())
