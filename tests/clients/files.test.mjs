// Serving: signed links, ranges (RFC 9110, section 14), validators, and headers that keep a file from being anything else.
import assert from "node:assert/strict";
import { after, before } from "node:test";

import { check } from "../support/check.mjs";
import { docx, pdf } from "../support/documents.mjs";
import { expectJson, expectProblem, get, request } from "../support/http.mjs";
import { newOwner, newVisitor } from "../support/people.mjs";
import { gif, jpeg, png } from "../support/pictures.mjs";
import { ogg, webm } from "../support/recordings.mjs";
import { Server } from "../support/server.mjs";
import { sendMessage, sha256, upload } from "../support/uploads.mjs";
import { visitorSocket } from "../support/sockets.mjs";

const HOUR_MS = 3600_000;
const ABC = "abcdefghijklmnopqrstuvwxyz";

let server;
let owner;
let visitor;
let text;
let photo;
before(async () => {
  server = await Server.start();
  owner = await newOwner(server);
  visitor = await newVisitor(server);
  text = await upload(server, visitor, "abc.txt", ABC);
  photo = await upload(server, visitor, "gül.jpg", jpeg(700, 500));
});
after(() => server.stop());

/** The link with other query parameters; `undefined` removes one. */
function changed(link, parameters, path = (p) => p) {
  const url = new URL(link, server.url);
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  return path(url.pathname) + url.search;
}
const parameter = (link, name) => new URL(link, server.url).searchParams.get(name);

check("a link is all that is asked for: no token, no cookie", async () => {
  assert.equal((await get(server, text.url)).text, ABC);
  assert.equal((await get(server, photo.thumb_url)).status, 200);
});

const flip = (sig) => (sig[5] === "A" ? "B" : "A");
for (const [what, link] of [
  ["an empty signature", () => changed(text.url, { sig: "" })],
  ["one letter changed", () => changed(text.url, { sig: parameter(text.url, "sig").replace(/^(.{5})./, `$1${flip(parameter(text.url, "sig"))}`) })],
  ["half a signature", () => changed(text.url, { sig: parameter(text.url, "sig").slice(0, 11) })],
  ["a longer signature", () => changed(text.url, { sig: `${parameter(text.url, "sig")}AAAA` })],
  ["a signature that is no base64", () => changed(text.url, { sig: "ğ/+%00" })],
  ["a later expiry", () => changed(text.url, { exp: Number(parameter(text.url, "exp")) + 1 })],
  ["an earlier expiry", () => changed(text.url, { exp: Number(parameter(text.url, "exp")) - HOUR_MS })],
  ["another upload's signature", () => changed(text.url, {}, (p) => p.replace(text.id, photo.id))],
  ["an upload that is not there", () => changed(text.url, {}, (p) => p.replace(text.id, "x".repeat(16)))],
  ["the large one by the small one's signature", () => changed(photo.thumb_url, { v: undefined })],
  ["the small one by the large one's signature", () => changed(photo.url, { v: "thumb" })],
  ["the small one of a file that has none", () => changed(text.url, { v: "thumb" })],
]) {
  check(`${what}: 403 link`, async () => {
    expectProblem(await get(server, link()), 403, "link");
  });
}

check("what is no link at all is refused without an error of the server's", async () => {
  const { pathname } = new URL(text.url, server.url);
  for (const link of [
    pathname,
    `${pathname}?exp=x&sig=y`,
    `${pathname}?exp=-1&sig=y`,
    `${pathname}?exp=99999999999999999999&sig=y`,
    changed(text.url, { sig: undefined }),
    changed(text.url, { exp: undefined }),
    changed(text.url, { v: "original" }),
    "/files/",
    `/files/${text.id}`,
    "/files/../../data.sqlite3?exp=1&sig=x",
    "/files/..%2f..%2fdata.sqlite3/x?exp=1&sig=x",
    `/files/${"x".repeat(5000)}/y?exp=1&sig=x`,
    "/files/%00/%00?exp=1&sig=x",
  ]) {
    const answer = await get(server, link);
    assert.ok([400, 403, 404, 414].includes(answer.status), `${link.slice(0, 100)}: ${answer.status}`);
    assert.ok(!answer.text.includes("SQLite format"));
  }
});

check("only GET and HEAD", async () => {
  for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
    expectProblem(await request(server, method, text.url), 405, "method_not_allowed");
  }
});

check("a link lives for one to one and a half days, and stays the same", async () => {
  const left = Number(parameter(text.url, "exp")) - Date.now();
  assert.ok(left > 24 * HOUR_MS - 60_000 && left <= 36 * HOUR_MS, `${left / HOUR_MS} hours`);
  const phone = await visitorSocket(server, visitor);
  const { id } = await sendMessage(phone, await upload(server, visitor, "iki.txt", "iki kez sorulur"));
  const ask = async () => (await phone.emit("history", { after: id - 1 })).messages[0].upload.url;
  const [one, two] = [await ask(), await ask()];
  const moved = Number(parameter(two, "exp")) - Number(parameter(one, "exp"));
  assert.ok(moved === 0 || moved === 12 * HOUR_MS, `${moved}`);
  if (moved === 0) assert.equal(one, two);
  phone.close();
});

