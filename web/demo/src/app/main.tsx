/** Start: the page is drawn, and begins to follow what is opened. */
import { render } from "preact";
import { followPicture } from "../image/pictures.js";
import { followPlanes } from "../open/planes.js";
import { Page } from "../panels/page.js";
import { readConfig } from "../shell/config.js";
import { setUpOffline } from "../shell/offline.js";
import { setUpKeys } from "./keys.js";

const root = document.querySelector("#page");
if (root === null) throw new Error("the page has lost its root");
render(<Page />, root);
setUpKeys();
followPicture();
followPlanes();
void readConfig();
void setUpOffline();
