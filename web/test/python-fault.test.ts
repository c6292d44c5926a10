import { describe, expect, it } from "vitest";
import { faultOf } from "../src/workers/python-fault.js";

const traceback = `Traceback (most recent call last):
  File "/lib/python3.13/site-packages/dicom_overlay/bridge.py", line 66, in handle
    answer, data = _ANSWERS[body["type"]](body, buffers, read)
                   ~~~~~~~~^^^^^^^^^^^^^^
  File "/lib/python3.13/site-packages/dicom_overlay/edit/plan.py", line 120, in plan_write
    raise KeyError(name)
  File "/lib/python313.zip/json/decoder.py", line 345, in decode
KeyError: 'Doe^Jane'
of two lines
`;

describe("an unexpected Python exception", () => {
  it("is told by its class and its place in the wheel, without the values that it names", () => {
    expect(faultOf(traceback)).toEqual({ exception: "KeyError", place: "dicom_overlay/edit/plan.py:120" });
  });

  it("is the last one where one came of another, with a class of a module or without a text", () => {
    const chained = `${traceback}\nDuring handling of the above exception, another exception occurred:\n\n${traceback.replace(
      "KeyError: 'Doe^Jane'\nof two lines",
      "zlib.error",
    )}`;
    expect(faultOf(chained).exception).toBe("zlib.error");
  });

  it("is unknown where there is no traceback", () => {
    expect(faultOf("something else: Doe^Jane")).toEqual({ exception: "unknown", place: "unknown" });
  });
});
