// What an author sees in an editor: asks yaml-language-server about control files, over the language server protocol.
//
// node editor.mjs SERVER_PACKAGE FOLDER: FOLDER holds the schemas. Prints one JSON document: what the server
// offers, explains and underlines at some places of some files.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import path from "node:path";

const [server, folder] = process.argv.slice(2);
const require = createRequire(path.join(server, "package.json"));
const rpc = require("vscode-jsonrpc/node");

const child = spawn(process.execPath, [path.join(server, "bin/yaml-language-server"), "--stdio"], {
  stdio: ["pipe", "pipe", "inherit"],
});
const connection = rpc.createMessageConnection(
  new rpc.StreamMessageReader(child.stdout),
  new rpc.StreamMessageWriter(child.stdin),
);
const diagnostics = new Map();
const waiting = new Map();
connection.onNotification("textDocument/publishDiagnostics", ({ uri, diagnostics: found }) => {
  diagnostics.set(uri, found);
  waiting.get(uri)?.();
});
// The server asks for its settings; no schema but the one that the file names.
connection.onRequest("workspace/configuration", ({ items }) =>
  items.map(({ section }) => (section === "yaml" ? { schemaStore: { enable: false }, hover: true, completion: true, validate: true } : null)),
);
connection.onRequest("client/registerCapability", () => null);
connection.listen();

await connection.sendRequest("initialize", {
  processId: process.pid,
  rootUri: pathToFileURL(folder).href,
  workspaceFolders: null,
  capabilities: {
    workspace: { configuration: true },
    textDocument: {
      completion: { completionItem: { snippetSupport: true, documentationFormat: ["markdown"] } },
      hover: { contentFormat: ["markdown"] },
      publishDiagnostics: {},
    },
  },
});
connection.sendNotification("initialized", {});

let number = 0;
/** Opens a text whose `|` marks the place to ask about. */
async function open(marked, kind) {
  const offset = marked.indexOf("|");
  const text = offset < 0 ? marked : marked.slice(0, offset) + marked.slice(offset + 1);
  const before = (offset < 0 ? "" : marked.slice(0, offset)).split("\n");
  const uri = pathToFileURL(path.join(folder, `${(number += 1)}${kind}.yaml`)).href;
  const published = new Promise((resolve) => waiting.set(uri, resolve));
  connection.sendNotification("textDocument/didOpen", {
    textDocument: { uri, languageId: "yaml", version: 1, text },
  });
  return {
    published,
    at: { textDocument: { uri }, position: { line: before.length - 1, character: before.at(-1).length } },
    uri,
  };
}
async function completions(marked, kind = "") {
  const { at } = await open(marked, kind);
  const found = await connection.sendRequest("textDocument/completion", at);
  return (found.items ?? found).map((item) => item.label).sort();
}
async function hover(marked, kind = "") {
  const { at } = await open(marked, kind);
  const found = await connection.sendRequest("textDocument/hover", at);
  const contents = found?.contents ?? "";
  return typeof contents === "string" ? contents : contents.value;
}
async function underlined(text, kind = "") {
  const { uri, published } = await open(text, kind);
  await published;
  return diagnostics.get(uri).map((found) => found.message);
}

const head = "# yaml-language-server: $schema=control.schema.json\n";
const control = `${head}id: t
title: A title
severity: high
rationale: A reason.
population: "$.accounts[*]"
on_empty: pass
`;
const cases = `# yaml-language-server: $schema=cases.schema.json
control: t
as_of: 2026-11-20T06:00:00Z
`;
const answer = {
  keys: await completions(`${head}id: t\n|`),
  severities: await completions(`${head}id: t\nseverity: |`),
  fields: await completions(`${control}expect:\n  |`),
  operators: await completions(`${control}expect:\n  last_active_at:\n    |`),
  words: await completions(`${control}expect:\n  account_status: |`),
  words_of_operator: await completions(`${control}expect:\n  account_status:\n    in: [|]`),
  inner_fields: await completions(`${control}expect:\n  product_access:\n    some:\n      expect:\n        |`),
  excluded: await completions(`${control}exclude:\n  - reason: r\n    where:\n      |`),
  evidence: await completions(`${control}evidence:\n  - |`),
  parameter_types: await completions(`${control}parameters:\n  days:\n    type: |`),
  hover_key: await hover(`${control}no|t_tested: x\n`),
  hover_field: await hover(`${control}expect:\n  mfa_en|abled: true\n`),
  hover_operator: await hover(`${control}expect:\n  last_active_at:\n    within_la|st_days: 90\n`),
  good: await underlined(`${control}expect:\n  last_active_at: { within_last_days: 90 }\n`),
  bad_field: await underlined(`${control}expect:\n  emial_verified: true\n`),
  bad_operator: await underlined(`${control}expect:\n  last_active_at: { within_last_day: 90 }\n`),
  bad_key: await underlined(`${control}expect: { sso: true }\nsevrity: low\n`),
  case_fields: await completions(`${cases}cases:\n  - name: one\n    given:\n      accounts:\n        - |`, ".cases"),
  case_outcomes: await completions(`${cases}cases:\n  - name: one\n    expect:\n      outcome: |`, ".cases"),
};
process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
await connection.sendRequest("shutdown");
connection.sendNotification("exit");
