import assert from "node:assert/strict";
import { after, before } from "node:test";

import { check } from "../support/check.mjs";
import { expectJson, expectProblem, get } from "../support/http.mjs";
import { newAgent, newOwner } from "../support/people.mjs";
import { Server } from "../support/server.mjs";

let server;
let owner;
before(async () => {
  server = await Server.start();
  owner = await newOwner(server);
});
after(() => server.stop());

const SETTINGS = {
  business_name: "Gül Bahçesi",
  greeting: { tr: "Hoş geldiniz!", en: "Welcome!" },
  accent: "#b0305a",
  hours: {
    time_zone: "Europe/Istanbul",
    week: [...Array(5).fill({ from: "09:00", to: "18:00" }), null, null],
    holidays: ["2026-01-01"],
  },
  canned_replies: [{ shortcut: "kargo", text: "Kargonuz yolda." }],
  late_after_ms: 300_000,
  upload_types: ["images", "pdf"],
  calls: "audio",
};

check("an owner's settings are kept and shown to visitors", async () => {
  const put = await owner.change("PUT", "/api/admin/settings", SETTINGS);
  assert.equal(put.status, 200, put.text);
  assert.deepEqual(expectJson(await owner.get("/api/admin/settings")), SETTINGS);
  const info = expectJson(await get(server, "/api/info"));
  for (const field of ["business_name", "greeting", "accent", "hours"]) assert.deepEqual(info[field], SETTINGS[field], field);
  assert.equal(info.canned_replies, undefined);
});

for (const [what, fields] of [
  ["an unknown field", { colour: "red" }],
  ["a colour that is none", { accent: "red; background: url(//evil)" }],
  ["an empty business name", { business_name: "" }],
  ["a time that is none", { hours: { ...SETTINGS.hours, week: [{ from: "25:00", to: "18:00" }, ...Array(6).fill(null)] } }],
  ["a week of six days", { hours: { ...SETTINGS.hours, week: Array(6).fill(null) } }],
  ["a time zone that is none", { hours: { ...SETTINGS.hours, time_zone: "Europe/Nowhere/../etc" } }],
]) {
  check(`${what} is refused and changes nothing`, async () => {
    await owner.change("PUT", "/api/admin/settings", SETTINGS);
    const answer = await owner.change("PUT", "/api/admin/settings", { ...SETTINGS, ...fields });
    assert.equal(answer.status, 400, answer.text);
    expectProblem(answer, 400, JSON.parse(answer.text).code);
    assert.deepEqual(expectJson(await owner.get("/api/admin/settings")), SETTINGS);
  });
}

check("an agent who is no owner may look but not change", async () => {
  const elif = await newAgent(server, "elif", "Elif");
  expectJson(await elif.get("/api/admin/settings"));
  expectProblem(await elif.change("PUT", "/api/admin/settings", SETTINGS), 403, "forbidden");
});
