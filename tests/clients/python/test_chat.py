"""The main paths of the `/chat` contract as python-socketio sees them, over each transport."""

import asyncio
import time
import unittest
import uuid

from case import Case

# More than a page and more than any reasonable queue of one socket.
MISSED = 1200
ORDERED = 500
REVOKED_WITHIN_S = 1


class Contract(Case):
    """Run once for each transport by the classes at the end."""

    async def test_a_conversation(self):
        session = await self.server.visitor("Zeynep")
        desk, phone, laptop = await self.agent(), await self.visitor(session), await self.visitor(session)
        self.assertEqual(await phone.wait_for("session"), {"room": session["room"], "status": "open", "name": "Zeynep"})
        await phone.wait_for("presence", agents_online=1)
        await desk.wait_for("presence", room=session["room"], visitor_online=True)
        client_id = str(uuid.uuid4())
        ack = await phone.call("message", {"client_id": client_id, "text": "Merhaba 🌹"})
        self.assertEqual(set(ack), {"ok", "id", "at"})
        expected = {
            "id": ack["id"], "room": session["room"], "client_id": client_id, "from": "visitor",
            "kind": "text", "text": "Merhaba 🌹", "at": ack["at"],
        }
        self.assertEqual(await laptop.wait_for("message", id=ack["id"]), expected)
        self.assertEqual(await desk.wait_for("message", id=ack["id"]), expected)
        self.assertEqual(await desk.call("typing", {"on": True, "room": session["room"]}), {"ok": True})
        await phone.wait_for("typing", author="Mehmet", on=True)
        answer = await desk.say("Buyurun", room=session["room"], reply_to=ack["id"])
        heard = await phone.wait_for("message", id=answer["id"])
        self.assertEqual((heard["from"], heard["author"], heard["reply_to"]), ("agent", "Mehmet", ack["id"]))
        self.assertEqual(await phone.call("read", {"up_to": answer["id"]}), {"ok": True})
        await desk.wait_for("receipt", room=session["room"], by="visitor", read_up_to=answer["id"])
        self.assertEqual([m["id"] for m in phone.messages()], [answer["id"]], "not to the sender")

    async def test_exactly_once(self):
        session = await self.server.visitor()
        one, two = await self.visitor(session), await self.visitor(session)
        message = {"client_id": str(uuid.uuid4()), "text": "bir kez"}
        acks = await asyncio.gather(*(chat.call("message", message) for chat in [one, two] * 10))
        self.assertTrue(acks[0]["ok"])
        self.assertEqual(acks, [acks[0]] * 20)
        page = await self.server.get("/api/messages", session["token"])
        self.assertEqual([m["client_id"] for m in page["messages"]], [message["client_id"]])

    async def test_order(self):
        session = await self.server.visitor()
        phone, laptop = await self.visitor(session), await self.visitor(session)
        acks = await asyncio.gather(*(phone.say(f"sıra {i}") for i in range(ORDERED)))
        ids = [ack["id"] for ack in acks]
        self.assertEqual(ids, sorted(ids))
        await laptop.wait_for("message", id=ids[-1])
        self.assertEqual([m["text"] for m in laptop.messages()], [f"sıra {i}" for i in range(ORDERED)])

    async def test_resume(self):
        session = await self.server.visitor()
        phone = await self.visitor(session)
        # Whatever is resumed over, it is written over the fastest: the library polls with 16 packets at a time.
        desk = await self._open({"role": "agent"}, self.server.cookie, ["websocket"])
        seen = (await phone.say("son gördüğüm"))["id"]
        await phone.close()
        acks = await asyncio.gather(*(desk.say(f"kaçan {i}", room=session["room"]) for i in range(MISSED)))
        back = await self.visitor(session, last_id=seen)
        fresh = await desk.say("yeni", room=session["room"])
        await back.wait_for("message", id=fresh["id"])
        self.assertEqual([m["id"] for m in back.messages()], [ack["id"] for ack in acks] + [fresh["id"]])

    async def test_history(self):
        session = await self.server.visitor()
        phone = await self.visitor(session)
        ids = [ack["id"] for ack in await asyncio.gather(*(phone.say(f"{i}") for i in range(120)))]
        page = await phone.call("history", {"limit": 100})
        self.assertEqual([m["id"] for m in page["messages"]], ids[20:])
        self.assertTrue(page["more"])
        page = await phone.call("history", {"before": ids[20]})
        self.assertEqual([m["id"] for m in page["messages"]], ids[:20])
        self.assertFalse(page["more"])

    async def test_refusals(self):
        session, other = await self.server.visitor(), await self.server.visitor()
        phone = await self.visitor(session)
        client_id = str(uuid.uuid4())
        for code, event, data in [
            ("empty", "message", {"client_id": client_id, "text": " "}),
            ("too_long", "message", {"client_id": client_id, "text": "x" * 4001}),
            ("invalid", "message", {"client_id": client_id, "text": 7}),
            ("invalid", "message", {"client_id": client_id, "text": "x", "html": "x"}),
            ("reply_to", "message", {"client_id": client_id, "text": "x", "reply_to": 999_999}),
            ("room", "message", {"client_id": client_id, "text": "x", "room": other["room"]}),
            ("unknown_event", "nonsense", {}),
        ]:
            with self.subTest(code=code, data=data):
                ack = await phone.call(event, data)
                self.assertEqual((ack["ok"], ack["code"]), (False, code))
        self.assertEqual(await self.server.get("/api/messages", session["token"]), {"messages": [], "more": False})
        self.assertEqual(await self.server.get("/api/messages", other["token"]), {"messages": [], "more": False})

    async def test_bytes_are_refused(self):
        phone = await self.visitor(await self.server.visitor())
        ack = await phone.call("message", {"client_id": str(uuid.uuid4()), "text": b"bytes"})
        self.assertEqual((ack["ok"], ack["code"]), (False, "invalid"))
        await phone.say("text")

    async def test_connect_refusals(self):
        self.assertEqual(await self.refused({}), "token")
        self.assertEqual(await self.refused({"token": "0" * 43}), "token")
        self.assertEqual(await self.refused({"role": "agent"}), "login")
        self.assertEqual(await self.refused({"token": 7}), "invalid")

    async def test_signing_out_closes_the_socket(self):
        desk = await self.agent()
        headers = {"Cookie": self.server.cookie, "Origin": self.server.url}
        async with self.server.http.get("/api/csrf", headers=headers) as answer:
            headers["X-CSRF-Token"] = (await answer.json())["token"]
        async with self.server.http.post("/api/admin/logout", headers=headers) as answer:
            self.assertEqual(answer.status, 204)
        asked = time.monotonic()
        await asyncio.wait_for(desk.disconnected.wait(), REVOKED_WITHIN_S)
        self.assertLess(time.monotonic() - asked, REVOKED_WITHIN_S)


class WebSocket(Contract, unittest.IsolatedAsyncioTestCase):
    transports = ["websocket"]


class Polling(Contract, unittest.IsolatedAsyncioTestCase):
    transports = ["polling"]


class Upgrade(Contract, unittest.IsolatedAsyncioTestCase):
    transports = ["polling", "websocket"]


if __name__ == "__main__":
    unittest.main()
