import { expect, test } from "./world.mjs";

const CASE = "c6m800000142mS63Voa8";

test.beforeEach(async ({ page, world }) => {
  await page.goto(`/?case=${CASE}&api=${encodeURIComponent(`${world.url}/aicc`)}`);
});

test("shows the title", async ({ page, world }) => {
  await expect(page.locator("#title")).toHaveText("testOpenApi");
  await world.assertRequested({ operation: "getCase", method: "GET", status: 200 }, { times: 1 });
});

test("renames a case", async ({ page, world }) => {
  await page.getByLabel("Title").fill("Another title");
  await page.getByText("Save").click();

  await expect(page.locator("#title")).toHaveText("Another title");
  await expect(page.getByRole("status")).toHaveText("Saved");
  await world.assertRequested({ operation: "modifyCase", body: { caseInfo: { title: "Another title" } } }, { times: 1 });
  expect((await world.record("aicc", "cases", CASE)).title).toBe("Another title");
});

test("says that a title is too long", async ({ page, world }) => {
  await page.getByLabel("Title").fill("x".repeat(300));
  await page.getByText("Save").click();

  await expect(page.getByRole("status")).toHaveText("Could not be saved");
  const [request] = await world.requests({ operation: "modifyCase", outcome: "refused" });
  expect(request.answer.body.resCode).not.toBe("0");
});

test("says that the server fails", async ({ page, world }) => {
  await world.traffic({ failures: [{ kind: "status", status: 503, operation: "getCase" }] });
  await page.reload();

  await expect(page.getByRole("status")).toHaveText("Could not be read");
});

test("an assertion that fails names the nearest request", async ({ page, world }) => {
  await expect(page.locator("#title")).toHaveText("testOpenApi");

  await expect(world.assertRequested({ operation: "getCase", status: 404 })).rejects.toThrow(
    /0 found\nnearest: GET \/aicc\/.* 200\n {2}status: 200, not 404/,
  );
});
