/** The way out, at the end of every page of whoever is signed in. It must not know which page. */
import { texts } from "../texts.js";
import { hasCredential } from "./credential.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { signOut } from "./issuer.js";

/** A plain form: the server forgets the cookie and answers with the sign-in page. */
export function signOutForm() {
  const name = texts.library.signOut;
  const button = h("button", { type: "submit", class: "icon-button", "aria-label": name, title: name }, icon("out"));
  return h("form", { method: "post", action: "/signout", onsubmit: atIssuer }, button);
}

/** Who signed in at an identity provider signs out there. @param {SubmitEvent} event */
function atIssuer(event) {
  if (!hasCredential()) return;
  event.preventDefault();
  signOut();
}
