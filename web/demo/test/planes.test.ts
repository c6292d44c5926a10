/** The planes of the files where Python does not start at first. */
import { signal } from "@preact/signals";
import { expect, it, vi } from "vitest";
import { opened } from "./opened.js";

const serviceState = signal({ phase: "failed" });
const readOverlays = vi.fn(async () => ({ planes: [] }));
const getExporter = vi.fn().mockRejectedValueOnce(new Error("not there")).mockResolvedValue({ readOverlays });
vi.mock("../src/model/exporter.js", () => ({ getExporter, serviceState }));
vi.stubGlobal("location", new URL("http://localhost/"));

it("are read once an export has started it after all, and Python is not started for them again and again", async () => {
  const state = await import("../src/model/state.js");
  const { followPlanes, seriesPlanes } = await import("../src/model/planes.js");
  state.beginOpening();
  state.takeFiles([opened("a", {})], []);
  followPlanes();
  await new Promise((resolve) => setImmediate(resolve));
  serviceState.value = { phase: "starting" };
  serviceState.value = { phase: "failed" };
  expect([seriesPlanes.value.done, getExporter.mock.calls.length]).toEqual([0, 1]);
  serviceState.value = { phase: "ready" };
  await new Promise((resolve) => setImmediate(resolve));
  expect(seriesPlanes.value.done).toBe(1);
});
