// Inside the namespaces of names.test.mjs: a name server, a Bot API server, and the program in a root of its own. Prints
// what came of it as JSON.
import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";

import { BotApi } from "../support/bot-api/index.mjs";
import { DEADLINE_MS, within } from "../support/deadline.mjs";
import { NameServer } from "../support/names.mjs";
import { BINARY, temporaryDirectory } from "../support/server.mjs";

const HOST = "bot.example.test";
const scene = process.argv[2];

execFileSync("ip", ["link", "set", "lo", "up"]);
const names = await NameServer.start(scene === "resolves" ? { [HOST]: "127.0.0.1" } : {});
const bot = await BotApi.start();

const root = temporaryDirectory();
mkdirSync(path.join(root, "etc"));
mkdirSync(path.join(root, "dev"));
// What the kernel gives every machine. Plain files: a namespace of users may make no devices.
for (const name of ["random", "urandom"]) writeFileSync(path.join(root, "dev", name), randomBytes(1 << 20));
copyFileSync(BINARY, path.join(root, "konusma"));
if (scene !== "no-resolv-conf") writeFileSync(path.join(root, "etc/resolv.conf"), "nameserver 127.0.0.1\n");

const child = spawn("chroot", [root, "/konusma", "serve", "--port", "0", "--data-dir", "/data"], {
  env: {
    PATH: process.env.PATH,
    KONUSMA_TURN_PORT: "off",
    TELEGRAM_BOT_TOKEN: bot.token,
    KONUSMA_TELEGRAM_API: `http://${HOST}:${bot.port}`,
  },
  stdio: ["ignore", "pipe", "pipe"],
});
let log = "";
const failed = new Promise((resolve) => {
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (text) => {
      log += text;
      if (log.includes("cannot find the host")) resolve();
    });
  }
});
const exited = once(child, "exit").then(([code]) => {
  throw new Error(`the server ended with code ${code}\n${log}`);
});
exited.catch(() => {});

const outcome = Promise.race([failed, exited, bot.asked("getMe", () => true, { ms: DEADLINE_MS })]);
await within(outcome, DEADLINE_MS, `getMe, or why not\n${log}`);
console.log(JSON.stringify({ requests: bot.requests.map(({ method }) => method), questions: names.asked, log }));
child.kill("SIGKILL");
process.exit(0);
