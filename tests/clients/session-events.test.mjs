import assert from "node:assert/strict";
import { after, before } from "node:test";

import { check, overEveryTransport } from "../support/check.mjs";
import { expectProblem } from "../support/http.mjs";
import { newOwner, newVisitor } from "../support/people.mjs";
import { Server } from "../support/server.mjs";
import { agentSocket, Chat, visitorSocket } from "../support/sockets.mjs";

let server;
let owner;
before(async () => {
  server = await Server.start();
  owner = await newOwner(server, { name: "Mehmet" });
});
after(() => server.stop());

overEveryTransport(({ transports, name }) => {
  const deskOf = () => agentSocket(server, owner, { transports });
  const phoneOf = (visitor) => visitorSocket(server, visitor, { transports });
  const about = (room, fits) => (s) => s.room === room && fits(s);

  check("a new thread is announced whole", async () => {
    const agent = await deskOf();
    const visitor = await newVisitor(server, { name: "Deniz", email: `${name}@example.org`, locale: "tr" });
    const phone = await phoneOf(visitor);
    await phone.say("ilk söz");
    const { event, ...announced } = await agent.next("session", about(visitor.room, (s) => s.event === "new"));
    assert.equal(event, "new");
    // Only a look at the one thread counts the visitor's earlier chats.
    const { earlier, ...thread } = await owner.thread(visitor.room);
    assert.deepEqual(Object.keys(announced).sort(), Object.keys(thread).sort());
    for (const field of ["room", "name", "email", "locale", "status", "blocked", "created_at"]) {
      assert.deepEqual(announced[field], thread[field], field);
    }
    assert.equal(earlier, 0);
  });

  check("unread counts up for the agents and back when one has read", async () => {
    const agent = await deskOf();
    const visitor = await newVisitor(server);
    const phone = await phoneOf(visitor);
    await phone.say("bir");
    const { id } = await phone.say("iki");
    await agent.next("session", about(visitor.room, (s) => s.unread === 2));
    assert.equal((await owner.thread(visitor.room)).unread, 2);
    assert.ok((await owner.thread(visitor.room)).waiting_since > 0);
    await agent.emit("read", { up_to: id, room: visitor.room });
    await agent.next("session", about(visitor.room, (s) => s.unread === 0));
  });

  check("closing is told to both sides and written into the thread; a visitor's word opens it again", async () => {
    const agent = await deskOf();
    const visitor = await newVisitor(server, { name: "Deniz" });
    const phone = await phoneOf(visitor);
    await phone.next("session");
    await phone.say("soru");
    assert.equal((await owner.patch(visitor.room, { status: "closed" })).status, "closed");
    await agent.next("session", about(visitor.room, (s) => s.event === "changed" && s.status === "closed"));
    assert.deepEqual(await phone.next("session"), { room: visitor.room, status: "closed", name: "Deniz" });
    const note = await phone.nextMessage("closed");
    const { id, client_id, at, ...rest } = note;
    assert.deepEqual(rest, { room: visitor.room, from: "system", author: "Mehmet", kind: "text", text: "closed" });
    assert.deepEqual(await agent.nextMessage("closed"), note);
    assert.ok((await owner.thread(visitor.room)).closed_at > 0);

    await phone.say("bir şey daha");
    assert.deepEqual(await phone.next("session"), { room: visitor.room, status: "open", name: "Deniz" });
    await agent.next("session", about(visitor.room, (s) => s.status === "open"));
    assert.equal((await owner.thread(visitor.room)).status, "open");
    const said = (await owner.transcript(visitor.room)).map((m) => [m.from, m.text]);
    assert.deepEqual(said.filter(([from]) => from !== "system"), [["visitor", "soru"], ["visitor", "bir şey daha"]]);
    assert.deepEqual(said.filter(([from]) => from === "system").map(([, t]) => t), ["closed", "reopened"]);
  });

  check("who is on it, notes and tags are told to the agents, and not to the visitor", async () => {
    const agent = await deskOf();
    const visitor = await newVisitor(server);
    const phone = await phoneOf(visitor);
    await phone.next("presence");
    const { id, name } = await owner.me();
    await owner.patch(visitor.room, { assigned: id });
    const told = await agent.next("session", about(visitor.room, (s) => s.assigned));
    assert.deepEqual(told.assigned, { id, name });
    await owner.patch(visitor.room, { note: "gizli not", tags: ["vip"] });
    await agent.next("session", about(visitor.room, (s) => s.note === "gizli not"));
    await agent.say("bitti", { room: visitor.room });
    await phone.nextMessage("bitti");
    assert.ok(!JSON.stringify(phone.log).includes("gizli not"));
  });

  check("an erased visitor is told by a closed socket, and his token is worth nothing", async () => {
    const agent = await deskOf();
    const visitor = await newVisitor(server);
    const phone = await phoneOf(visitor);
    await phone.say("unut beni");
    const answer = await owner.change("DELETE", `/api/admin/sessions/${visitor.room}`);
    assert.equal(answer.status, 204, answer.text);
    assert.deepEqual(await agent.next("session", about(visitor.room, (s) => s.deleted)), { room: visitor.room, deleted: true });
    await phone.disconnected;
    const again = new Chat(server, { auth: { token: visitor.token }, transports });
    assert.equal((await again.refusal()).data?.code, "token");
    expectProblem(await owner.get(`/api/admin/sessions/${visitor.room}`), 404, "not_found");
  });
});
