/** Renames an asset, and never over somebody else's new title. It must not know cards. */
import { sentence } from "../shared/api.js";
import { h } from "../shared/dom.js";
import { editAsset } from "../shared/edit.js";
import { notice, openDialog } from "../shared/page.js";
import { texts } from "../texts.js";

const words = texts.rename;
const TITLE_LENGTH = 200;

/** @param {import("../shared/api.js").Asset} asset @param {() => void} onchange */
export async function renameDialog(asset, onchange) {
  const input = h("input", {
    id: "new-title",
    class: "input",
    required: true,
    maxlength: TITLE_LENGTH,
    autocomplete: "off",
  });
  input.value = asset.title;
  const error = h("p", { class: "field-error", role: "alert" });
  const save = h("button", { type: "submit", class: "button button-main" }, words.save);
  const cancel = h("button", { type: "button", class: "button", onclick: () => dialog.close() }, texts.common.cancel);
  const form = h(
    "form",
    { novalidate: true },
    h("label", { class: "label", for: "new-title" }, words.field),
    input,
    error,
    h("div", { class: "dialog-actions" }, cancel, save),
  );
  const dialog = openDialog(words.title, [form]);
  input.select();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (input.value.trim() === "") {
      error.textContent = words.empty;
      return;
    }
    save.disabled = true;
    try {
      await rename(asset.id, asset.title, input.value.trim());
      dialog.close();
      notice(words.saved);
      onchange();
    } catch (problem) {
      error.textContent = sentence(problem);
      if (problem instanceof ChangedMeanwhile) input.value = asset.title = problem.title;
    } finally {
      save.disabled = false;
    }
  });
}

class ChangedMeanwhile extends Error {
  /** @param {string} title the title as it is now */
  constructor(title) {
    super(words.changed);
    this.title = title;
  }
}

/** @param {string} id @param {string} seen the title the person saw when the dialog opened @param {string} title */
function rename(id, seen, title) {
  return editAsset(id, (asset) => {
    if (asset.title !== seen) throw new ChangedMeanwhile(asset.title);
    return { title };
  });
}