check("a link holds after a restart", async () => {
  const { dir, port } = server;
  await server.stop();
  server = await Server.start({ dir, port });
  owner.server = server;
  assert.equal((await get(server, text.url)).text, ABC);
});

for (const [range, status, body, contentRange] of [
  ["bytes=0-", 206, ABC, "bytes 0-25/26"],
  ["bytes=0-0", 206, "a", "bytes 0-0/26"],
  ["bytes=5-9", 206, "fghij", "bytes 5-9/26"],
  ["bytes=-5", 206, "vwxyz", "bytes 21-25/26"],
  ["bytes=-26", 206, ABC, "bytes 0-25/26"],
  ["bytes=-1000", 206, ABC, "bytes 0-25/26"],
  ["bytes=25-", 206, "z", "bytes 25-25/26"],
  ["bytes=20-1000", 206, "uvwxyz", "bytes 20-25/26"],
  ["bytes=20-99999999999999", 206, "uvwxyz", "bytes 20-25/26"],
  ["Bytes=5-9", 206, "fghij", "bytes 5-9/26"],
  ["bytes=26-", 416, undefined, "bytes */26"],
  ["bytes=1000-2000", 416, undefined, "bytes */26"],
  ["bytes=-0", 416, undefined, "bytes */26"],
  ["letters=0-1", 200, ABC, undefined],
]) {
  check(`Range: ${range} → ${status} ${contentRange ?? ""}`, async () => {
    const answer = await get(server, text.url, { headers: { Range: range } });
    assert.equal(answer.status, status, answer.text);
    assert.equal(answer.headers["content-range"], contentRange);
    if (body === undefined) return;
    assert.equal(answer.text, body);
    assert.equal(answer.headers["content-length"], String(body.length));
    assert.equal(answer.headers["content-type"], "text/plain; charset=utf-8");
  });
}

check("a range that is none is ignored or refused (RFC 9110, 14.2)", async () => {
  for (const range of ["bytes=9-5", "bytes=x-y", "bytes=", "bytes=-", "bytes", "bytes=1", "bytes=0-4 5-9"]) {
    const { status, text: body } = await get(server, text.url, { headers: { Range: range } });
    assert.ok(status === 416 || (status === 200 && body === ABC), `${range}: ${status} ${body}`);
  }
});

check("several ranges: the whole, or each as asked", async () => {
  for (const range of ["bytes=0-1,3-4", "bytes=0-0,-1", `bytes=${Array.from({ length: 500 }, (_, i) => `${i % 26}-`).join(",")}`]) {
    const answer = await get(server, text.url, { headers: { Range: range } });
    if (answer.status === 200) assert.equal(answer.text, ABC);
    else if (answer.status === 206) assert.match(answer.headers["content-type"], /^multipart\/byteranges/);
    else assert.ok(answer.status === 416 || answer.status === 400, `${answer.status}`);
    assert.ok(answer.bytes.length < 5_000, "not every byte 500 times");
  }
});

check("a range beyond all numbers is no error of the server's", async () => {
  const { status } = await get(server, text.url, { headers: { Range: "bytes=99999999999999999999-" } });
  assert.ok([200, 416].includes(status), `${status}`);
});

check("If-Range: the part only of the very same file", async () => {
  const { etag } = (await get(server, text.url)).headers;
  const part = async (ifRange) => (await get(server, text.url, { headers: { Range: "bytes=0-4", "If-Range": ifRange } })).status;
  assert.equal(await part(etag), 206);
  assert.equal(await part('"another"'), 200);
  assert.equal(await part(`W/${etag}`), 200, "a weak one is not good enough");
  assert.equal(await part("Sun, 06 Nov 1994 08:49:37 GMT"), 200);
});

check("a large file in parts is the large file", async () => {
  const bytes = Buffer.concat([pdf(), Buffer.from(Array.from({ length: 1_500_000 }, (_, i) => (i * 7919) & 0xff))]);
  const { url } = await upload(server, visitor, "b.pdf", bytes);
  const parts = [];
  for (let at = 0; at < bytes.length; at += 199_999) {
    const answer = await get(server, url, { headers: { Range: `bytes=${at}-${at + 199_998}` } });
    assert.equal(answer.status, 206);
    parts.push(answer.bytes);
  }
  assert.equal(sha256(Buffer.concat(parts)), sha256(bytes));
});

