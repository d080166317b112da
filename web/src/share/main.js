/** The page of a share link, `/s/{id}`. It must not know how films are opened or played. */
import { fill, h, root } from "../shared/dom.js";
import { dateTime } from "../shared/format.js";
import { header } from "../shared/page.js";
import { texts } from "../texts.js";
import { aboutFilm } from "../watch/about.js";
import { Opening } from "./opening.js";

const share = decodeURIComponent(location.pathname.split("/")[2] ?? "");
const body = h("main", { class: "watch" });

fill(root(), header(null), body);
new Opening(share, body, (session) =>
  aboutFilm(session, texts.watch.until(dateTime(session.playback.session_ends_at))),
).begin();
