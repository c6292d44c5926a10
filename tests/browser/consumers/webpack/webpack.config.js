import { copyFile, mkdir } from "node:fs/promises";

await mkdir("dist", { recursive: true });
await copyFile("index.html", "dist/index.html");

export default { entry: "./src/main.js", output: { filename: "main.js" } };
