/** Files as a person gives them: chosen, or dropped, folders and all. It must not know what becomes of them. */

/** @typedef {import("./uploader.js").Source} Source */

/** What lib.dom does not know yet. @typedef {{showOpenFilePicker?: (options: object) => Promise<FileSystemFileHandle[]>}} Picking */
/** @typedef {DataTransferItem & {getAsFileSystemHandle?: () => Promise<FileSystemHandle | null>}} Item */
/** @typedef {FileSystemDirectoryHandle & {values: () => AsyncIterable<FileSystemHandle>}} Folder */
/** @typedef {FileSystemFileHandle & {queryPermission?: (of: object) => Promise<string>, requestPermission?: (of: object) => Promise<string>}} Permitted */

/**
 * Opens the browser's file chooser. A handle lets the browser go on after it was closed; where there is none, `input` is
 * clicked, and answers by its own event. @param {HTMLInputElement} input @returns {Promise<Source[]>}
 */
export async function chooseFiles(input) {
  const { showOpenFilePicker } = /** @type {Picking} */ (globalThis);
  if (showOpenFilePicker === undefined) {
    input.click();
    return [];
  }
  try {
    const handles = await showOpenFilePicker({ multiple: input.multiple });
    return await Promise.all(handles.map(async (handle) => ({ file: await handle.getFile(), handle })));
  } catch {
    return []; // closed without a choice
  }
}

/** What lies in `input`, which is empty afterwards so that the same file can be chosen again. @param {HTMLInputElement} input */
export function filesOf(input) {
  const sources = [...(input.files ?? [])].map((file) => ({ file, handle: null }));
  input.value = "";
  return sources;
}

/** To be called within the drop event: afterwards its items are gone. @param {DataTransfer} data @returns {Promise<Source[]>} */
export async function droppedFiles(data) {
  const items = /** @type {Item[]} */ ([...data.items]).filter((item) => item.kind === "file");
  const found = items.map((item) => ({ file: item.getAsFile(), handle: item.getAsFileSystemHandle?.() ?? null }));
  const sources = await Promise.all(found.map(async ({ file, handle }) => opened(file, await quiet(handle))));
  return sources.flat();
}

/** The file behind a handle, when the browser may still read it; `ask` needs a click. */
/** @param {FileSystemFileHandle} handle @param {boolean} ask @returns {Promise<File | null>} */
export async function reopen(handle, ask) {
  const permitted = /** @type {Permitted} */ (handle);
  try {
    let state = await permitted.queryPermission?.({ mode: "read" });
    if (state === "prompt" && ask) state = await permitted.requestPermission?.({ mode: "read" });
    return state === "granted" || state === undefined ? await handle.getFile() : null;
  } catch {
    return null; // moved or deleted
  }
}

/** @param {File | null} file @param {FileSystemHandle | null} handle @returns {Promise<Source[]>} */
async function opened(file, handle) {
  if (handle?.kind === "directory") return inFolder(/** @type {Folder} */ (handle));
  return file === null ? [] : [{ file, handle: /** @type {FileSystemFileHandle | null} */ (handle) }];
}

/** @param {Folder} folder @returns {Promise<Source[]>} */
async function inFolder(folder) {
  const sources = [];
  for await (const handle of folder.values()) {
    if (handle.name.startsWith(".")) continue; // what a system leaves there is no film
    if (handle.kind === "directory") sources.push(...(await inFolder(/** @type {Folder} */ (handle))));
    else {
      const one = /** @type {FileSystemFileHandle} */ (handle);
      sources.push({ file: await one.getFile(), handle: one });
    }
  }
  return sources;
}

/** @template T @param {Promise<T> | null} promise */
async function quiet(promise) {
  try {
    return await promise;
  } catch {
    return null;
  }
}
