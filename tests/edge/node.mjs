// The gate in Node, one question and one answer a line (JSON). It must not know the rules.
// The function gets a global object of its own with nothing on it but ECMAScript, Buffer and console: no process, no
// timers, no fetch. Use: node --experimental-vm-modules node.mjs GATE ANSWERING
import crypto from "node:crypto";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import vm from "node:vm";

const context = vm.createContext({ Buffer }, { codeGeneration: { strings: false, wasm: false } });
const modules = new Map();
modules.set("crypto", new vm.SyntheticModule(["default"], function () { this.setExport("default", crypto); }, { context }));
const stub = readFileSync(new URL("modules/cloudfront", import.meta.url), "utf8");
modules.set("cloudfront", new vm.SourceTextModule(stub, { context, identifier: "cloudfront" }));

const source = readFileSync(process.argv[2], "utf8") + readFileSync(process.argv[3], "utf8");
const gate = new vm.SourceTextModule(`${source}\nexport { answerTo };`, { context, identifier: "gate.js" });
await gate.link((name) => {
  if (!modules.has(name)) throw new Error(`the runtime has no module ${name}`);
  return modules.get(name);
});
await gate.evaluate();

for await (const line of createInterface({ input: process.stdin })) {
  const answers = [];
  for (const question of JSON.parse(line)) answers.push(await gate.namespace.answerTo(question));
  process.stdout.write(`${JSON.stringify(answers)}\n`);
}
