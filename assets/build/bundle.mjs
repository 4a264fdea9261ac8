import { relative } from "node:path";
import esbuild from "esbuild";
import { virtualModules } from "./modules.mjs";
import { pickerWithoutInlineStyle } from "./picker.mjs";

// import.meta, ES modules, dvh, :focus-visible and <dialog> set the floor.
const TARGET = ["chrome109", "firefox115", "safari16"];

/** Bundles what the pages name. Answers esbuild's outputs, keyed by path below OUT. */
export async function bundle({ root, outDir, pages, dev }) {
  const entryPoints = pages.flatMap(({ name, sources }) =>
    sources.map((source) => ({ in: source, out: `assets/${name}` })),
  );
  const result = await esbuild.build({
    absWorkingDir: root,
    entryPoints,
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
    legalComments: "none",
    define: { "process.env.NODE_ENV": dev ? '"development"' : '"production"' },
    metafile: true,
    logLevel: "warning",
    plugins: [virtualModules(root), pickerWithoutInlineStyle()],
  });
  return Object.fromEntries(
    Object.entries(result.metafile.outputs).map(([path, output]) => [
      relative(outDir, `${root}/${path}`),
      {
        ...output,
        imports: output.imports.map((one) => ({ ...one, path: relative(outDir, `${root}/${one.path}`) })),
      },
    ]),
  );
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
