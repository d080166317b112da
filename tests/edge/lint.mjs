// Finds what a CloudFront Function may not use: reads the source on stdin, prints one complaint a line, exits 1 if any.
// It must not know the gate; the lists are in runtime20.mjs. The parser is acorn, from web/node_modules.
import { readFileSync } from "node:fs";
import { parse } from "../../web/node_modules/acorn/dist/acorn.mjs";
import { ENCODINGS, GLOBALS, MEMBERS, MODULES, SYNTAX } from "./runtime20.mjs";

const source = readFileSync(0, "utf8");
const complaints = [];
const declared = new Set();
const ownMembers = new Set();

function complain(node, text) {
  complaints.push(`line ${node.loc.start.line}: ${text}`);
}

function children(node) {
  return Object.values(node)
    .flat()
    .filter((child) => child !== null && typeof child === "object" && typeof child.type === "string");
}

function visit(node, parents, look) {
  look(node, parents);
  for (const child of children(node)) visit(child, [...parents, node], look);
}

// Names the source gives itself: variables, functions, parameters, and the keys of its own objects.
function collect(node) {
  if (node.type === "ImportDefaultSpecifier") declared.add(node.local.name);
  if (node.type === "VariableDeclarator" && node.id.type === "Identifier") declared.add(node.id.name);
  if (node.type === "FunctionDeclaration" || node.type === "FunctionExpression") {
    if (node.id) declared.add(node.id.name);
  }
  if (node.params) {
    for (const parameter of node.params) declared.add((parameter.argument ?? parameter).name);
  }
  if (node.type === "CatchClause" && node.param) declared.add(node.param.name);
  if (node.type === "Property" && !node.computed) ownMembers.add(node.key.name ?? node.key.value);
}

function isReference(node, parents) {
  const parent = parents.at(-1);
  if (parent.type === "MemberExpression" && parent.property === node && !parent.computed) return false;
  if (parent.type === "Property" && parent.key === node && !parent.computed) return false;
  return parent.type !== "LabeledStatement" && parent.type !== "BreakStatement" && parent.type !== "ContinueStatement";
}

function checkSyntax(node) {
  if (!SYNTAX.has(node.type)) complain(node, `${node.type} is not of the runtime`);
  if (node.type === "ImportDeclaration" && !MODULES.has(node.source.value)) {
    complain(node, `there is no module ${node.source.value}`);
  }
  if (node.generator) complain(node, "generators are not of the runtime");
  if (node.type === "Property" && (node.shorthand || node.method || node.computed)) {
    complain(node, "shorthand, methods and computed keys in objects are not of ES 5.1");
  }
  if (node.type === "AssignmentExpression" && ["&&=", "||=", "??="].includes(node.operator)) {
    complain(node, `${node.operator} is not of the runtime`);
  }
  if (node.type === "LogicalExpression" && node.operator === "??") complain(node, "?? is not of the runtime");
  if (node.type === "CatchClause" && !node.param) complain(node, "catch takes its parameter");
  if (node.bigint) complain(node, "BigInt is not of the runtime");
}

function checkAsync(node, parents) {
  if (node.async && node.type !== "FunctionDeclaration") complain(node, "async closures are not of the runtime");
  if (node.async && parents.length > 1) complain(node, "an async function stands at the top");
  if (node.type !== "AwaitExpression") return;
  const parent = parents.at(-1);
  if (parent.type === "CallExpression" && parent.arguments.includes(node)) {
    complain(node, "await cannot stand in an argument");
  }
  if (!parents.some((outer) => outer.async)) complain(node, "await stands in async functions only");
}

function checkNames(node, parents) {
  if (node.type === "Identifier" && isReference(node, parents) && !declared.has(node.name) && !GLOBALS.has(node.name)) {
    complain(node, `there is no ${node.name}`);
  }
  if (node.type === "MemberExpression" && !node.computed) {
    const name = node.property.name;
    if (!MEMBERS.has(name) && !ownMembers.has(name)) complain(node, `.${name} is on no list`);
  }
  if (node.type === "CallExpression" && node.callee.name === "require" && !MODULES.has(node.arguments[0]?.value)) {
    complain(node, "require() takes crypto, querystring or buffer");
  }
}

// In this engine a pattern's $ also matches before a last newline; look-behind, \p and the flags s, u, y, d are not
// of ES 5.1 either. Patterns are read in literals and in texts, since the gate builds its own from texts.
function checkPatterns(node) {
  const pattern = node.regex?.pattern ?? (typeof node.value === "string" ? node.value : "");
  if (node.type !== "Literal") return;
  if (node.regex && /[^gim]/.test(node.regex.flags)) complain(node, `flags ${node.regex.flags} are not of ES 5.1`);
  if (/\(\?<[=!]/.test(pattern)) complain(node, "look-behind is not of the runtime");
  if (node.regex && /\\p\{/.test(pattern)) complain(node, "\\p{} is not of the runtime");
  if (/(^|[^\\])\$$/.test(pattern)) complain(node, "a pattern ends in (?![\\s\\S]), not in $");
}

function checkEncodings(node) {
  if (node.type !== "CallExpression" || node.callee.type !== "MemberExpression") return;
  const named = { from: 1, toString: 0, digest: 0 }[node.callee.property.name];
  const encoding = named === undefined ? undefined : node.arguments[named];
  if (encoding?.type === "Literal" && typeof encoding.value === "string" && !ENCODINGS.has(encoding.value)) {
    complain(node, `there is no encoding ${encoding.value}`);
  }
}

let tree;
try {
  tree = parse(source, { ecmaVersion: 2022, sourceType: "module", locations: true });
} catch (error) {
  process.stdout.write(`${error.message}\n`);
  process.exit(1);
}
visit(tree, [], collect);
visit(tree, [], (node, parents) => {
  checkSyntax(node);
  checkAsync(node, parents);
  checkPatterns(node);
  checkEncodings(node);
  if (parents.length > 0) checkNames(node, parents);
});
process.stdout.write(complaints.map((text) => `${text}\n`).join(""));
process.exit(complaints.length ? 1 : 0);
