// Sending files as a browser does, and as no browser would; looking at what is kept of them.
import assert from "node:assert/strict";
import { createHash, randomUUID } from "node:crypto";
import { existsSync, readdirSync, statSync } from "node:fs";
import { connect } from "node:net";
import path from "node:path";

import { query } from "./database.mjs";
import { DEADLINE_MS, within } from "./deadline.mjs";
import { expectJson, get, request } from "./http.mjs";

export const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** What authorises a visitor or an agent to send a file. */
export async function headersOf(server, who) {
  if (!who) return {};
  if (who.token) return { Authorization: `Bearer ${who.token}` };
  who.csrf ??= expectJson(await who.get("/api/csrf")).token;
  return { Cookie: who.cookie, "X-CSRF-Token": who.csrf, Origin: server.url };
}

const BOUNDARY = "----konusma-test-7MA4YWxkTrZu0gW";

/** A multipart body (RFC 7578). A part is `{name, filename, type, bytes}`; `head` are its header lines, as raw bytes. */
export function multipart(parts, { boundary = BOUNDARY, end = true } = {}) {
  const body = parts.flatMap(({ name = "file", filename, type, bytes, head }) => {
    const lines = [`Content-Disposition: form-data; name="${name}"${filename === undefined ? "" : `; filename="${escaped(filename)}"`}`];
    if (type) lines.push(`Content-Type: ${type}`);
    return [`--${boundary}\r\n`, head ?? lines.join("\r\n"), "\r\n\r\n", bytes, "\r\n"];
  });
  if (end) body.push(`--${boundary}--\r\n`);
  return { type: `multipart/form-data; boundary=${boundary}`, body: Buffer.concat(body.map((b) => Buffer.from(b))) };
}

