/** Shows a case of AICC and renames it. `?api=` is the base URL, `?case=` the id. */

const query = new URLSearchParams(location.search);
const base = `${query.get("api")}/service/AICC__Case/1.0.0/openapi/case`;
const id = query.get("case");
const headers = { "access-token": "aicc-operator-token-0001" };
const title = document.querySelector("#title");
const form = document.querySelector("#rename");
const status = document.querySelector("#status");

async function show() {
  const answer = await fetch(`${base}/${id}`, { headers });
  const { result } = await answer.json();
  title.textContent = result[0].caseInfo.title;
  return result[0].caseInfo;
}

async function rename(wanted) {
  const { description, creatorId } = await show();
  const answer = await fetch(`${base}/modify`, {
    method: "POST",
    headers: { ...headers, "Content-Type": "application/json" },
    body: JSON.stringify({ caseInfo: { id, title: wanted, description, creatorId } }),
  });
  status.textContent = answer.ok ? "Saved" : "Could not be saved";
  await show();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  rename(new FormData(form).get("title")).catch(() => (status.textContent = "Could not be saved"));
});
show().catch(() => (status.textContent = "Could not be read"));
