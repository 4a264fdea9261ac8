// A small STUN/TURN client (RFC 8489, RFC 8656), written apart from the server so that it can disagree: long-term credentials,
// allocations, permissions, data, over UDP and TCP.
import assert from "node:assert/strict";
import { createHash, createHmac, randomBytes } from "node:crypto";
import dgram from "node:dgram";
import { once } from "node:events";
import net from "node:net";

import { DEADLINE_MS, within } from "./deadline.mjs";

const COOKIE = 0x2112a442;
const METHODS = { binding: 0x001, allocate: 0x003, refresh: 0x004, send: 0x006, data: 0x007, createPermission: 0x008 };
const CLASSES = { request: 0x000, indication: 0x010, success: 0x100, error: 0x110 };
const [USERNAME, INTEGRITY, ERROR_CODE, LIFETIME, PEER, DATA, REALM, NONCE, RELAYED, TRANSPORT, MAPPED] = [
  0x0006, 0x0008, 0x0009, 0x000d, 0x0012, 0x0013, 0x0014, 0x0015, 0x0016, 0x0019, 0x0020,
];
const UDP = Buffer.from([17, 0, 0, 0]);

/** The class's bits stand among the method's (RFC 8489 §5); all of ours have methods below 16. */
const typeOf = (method, kind) => METHODS[method] | CLASSES[kind];

function attribute(type, value) {
  const bytes = Buffer.from(value);
  const head = Buffer.alloc(4);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(bytes.length, 2);
  return Buffer.concat([head, bytes, Buffer.alloc(-bytes.length & 3)]);
}

function header(type, length, id) {
  const head = Buffer.alloc(8);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(length, 2);
  head.writeUInt32BE(COOKIE, 4);
  return Buffer.concat([head, id]);
}

/** With MESSAGE-INTEGRITY at the end, which counts itself into the length (RFC 8489 §14.5). */
function encode(method, kind, attributes, key, id = randomBytes(12)) {
  const body = Buffer.concat(attributes);
  if (!key) return { id, bytes: Buffer.concat([header(typeOf(method, kind), body.length, id), body]) };
  const signed = Buffer.concat([header(typeOf(method, kind), body.length + 24, id), body]);
  const mac = createHmac("sha1", key).update(signed).digest();
  return { id, bytes: Buffer.concat([signed, attribute(INTEGRITY, mac)]) };
}

function decode(bytes) {
  assert.ok(bytes.length >= 20 && bytes.readUInt16BE(2) + 20 === bytes.length, "a whole STUN message");
  assert.equal(bytes.readUInt32BE(4), COOKIE);
  const type = bytes.readUInt16BE(0);
  const [kind] = Object.entries(CLASSES).find(([, bits]) => bits === (type & 0x110));
  const attributes = new Map();
  for (let at = 20; at < bytes.length; ) {
    const length = bytes.readUInt16BE(at + 2);
    attributes.set(bytes.readUInt16BE(at), { at, value: bytes.subarray(at + 4, at + 4 + length) });
    at += 4 + length + (-length & 3);
  }
  return { kind, method: type & ~0x110, id: bytes.subarray(8, 20), attributes, bytes };
}

const text = (message, type) => message.attributes.get(type)?.value.toString();

function codeOf(message) {
  const value = message.attributes.get(ERROR_CODE)?.value;
  return value && value[2] * 100 + value[3];
}

/** XOR-…-ADDRESS of IPv4 (RFC 8489 §14.2). */
function addressOf(message, type) {
  const value = message.attributes.get(type)?.value;
  if (!value) return undefined;
  assert.equal(value[1], 1, "IPv4");
  const ip = (value.readUInt32BE(4) ^ COOKIE) >>> 0;
  return { host: [24, 16, 8, 0].map((shift) => (ip >>> shift) & 0xff).join("."), port: value.readUInt16BE(2) ^ (COOKIE >>> 16) };
}

function xorAddress({ host, port }) {
  const value = Buffer.alloc(8);
  value[1] = 1;
  value.writeUInt16BE(port ^ (COOKIE >>> 16), 2);
  const ip = host.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  value.writeUInt32BE((ip ^ COOKIE) >>> 0, 4);
  return value;
}

function verify(message, key) {
  const { at, value } = message.attributes.get(INTEGRITY) ?? assert.fail("an answer with MESSAGE-INTEGRITY");
  const signed = Buffer.from(message.bytes.subarray(0, at));
  signed.writeUInt16BE(at + 24 - 20, 2);
  assert.deepEqual(value, createHmac("sha1", key).update(signed).digest(), "signed by who knows the password");
}

/** Each client comes from an address of its own: the relay challenges one address only so often. */
let clients = 0;
const nextAddress = () => `127.77.${Math.floor((clients += 1) / 250) % 250}.${1 + (clients % 250)}`;

/** A client of one five-tuple. */
export class TurnClient {
  #waiting = new Map();
  #heard = [];
  #listeners = new Set();

