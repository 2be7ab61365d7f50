"use strict";

/** A table of all other indicators: A, B, cash, and the paired difference of B to A. */
const Further = (() => {
  function show() {
    const table = document.getElementById("further");
    const names = Object.keys(State.FURTHER).filter(isKnown);
    table.replaceChildren(head(), ...bodies(names));
  }

  function isKnown(name) {
    return Tradeoffs.SIDES.some((side) =>
      Statistics.isKnown(Statistics.over(Results.rowsOf(side), name).value));
  }

  function head() {
    const part = document.createElement("thead");
    const row = document.createElement("tr");
    row.append(cell("th", Words.say("page.further.indicator"), { scope: "col" }));
    for (const side of Tradeoffs.SIDES) {
      const title = cell("th", Words.say(`page.side.${side}`), { scope: "col", class: side });
      title.prepend(Shapes.icon(side, 13));
      row.append(title);
    }
    row.append(cell("th", Words.say("page.further.difference"), { scope: "col" }));
    row.append(cell("th", Words.say("page.further.wins"), { scope: "col" }));
    part.append(row);
    return part;
  }

  /** Return a body a group of indicators, each with its heading. */
  function bodies(names) {
    const parts = new Map();
    for (const name of names) {
      const { group } = State.indicator(name);
      if (!parts.has(group)) parts.set(group, body(group));
      parts.get(group).append(line(name));
    }
    return [...parts.values()];
  }

  function body(group) {
    const part = document.createElement("tbody");
    const row = document.createElement("tr");
    const columns = Tradeoffs.SIDES.length + 3;
    row.append(cell("th", Words.say(`group.${group}`), { scope: "rowgroup", colspan: columns }));
    row.className = "group";
    part.append(row);
    return part;
  }

  function line(name) {
    const row = document.createElement("tr");
    const unit = State.unitOf(name);
    const { language } = Words;
    const title = cell("th", Words.say(`indicator.${name}`), { scope: "row" });
    const small = document.createElement("span");
    small.className = "unit";
    small.textContent = Words.say(`unit.${unit}`);
    title.append(" ", small);
    title.title = Words.explain(`indicator.${name}`);
    row.append(title);
    for (const side of Tradeoffs.SIDES) {
      const found = Statistics.over(Results.rowsOf(side), name);
      row.append(cell("td", Numerals.estimate(found, unit, language)));
    }
    const better = State.betterOf(name);
    const against = Statistics.paired(Results.rowsOf("a"), Results.rowsOf("b"), name, better || 1);
    row.append(cell("td", Numerals.estimate(against.difference, unit, language)));
    row.append(cell("td", often(against, better)));
    return row;
  }

  function often(against, better) {
    if (!better || !against.runs) return Numerals.NONE;
    return Words.say("page.further.often", { count: against.second, runs: against.runs });
  }

  function cell(kind, text, attributes = {}) {
    const found = document.createElement(kind);
    found.textContent = text;
    for (const [name, value] of Object.entries(attributes)) found.setAttribute(name, value);
    return found;
  }

  return { show };
})();
