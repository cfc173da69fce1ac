"""Says one sentence to a Wyoming server with the protocol's own client and prints the answer: say.py URI LANGUAGE TEXT"""
import asyncio
import json
import sys

from wyoming.asr import Transcript
from wyoming.client import AsyncClient
from wyoming.handle import Handled, NotHandled
from wyoming.info import Describe, Info


async def main(uri: str, language: str, text: str) -> None:
    async with AsyncClient.from_uri(uri) as client:
        await client.write_event(Describe().event())
        info = Info.from_event(await client.read_event())
        await client.write_event(Transcript(text=text, language=language).event())
        event = await client.read_event()
        handled = Handled.is_type(event.type)
        answer = Handled.from_event(event) if handled else NotHandled.from_event(event)
        print(json.dumps({"programs": [p.name for p in info.handle], "languages": info.handle[0].models[0].languages, "handled": handled, "text": answer.text}))


asyncio.run(main(*sys.argv[1:]))
