/** The start: draws the page, which then follows what is opened. */
import { render } from "preact";
import { keepWork } from "./actions/keep.js";
import { setUpKeys } from "./actions/keys.js";
import { fileWorker, pictureWorkers } from "./image/workers.js";
import { followPlanes } from "./model/planes.js";
import { Page } from "./panels/page.js";
import { readConfig } from "./shell/config.js";
import { setUpOffline } from "./shell/offline.js";
import { followCine } from "./view/cine.js";
import { followPicture } from "./view/pictures.js";

const root = document.querySelector("#page");
if (root === null) throw new Error("the page has lost its root");
render(<Page />, root);
// Both are needed for the first picture, and would start only when files are there.
for (const worker of [fileWorker, pictureWorkers[0]]) worker?.ready();
setUpKeys();
followPicture();
followPlanes();
followCine();
keepWork();
void readConfig();
void setUpOffline();
