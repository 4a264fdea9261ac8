import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import zlib from "node:zlib";
import { entryFiles } from "./bundle.mjs";

const brotli = promisify(zlib.brotliCompress);
const gzip = promisify(zlib.gzip);
const COMPRESSIBLE = /\.(html|css|js|json|svg|webmanifest)$/;

/** FILE.br and FILE.gz beside every file that gains by it. */
export async function compressAll(outDir) {
  const files = await readdir(outDir, { recursive: true });
  await Promise.all(
    files.filter((file) => COMPRESSIBLE.test(file)).map((file) => compress(join(outDir, file))),
  );
}

async function compress(path) {
  const raw = await readFile(path);
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT, BROTLI_MAX_QUALITY } = zlib.constants;
  const params = { [BROTLI_PARAM_QUALITY]: BROTLI_MAX_QUALITY, [BROTLI_PARAM_SIZE_HINT]: raw.length };
  const [br, gz] = await Promise.all([brotli(raw, { params }), gzip(raw, { level: 9 })]);
  await Promise.all([writeFile(`${path}.br`, br), writeFile(`${path}.gz`, gz)]);
}

/** Prints what each page costs before its first message, in gzip: page, style, scripts, the larger language. */
export async function report({ outDir, pages, outputs }) {
  for (const { name, sources } of pages) {
    const files = [`${name}.html`, ...sources.flatMap((source) => entryFiles(outputs[name], source))];
    const sizes = await Promise.all(files.map((file) => gzipSize(outDir, file)));
    const locales = Object.keys(outputs[name]).filter((file) =>
      Object.keys(outputs[name][file].inputs).some((input) => input.startsWith(`locale:${name}-`)),
    );
    const locale = Math.max(0, ...(await Promise.all(locales.map((file) => gzipSize(outDir, file)))));
    const total = sizes.reduce((sum, size) => sum + size, locale);
    console.log(
      `${name}: ${kb(total)} (${files.map((file, i) => `${file} ${kb(sizes[i])}`).join(", ")}, language ${kb(locale)})`,
    );
  }
}

async function gzipSize(outDir, file) {
  return (await gzip(await readFile(join(outDir, file)), { level: 9 })).length;
}

function kb(bytes) {
  return `${(bytes / 1024).toFixed(1)} KB`;
}