check("the ETag is the hash of the bytes; who has them is told so", async () => {
  for (const link of [text.url, photo.url, photo.thumb_url]) {
    const { headers, bytes } = await get(server, link);
    assert.equal(headers.etag, `"${sha256(bytes)}"`);
    for (const known of [headers.etag, `W/${headers.etag}`, `"x", ${headers.etag}`, "*"]) {
      const answer = await get(server, link, { headers: { "If-None-Match": known } });
      assert.equal(answer.status, 304, known);
      assert.equal(answer.bytes.length, 0);
      assert.equal(answer.headers.etag, headers.etag);
      assert.match(answer.headers["cache-control"], /immutable/);
    }
    assert.equal((await get(server, link, { headers: { "If-None-Match": '"other"' } })).status, 200);
    const both = { "If-None-Match": headers.etag, Range: "bytes=0-1" };
    assert.equal((await get(server, link, { headers: both })).status, 304, "before any range");
  }
  const wrong = changed(text.url, { sig: "A".repeat(43) });
  expectProblem(await get(server, wrong, { headers: { "If-None-Match": "*" } }), 403, "link");
});

check("HEAD tells what GET would, without the bytes", async () => {
  for (const link of [text.url, photo.url, photo.thumb_url]) {
    const [head, whole] = [await request(server, "HEAD", link), await get(server, link)];
    assert.equal(head.status, 200);
    assert.equal(head.bytes.length, 0);
    const without = ({ date, connection, "keep-alive": alive, "cache-control": cache, ...rest }) => rest;
    assert.deepEqual(without(head.headers), without(whole.headers));
    assert.equal(head.headers["content-length"], String(whole.bytes.length));
  }
  assert.equal((await request(server, "HEAD", changed(text.url, { sig: "x" }))).status, 403);
});

for (const [what, name, bytes, type, disposition] of [
  ["JPEG", "a.jpg", jpeg(), "image/jpeg", "inline"],
  ["PNG", "a.png", png(), "image/png", "inline"],
  ["GIF", "a.gif", gif(), "image/gif", "inline"],
  ["WebM sound", "a.webm", webm(500), "audio/webm", "inline"],
  ["Ogg sound", "a.ogg", ogg(500), "audio/ogg", "inline"],
  ["WebM video", "v.webm", webm(500, { video: true }), "video/webm", "attachment"],
  ["PDF", "a.pdf", pdf(), "application/pdf", "attachment"],
  ["text", "a.txt", "düz yazı", "text/plain; charset=utf-8", "attachment"],
  ["a document", "a.docx", docx(), "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "attachment"],
]) {
  check(`${what} is served as ${type}, ${disposition}, and can be nothing else`, async () => {
    const { url, thumb_url, mime } = await upload(server, visitor, name, bytes);
    for (const link of [url, thumb_url].filter(Boolean)) {
      const answers = [
        await get(server, link),
        await get(server, link, { headers: { Range: "bytes=0-3" } }),
        await request(server, "HEAD", link),
        await get(server, link, { headers: { Accept: "text/html", "Sec-Fetch-Dest": "document" } }),
      ];
      for (const { headers, status } of answers) {
        assert.ok(status === 200 || status === 206);
        if (link === url) assert.equal(headers["content-type"], type);
        assert.match(headers["content-disposition"], new RegExp(`^${disposition}(;|$)`));
        assert.equal(headers["x-content-type-options"], "nosniff");
        assert.equal(headers["content-security-policy"], "default-src 'none'; sandbox");
        assert.equal(headers["cross-origin-resource-policy"], "same-origin");
        assert.equal(headers["accept-ranges"], "bytes");
        assert.equal(headers["set-cookie"], undefined);
        assert.equal(headers["content-encoding"], undefined);
        const maxAge = Number(/^private, max-age=(\d+), immutable$/.exec(headers["cache-control"])?.[1]);
        const left = (Number(parameter(link, "exp")) - Date.now()) / 1000;
        assert.ok(Math.abs(maxAge - left) < 5, `${headers["cache-control"]}, ${left} s left`);
      }
    }
    assert.equal(mime, type.split(";")[0]);
  });
}

check("a refusal is not kept by caches", async () => {
  const answer = await get(server, changed(text.url, { sig: "x" }));
  assert.match(answer.headers["cache-control"] ?? "", /no-store/);
});

check("a reader who stops reading keeps nobody else from reading", async () => {
  const bytes = Buffer.concat([pdf(), Buffer.alloc(8_000_000, "x")]);
  const { url } = await upload(server, visitor, "b.pdf", bytes);
  const net = await import("node:net");
  const lazy = [];
  for (let i = 0; i < 20; i += 1) {
    const socket = net.connect(server.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write(`GET ${url} HTTP/1.1\r\nHost: x\r\n\r\n`);
    socket.pause();
    lazy.push(socket);
  }
  assert.equal((await get(server, url)).bytes.length, bytes.length);
  expectJson(await get(server, "/health"));
  for (const socket of lazy) socket.destroy();
});
