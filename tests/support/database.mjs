// Debian's sqlite3, not the library inside the server: the owner who looks must see what we say is there.
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

export async function query(file, sql) {
  const { stdout } = await run("sqlite3", ["-readonly", "-json", "-cmd", ".timeout 5000", file, sql], {
    maxBuffer: 256 * 1024 * 1024,
  });
  return stdout.trim() === "" ? [] : JSON.parse(stdout);
}
