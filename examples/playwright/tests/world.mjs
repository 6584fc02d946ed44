/** Playwright's `test` with a fixture `world`: a fresh world for each test, named after it. */

import { test as base } from "@playwright/test";

const MOCK = process.env.CASEPACT_MOCK_URL ?? "http://127.0.0.1:18080";

export const test = base.extend({
  world: async ({}, use, info) => {
    // The mock serves its own client; a project with types keeps a copy beside its tests and imports that.
    const source = await (await fetch(`${MOCK}/_casepact/client.mjs`)).text();
    const { freshWorld } = await import(`data:text/javascript,${encodeURIComponent(source)}`);
    const world = await freshWorld(MOCK, info.titlePath.join(" > "), { token: process.env.CASEPACT_CONTROL_TOKEN });
    await use(world);
    await world.delete();
  },
});

export { expect } from "@playwright/test";
