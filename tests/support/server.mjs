// Starts the real binary in a directory of its own, on a port of its own, and reads what it prints for people.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { DEADLINE_MS, within } from "./deadline.mjs";
import { closeSocketsOf } from "./sockets.mjs";

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
export const TARGET = process.env.CARGO_TARGET_DIR ?? path.join(ROOT, "target");
export const BINARY = process.env.KONUSMA_BIN ?? path.join(TARGET, "x86_64-unknown-linux-gnu/release/konusma");

const READY = /^konusma (\S+) is ready: (http\S+) \(admin: (\S+), data: (.+)\)$/;
const SETUP = /#setup=([^\s&]+)/;
const LOG_LINES_SHOWN = 40;

/** Servers that run now, so that a failing test can show what they said. */
export const running = new Set();

/**
 * Only what a test names reaches the server: no setting of the machine may change a result. Many servers run side by side,
 * so none takes the relay's port unless it is asked to (`RELAY`).
 */
function environment(env) {
  return { PATH: process.env.PATH, HOME: process.env.HOME, KONUSMA_TURN_PORT: "off", ...env };
}

export const UNLIMITED = { KONUSMA_ENV: "development", KONUSMA_RATE_LIMITS: "off" };

/** With a relay, on any free port. */
export const RELAY = { ...UNLIMITED, KONUSMA_TURN_PORT: "0" };

/** For the few tests that must know the port before the server does. */
export async function freePort() {
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address();
  listener.close();
  await once(listener, "close");
  return port;
}

const made = [];

/** Gone when the test file is over, however it ends. */
export function temporaryDirectory() {
  const dir = mkdtempSync(path.join(tmpdir(), "konusma-test-"));
  made.push(dir);
  return dir;
}

process.on("exit", () => {
  for (const server of running) server.child.kill("SIGKILL");
  for (const dir of made) rmSync(dir, { recursive: true, force: true });
});

export class Server {
  static async start({ dir, port = 0, env = UNLIMITED, demo = false, binary = BINARY } = {}) {
    if (!existsSync(binary)) throw new Error(`no server to test at ${binary}; tests/run builds it, or set KONUSMA_BIN`);
    const server = new Server();
    server.dir = dir ?? temporaryDirectory();
    server.log = [];
    server.port = port;
    const where = demo ? ["--demo"] : ["--data-dir", server.dir];
    server.child = spawn(binary, ["serve", "--port", String(port), ...where], {
      // Where no file of the project lies, so that no .env of a developer is read.
      cwd: tmpdir(),
      env: environment(env),
      stdio: ["ignore", "pipe", "pipe"],
    });
    server.exited = new Promise((resolve) => {
      server.child.once("exit", (code, signal) => {
        running.delete(server);
        resolve({ code, signal });
      });
    });
    running.add(server);
    await server.#readLines();
    return server;
  }

  async #readLines() {
    let ready;
    let setup;
    const said = new Promise((resolve) => (ready = resolve));
    this.setup = new Promise((resolve) => (setup = resolve));
    const read = (stream, name) =>
      createInterface({ input: stream }).on("line", (line) => {
        this.log.push(`${name}: ${line}`);
        if (name !== "out") return;
        const match = READY.exec(line);
        if (match) ready(match);
        else if (SETUP.test(line)) setup(SETUP.exec(line)[1]);
      });
    read(this.child.stdout, "out");
    read(this.child.stderr, "err");
    const gone = this.exited.then(({ code, signal }) => {
      throw new Error(`the server ended while starting (code ${code}, signal ${signal})\n${this.logTail()}`);
    });
    gone.catch(() => {});
    const [, version, url] = await within(Promise.race([said, gone]), DEADLINE_MS, "the ready line");
    this.version = version;
    this.url = url.replace(/\/$/, "");
    this.port ||= Number(new URL(url).port);
  }

  /** The one-time link's token that only a first start prints. */
  setupToken() {
    return within(this.setup, DEADLINE_MS, "the set-up link of a first start");
  }

  get pid() {
    return this.child.pid;
  }

  get database() {
    return path.join(this.dir, "data.sqlite3");
  }

  logTail() {
    return this.log.slice(-LOG_LINES_SHOWN).join("\n");
  }

  /** SIGKILL, as a power cut would: nothing is flushed, nobody is told. */
  async kill() {
    this.child.kill("SIGKILL");
    return this.exited;
  }

  /** The polite end. Every test that stops its server so also proves that it ends by itself with 0. */
  async stop() {
    closeSocketsOf(this);
    this.child.kill("SIGTERM");
    try {
      const { code, signal } = await within(this.exited, DEADLINE_MS, "the end after SIGTERM");
      if (code !== 0) throw new Error(`the server ended with code ${code}, signal ${signal}\n${this.logTail()}`);
    } finally {
      this.child.kill("SIGKILL");
    }
  }
}

/** Runs `konusma …` to its end. */
export function command(args, { env = {}, cwd, input } = {}) {
  return new Promise((resolve) => {
    const child = execFile(
      BINARY,
      args,
      { env: environment(env), cwd, timeout: DEADLINE_MS },
      (error, stdout, stderr) => resolve({ code: error ? (error.code ?? error.signal) : 0, stdout, stderr }),
    );
    // A command that reads no input may be over before it is written.
    child.stdin.on("error", () => {});
    child.stdin.end(input ?? "");
  });
}
