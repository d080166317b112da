/**
 * The sign-in page. On one machine a plain form the server answers; where `/settings.json` names an identity provider,
 * the way there and, as `/callback`, back. It must not keep the API token anywhere.
 */
import { fill, h, root } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { begin, finish, issuerOf, justBegun } from "../shared/issuer.js";
import { header } from "../shared/page.js";
import { texts } from "../texts.js";

const words = texts.signin;

function tokenField() {
  const refused = new URLSearchParams(location.search).get("error");
  const input = h("input", {
    id: "token",
    name: "token",
    type: "password",
    class: "input",
    required: true,
    autocomplete: "current-password",
    autocapitalize: "off",
    spellcheck: "false",
    "aria-invalid": refused === "1" ? "true" : false,
    "aria-describedby": refused ? "refused" : false,
  });
  const label = h("label", { class: "label", for: "token" }, words.field);
  const error = refused && h("p", { class: "field-error", id: "refused", role: "alert" }, refused === "wait" ? words.wait : words.refused);
  return [label, h("div", { class: "field-row" }, input, revealButton(input)), error];
}

/** @param {HTMLInputElement} input */
function revealButton(input) {
  const button = h("button", { type: "button", class: "button", onclick: reveal }, words.show);
  function reveal() {
    const hidden = input.type === "password";
    input.type = hidden ? "text" : "password";
    button.textContent = hidden ? words.hide : words.show;
  }
  return button;
}

/** @param {string[]} sentence text around one piece of code */
function withCode([before, code, after]) {
  return h("p", {}, before, h("code", {}, code), after);
}

function card() {
  return h(
    "main",
    { class: "signin-card" },
    h("span", { class: "signin-mark" }, icon("key")),
    h("h1", {}, words.title),
    h("p", { class: "muted" }, words.lead),
    h("form", { method: "post", action: "/signin" }, userName(), destination(), ...tokenField(), submitButton()),
    h("details", {}, h("summary", {}, words.where), withCode(words.whereServer), withCode(words.whereFile)),
    h("p", { class: "signin-viewer" }, words.viewer),
  );
}

/** Where the person was going; the server allows only places of its own. */
function destination() {
  return h("input", { type: "hidden", name: "to", value: new URLSearchParams(location.search).get("to") ?? "/" });
}

/** For password managers, which keep a secret under a name; it has no `name` and is not sent. */
function userName() {
  return h("input", { type: "text", value: "matinee", autocomplete: "username", hidden: true });
}

function submitButton() {
  return h("button", { type: "submit", class: "button button-main button-wide" }, words.button);
}

/** @typedef {import("../shared/issuer.js").Issuer} Issuer */

/** For people with an account elsewhere. @param {Issuer} issuer @param {boolean} refused */
function issuerCard(issuer, refused) {
  const error = refused && h("p", { class: "field-error", role: "alert" }, words.issuerRefused);
  const onclick = () => begin(issuer, wanted());
  return h(
    "main",
    { class: "signin-card" },
    h("span", { class: "signin-mark" }, icon("key")),
    h("h1", {}, words.title),
    h("p", { class: "muted" }, words.issuerLead),
    error,
    h("button", { type: "button", class: "button button-main button-wide", onclick }, words.button),
    h("p", { class: "signin-viewer" }, words.viewer),
  );
}

/** Where the person was going when a page found them not signed in; null when they came by themselves. */
function sentFrom() {
  return new URLSearchParams(location.search).get("to");
}

function wanted() {
  return sentFrom() ?? "/";
}

/** @param {Issuer} issuer */
async function atIssuer(issuer) {
  if (location.pathname === "/callback") {
    const answered = new URLSearchParams(location.search);
    history.replaceState(null, "", "/callback"); // the code is used once; it stays in no address
    try {
      location.replace(await finish(issuer, answered));
    } catch {
      show(issuerCard(issuer, true));
    }
  } else if (sentFrom() !== null && !justBegun()) {
    await begin(issuer, wanted());
  } else {
    show(issuerCard(issuer, sentFrom() !== null));
  }
}

/** @param {Node} element */
function show(element) {
  fill(root(), header(null), element);
}

const issuer = await issuerOf().catch(() => null);
if (issuer === null) {
  show(card());
  document.getElementById("token")?.focus();
} else {
  show(h("main", { class: "signin-card" }, h("p", { class: "muted", role: "status" }, words.under)));
  await atIssuer(issuer);
}
