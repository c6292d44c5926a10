import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { endable } from "../src/series/endable.js";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

it("holds no result that its caller has taken", async () => {
  const made: WeakRef<object>[] = [];
  const results = endable(undefined, async function* () {
    for (;;) {
      const result = { index: made.length };
      made.push(new WeakRef(result));
      yield result;
    }
  });
  for (let count = 0; count < 20; count++) await results.next();
  // A WeakRef holds its object until the running job ends.
  await new Promise(setImmediate);
  collectGarbage();
  // The generator itself may still hold the last one.
  expect(made.filter((result) => result.deref() !== undefined).length).toBeLessThanOrEqual(1);
  await results.return?.();
});
