import { copyFile, mkdir } from "node:fs/promises";

await mkdir("dist", { recursive: true });
const entry = {};
for (const name of ["named", "found"]) {
  await copyFile(`${name}.html`, `dist/${name}.html`);
  entry[name] = `./src/${name}.js`;
}

export default { entry, output: { filename: "[name].js" } };
