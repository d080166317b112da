/** What a person sees at an address where nothing is. It must not know which that was. */
import { fill, h, root } from "../shared/dom.js";
import { header } from "../shared/page.js";
import { goneState } from "../library/states.js";
import { texts } from "../texts.js";

fill(root(), header("/"), h("main", { class: "library" }, goneState(texts.missing, "/")));
