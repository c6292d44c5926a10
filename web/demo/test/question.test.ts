/** Questions of what runs at the same time: an export's, and that of a mask which is being read. */
import { expect, it } from "vitest";
import { ask, question } from "../src/model/question.js";

const about = (text: string): Parameters<typeof ask>[0] => ({
  title: () => text,
  text: () => text,
  yes: () => "yes",
});
/** What is asked now, once everything that waits for nothing has run. */
async function asked(): Promise<string | undefined> {
  await new Promise((resolve) => setImmediate(resolve));
  return question.value?.text();
}

it("asks the second question after the first is answered, and gives each its own answer", async () => {
  const answers = [ask(about("first")), ask(about("second"))];
  expect(await asked()).toBe("first");
  question.value?.answer(true);
  expect(await asked()).toBe("second");
  question.value?.answer(false);
  expect(await Promise.all(answers)).toEqual([true, false]);
  expect(question.value).toBeNull();
});

it("does not ask for work that was cancelled while it waited", async () => {
  const first = ask(about("first"));
  const cancelled = new AbortController();
  const second = ask(about("second"), cancelled.signal);
  cancelled.abort();
  expect(await asked()).toBe("first");
  question.value?.answer(true);
  expect(await Promise.all([first, second])).toEqual([true, false]);
});
