import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts", "demo/test/**/*.test.ts"],
    environment: "node",
    // For a machine that does other work too; nothing here waits on a clock.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    dangerouslyIgnoreUnhandledErrors: false,
  },
});
