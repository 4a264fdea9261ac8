"""Starts the real server in a directory of its own and signs its owner in, with nothing but HTTP."""

import asyncio
import base64
import hashlib
import hmac
import os
import pathlib
import re
import struct
import tempfile
import time

import aiohttp

ROOT = pathlib.Path(__file__).resolve().parents[3]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
BINARY = os.environ.get("KONUSMA_BIN", str(TARGET / "x86_64-unknown-linux-gnu/release/konusma"))
DEADLINE_S = 10
PASSWORD = "correct horse battery staple"


def one_time_code(secret: str) -> str:
    """RFC 6238 with the authenticator apps' defaults."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    mac = hmac.digest(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1)
    offset = mac[19] & 0x0F
    number = struct.unpack(">I", mac[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


class Server:
    """`async with Server() as server:` – running, with an owner signed in."""

    async def __aenter__(self):
        self.directory = tempfile.TemporaryDirectory(prefix="konusma-test-")
        self.log = []
        self.process = await asyncio.create_subprocess_exec(
            BINARY, "serve", "--port", "0", "--data-dir", self.directory.name,
            env={"PATH": os.environ["PATH"], "KONUSMA_ENV": "development", "KONUSMA_RATE_LIMITS": "off", "KONUSMA_TURN_PORT": "off"},
            cwd=self.directory.name,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        self.url = await self._line(r"is ready: (http\S+) ")
        link = await self._line(r"#setup=(\S+)")
        self._reading = asyncio.create_task(self._read_on())
        self.http = aiohttp.ClientSession(self.url, cookie_jar=aiohttp.DummyCookieJar())
        await self._set_up(link)
        return self

    async def __aexit__(self, *error):
        await self.http.close()
        self.process.terminate()
        code = await asyncio.wait_for(self.process.wait(), DEADLINE_S)
        await self._reading
        self.directory.cleanup()
        assert code == 0, f"the server ended with {code}"

    async def _line(self, pattern):
        while True:
            line = await asyncio.wait_for(self.process.stdout.readline(), DEADLINE_S)
            assert line, "the server ended while starting:\n" + "\n".join(self.log)
            self.log.append(line.decode().rstrip())
            if found := re.search(pattern, self.log[-1]):
                return found[1]

    async def _read_on(self):
        async for line in self.process.stdout:
            self.log.append(line.decode().rstrip())

    async def post(self, path, **json):
        async with self.http.post(path, json=json) as answer:
            assert answer.ok, await answer.text()
            return await answer.json(), answer.cookies

    async def get(self, path, token):
        async with self.http.get(path, headers={"Authorization": f"Bearer {token}"}) as answer:
            assert answer.ok, await answer.text()
            return await answer.json()

    async def _set_up(self, link):
        offer, _ = await self.post("/api/admin/setup", token=link)
        _, cookies = await self.post(
            "/api/admin/setup/finish",
            token=link, username="mehmet", name="Mehmet", business_name="Yılmaz Çiçekçilik",
            password=PASSWORD, code=one_time_code(offer["totp"]["secret"]),
        )
        self.cookie = "; ".join(f"{c.key}={c.value}" for c in cookies.values())

    async def visitor(self, name="Ayşe"):
        session, _ = await self.post("/api/session", name=name)
        return session
