"use strict";
// A click on a title sorts; another turns the order round. Without this script the order is the report's.
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  [...table.tHead.rows[0].cells].forEach((title, column) => {
    const button = document.createElement("button");
    button.append(...title.childNodes);
    title.append(button);
    button.addEventListener("click", () => {
      const value = (row) => {
        const text = row.cells[column].textContent.trim().replaceAll(",", "");
        const number = Number.parseFloat(text);
        return Number.isNaN(number) ? text : number;
      };
      const down = title.getAttribute("aria-sort") !== "descending";
      for (const other of title.parentNode.cells) other.removeAttribute("aria-sort");
      title.setAttribute("aria-sort", down ? "descending" : "ascending");
      const missing = (one) => one === "–" || one === "";
      const compare = (a, b) => {
        const x = value(a), y = value(b);
        // What isn't known comes last either way.
        if (missing(x) || missing(y)) return missing(x) - missing(y);
        const order = typeof x === typeof y && typeof x === "number" ? x - y : String(x).localeCompare(String(y));
        return down ? -order : order;
      };
      body.append(...[...body.rows].sort(compare));
    });
  });
}
