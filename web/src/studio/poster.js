/** The picture an asset is shown by: one of the film's best, the frame on the screen, or a file. It must not know the player. */
import { call } from "../shared/api.js";
import { fill, h } from "../shared/dom.js";
import { editAsset } from "../shared/edit.js";
import { clock } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { notice } from "../shared/page.js";
import { texts } from "../texts.js";
import { Panel } from "./panel.js";

/** @typedef {import("../shared/api.js").Asset} Asset */
/** @typedef {{number: number, at_seconds: number, url: string}} Candidate */

const words = texts.studio.poster;
const LARGEST_SIDE = 1920;
const QUALITY = 0.9;

export class PosterSection extends Panel {
  /** @type {Asset | null} */
  #asset = null;
  #shown = "";

  /** @param {import("./preview.js").Preview} preview @param {() => void} onchange */
  constructor(preview, onchange) {
    super("poster", words.title);
    this.preview = preview;
    this.onchange = onchange;
    this.list = h("div", { class: "poster-list", role: "group", "aria-label": words.candidates });
    this.file = h("input", { type: "file", accept: "image/*", hidden: true, onchange: () => this.#send() });
    const frame = { type: "button", class: "button", onclick: () => this.#frame() };
    const upload = { type: "button", class: "button", onclick: () => this.file.click() };
    const buttons = h("div", { class: "form-actions" }, h("button", frame, icon("film"), words.frame), h("button", upload, icon("upload"), words.upload), this.file);
    fill(this.body, h("p", { class: "hint" }, words.hint), this.list, buttons);
  }

  /** @param {Asset} asset */
  update(asset) {
    this.#asset = asset;
    this.element.hidden = asset.poster === undefined || asset.kind === "audio" || asset.version === null;
    const shown = [asset.version, asset.poster].join();
    if (this.element.hidden || shown === this.#shown) return;
    this.#shown = shown;
    this.attempt(async () => {
      const { body } = /** @type {{body: {items: Candidate[]}}} */ (await call(`/v1/assets/${asset.id}/posters`));
      fill(this.list, ...body.items.map((candidate) => this.#choice(candidate, asset.poster === candidate.number)));
    });
  }

  /** @param {Candidate} candidate @param {boolean} chosen */
  #choice(candidate, chosen) {
    const image = h("img", { src: candidate.url, alt: "", loading: "lazy" });
    const choose = () => this.#save((id) => editAsset(id, () => ({ poster: candidate.number })));
    const properties = { type: "button", class: "poster-choice", "aria-pressed": String(chosen), "aria-label": words.at(clock(candidate.at_seconds)) };
    return h("button", { ...properties, onclick: choose }, image);
  }

  /** The frame on the screen, drawn here: what one sees is what one gets. */
  async #frame() {
    await this.preview.open();
    const { video } = this.preview;
    await this.attempt(async () => {
      if (video.videoWidth === 0) throw new Error(words.notYet);
      await this.#put(await jpegOf(video, video.videoWidth, video.videoHeight));
    });
  }

  async #send() {
    const file = this.file.files?.[0];
    this.file.value = "";
    if (file === undefined) return;
    await this.attempt(async () => {
      const picture = await createImageBitmap(file).catch(() => Promise.reject(new Error(words.noPicture)));
      await this.#put(await jpegOf(picture, picture.width, picture.height));
    });
  }

  /** @param {Blob} picture */
  async #put(picture) {
    const headers = { "Content-Type": "image/jpeg" };
    await this.#save((id) => call(`/v1/assets/${id}/poster`, { method: "PUT", file: picture, headers }));
  }

  /** @param {(id: string) => Promise<unknown>} deed */
  async #save(deed) {
    const id = this.#asset?.id;
    if (id === undefined || !(await this.attempt(() => deed(id)))) return;
    notice(words.saved);
    this.onchange();
  }
}

/** @param {CanvasImageSource} source @param {number} width @param {number} height @returns {Promise<Blob>} */
async function jpegOf(source, width, height) {
  const scale = Math.min(1, LARGEST_SIDE / Math.max(width, height));
  const canvas = h("canvas", { width: Math.round(width * scale), height: Math.round(height * scale) });
  canvas.getContext("2d")?.drawImage(source, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob === null ? reject(new Error(words.noPicture)) : resolve(blob)), "image/jpeg", QUALITY),
  );
}
