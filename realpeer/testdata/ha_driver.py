"""A real Home Assistant with its MQTT integration, driven over stdin: one JSON request a line, one JSON answer a line.

Arguments: CONFIG_DIR BROKER_HOST BROKER_PORT USER PASSWORD HTTP_PORT
Requests: {"states": true} or {"call": [domain, service, {data}]}
"""
import asyncio
import json
import logging
import os
import sys


def prepare(config, host, port, user, password, http_port):
    os.makedirs(os.path.join(config, ".storage"), exist_ok=True)
    with open(os.path.join(config, "configuration.yaml"), "w") as f:
        f.write("homeassistant:\n  name: test\n  unit_system: metric\n  time_zone: UTC\nhttp:\n  server_host: 127.0.0.1\n  server_port: %s\n" % http_port)
    data = {"broker": host, "port": int(port), "discovery": True}
    if user:
        data["username"], data["password"] = user, password
    entry = {"entry_id": "mqtt", "version": 1, "minor_version": 1, "domain": "mqtt", "title": "mqtt", "data": data, "options": {},
             "pref_disable_new_entities": False, "pref_disable_polling": False, "source": "user", "unique_id": None, "disabled_by": None}
    with open(os.path.join(config, ".storage", "core.config_entries"), "w") as f:
        json.dump({"version": 1, "minor_version": 1, "key": "core.config_entries", "data": {"entries": [entry]}}, f)


async def main():
    config, host, port, user, password, http_port = sys.argv[1:7]
    prepare(config, host, port, user, password, http_port)
    from homeassistant import bootstrap, runner
    bootstrap.DEFAULT_INTEGRATIONS = bootstrap.CRITICAL_INTEGRATIONS = set()  # what a headless test has no use for, and what wants a browser
    hass = await bootstrap.async_setup_hass(runner.RuntimeConfig(config_dir=config, skip_pip=True))
    await hass.async_start()
    print(json.dumps({"ready": "mqtt" in hass.config.components}), flush=True)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        request = json.loads(line)
        try:
            if "call" in request:
                domain, service, data = request["call"]
                await hass.services.async_call(domain, service, data, blocking=True)
                answer = {"ok": True}
            else:
                answer = {"states": [{"id": s.entity_id, "state": s.state, "attributes": {k: v for k, v in s.attributes.items() if isinstance(v, (str, int, float, bool, list, tuple, type(None)))}}
                                     for s in hass.states.async_all()]}
        except Exception as error:  # said to the test, which decides
            answer = {"error": repr(error)}
        print(json.dumps(answer, default=str), flush=True)
    await hass.async_stop()


logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
asyncio.run(main())
