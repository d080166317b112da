/** The player alone, `/embed/{id}`, for the frame of another site. It must not know how films are opened or played. */
import { fill, h, root } from "../shared/dom.js";
import { Opening } from "./opening.js";

const share = decodeURIComponent(location.pathname.split("/")[2] ?? "");
const body = h("main", { class: "watch embed" });

fill(root(), body);
new Opening(share, body, () => null).begin();
