"use strict";
// Everything stands in the page without this script. It adds a filter, sorting, paging and a theme, and
// puts text into the page as text only.
(() => {
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const grouped = (number) => number.toLocaleString("en-US");

  const filters = document.querySelector(".filters");
  const list = document.querySelector("table.list tbody");
  if (filters && list) {
    const rows = all("tr", list);
    const field = filters.querySelector("input");
    const count = filters.querySelector(".filter-count");
    let outcome = "";
    const apply = () => {
      const words = field.value.trim().toLowerCase();
      let shown = 0;
      for (const row of rows) {
        const fits = (!outcome || row.dataset.outcome === outcome)
          && (!words || row.textContent.toLowerCase().includes(words));
        row.hidden = !fits;
        shown += fits ? 1 : 0;
      }
      count.textContent = shown === rows.length ? "" : `${grouped(shown)} of ${grouped(rows.length)} shown`;
    };
    for (const button of all("button", filters)) {
      button.addEventListener("click", () => {
        outcome = button.dataset.outcome;
        for (const other of all("button", filters)) other.setAttribute("aria-pressed", String(other === button));
        apply();
      });
    }
    field.addEventListener("input", apply);
    filters.hidden = false;

    const ranks = { fail: 0, unknown: 1, error: 2, pass: 3, not_applicable: 4 };
    const keys = {
      outcome: (row) => ranks[row.dataset.outcome],
      severity: (row) => -Number(row.dataset.severity),
      number: (row, place) => {
        const number = Number(row.cells[place].textContent.replaceAll(",", ""));
        return Number.isNaN(number) ? Infinity : -number;
      },
      text: (row, place) => row.cells[place].textContent.trim().toLowerCase(),
    };
    const heads = all("table.list th");
    heads.forEach((head, place) => {
      const key = keys[head.dataset.sort];
      if (!key) return;
      const name = head.textContent;
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = name;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") !== "ascending";
        for (const other of heads) {
          other.removeAttribute("aria-sort");
          const label = other.querySelector("button");
          if (label) label.textContent = label.textContent.replace(/ [↑↓]$/, "");
        }
        head.setAttribute("aria-sort", down ? "ascending" : "descending");
        button.textContent = `${name} ${down ? "↓" : "↑"}`;
        const sorted = rows
          .map((row) => [key(row, place), row])
          .sort((left, right) => (left[0] < right[0] ? -1 : left[0] > right[0] ? 1 : 0));
        if (!down) sorted.reverse();
        list.append(...sorted.map((pair) => pair[1]));
      });
    });
  }

  const PAGE = 200;
  for (const pager of all(".pager")) {
    const table = document.getElementById(pager.dataset.table);
    const body = table.tBodies[0];
    const first = Array.from(body.rows);
    const kinds = all("thead th", table).map((head) => head.className);
    const total = Number(table.dataset.total);
    const range = table.closest(".evidence").querySelector(".shown-range");
    const status = pager.querySelector("[role=status]");
    const [earlier, later] = all("button", pager);
    let rest = null;
    let page = 0;
    const draw = (cells) => {
      const row = document.createElement("tr");
      cells.forEach((text, place) => {
        const cell = document.createElement("td");
        cell.className = kinds[place];
        const value = document.createElement("bdi");
        value.textContent = text;
        if (kinds[place] === "from" && text !== "–") {
          // What kind of source it is, and which.
          const end = text.indexOf(" ");
          const tag = document.createElement("span");
          tag.textContent = text.slice(0, end);
          tag.className = `tag from-${tag.textContent.toLowerCase()}`;
          value.textContent = text.slice(end + 1);
          cell.append(tag, " ");
        }
        cell.append(value);
        row.append(cell);
      });
      return row;
    };
    const show = () => {
      const begin = page === 0 ? 0 : first.length + (page - 1) * PAGE;
      const rows = page === 0 ? first : rest.slice(begin - first.length, begin - first.length + PAGE).map(draw);
      body.replaceChildren(...rows);
      const end = begin + rows.length;
      const text = `${grouped(begin + 1)}–${grouped(end)}`;
      range.textContent = text;
      status.textContent = `${text} of ${grouped(total)}`;
      earlier.disabled = page === 0;
      later.disabled = rest !== null && end >= first.length + rest.length;
    };
    const step = (by) => {
      if (rest === null) rest = JSON.parse(document.getElementById(`${pager.dataset.table}-rest`).textContent);
      page += by;
      show();
    };
    earlier.addEventListener("click", () => step(-1));
    later.addEventListener("click", () => step(1));
    earlier.disabled = true;
    pager.hidden = false;
  }

  const themes = ["system", "light", "dark"];
  let theme = 0;
  const themeButtons = all(".theme-button");
  for (const button of themeButtons) {
    button.addEventListener("click", () => {
      theme = (theme + 1) % themes.length;
      document.documentElement.dataset.theme = themes[theme];
      for (const other of themeButtons) other.querySelector("span").textContent = themes[theme];
    });
    button.parentElement.hidden = false;
  }

  // Where a narrow page lays tables out as blocks, some browsers forget that they are tables.
  const roles = { TABLE: "table", THEAD: "rowgroup", TBODY: "rowgroup", TR: "row", TD: "cell", TH: "columnheader" };
  for (const table of all("table.stack, table.ledger")) {
    for (const part of [table, ...all("thead, tbody, tr, td, th", table)]) {
      part.setAttribute("role", part.scope === "row" ? "rowheader" : roles[part.tagName]);
    }
  }

  // A link into a folded control opens it.
  const unfold = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target instanceof HTMLDetailsElement) target.open = true;
  };
  window.addEventListener("hashchange", unfold);
  unfold();

  const entries = new Map(all(".contents .contents-list > li > a").map((link) => [link.hash.slice(1), link]));
  const places = all("main > section[id], main > details[id]");
  const current = () => {
    let name = "summary";
    for (const place of places) {
      if (place.getBoundingClientRect().top > 120) break;
      name = entries.has(place.id) ? place.id : name;
    }
    for (const [id, link] of entries) {
      if (id === name) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  };
  let waiting = false;
  window.addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; current(); });
  }, { passive: true });
  current();
})();
