/** The API's page, drawn from the OpenAPI document the server gives. It must not know any route by itself. */
import { fill, h, root } from "../shared/dom.js";
import { header } from "../shared/page.js";
import { texts } from "../texts.js";
import { fieldsOf, nameOf, typeOf } from "./schema.js";

/** @typedef {import("./schema.js").Schema} Schema */
/** @typedef {{ name: string, in: string, required?: boolean, description?: string, schema: Schema }} Parameter */
/** @typedef {{ description?: string, content?: Record<string, { schema?: Schema }> }} Content */
/**
 * @typedef {{ operationId: string, description: string, parameters?: Parameter[], requestBody?: Content,
 *   responses: Record<string, Content> }} Operation
 */
/**
 * @typedef {{ info: { title: string, version: string, description: string },
 *   paths: Record<string, Record<string, Operation>>, components: { schemas: Record<string, Schema> } }} OpenApi
 */
/** @typedef {{method: string, path: string, operation: Operation}} Route */

start();

async function start() {
  const main = h("main", { class: "docs" });
  fill(root(), header("/"), main);
  try {
    const answer = await fetch("/openapi.json");
    draw(main, await answer.json());
  } catch {
    fill(main, h("p", { role: "alert" }, texts.problems.offline));
  }
}

/** @param {Element} main @param {OpenApi} api */
function draw(main, api) {
  const routes = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  );
  const schemas = Object.entries(api.components.schemas).map(([name, schema]) => schemaOf(name, schema));
  fill(
    main,
    h("h1", {}, texts.docs.title, " ", h("span", { class: "muted" }, api.info.version)),
    ...api.info.description.split("\n\n").map((paragraph) => h("p", {}, ...prose(paragraph))),
    h("p", {}, texts.docs.credential),
    h("p", {}, h("a", { href: "/openapi.json" }, texts.docs.whole)),
    contents(routes),
    ...routes.map(operationOf),
    h("h2", {}, texts.docs.fields),
    ...schemas,
  );
  document.getElementById(location.hash.slice(1))?.scrollIntoView(); // it was not there yet when the browser looked for it
}

/** @param {Route[]} routes */
function contents(routes) {
  const links = routes.map(({ method, path, operation }) =>
    h("li", {}, h("a", { href: `#${operation.operationId}` }, verbOf(method), " ", routeOf(path))));
  return h("nav", { class: "contents", "aria-label": texts.docs.contents }, h("ul", {}, ...links));
}

/** @param {string} method */
function verbOf(method) {
  return h("span", { class: `verb verb-${method}` }, method.toUpperCase());
}

/** The path, which may go on in the next line where a part of it ends. @param {string} path */
function routeOf(path) {
  return h("code", { class: "route" }, ...path.split("/").flatMap((part, at) => (at === 0 ? [part] : [h("wbr", {}), `/${part}`])));
}

/** @param {Route} route */
function operationOf({ method, path, operation }) {
  const parameters = (operation.parameters ?? []).filter((parameter) => parameter.in !== "cookie");
  return h(
    "section",
    { class: "operation", id: operation.operationId },
    h("h2", {}, verbOf(method), " ", routeOf(path)),
    h("p", {}, ...prose(operation.description)),
    parameters.length > 0 && h("h3", {}, texts.docs.parameters),
    parameters.length > 0 && table(parameters.map(parameterRow)),
    operation.requestBody !== undefined && h("h3", {}, texts.docs.body),
    operation.requestBody !== undefined && h("p", {}, ...contentOf(operation.requestBody)),
    h("h3", {}, texts.docs.answers),
    table(Object.entries(operation.responses).map(([status, content]) => [status, ...answerRow(content)])),
  );
}

/** @param {Parameter} parameter */
function parameterRow(parameter) {
  const needed = parameter.required === true ? texts.docs.required : "";
  return [h("code", {}, parameter.name), `${parameter.in} ${needed}`, typeOf(parameter.schema), phrase(parameter.description)];
}

const UNSAID = "Successful Response"; // FastAPI's words where a route has none of its own: the status says as much

/** @param {Content} content */
function answerRow(content) {
  return [h("span", {}, ...contentOf(content)), phrase(content.description === UNSAID ? "" : content.description)];
}

/** What a body is: a link to its fields, or its media types. @param {Content} content */
function contentOf(content) {
  return Object.entries(content.content ?? {}).map(([type, { schema }]) => {
    const name = schema === undefined ? null : nameOf(schema);
    return h("span", { class: "kind" }, name === null ? type : h("a", { href: `#${name}` }, name));
  });
}

/** @param {string} name @param {Schema} schema */
function schemaOf(name, schema) {
  const rows = fieldsOf(schema).map(({ field, type, required, description }) => [
    h("code", {}, field),
    type,
    required ? texts.docs.required : "",
    phrase(description),
  ]);
  const values = schema.enum === undefined ? null : h("p", {}, schema.enum.join(" · "));
  return h("section", { class: "operation", id: name }, h("h3", {}, name), h("p", {}, ...prose(schema.description ?? "")), values ?? table(rows));
}

/** Text with `code` in it. @param {string} text */
function prose(text) {
  return text.split("`").map((part, index) => (index % 2 === 1 ? h("code", {}, part) : part));
}

/** The same, as one cell. @param {string} [text] */
function phrase(text = "") {
  return h("span", {}, ...prose(text));
}

/** @param {import("../shared/dom.js").Child[][]} rows */
function table(rows) {
  const body = h("tbody", {}, ...rows.map((row) => h("tr", {}, ...row.map((cell) => h("td", {}, cell)))));
  return h("div", { class: "scroll", tabindex: "0" }, h("table", {}, body));
}
