"""A client of PyPI that asks for pictures and writes them into a folder.

Arguments: the script in `tests/clients` that knows the client, the address, the folder. Each line on stdin says how many
requests may be in flight and how many pictures to make; the answer is the milliseconds that one took.
"""

import asyncio
import importlib
import sys
import time
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "clients"))


async def main():
    name, url, folder = sys.argv[1:]
    client = importlib.import_module(name)
    folder = Path(folder)
    async with client.session(url, "pst-stub") as generate:
        print(client.ABOUT, flush=True)
        for line in sys.stdin:
            in_flight, pictures = map(int, line.split())
            turns = asyncio.Semaphore(in_flight)

            async def one(index):
                async with turns:
                    (folder / f"{index}.png").write_bytes(await generate())

            begun = time.perf_counter()
            await asyncio.gather(*(one(index) for index in range(pictures)))
            print((time.perf_counter() - begun) * 1000 / pictures, flush=True)


if __name__ == "__main__":
    asyncio.run(main())