/** As browsers do it (HTML, multipart/form-data encoding algorithm). */
const escaped = (filename) => filename.replace(/\n/g, "%0A").replace(/\r/g, "%0D").replace(/"/g, "%22");

export const file = (name, bytes, type = "application/octet-stream") => ({ filename: name, bytes: Buffer.from(bytes), type });

/** Sends parts, or one file; answers whatever the server says. */
export async function send(server, who, parts, { headers = {}, localAddress, withinMs, ...options } = {}) {
  const { type, body } = multipart([parts].flat(), options);
  const all = { "Content-Type": type, ...(await headersOf(server, who)), ...headers };
  return request(server, "POST", "/api/uploads", { body, headers: all, localAddress, withinMs });
}

/** A file that must be taken. */
export async function upload(server, who, name, bytes, type) {
  return expectJson(await send(server, who, file(name, bytes, type)), 201);
}

/** As a page does it: FormData and fetch. */
export async function uploadForm(server, who, name, bytes, type) {
  const form = new FormData();
  form.append("file", new Blob([bytes], { type }), name);
  return fetch(`${server.url}/api/uploads`, { method: "POST", body: form, headers: await headersOf(server, who) });
}

/** A message that carries a file; answers the ack. */
export function sendMessage(socket, uploaded, rest = {}) {
  return socket.emit("message", { client_id: randomUUID(), upload_id: uploaded.id ?? uploaded, ...rest });
}

export const fetchFile = (server, url, options) => get(server, url, options);

/** The same upload, whatever its links' expiry is by now. */
export function assertSameUpload(got, expected) {
  const plain = (u) => ({ ...u, url: u.url.split("?")[0], ...(u.thumb_url ? { thumb_url: u.thumb_url.split("?")[0] } : {}) });
  assert.deepEqual(plain(got), plain(expected));
}

/**
 * A request whose body is in the test's hands, byte by byte. `length`: what Content-Length says; without it the body is
 * chunked.
 */
export class SlowUpload {
  #received = Buffer.alloc(0);

  static async open(server, who, { length, headers = {}, type = `multipart/form-data; boundary=${BOUNDARY}`, localAddress } = {}) {
    const slow = new SlowUpload();
    slow.chunked = length === undefined;
    slow.socket = connect({ port: server.port, host: "127.0.0.1", localAddress });
    slow.socket.on("error", () => {});
    slow.answered = new Promise((resolve) => {
      slow.socket.on("data", (part) => {
        slow.#received = Buffer.concat([slow.#received, part]);
        const answer = slow.#parse();
        if (answer) resolve(answer);
      });
      slow.socket.on("close", () => resolve(undefined));
    });
    slow.closed = new Promise((resolve) => slow.socket.on("close", resolve));
    const lines = {
      Host: `127.0.0.1:${server.port}`,
      "Content-Type": type,
      ...(slow.chunked ? { "Transfer-Encoding": "chunked" } : { "Content-Length": length }),
      ...(await headersOf(server, who)),
      ...headers,
    };
    const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
    await slow.#write(`POST /api/uploads HTTP/1.1\r\n${head.join("")}\r\n`);
    return slow;
  }

  #write(bytes) {
    return new Promise((resolve) => {
      if (this.socket.destroyed || !this.socket.writable) return resolve();
      this.socket.write(bytes, () => resolve());
    });
  }

  /** The start of a part named `file`. */
  begin(filename = "slow.txt") {
    return this.write(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="${filename}"\r\n\r\n`);
  }

  async write(bytes) {
    const content = Buffer.from(bytes);
    if (this.chunked) await this.#write(Buffer.concat([Buffer.from(`${content.length.toString(16)}\r\n`), content, Buffer.from("\r\n")]));
    else await this.#write(content);
  }

  /** The end of the part and of the body. */
  async end() {
    await this.write(`\r\n--${BOUNDARY}--\r\n`);
    if (this.chunked) await this.#write("0\r\n\r\n");
  }

  #parse() {
    const end = this.#received.indexOf("\r\n\r\n");
    if (end < 0) return undefined;
    const [first, ...lines] = this.#received.subarray(0, end).toString("latin1").split("\r\n");
    const headers = Object.fromEntries(lines.map((l) => [l.slice(0, l.indexOf(":")).toLowerCase(), l.slice(l.indexOf(":") + 1).trim()]));
    const length = Number(headers["content-length"] ?? 0);
    const bytes = this.#received.subarray(end + 4, end + 4 + length);
    if (bytes.length < length) return undefined;
    const status = Number(first.split(" ")[1]);
    if (status < 200) {
      this.#received = this.#received.subarray(end + 4);
      return this.#parse();
    }
    return { status, headers, bytes, text: bytes.toString() };
  }

  answer(ms = DEADLINE_MS) {
    return within(this.answered, ms, "an answer to the upload");
  }

  /** As when the train enters the tunnel. */
  vanish() {
    this.socket.destroy();
  }
}

/** Every file below `uploads/`, as `ab/cdef…`; unfinished ones as `tmp/…`. */
export function storedFiles(server) {
  const root = path.join(server.dir, "uploads");
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(root, path.join(entry.parentPath ?? entry.path, entry.name)))
    .toSorted();
}

export const storedPath = (server, name) => path.join(server.dir, "uploads", name);

/** Where the bytes with this hash lie. */
export const addressOf = (hash) => `${hash.slice(0, 2)}/${hash.slice(2)}`;

export const modeOf = (where) => statSync(where).mode & 0o777;

/** The rows of all uploads, hashes as hex. */
export function uploadRows(server, where = "1") {
  return query(
    server.database,
    `SELECT u.id, lower(hex(u.sha256)) AS sha256, u.size, u.name, u.mime, u.width, u.height, u.duration_ms,
            lower(hex(u.thumb_sha256)) AS thumb_sha256, u.message_id, s.room
       FROM uploads u LEFT JOIN chat_sessions s ON s.id = u.chat_session_id WHERE ${where} ORDER BY u.created_at, u.id`,
  );
}

/** The files that the rows name, as {@link storedFiles} would list them. */
export async function filesOfRows(server) {
  const rows = await uploadRows(server);
  return [...new Set(rows.flatMap((r) => [r.sha256, r.thumb_sha256]).filter(Boolean).map(addressOf))].toSorted();
}

/** Rows and files before a test, to be compared with those after it. */
export async function kept(server) {
  return { rows: (await uploadRows(server)).map((r) => r.id), files: storedFiles(server) };
}
