import assert from "node:assert/strict";
import test from "node:test";
import { type Result, answer, bundleOf, declaredIn, resultsOf } from "../src/results";

test("an answer has what came of each test", () => {
  const written = `{"passed":1,"failed":0,"tests":[{"name":"a","file":"p.atbac","line":3,"column":6,"passed":true,"failures":[]}]}`;
  const found = answer(written);
  assert.ok("results" in found);
  assert.equal(found.results[0].name, "a");
});

test("a refusal is told with what was found", () => {
  const written = `{"error":{"code":"x","message":"the policies have errors","diagnostics":[{"message":"no such name"}]}}`;
  assert.deepEqual(answer(written), { refused: "the policies have errors\nno such name" });
  assert.deepEqual(answer("not json"), { refused: "not json" });
  assert.deepEqual(answer(""), { refused: "the command answered nothing" });
  assert.deepEqual(answer("{}"), { refused: "the command gave no tests" });
});

test("tests are found by their lines", () => {
  const text = 'package a;\r\ntest "one" {\n}\ntemplate t() {\n  test "inner" { }\n}\n// test "no"\ntest  "a \\"b\\" \\u{e9}" { }';
  assert.deepEqual(declaredIn(text), [
    { name: "one", line: 1, column: 5 },
    { name: 'a "b" é', line: 7, column: 6 },
  ]);
});

test("a test's cases are its results, another file's test of the name is not", () => {
  const result = (name: string, file: string): Result => ({ name, file, line: 1, column: 1, passed: true, failures: [] });
  const results = [result("a", "p"), result("a: one", "p"), result("ab", "p"), result("a", "q")];
  const same = (a: string, b: string): boolean => a === b;
  assert.deepEqual(resultsOf({ name: "a", file: "p" }, results, same).map((one) => one.name), ["a", "a: one"]);
});

test("a file's bundle is one that is named, or the workspace", () => {
  assert.equal(bundleOf("/w/a/p.atbac", "/w", []), "/w");
  assert.equal(bundleOf("/w/a/p.atbac", "/w", ["b", "./a/"]), "/w/a");
  assert.equal(bundleOf("/w/ab/p.atbac", "/w", ["a"]), "/w");
  assert.equal(bundleOf("/x/p.atbac", "/w", ["/x"]), "/x");
  assert.equal(bundleOf("/w/p.atbac", "/w", ["p.atbac"]), "/w/p.atbac");
});