  static async open(transport, { host, port }) {
    const client = new TurnClient();
    Object.assign(client, { transport, address: nextAddress() });
    await (transport === "udp" ? client.#openUdp(port, host) : client.#openTcp(port, host));
    return client;
  }

  async #openUdp(port, host) {
    const socket = dgram.createSocket("udp4");
    socket.on("message", (bytes) => this.#arrived(bytes));
    socket.bind(0, this.address);
    await once(socket, "listening");
    socket.connect(port, host);
    await once(socket, "connect");
    // The answer to a closed port; whoever waits for more than that has a deadline.
    socket.on("error", () => {});
    this.port = socket.address().port;
    this.write = (bytes) => socket.send(bytes);
    this.close = () => socket.close();
  }

  async #openTcp(port, host) {
    const socket = net.connect({ port, host, localAddress: this.address });
    await within(once(socket, "connect"), DEADLINE_MS, "a TCP connection to the relay");
    socket.on("error", () => {});
    this.port = socket.localPort;
    let buffer = Buffer.alloc(0);
    socket.on("data", (part) => {
      buffer = Buffer.concat([buffer, part]);
      while (buffer.length >= 20 && buffer.length >= 20 + buffer.readUInt16BE(2)) {
        const end = 20 + buffer.readUInt16BE(2);
        this.#arrived(buffer.subarray(0, end));
        buffer = buffer.subarray(end);
      }
    });
    this.closed = once(socket, "close");
    this.write = (bytes) => socket.write(bytes);
    this.close = () => socket.destroy();
  }

  #arrived(bytes) {
    const message = decode(Buffer.from(bytes));
    const answered = this.#waiting.get(message.id.toString("hex"));
    if (answered) return answered(message);
    if (message.kind !== "indication" || message.method !== METHODS.data) return;
    this.#heard.push({ from: addressOf(message, PEER), data: message.attributes.get(DATA).value.toString() });
    for (const look of [...this.#listeners]) look();
  }

  async #exchange(method, attributes, key) {
    const { id, bytes } = encode(method, "request", attributes, key);
    const name = id.toString("hex");
    const answered = new Promise((resolve) => this.#waiting.set(name, resolve));
    this.write(bytes);
    try {
      return await within(answered, DEADLINE_MS, `the answer to ${method} over ${this.transport}`);
    } finally {
      this.#waiting.delete(name);
    }
  }

  /** Where the server sees us. */
  async binding() {
    const answer = await this.#exchange("binding", []);
    assert.equal(answer.kind, "success");
    return addressOf(answer, MAPPED);
  }

  /** Without credentials: `{code, realm, nonce}` of the challenge. */
  async challenge() {
    const answer = await this.#exchange("allocate", [attribute(TRANSPORT, UDP)]);
    return { code: codeOf(answer), realm: text(answer, REALM), nonce: text(answer, NONCE) };
  }

  /** A challenge, then the same with credentials: `{relayed, mapped, lifetime}`, or `{code}`. */
  async allocate({ username, credential }) {
    const { code, realm, nonce } = await this.challenge();
    assert.equal(code, 401, "strangers are asked who they are");
    assert.ok(realm && nonce, "a realm and a nonce");
    const key = createHash("md5").update(`${username}:${realm}:${credential}`).digest();
    this.signed = { key, attributes: [attribute(USERNAME, username), attribute(REALM, realm), attribute(NONCE, nonce)] };
    const answer = await this.#asked("allocate", [attribute(TRANSPORT, UDP)]);
    if (answer.kind === "error") return { code: codeOf(answer) };
    const lifetime = answer.attributes.get(LIFETIME).value.readUInt32BE();
    return { relayed: addressOf(answer, RELAYED), mapped: addressOf(answer, MAPPED), lifetime };
  }

  async #asked(method, attributes) {
    const answer = await this.#exchange(method, [...attributes, ...this.signed.attributes], this.signed.key);
    if (answer.kind === "success") verify(answer, this.signed.key);
    return answer;
  }

  /** The error code, or undefined. */
  async permit(peer) {
    return codeOf(await this.#asked("createPermission", [attribute(PEER, xorAddress(peer))]));
  }

  /** The error code, or undefined; 0 ends the allocation. */
  async refresh(lifetime) {
    const seconds = Buffer.alloc(4);
    seconds.writeUInt32BE(lifetime);
    return codeOf(await this.#asked("refresh", [attribute(LIFETIME, seconds)]));
  }

  send(peer, data) {
    this.write(encode("send", "indication", [attribute(PEER, xorAddress(peer)), attribute(DATA, data)]).bytes);
  }

  /** `{from, data}` of the next data that was relayed to us. */
  data() {
    let look;
    const arrival = new Promise((resolve) => {
      look = () => this.#heard.length > 0 && resolve(this.#heard.shift());
      this.#listeners.add(look);
      look();
    });
    return within(arrival, DEADLINE_MS, "relayed data").finally(() => this.#listeners.delete(look));
  }
}

/** What RTCPeerConnection would make of one of our answers: `{stun, turn: {udp, tcp}, username, credential}`. */
export function readServers(iceServers) {
  const read = {};
  for (const { urls, username, credential } of iceServers) {
    for (const url of urls) {
      const [, scheme, host, port, transport] = /^(stun|turn):(\[[^\]]+\]|[^:[\]?]+):(\d+)(?:\?transport=(udp|tcp))?$/.exec(url) ?? assert.fail(url);
      if (scheme === "stun") read.stun = { host, port: Number(port) };
      else (read.turn ??= {})[transport] = { host, port: Number(port) };
    }
    if (username) Object.assign(read, { username, credential });
  }
  return read;
}

/** The password that goes with a user name (the draft "A REST API for access to TURN services"), from the server's SECRET_KEY. */
export function credentialOf(secretKey, username) {
  const key = createHash("sha256").update(secretKey).digest();
  const secret = createHmac("sha256", key).update("turn").digest();
  return createHmac("sha1", secret).update(username).digest("base64");
}
