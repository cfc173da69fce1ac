"""aiohomekit, which Home Assistant uses, as a controller of the hub's bridge.

Takes JSON lines on the standard input and answers each with one: {"do": "pair", "host", "port", "id", "code"}, "list",
"read" and "write" with "ids" or "values", "subscribe", "reconnect", "pairings", "unpair". Events come as {"event": ...}.
"""
import asyncio
import json
import sys
from unittest import mock

from aiohomekit.controller.ip.connection import HomeKitConnection  # noqa: F401  (fails early when the package changed)
from aiohomekit.controller.ip.discovery import IpDiscovery
from aiohomekit.controller.ip.controller import IpController
from aiohomekit.characteristic_cache import CharacteristicCacheMemory
from aiohomekit.controller.ip.pairing import IpPairing
from aiohomekit.protocol import perform_pair_setup_part1, perform_pair_setup_part2


def say(o):
    sys.stdout.write(json.dumps(o, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()


async def pair(m):
    """Pair-setup without discovery: loopback has no mDNS here."""
    conn = HomeKitConnection(None, [m["host"]], m["port"])
    await conn.ensure_connection()

    async def drive(gen):
        request, expected = gen.send(None)
        while True:
            response = await conn.post_tlv("/pair-setup", body=request, expected=expected)
            try:
                request, expected = gen.send(response)
            except StopIteration as end:
                return end.value

    salt, pub = await drive(perform_pair_setup_part1())
    data = await drive(perform_pair_setup_part2(m["code"], "decc6fa3-de3e-41c9-adba-ef7409821bfc", salt, pub))
    await conn.close()
    data.update(AccessoryIP=m["host"], AccessoryIPs=[m["host"]], AccessoryPort=m["port"], Connection="IP")
    return data


async def main():
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    controller = IpController(char_cache=CharacteristicCacheMemory(), zeroconf_instance=mock.MagicMock())
    pairing = None
    say({"ready": True})
    while line := await reader.readline():
        m = json.loads(line)
        try:
            match m["do"]:
                case "pair":
                    data = await pair(m)
                    pairing = IpPairing(controller, data)
                    pairing.dispatcher_connect(lambda e: say({"event": {f"{k[0]}.{k[1]}": v.get("value") for k, v in e.items() if k[1] is not None}}) if e else None)
                    say({"paired": data["AccessoryPairingID"]})
                case "list":
                    acc = await pairing.list_accessories_and_characteristics()
                    say({"accessories": acc})
                case "read":
                    got = await pairing.get_characteristics([tuple(x) for x in m["ids"]])
                    say({"read": {f"{k[0]}.{k[1]}": v for k, v in got.items()}})
                case "write":
                    got = await pairing.put_characteristics([tuple(x) for x in m["values"]])
                    say({"written": {f"{k[0]}.{k[1]}": v for k, v in got.items()}})
                case "subscribe":
                    await pairing.subscribe([tuple(x) for x in m["ids"]])
                    say({"subscribed": True})
                case "pairings":
                    say({"pairings": await pairing.list_pairings()})
                case "reconnect":
                    say({"reconnected": True})  # it does so by itself
                case "unpair":
                    await pairing.remove_pairing("decc6fa3-de3e-41c9-adba-ef7409821bfc")
                    say({"unpaired": True})
        except Exception as e:  # noqa: BLE001  (whatever it is, the test wants to see it)
            say({"failed": f"{type(e).__name__}: {e}"})


asyncio.run(main())
