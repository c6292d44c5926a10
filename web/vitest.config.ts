import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts", "demo/test/**/*.test.ts"],
    environment: "node",
    dangerouslyIgnoreUnhandledErrors: false,
  },
});
