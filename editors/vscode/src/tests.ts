// The test explorer: the `test` blocks of policies, run by `atbac test --format json`.

import { execFile } from "node:child_process";
import * as path from "node:path";
import * as vscode from "vscode";
import { type Answer, type Result, answer, bundleOf, declaredIn, resultsOf } from "./results";

/** The most that the command may write, in bytes: its answers have a line for each test. */
const MOST_WRITTEN = 64 * 1024 * 1024;

/** Keeps the tests of all policies of the workspace, and runs them. */
export class TestExplorer implements vscode.Disposable {
  private readonly controller = vscode.tests.createTestController("atbac", "atbac");
  private readonly subscriptions: vscode.Disposable[] = [];

  constructor() {
    this.controller.resolveHandler = async (item) => {
      if (item === undefined) {
        await this.findAll();
      }
    };
    this.controller.createRunProfile("Run", vscode.TestRunProfileKind.Run, (request, token) => this.run(request, token), true);
    const watcher = vscode.workspace.createFileSystemWatcher("**/*.atbac");
    this.subscriptions.push(
      this.controller,
      watcher,
      watcher.onDidCreate((uri) => this.findIn(uri)),
      watcher.onDidChange((uri) => this.findIn(uri)),
      watcher.onDidDelete((uri) => this.controller.items.delete(uri.toString())),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        if (document.languageId === "atbac" && document.uri.scheme === "file") {
          this.show(document.uri, document.getText());
        }
      }),
    );
    void this.findAll();
  }

  dispose(): void {
    this.subscriptions.forEach((subscription) => subscription.dispose());
  }

  private async findAll(): Promise<void> {
    const policies = await vscode.workspace.findFiles("**/*.atbac");
    await Promise.all(policies.map((uri) => this.findIn(uri)));
  }

  private async findIn(uri: vscode.Uri): Promise<void> {
    const bytes = await vscode.workspace.fs.readFile(uri);
    this.show(uri, new TextDecoder().decode(bytes));
  }

  /** Shows the tests of one policy. */
  private show(uri: vscode.Uri, text: string): void {
    const declared = declaredIn(text);
    if (declared.length === 0) {
      this.controller.items.delete(uri.toString());
      return;
    }
    const file = this.controller.createTestItem(uri.toString(), vscode.workspace.asRelativePath(uri), uri);
    for (const { name, line, column } of declared) {
      const item = this.controller.createTestItem(`${uri}#${name}`, name, uri);
      item.range = new vscode.Range(line, 0, line, column + name.length + 2);
      file.children.add(item);
    }
    this.controller.items.add(file);
  }

  private async run(request: vscode.TestRunRequest, token: vscode.CancellationToken): Promise<void> {
    const run = this.controller.createTestRun(request);
    // The command reads what is saved.
    await vscode.workspace.saveAll(false);
    const chosen = this.chosen(request);
    chosen.forEach((item) => run.started(item));
    for (const [bundle, items] of byBundle(chosen)) {
      if (token.isCancellationRequested) {
        break;
      }
      const answered = await execute(bundle, items.map((item) => item.label), token);
      items.forEach((item) => tell(run, item, answered));
    }
    run.end();
  }

  /** The tests that were asked for, without those that were excluded. */
  private chosen(request: vscode.TestRunRequest): vscode.TestItem[] {
    const found: vscode.TestItem[] = [];
    const add = (item: vscode.TestItem): void => {
      if (request.exclude?.includes(item)) {
        return;
      }
      if (item.children.size === 0) {
        found.push(item);
      }
      item.children.forEach(add);
    };
    if (request.include === undefined) {
      this.controller.items.forEach(add);
    } else {
      request.include.forEach(add);
    }
    return found;
  }
}

/** Tests by the bundle that they are run in. */
function byBundle(items: vscode.TestItem[]): Map<string, vscode.TestItem[]> {
  const bundles = new Map<string, vscode.TestItem[]>();
  for (const item of items) {
    const folder = item.uri && vscode.workspace.getWorkspaceFolder(item.uri);
    if (!item.uri || !folder) {
      continue;
    }
    const named = vscode.workspace.getConfiguration("atbac", item.uri).get<string[]>("bundles", []);
    const bundle = bundleOf(slashes(item.uri.fsPath), slashes(folder.uri.fsPath), named);
    bundles.set(bundle, [...(bundles.get(bundle) ?? []), item]);
  }
  return bundles;
}

function execute(bundle: string, names: string[], token: vscode.CancellationToken): Promise<Answer> {
  const command = vscode.workspace.getConfiguration("atbac").get<string>("path", "atbac");
  const filters = names.flatMap((name) => ["--filter", name]);
  return new Promise((resolve) => {
    // Exit codes say what the document says too.
    const child = execFile(command, ["test", bundle, "--format", "json", ...filters], { maxBuffer: MOST_WRITTEN }, (error, written, complaint) => {
      resolve(written === "" ? { refused: complaint.trim() || (error?.message ?? "the command answered nothing") } : answer(written));
    });
    token.onCancellationRequested(() => child.kill());
  });
}

/** Says what came of a test. */
function tell(run: vscode.TestRun, item: vscode.TestItem, answered: Answer): void {
  if ("refused" in answered) {
    run.errored(item, new vscode.TestMessage(answered.refused));
    return;
  }
  const file = item.uri?.fsPath ?? "";
  const results = resultsOf({ name: item.label, file }, answered.results, (a, b) => path.resolve(a) === path.resolve(b));
  const failures = results.flatMap((result) => result.failures.map((failure) => message(result, failure)));
  if (results.length === 0) {
    run.skipped(item);
  } else if (failures.length === 0) {
    run.passed(item);
  } else {
    run.failed(item, failures);
  }
}

function message(result: Result, failure: Result["failures"][number]): vscode.TestMessage {
  const shown = new vscode.TestMessage(`${result.name}: ${failure.message}`);
  const at = new vscode.Position(Math.max(failure.line - 1, 0), Math.max(failure.column - 1, 0));
  shown.location = new vscode.Location(vscode.Uri.file(path.resolve(failure.file)), at);
  return shown;
}

function slashes(file: string): string {
  return file.replace(/\\/g, "/");
}
