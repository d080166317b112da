/**
 * Uploads under way, as this browser remembers them beyond its own end (IndexedDB). It must not know how they are sent.
 * A private window may refuse to keep anything: then nothing is remembered, and uploads work all the same.
 *
 *     uploads   {id, asset_id, name, size, modified, handle?}    the file's identity; the handle where the browser has one
 *     sums      [upload id, part number] → SHA-256               what was sent, to know the same file again
 */

/** @typedef {{id: string, asset_id: string, name: string, size: number, modified: number, handle: FileSystemFileHandle | null}} Remembered */

/** @type {Promise<IDBDatabase> | null} */
let opened = null;

/** @returns {Promise<Remembered[]>} */
export async function remembered() {
  return (await ask(["uploads"], "readonly", (transaction) => transaction.objectStore("uploads").getAll())) ?? [];
}

/** The upload of this very file, when one was begun here. @param {File} file */
export async function rememberedOf(file) {
  return (await remembered()).find((upload) => isSame(upload, file)) ?? null;
}

/** @param {Remembered} upload @param {File} file */
export function isSame(upload, file) {
  return upload.name === file.name && upload.size === file.size && upload.modified === file.lastModified;
}

/** @param {Remembered} upload */
export async function keepUpload(upload) {
  const kept = await ask(["uploads"], "readwrite", (all) => all.objectStore("uploads").put(upload));
  if (kept === null && upload.handle !== null) await keepUpload({ ...upload, handle: null }); // it would not clone
}

/** @param {string} upload @param {number} number @param {string} sum */
export async function keepSum(upload, number, sum) {
  await ask(["sums"], "readwrite", (all) => all.objectStore("sums").put(sum, [upload, number]));
}

/** @param {string} upload @param {number} number @returns {Promise<string | null>} */
export async function sumOfPart(upload, number) {
  return (await ask(["sums"], "readonly", (all) => all.objectStore("sums").get([upload, number]))) ?? null;
}

/** @param {string} upload */
export async function forgetUpload(upload) {
  await ask(["uploads", "sums"], "readwrite", (all) => {
    all.objectStore("sums").delete(IDBKeyRange.bound([upload], [upload, []])); // an array sorts after every number
    return all.objectStore("uploads").delete(upload);
  });
}

/**
 * @template T @param {string[]} stores @param {IDBTransactionMode} mode
 * @param {(transaction: IDBTransaction) => IDBRequest<T>} work @returns {Promise<T | null>} null when nothing is kept here
 */
async function ask(stores, mode, work) {
  try {
    const transaction = (await database()).transaction(stores, mode);
    const request = work(transaction);
    await new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    return request.result;
  } catch {
    return null;
  }
}

function database() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open("matinee", 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("uploads", { keyPath: "id" });
      request.result.createObjectStore("sums");
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}
