// What the page does beyond its links and forms: new requests as they arrive, filters without a reload, copying.
const root = document.documentElement;
const MOST = 50;
const PAUSE = 2000;
let source, refreshing, filtering, arrived = 0, announcing;

const find = (id) => document.getElementById(id);

function copyable(within) {
  for (const element of within.querySelectorAll(".copied:not([data-copy])")) {
    element.dataset.copy = "";
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.setAttribute("aria-label", `Copy ${element.getAttribute("aria-label") ?? element.textContent.trim().slice(0, 60)}`);
    button.addEventListener("click", async () => {
      button.textContent = (await copied(element)) ? "Copied" : "Selected";
      setTimeout(() => (button.textContent = "Copy"), 1500);
    });
    element.after(button);
  }
}

// The clipboard is for pages of trustworthy addresses only; elsewhere the text is selected for its reader to copy.
async function copied(element) {
  try {
    await navigator.clipboard.writeText(element.textContent);
    return true;
  } catch {
    getSelection().selectAllChildren(element);
    return false;
  }
}

function address() {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(find("filters"))) if (value) query.set(name, value);
  const now = new URL(root.dataset.address, location.href);
  for (const name of ["collection", "id", "refusal"]) if (now.searchParams.get(name)) query.set(name, now.searchParams.get(name));
  return `/_casepact/?${query}`;
}

// Take parts of the page anew, except for what is being filled in.
async function refresh(...ids) {
  const journal = ids.includes("entries");
  const answer = await fetch(address() + (journal ? "" : "&without_journal"), { headers: { accept: "text/html" } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (journal) root.dataset.since = fresh.documentElement.dataset.since;
  for (const id of ids) {
    const [old, made] = [find(id), fresh.getElementById(id)];
    if (!old || !made || isInUse(old)) continue;
    old.replaceWith(made);
    copyable(made);
  }
}

function isInUse(part) {
  const fields = [...part.querySelectorAll("input:not([type=hidden]), select, textarea")];
  return part.contains(document.activeElement) || fields.some((field) => field.value !== (field.defaultValue ?? field.value));
}

const wanted = new Set();
function refreshSoon(...ids) {
  for (const id of ids) wanted.add(id);
  refreshing ??= setTimeout(async () => {
    const ids = [...wanted];
    wanted.clear();
    try {
      await refresh(...ids);
    } catch {
      // The mock is gone; the page says so, and asks again when it is back.
    }
    refreshing = undefined;
    if (wanted.size) refreshSoon();
  }, Date.now() - (refreshSoon.last ?? 0) > PAUSE ? 0 : PAUSE);
  refreshSoon.last = Date.now();
}

function arrive(event) {
  root.dataset.since = event.lastEventId;
  const made = new DOMParser().parseFromString(event.data, "text/html").querySelector(".entry");
  const entries = find("entries");
  if (!made || find(made.id)) return;
  made.classList.add("new");
  entries.prepend(made);
  copyable(made);
  while (entries.children.length > MOST) entries.lastElementChild.remove();
  find("nothing").hidden = true;
  arrived += 1;
  announcing ??= setTimeout(() => {
    find("news").textContent = `${arrived} new ${arrived === 1 ? "request" : "requests"}`;
    [arrived, announcing] = [0, undefined];
  }, 1000);
  refreshSoon("state");
}

function listen() {
  source?.close();
  const query = new URL(address(), location.href).searchParams;
  query.set("since", root.dataset.since);
  source = new EventSource(`/_casepact/events?${query}`);
  source.addEventListener("open", () => tell("Live: requests appear as they arrive."));
  source.addEventListener("error", () => tell(source.readyState === EventSource.CLOSED ? "Not live; reload the page." : "The mock does not answer; trying again."));
  source.addEventListener("entry", arrive);
  source.addEventListener("changed", () => refreshSoon("state", "controls", "simulated", "world-list"));
  source.addEventListener("renewed", () => refreshSoon(find("state") ? "state" : "world", "entries", "nothing"));
}

function tell(text) {
  find("live").textContent = text;
  root.dataset.live = String(source.readyState === EventSource.OPEN);
}

function filter() {
  clearTimeout(filtering);
  filtering = setTimeout(async () => {
    history.replaceState(null, "", address());
    await refresh("entries", "nothing");
    listen();
  }, 200);
}

find("filters").addEventListener("input", filter);
find("filters").addEventListener("submit", (event) => {
  event.preventDefault();
  filter();
});
copyable(document);
listen();
