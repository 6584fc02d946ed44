import { defineConfig } from "@playwright/test";

const mock = process.env.CASEPACT_MOCK_URL ?? "http://127.0.0.1:18080";
const page = "http://127.0.0.1:18081";

export default defineConfig({
  testDir: "tests",
  reporter: "list",
  use: {
    baseURL: page,
    launchOptions: { executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] },
  },
  webServer: [
    {
      command: "casepact mock --api aicc --port 18080 --quiet",
      url: `${mock}/_casepact/v1/health`,
      reuseExistingServer: process.env.CASEPACT_MOCK_URL !== undefined,
    },
    { command: "python3 -m http.server 18081 --bind 127.0.0.1 --directory ../page", url: page, stderr: "ignore" },
  ],
});
