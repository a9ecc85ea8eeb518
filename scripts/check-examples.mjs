// Type-checks the ```ts examples of doc comments and README.md files, all in one TypeScript program. An example is a
// whole program: it imports what it uses, so that a reader can paste it. `// expect-error` is not supported; write
// examples that work.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { entryPoints, packages, root } from "./entry-points.mjs";

const sourcesOf = (name) =>
  readdirSync(join(root, "packages", name, "src"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !/\.test(-d)?\.ts$|__fixtures__/.test(file))
    .map((file) => `packages/${name}/src/${file}`);

const readmes = [
  "README.md",
  ...packages.map((name) => `packages/${name}/README.md`),
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .map((file) => `docs/${file}`),
];

/** The fenced blocks of a text, each with the line it starts on; ` * ` of doc comments is taken off. */
function* blocksOf(text) {
  const lines = text.split("\n");
  for (let i = 0; i < lines.length; i++) {
    const fence = /^(\s*(?:\* ?)?)```ts\s*$/.exec(lines[i]);
    if (!fence) continue;
    const start = i + 1;
    while (++i < lines.length && !lines[i].slice(0, fence[1].length + 3).endsWith("```"));
    yield { line: start + 1, code: lines.slice(start, i).map((line) => line.slice(fence[1].length)) };
  }
}

const exists = (file) => ts.sys.fileExists(join(root, file));
const examples = [];
const withoutImport = [];
for (const file of [...readmes.filter(exists), ...packages.flatMap(sourcesOf)])
  for (const { line, code } of blocksOf(readFileSync(join(root, file), "utf8"))) {
    const text = code.join("\n");
    if (/^\s*import\b|\bimport\(/m.test(text)) examples.push({ file, line, text });
    else withoutImport.push(`${file}:${line}`);
  }

const virtual = new Map(
  examples.map((example, i) => [
    join(root, "examples", `example-${i}.ts`),
    { ...example, text: `${example.text}\nexport {};\n` },
  ]),
);
const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
const { options } = ts.parseJsonConfigFileContent({ ...config, files: [], include: [] }, ts.sys, root);
const host = ts.createCompilerHost(options);
const { fileExists, readFile, getSourceFile } = host;
host.fileExists = (path) => virtual.has(path) || fileExists(path);
host.readFile = (path) => virtual.get(path)?.text ?? readFile(path);
host.getSourceFile = (path, ...rest) =>
  virtual.has(path)
    ? ts.createSourceFile(path, virtual.get(path).text, ts.ScriptTarget.ES2022, true)
    : getSourceFile(path, ...rest);
const program = ts.createProgram({
  rootNames: [...virtual.keys(), ...["examples", "example-peers"].map((name) => join(root, `scripts/${name}.d.ts`))],
  options: { ...options, noUnusedLocals: false },
  host,
});

let failed = 0;
for (const [path, { file, line }] of virtual) {
  const source = program.getSourceFile(path);
  for (const { messageText, start } of [
    ...program.getSyntacticDiagnostics(source),
    ...program.getSemanticDiagnostics(source),
  ]) {
    failed++;
    const at = line + source.getLineAndCharacterOfPosition(start ?? 0).line;
    console.error(`${file}:${at}: ${ts.flattenDiagnosticMessageText(messageText, "\n  ")}`);
  }
}

for (const place of withoutImport) console.error(`${place}: the example imports nothing; add the imports it needs`);
console.log(
  `${examples.length} examples type-checked (${entryPoints.length} entry points), ${failed} errors; ` +
    `${withoutImport.length} without imports`,
);
process.exit(failed === 0 && withoutImport.length === 0 ? 0 : 1);
