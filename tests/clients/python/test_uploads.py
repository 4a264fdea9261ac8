"""Files as python-socketio's user sends and gets them, with aiohttp for the bytes."""

import asyncio
import hashlib
import unittest
import uuid

import aiohttp

from case import Case

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"


class Contract(Case):
    """Run once for each transport by the classes at the end."""

    async def upload(self, name, content, session=None):
        """As a visitor, or as the owner."""
        headers = {"Authorization": f"Bearer {session['token']}"} if session else await self.owner()
        # As browsers: the name in UTF-8, not percent-encoded.
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("file", content, filename=name, content_type="application/octet-stream")
        async with self.server.http.post("/api/uploads", data=form, headers=headers) as answer:
            return answer.status, await answer.json(content_type=None)

    async def owner(self):
        headers = {"Cookie": self.server.cookie, "Origin": self.server.url}
        async with self.server.http.get("/api/csrf", headers=headers) as answer:
            return {**headers, "X-CSRF-Token": (await answer.json())["token"]}

    async def test_a_file_in_a_conversation(self):
        session = await self.server.visitor("Zeynep")
        desk, phone, laptop = await self.agent(), await self.visitor(session), await self.visitor(session)
        status, sent = await self.upload("fiyat listesi – güncel.pdf", PDF, session)
        self.assertEqual(status, 201, sent)
        self.assertEqual((sent["name"], sent["mime"], sent["size"]), ("fiyat listesi – güncel.pdf", "application/pdf", len(PDF)))
        client_id = str(uuid.uuid4())
        message = {"client_id": client_id, "upload_id": sent["id"], "text": "buyurun"}
        ack = await phone.call("message", message)
        self.assertEqual(set(ack), {"ok", "id", "at"}, ack)
        for chat in (desk, laptop):
            heard = await chat.wait_for("message", id=ack["id"])
            self.assertEqual((heard["kind"], heard["text"], heard["client_id"]), ("file", "buyurun", client_id))
            self.assertEqual({k: heard["upload"][k] for k in ("id", "name", "mime", "size")}, {k: sent[k] for k in ("id", "name", "mime", "size")})
            async with self.server.http.get(heard["upload"]["url"]) as answer:
                self.assertEqual((answer.status, await answer.read()), (200, PDF))
                self.assertEqual(answer.headers["ETag"], f'"{hashlib.sha256(PDF).hexdigest()}"')
        self.assertEqual(await phone.call("message", message), ack, "again is the same")
        page = await phone.call("history", {})
        self.assertEqual([m["upload"]["id"] for m in page["messages"]], [sent["id"]])

    async def test_an_agents_file(self):
        session = await self.server.visitor()
        desk, phone = await self.agent(), await self.visitor(session)
        status, sent = await self.upload("teklif.pdf", PDF)
        self.assertEqual(status, 201, sent)
        ack = await desk.call("message", {"client_id": str(uuid.uuid4()), "upload_id": sent["id"], "room": session["room"]})
        heard = await phone.wait_for("message", id=ack["id"])
        self.assertEqual((heard["from"], heard["author"], heard["kind"], heard.get("text")), ("agent", "Mehmet", "file", None))

    async def test_uploads_that_are_refused(self):
        session, other = await self.server.visitor(), await self.server.visitor()
        phone = await self.visitor(session)
        _, foreign = await self.upload("a.pdf", PDF, other)
        _, own = await self.upload("b.pdf", PDF, session)
        for code, upload_id in [("upload", "x" * 16), ("upload", foreign["id"]), ("invalid", 7)]:
            with self.subTest(upload_id=upload_id):
                ack = await phone.call("message", {"client_id": str(uuid.uuid4()), "upload_id": upload_id})
                self.assertEqual((ack["ok"], ack["code"]), (False, code))
        acks = await asyncio.gather(*(phone.call("message", {"client_id": str(uuid.uuid4()), "upload_id": own["id"]}) for _ in range(5)))
        self.assertEqual(sorted(ack.get("code", "") for ack in acks), ["", "upload", "upload", "upload", "upload"])
        status, problem = await self.upload("a.html", b"<!DOCTYPE html><script>alert(1)</script>", session)
        self.assertEqual((status, problem["code"]), (415, "file_type"))

    async def test_resume(self):
        session = await self.server.visitor()
        phone = await self.visitor(session)
        seen = (await phone.say("son gördüğüm"))["id"]
        await phone.close()
        desk = await self.agent()
        _, sent = await self.upload("kaçan.pdf", PDF)
        ack = await desk.call("message", {"client_id": str(uuid.uuid4()), "upload_id": sent["id"], "room": session["room"]})
        back = await self.visitor(session, last_id=seen)
        heard = await back.wait_for("message", id=ack["id"])
        self.assertEqual((heard["kind"], heard["upload"]["name"]), ("file", "kaçan.pdf"))


class WebSocket(Contract, unittest.IsolatedAsyncioTestCase):
    transports = ["websocket"]


class Polling(Contract, unittest.IsolatedAsyncioTestCase):
    transports = ["polling"]


class Upgrade(Contract, unittest.IsolatedAsyncioTestCase):
    transports = ["polling", "websocket"]


if __name__ == "__main__":
    unittest.main()
