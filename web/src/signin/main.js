/** The sign-in page: a plain form the server answers. It must not keep the token anywhere. */
import { fill, h, root } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { header } from "../shared/page.js";
import { texts } from "../texts.js";

const words = texts.signin;

function tokenField() {
  const refused = new URLSearchParams(location.search).has("error");
  const input = h("input", {
    id: "token",
    name: "token",
    type: "password",
    class: "input",
    required: true,
    autocomplete: "current-password",
    autocapitalize: "off",
    spellcheck: "false",
    "aria-invalid": refused ? "true" : false,
    "aria-describedby": refused ? "refused" : false,
  });
  const label = h("label", { class: "label", for: "token" }, words.field);
  const error = refused && h("p", { class: "field-error", id: "refused", role: "alert" }, words.refused);
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

fill(root(), header(null), card());
document.getElementById("token")?.focus();
