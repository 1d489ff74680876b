// What `atbac test --format json` answers, and where tests stand in a text: everything that needs no editor, so that it is tested without one.

export interface Failure {
  file: string;
  line: number;
  column: number;
  message: string;
}

export interface Result {
  name: string;
  file: string;
  line: number;
  column: number;
  passed: boolean;
  failures: Failure[];
}

/** The answer of a run: what came of each test, or why none could be run. */
export type Answer = { results: Result[] } | { refused: string };

/** Reads what the command wrote. It answers with one JSON document, errors too. */
export function answer(written: string): Answer {
  let document: unknown;
  try {
    document = JSON.parse(written);
  } catch {
    return { refused: written.trim() || "the command answered nothing" };
  }
  const { tests, error } = document as { tests?: Result[]; error?: { message?: string; diagnostics?: { message: string }[] } };
  if (Array.isArray(tests)) {
    return { results: tests };
  }
  const details = (error?.diagnostics ?? []).map((found) => found.message);
  return { refused: [error?.message ?? "the command gave no tests", ...details].join("\n") };
}

/** A test in a text, with the line and column of its name, from 0. */
export interface Declared {
  name: string;
  line: number;
  column: number;
}

/** The tests that a policy declares outside of templates, whose tests have names only once they are applied. */
export function declaredIn(text: string): Declared[] {
  const found: Declared[] = [];
  text.split(/\r\n|\r|\n/).forEach((line, at) => {
    const match = /^(test\s+)"((?:[^"\\]|\\.)*)"/.exec(line);
    if (match) {
      found.push({ name: unescaped(match[2]), line: at, column: match[1].length });
    }
  });
  return found;
}

/** The text that a string of the language means. */
function unescaped(written: string): string {
  const named: Record<string, string> = { n: "\n", t: "\t", r: "\r" };
  return written.replace(/\\(?:u\{([0-9A-Fa-f]+)\}|(.))/g, (_, code?: string, letter?: string) =>
    code === undefined ? (named[letter!] ?? letter!) : String.fromCodePoint(parseInt(code, 16)),
  );
}

/** What came of a test: one result, or one for each of its cases, whose names follow the test's. */
export function resultsOf(test: { name: string; file: string }, results: Result[], sameFile: (a: string, b: string) => boolean): Result[] {
  return results.filter(
    (result) => (result.name === test.name || result.name.startsWith(`${test.name}: `)) && sameFile(result.file, test.file),
  );
}

/** The bundle that a file lies in: one that the settings name, or else the folder of the workspace. Paths are absolute, with `/`. */
export function bundleOf(file: string, folder: string, named: string[]): string {
  const absolute = named.map((path) => (/^([A-Za-z]:)?\//.test(path) ? path : `${folder}/${path.replace(/^\.\//, "")}`).replace(/\/$/, ""));
  return absolute.find((path) => file === path || file.startsWith(`${path}/`)) ?? folder;
}
