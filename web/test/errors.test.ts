import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import {
  ERROR_CODES,
  fromErrorRecord,
  isOverlayError,
  OverlayError,
  PYTHON_ERROR_CODES,
  toErrorRecord,
  toOverlayError,
} from "../src/errors.js";
import { python } from "./python.js";

describe("error codes", () => {
  it("are those of the wheel", () => {
    const program = "import json, dicom_overlay.errors as e; print(json.dumps(list(e.ERROR_CODES)))";
    const codes: string[] = JSON.parse(execFileSync(python, ["-c", program], { encoding: "utf8" }));
    const browserOnly = ERROR_CODES.filter(
      (code) => !(PYTHON_ERROR_CODES as readonly string[]).includes(code),
    );
    expect([...codes].filter((code) => !(browserOnly as string[]).includes(code)).sort()).toEqual(
      [...PYTHON_ERROR_CODES].sort(),
    );
  });
});

describe("isOverlayError", () => {
  it("tells by code", () => {
    const error: unknown = new OverlayError("group-in-use", "taken", { group: 0x6000 });
    expect(isOverlayError(error)).toBe(true);
    expect(isOverlayError(error, "group-in-use")).toBe(true);
    expect(isOverlayError(error, "not-dicom")).toBe(false);
  });

  it.each([[new Error("no")], [undefined], ["not-dicom"], [{ name: "OverlayError", code: "not-dicom" }]])(
    "does not take %s for one",
    (value) => {
      expect(isOverlayError(value)).toBe(false);
    },
  );
});

describe("toOverlayError", () => {
  const error = new OverlayError("group-in-use", "taken", { group: 0x6002 }, new TypeError("why"));

  it.each([
    ["a structured clone", structuredClone(error)],
    ["its record in JSON", JSON.parse(JSON.stringify(toErrorRecord(error)))],
  ])("builds the error again from %s", (_, crossed) => {
    const again = toOverlayError(crossed);
    expect(again).toBeInstanceOf(OverlayError);
    expect(isOverlayError(again, "group-in-use")).toBe(true);
    expect(again).toMatchObject({ message: "taken", detail: { group: 0x6002 } });
  });

  it("finds the code where name, message and stack are all that crossed", () => {
    const { name, message, stack } = error;
    expect(toOverlayError(Object.assign(new Error(message), { name, stack }))?.code).toBe("group-in-use");
  });

  it("finds the error in a clone of a result", () => {
    const result = structuredClone({ outcome: "failed", error });
    expect(toOverlayError(result.error)?.code).toBe("group-in-use");
  });

  it("gives an error of ours back as it is", () => expect(toOverlayError(error)).toBe(error));

  it.each([
    [new Error("no")],
    [undefined],
    ["not-dicom"],
    [{ code: "ENOENT", message: "x" }],
    [Object.create(null)],
  ])("is null for %s", (value) => expect(toOverlayError(value)).toBeNull());
});

describe("the built package", () => {
  it("has one class of errors for all its entries", async () => {
    const built = (name: string): Promise<Record<string, never>> =>
      import(new URL(`../dist/${name}.js`, import.meta.url).href);
    const { OverlayError: Built } = (await built("index")) as unknown as {
      OverlayError: typeof OverlayError;
    };
    const { fromDicomWeb, toDicomWeb } = await built("dicomweb");
    for (const call of [fromDicomWeb, toDicomWeb] as unknown as ((options: null) => Promise<void>)[]) {
      const error = await call(null).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(Built);
    }
  });
});

describe("error records", () => {
  it("keep code, message, detail and cause over a structured clone", () => {
    const record = structuredClone(toErrorRecord(new OverlayError("truncated", "cut", { offset: 7 })));
    const error = fromErrorRecord(record, "evidence");
    expect(error).toMatchObject({ code: "truncated", message: "cut", detail: { offset: 7 } });
    expect(error.cause).toEqual({ code: "truncated", detail: { offset: 7 }, cause: "evidence" });
  });

  it("make a bug of ours internal, without its text, which may quote a file", () => {
    const record = toErrorRecord(new TypeError("secret"));
    expect(record.code).toBe("internal");
    expect(JSON.stringify(record)).not.toContain("secret");
  });

  it.each([[null], ["text"], [{ code: "made-up", message: "x" }], [{}]])("make %j internal", (value) => {
    expect(fromErrorRecord(value).code).toBe("internal");
  });
});
