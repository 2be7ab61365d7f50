"use strict";

/** What has to stand beside every result: limits, losers, cash, weak inputs, what would flip it. */
const Box = (() => {
  let parts = null;

  function build() {
    parts = {};
    const names = ["flip", "losers", "cash", "unsourced", "not_modelled"];
    document.getElementById("box").replaceChildren(...names.map(card));
    lines("not_modelled", State.data.not_modelled.map((name) => Words.say(name)));
    about();
    show();
  }

  function card(name) {
    const part = document.createElement("div");
    const title = document.createElement("h3");
    const list = document.createElement("ul");
    part.className = `card box-${name}`;
    title.textContent = Words.say(`page.box.${name}`);
    part.append(title, list);
    parts[name] = list;
    return part;
  }

  function lines(name, texts) {
    parts[name].replaceChildren(...texts.map((text) => {
      const item = document.createElement("li");
      item.textContent = text;
      return item;
    }));
  }

  function about() {
    const { about: given, version } = State.data;
    const { language } = Words;
    document.getElementById("about").textContent = Words.say("page.about", {
      version,
      command: given.command,
      seed: given.seed,
      households: Numerals.number(given.households, 0, language),
      months: given.months,
      start: Numerals.month(given.first_month, language),
    });
  }

  function show() {
    lines("losers", Tradeoffs.SIDES.map((side) => Words.say("page.box.losers.side", {
      side: Words.say(`page.side.${side}`),
      losers: mean(side, "losers"),
      pushed: mean(side, "pushed_in"),
    })));
    lines("cash", State.SIDES.map(besideCash));
    lines("flip", [...flips(), ...Doubts.flips()]);
    lines("unsourced", unsourced());
  }

  function mean(side, name) {
    const found = Statistics.over(Results.rowsOf(side), name);
    return Numerals.inUnit(found.value, State.unitOf(name), Words.language);
  }

  /** Say how a side stands to its budget given as cash, run by run. */
  function besideCash(side) {
    const aim = "net_lifted";
    const against = Statistics.paired(Results.rowsOf("cash"), Results.rowsOf(side), aim, 1);
    return Words.say("page.box.cash.side", {
      side: side.toUpperCase(),
      net: mean(side, aim),
      cash: mean("cash", aim),
      count: against.second,
      runs: against.runs,
    });
  }

  /** Say which aims speak for the other side, which speak for none, and what else to try. */
  function flips() {
    const found = State.AIMS.map((aim) => {
      const against = Statistics.paired(
        Results.rowsOf("a"), Results.rowsOf("b"), aim.name, aim.better);
      const { runs, first, second } = against;
      const lead = second - first;
      return { name: aim.name, runs, first, second, clear: Math.abs(lead) >= 0.8 * runs, lead };
    }).filter((each) => each.runs > 0);
    const named = (each) => Words.say(`indicator.${each.name}`);
    const said = [];
    for (const side of State.SIDES) {
      const way = side === "b" ? 1 : -1;
      const own = found.filter((each) => each.clear && each.lead * way > 0);
      if (own.length) {
        const aims = own.map(named).join(", ");
        said.push(Words.say("page.box.flip.for", { side: side.toUpperCase(), aims }));
      }
    }
    const open = found.filter((each) => !each.clear);
    const aims = open.map(named).join(", ");
    if (aims) said.push(Words.say("page.box.flip.open", { aims }));
    said.push(Words.say("page.box.flip.try"));
    return said;
  }

  /** Say how many of the inputs rest on what no source supports. */
  function unsourced() {
    const { without, all } = State.data.unsourced;
    const share = Numerals.percent((100 * without) / all, 0, Words.language);
    return [
      Words.say("page.box.unsourced.inputs", { without, all, share }),
      ...Doubts.shares(),
      Words.say("page.box.unsourced.note"),
    ];
  }

  return { build, show };
})();
