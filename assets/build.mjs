// node build.mjs OUT [--dev]       builds the web client into OUT
// node build.mjs --check-locales   only compares the languages
import { mkdir, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "./build/bundle.mjs";
import { compressAll, report } from "./build/compress.mjs";
import { copyStatic, writePages } from "./build/html.mjs";
import { checkLocales } from "./build/locales.mjs";
import { readPages } from "./build/pages.mjs";

const root = dirname(fileURLToPath(import.meta.url));
const args = process.argv.slice(2);
const dev = args.includes("--dev");
const out = args.find((arg) => !arg.startsWith("--"));

try {
  const faults = await checkLocales(root);
  // While a page is being written its texts may lag behind; a build that ships must have them all.
  if (faults.length > 0 && !dev) throw new Error(faults.join("\n"));
  if (!args.includes("--check-locales")) await build();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function build() {
  if (!out) throw new Error("Say where to: node build.mjs OUT [--dev]");
  const outDir = resolve(out);
  await mkdir(outDir, { recursive: true });
  // Names carry hashes: what an earlier build left would be shipped for ever.
  await rm(join(outDir, "assets"), { recursive: true, force: true });
  const pages = await readPages(root);
  const outputs = await bundle({ root, outDir, pages, dev });
  await writePages({ outDir, pages, outputs });
  await copyStatic({ root, outDir });
  if (!dev) await compressAll(outDir);
  await report({ outDir, pages, outputs });
}
