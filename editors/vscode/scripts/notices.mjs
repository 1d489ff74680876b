// The licences of what the extension is bundled from, as they ask to be passed on: `dist/NOTICES.txt`, from the bundler's list of its inputs.

import fs from "node:fs";
import path from "node:path";

const { inputs } = JSON.parse(fs.readFileSync("dist/meta.json", "utf8"));
const packages = new Set(
  Object.keys(inputs)
    .map((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0])
    .filter((folder) => folder !== undefined),
);

const notices = [...packages].sort().map((folder) => {
  const { name, version, license } = JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8"));
  const file = fs.readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
  if (file === undefined) {
    throw new Error(`${name} has no licence file: look at it before it is bundled`);
  }
  return `${name} ${version} (${license})\n\n${fs.readFileSync(path.join(folder, file), "utf8").trim()}\n`;
});

fs.writeFileSync("dist/NOTICES.txt", notices.join(`\n${"-".repeat(80)}\n\n`));
