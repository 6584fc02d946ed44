"use strict";
(() => {
  // The fragment is "statement?filters"; either part may be missing: #EG-42, #?verdict=violated&text=due.
  const form = document.getElementById("filters");
  const shown = document.getElementById("shown");
  const said = document.getElementById("said");
  const reset = form.querySelector("button[type=reset]");
  const statements = [...document.querySelectorAll("details.statement")];
  const sections = [...document.querySelectorAll(".group, .api")];
  const fields = ["verdict", "api", "operation", "standing", "text"];
  let searched = null;
  let target = null;

  const searchable = () => {
    searched ??= new Map(
      statements.map((item) => [
        item,
        [...item.querySelectorAll(".id, .says, h5")].map((part) => part.textContent).join("\n").toLowerCase(),
      ]),
    );
    return searched;
  };

  const wanted = () => {
    const data = new FormData(form);
    const found = new URLSearchParams();
    for (const name of fields) {
      for (const value of data.getAll(name)) {
        if (value.trim()) found.append(name, value.trim());
      }
    }
    return found;
  };

  const fits = (item, filters, words) => {
    const { verdict, api, standing, operations } = item.dataset;
    const verdicts = filters.getAll("verdict");
    if (verdicts.length && !verdicts.includes(verdict)) return false;
    if (filters.has("api") && filters.get("api") !== api) return false;
    if (filters.has("standing") && filters.get("standing") !== standing) return false;
    const operation = filters.get("operation");
    if (operation && !operations.split("\n").some((name) => `${api}/${name}` === operation)) return false;
    return words.every((word) => searchable().get(item).includes(word));
  };

  const apply = () => {
    const filters = wanted();
    const words = (filters.get("text") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const item of statements) {
      const kept = fits(item, filters, words);
      if (kept) count += 1;
      // What a link leads to is shown whatever the filters say.
      item.hidden = !kept && item !== target;
    }
    for (const section of sections) {
      section.hidden = !section.querySelector("details.statement:not([hidden])");
    }
    const beside = target && !fits(target, filters, words) ? ", and the one that the link names" : "";
    shown.textContent =
      count === statements.length ? `${count} statements` : `${count} of ${statements.length} statements${beside}`;
    reset.hidden = !filters.size;
    return filters;
  };

  const remember = (filters) => {
    const name = target ? encodeURIComponent(target.id).replaceAll("%2F", "/") : "";
    const query = filters.toString();
    const fragment = `#${name}${query ? `?${query}` : ""}`;
    history.replaceState(null, "", fragment === "#" ? location.pathname + location.search : fragment);
  };

  const fill = (filters) => {
    for (const field of form.elements) {
      if (field.type === "checkbox") field.checked = filters.getAll(field.name).includes(field.value);
      else if (fields.includes(field.name)) field.value = filters.get(field.name) ?? "";
    }
  };

  const aim = (item) => {
    target?.classList.remove("target");
    target = item;
    target?.classList.add("target");
  };

  const arrive = () => {
    target?.scrollIntoView({ block: "start", behavior: "instant" });
    target?.querySelector("summary").focus({ preventScroll: true });
  };

  const follow = () => {
    const [encoded, ...rest] = location.hash.slice(1).split("?");
    let name = encoded;
    try {
      name = decodeURIComponent(encoded);
    } catch {
      // An address that somebody cut is taken as it stands.
    }
    const item = document.getElementById(name) ?? document.querySelector(`[id$="/${CSS.escape(name)}"]`);
    if (name && !item?.matches("details.statement")) {
      // A heading of the page, which the browser scrolls to.
      if (item) return;
    }
    aim(name && item?.matches("details.statement") ? item : null);
    if (rest.length || !target) fill(new URLSearchParams(rest.join("?")));
    apply();
    if (target) {
      target.open = true;
      arrive();
      // What comes into sight for the first time gets its real height, and moves the rest.
      requestAnimationFrame(() => requestAnimationFrame(arrive));
    } else if (rest.length) {
      document.getElementById("statements").scrollIntoView({ behavior: "instant" });
    }
  };

  const changed = () => {
    aim(null);
    remember(apply());
  };

  const say = (text) => {
    said.textContent = "";
    setTimeout(() => (said.textContent = text), 50);
  };

  const copyByHand = (text) => {
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "unseen";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  };

  const copy = async (button) => {
    const text = button.dataset.copy ?? button.parentElement.querySelector("pre").textContent.trim();
    let done = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      done = copyByHand(text);
      button.focus();
    }
    button.textContent = done ? "Copied" : "Not copied";
    say(done ? "The commands are on the clipboard." : "The browser does not allow copying.");
    setTimeout(() => (button.textContent = "Copy"), 2000);
  };

  let waiting = 0;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(changed, 120);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(changed));
  window.addEventListener("hashchange", follow);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button.copy");
    if (button) copy(button);
    // A second click on the link that the address has already opens its statement again.
    const link = event.target.closest('a[href^="#"]');
    if (link && link.getAttribute("href") === location.hash) follow();
  });

  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll(".statement.is-violated:not([open]), .statement.is-noted:not([open])")];
    for (const item of opened) item.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const item of opened) item.open = false;
  });

  for (const button of document.querySelectorAll("button.copy")) button.hidden = false;
  for (const count of document.querySelectorAll("[data-filter]")) {
    const link = document.createElement("a");
    link.href = `#?${count.dataset.filter}`;
    link.append(...count.childNodes);
    count.append(link);
  }
  form.hidden = false;
  follow();
  // At the end of loading the browser goes by itself to what the fragment names, and takes the focus away.
  window.addEventListener("load", () => requestAnimationFrame(arrive));
})();
