// Starts the language server, shows the standard library's sources, and fills the test explorer.

import * as vscode from "vscode";
import { LanguageClient, type LanguageClientOptions, type ServerOptions, TransportKind } from "vscode-languageclient/node";
import { TestExplorer } from "./tests";

/** The scheme of the standard library's sources, which are no files. */
const STANDARD = "atbac-std";

let client: LanguageClient | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  context.subscriptions.push(
    vscode.workspace.registerTextDocumentContentProvider(STANDARD, { provideTextDocumentContent: standardSource }),
    vscode.commands.registerCommand("atbac.restart", restart),
    vscode.workspace.onDidChangeConfiguration(async (change) => {
      if (change.affectsConfiguration("atbac.path") || change.affectsConfiguration("atbac.bundles")) {
        await restart();
      }
    }),
    new TestExplorer(),
  );
  await start();
}

export async function deactivate(): Promise<void> {
  await client?.stop();
}

async function start(): Promise<void> {
  const settings = vscode.workspace.getConfiguration("atbac");
  const command = settings.get<string>("path", "atbac");
  const server: ServerOptions = { command, args: ["lsp"], transport: TransportKind.stdio };
  const options: LanguageClientOptions = {
    documentSelector: [{ language: "atbac" }, { scheme: STANDARD }],
    initializationOptions: { virtualDocuments: true, bundles: settings.get<string[]>("bundles", []) },
  };
  client = new LanguageClient("atbac", "atbac", server, options);
  try {
    await client.start();
  } catch (error) {
    client = undefined;
    const message = `The language server does not start: ${error instanceof Error ? error.message : String(error)}. `;
    void vscode.window.showErrorMessage(`${message}Install the \`atbac\` command, or set \`atbac.path\` to where it is.`);
  }
}

async function restart(): Promise<void> {
  await client?.stop();
  await start();
}

async function standardSource(uri: vscode.Uri): Promise<string> {
  // By its path as the server wrote it: the editor spells an URI in a way of its own.
  const asked = { uri: `${STANDARD}:${uri.path}` };
  const answered = await client?.sendRequest<{ text: string }>("workspace/textDocumentContent", asked);
  return answered?.text ?? "";
}
