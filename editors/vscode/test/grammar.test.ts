// The TextMate grammar, run by the engine of VS Code. Cases stand in `scopes/`: a line of policy, and below it lines `// ^^^ scope` that say what the
// marked columns are. Then every policy of the project is read: no word of it may be left without a scope.

import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import test from "node:test";
import { createOnigScanner, createOnigString, loadWASM } from "vscode-oniguruma";
import { type IGrammar, INITIAL, type IToken, Registry, parseRawGrammar } from "vscode-textmate";

const root = process.cwd();
const repository = path.resolve(root, "../..");

async function load(): Promise<IGrammar> {
  const wasm = fs.readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm"));
  await loadWASM(wasm);
  const file = path.join(root, "syntaxes/atbac.tmLanguage.json");
  const registry = new Registry({
    onigLib: Promise.resolve({ createOnigScanner, createOnigString }),
    loadGrammar: async () => parseRawGrammar(fs.readFileSync(file, "utf8"), file),
  });
  const grammar = await registry.loadGrammar("source.atbac");
  assert.ok(grammar);
  return grammar;
}

const loaded = load();

/** The tokens of each line. */
function tokenize(grammar: IGrammar, lines: string[]): IToken[][] {
  let state = INITIAL;
  return lines.map((line) => {
    const result = grammar.tokenizeLine(line, state);
    state = result.ruleStack;
    return result.tokens;
  });
}

/** The policies below a folder. */
function policies(folder: string): string[] {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    const skipped = entry.name === "node_modules" || entry.name === "target" || entry.name.startsWith(".");
    return entry.isDirectory() ? (skipped ? [] : policies(file)) : entry.name.endsWith(".atbac") ? [file] : [];
  });
}

for (const name of fs.readdirSync(path.join(root, "test/scopes"))) {
  test(`scopes of ${name}`, async () => {
    const grammar = await loaded;
    const written = fs.readFileSync(path.join(root, "test/scopes", name), "utf8").split("\n");
    const marks = /^\/\/(\s*)(\^+)\s+(\S+)$/;
    const lines = written.filter((line) => !marks.test(line));
    const tokens = tokenize(grammar, lines);
    let at = -1;
    let checked = 0;
    for (const line of written) {
      const mark = marks.exec(line);
      if (mark === null) {
        at += 1;
        continue;
      }
      const from = 2 + mark[1].length;
      for (let column = from; column < from + mark[2].length; column += 1) {
        const token = tokens[at].find((one) => one.startIndex <= column && column < one.endIndex);
        const scopes = token?.scopes ?? [];
        assert.ok(scopes.includes(`${mark[3]}.atbac`), `${name}:${at + 1}:${column + 1} ${lines[at]}\n  ${mark[3]} is not among ${scopes.join(" ")}`);
        checked += 1;
      }
    }
    assert.ok(checked > 0, "nothing is checked");
  });
}

test("every word of the project's policies has a scope", async () => {
  const grammar = await loaded;
  const files = ["stdlib", "examples", "tests/ui/accepted", "tests/run"].flatMap((folder) => policies(path.join(repository, folder)));
  assert.ok(files.length > 60, `${files.length} policies`);
  for (const file of files) {
    const lines = fs.readFileSync(file, "utf8").split("\n");
    tokenize(grammar, lines).forEach((tokens, at) => {
      for (const token of tokens) {
        const text = lines[at].slice(token.startIndex, token.endIndex);
        const plain = token.scopes.length === 1;
        assert.ok(!plain || !/\w/.test(text), `${file}:${at + 1}: \`${text}\` has no scope`);
      }
    });
  }
});
