import { relative, resolve } from "node:path";
import esbuild from "esbuild";
import { virtualModules } from "./modules.mjs";
import { pickerWithoutInlineStyle } from "./picker.mjs";
import { slimSocket } from "./slim-socket.mjs";

// dvh, <dialog> and adopted style sheets set the floor.
const TARGET = ["chrome109", "firefox115", "safari16.4"];

/**
 * Bundles each page by itself: nobody needs both, and a chunk shared between them would cost the visitor
 * a request and some compression. Answers esbuild's outputs by page, keyed by path below OUT.
 */
export async function bundle({ root, outDir, pages, dev }) {
  const built = await Promise.all(pages.map((page) => bundlePage({ root, outDir, page, dev })));
  return Object.fromEntries(pages.map(({ name }, index) => [name, built[index]]));
}

async function bundlePage({ root, outDir, page, dev }) {
  const result = await esbuild.build({
    absWorkingDir: root,
    entryPoints: page.sources.map((source) => ({ in: source, out: `assets/${page.name}` })),
    outdir: outDir,
    entryNames: "[dir]/[name]-[hash]",
    chunkNames: "assets/[name]-[hash]",
    assetNames: "assets/[name]-[hash]",
    publicPath: "/",
    bundle: true,
    splitting: true,
    format: "esm",
    target: TARGET,
    jsx: "automatic",
    jsxImportSource: "preact",
    minify: !dev,
    sourcemap: dev ? "linked" : false,
    charset: "utf8",
    legalComments: "none",
    define: { "process.env.NODE_ENV": dev ? '"development"' : '"production"' },
    metafile: true,
    logLevel: "warning",
    plugins: [virtualModules(root, page), pickerWithoutInlineStyle(), slimSocket()],
  });
  const below = (path) => relative(outDir, resolve(root, path));
  const outputs = Object.entries(result.metafile.outputs).map(([path, output]) => [
    below(path),
    { ...output, imports: output.imports.map((one) => ({ ...one, path: below(one.path) })) },
  ]);
  return Object.fromEntries(outputs);
}

/** An entry's own file and all it imports before it can run. */
export function entryFiles(outputs, source) {
  const entry = Object.keys(outputs).find((path) => outputs[path].entryPoint === source);
  const files = new Set([entry]);
  for (const file of files) {
    for (const { path, kind } of outputs[file].imports) {
      if (kind === "import-statement" && outputs[path]) files.add(path);
    }
  }
  return [...files];
}
