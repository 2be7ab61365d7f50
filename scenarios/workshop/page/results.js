"use strict";

/** What comes of both sides: asked for by itself after a move, and drawn as it comes. */
const Results = (() => {
  /** In so many of all runs, and of this many at least, "is better" is said without a doubt. */
  const SURE = 0.9;
  const FEW = 3;
  const found = { a: null, b: null, cash: null };
  const running = {};
  /** Sides that are to be asked for; those that have no answer yet; those of another world. */
  const waiting = new Set();
  const unanswered = new Set();
  const outdated = new Set();
  let source = null;
  let most = 1;
  let pause = 0;
  let timer = 0;
  let frame = 0;
  const watchers = [];

  /** `rest` is how long a slider must stand still before it is asked for, ms. */
  function start(given, replicates, rest) {
    source = given;
    most = replicates;
    pause = rest;
  }

  /**
   * Ask for what changed; a move that follows soon replaces this one.
   *
   * What was known stays until an answer comes; none is compared with one of another world.
   */
  function ask(sides) {
    for (const side of sides) {
      stop(side);
      waiting.add(side);
      unanswered.add(side);
      if (sides.length === Tradeoffs.SIDES.length) outdated.add(side);
    }
    busy(true);
    clearTimeout(timer);
    if (pause) timer = setTimeout(run, pause);
    else run();
  }

  function busy(isBusy) {
    const root = document.getElementById("results");
    root.setAttribute("aria-busy", String(isBusy));
    root.classList.toggle("unanswered", unanswered.size > 0);
  }

  function stop(side) {
    if (running[side]) running[side].abort();
    running[side] = null;
  }

  async function run() {
    const wanted = [...waiting];
    waiting.clear();
    const { state } = State;
    // Cash waits for the first answers, as those are what people wait for.
    const first = wanted.filter((side) => side !== "cash");
    let begin;
    const both = new Promise((resolve) => { begin = resolve; });
    await Promise.all(first.map((side) => one(side, state[side], both)));
    begin();
    if (wanted.includes("cash") && !waiting.has("cash")) one("cash", Source.CASH);
  }

  /** Follow one side until it is done or given up; the promise is kept at its first rows. */
  function one(side, choice, both) {
    const control = new AbortController();
    stop(side);
    running[side] = control;
    const isOurs = () => running[side] === control;
    return new Promise((begun) => {
      const tell = (given) => {
        if (!isOurs()) return;
        answered(side, given);
        draw();
        begun();
      };
      const failed = (error) => {
        if (!isOurs()) return;
        answered(side, null);
        Alerts.show(side, error);
      };
      Alerts.clear(side);
      source.follow(State.state.common, choice, most, tell, control.signal, both)
        .catch(failed)
        .finally(() => {
          if (isOurs()) running[side] = null;
          draw();
          begun();
        });
    });
  }

  function answered(side, given) {
    for (const each of outdated) found[each] = null;
    outdated.clear();
    unanswered.delete(side);
    found[side] = given;
  }

  function isDone() {
    return waiting.size === 0 && !Object.values(running).some(Boolean);
  }

  /** Draw at the next frame, once however often it is asked for. */
  function draw() {
    if (frame) return;
    frame = requestAnimationFrame(() => {
      frame = 0;
      show();
    });
  }

  function rowsOf(side) {
    return found[side] ? found[side].rows : [];
  }

  function show() {
    const done = isDone();
    busy(!done);
    aims();
    paths();
    verdict(done);
    counts();
    for (const watcher of watchers) watcher(done);
  }

  // Pictures

  function aims() {
    const root = document.getElementById("tradeoffs");
    if (root.childElementCount !== State.AIMS.length) {
      root.replaceChildren(...State.AIMS.map(() => Sliders.copy("aim")));
    }
    State.AIMS.forEach((each, row) => {
      const aim = { ...each, unit: State.unitOf(each.name) };
      const part = root.children[row];
      const over = Object.fromEntries(Tradeoffs.SIDES.map((side) => {
        return [side, Statistics.over(rowsOf(side), aim.name)];
      }));
      part.classList.toggle("chosen", State.state.aim === aim.name);
      part.querySelector("h3").textContent = Words.say(`indicator.${aim.name}`);
      part.querySelector("h3").title = Words.explain(`indicator.${aim.name}`);
      part.querySelector(".unit").textContent = unitWords(aim);
      const axis = part.querySelector(".axis");
      axis.replaceChildren(Tradeoffs.axis(aim, over, axis.clientWidth || 300) || nothing(aim));
      values(part.querySelector(".values"), aim, over);
      wins(part.querySelector(".wins"), aim);
    });
  }

  function unitWords(aim) {
    const unit = Words.say(`unit.${aim.unit}`);
    return Words.say(aim.better > 0 ? "page.more" : "page.less", { unit });
  }

  /** Say why there is nothing on an axis. */
  function nothing(aim) {
    const said = document.createElement("p");
    const isStreet = aim.name === "street_change";
    said.className = "nothing";
    if (isDone()) said.textContent = Words.say(isStreet ? "page.nothing.street" : "page.nothing");
    return said;
  }

  function values(root, aim, over) {
    root.replaceChildren();
    for (const side of Tradeoffs.SIDES) {
      const term = document.createElement("dt");
      const value = document.createElement("dd");
      term.className = side;
      term.append(Shapes.icon(side, 12));
      const name = document.createElement("span");
      name.className = "unseen";
      name.textContent = Words.say(`page.side.${side}`);
      term.append(name);
      value.textContent = Numerals.estimate(over[side], aim.unit, Words.language);
      root.append(term, value);
    }
  }

  /** Say which side is better in how many runs. */
  function wins(root, aim) {
    const against = Statistics.paired(rowsOf("a"), rowsOf("b"), aim.name, aim.better);
    const ahead = against.second >= against.first ? "b" : "a";
    const count = Math.max(against.first, against.second);
    root.className = `wins ${against.runs && count ? ahead : ""}`;
    if (!against.runs) root.textContent = Numerals.NONE;
    else if (!count) root.textContent = Words.say("page.alike");
    else {
      const fills = { side: ahead.toUpperCase(), count, runs: against.runs };
      root.textContent = Words.say("page.wins", fills);
    }
  }

  function paths() {
    const root = document.getElementById("paths");
    root.replaceChildren(...State.SIDES.map((side) => path(side, root)));
  }

  function path(side, root) {
    const part = document.createElement("div");
    const way = found[side] ? found[side].paths : { with: none(), without: none() };
    const lines = [way.without.value, way.with.value, way.with.low, way.with.high].flat();
    const reach = Svg.extent(lines) || [0, 1];
    const wide = Math.max(240, Math.floor(root.clientWidth / 2) - 8);
    const narrow = root.clientWidth < 480;
    const drawn = Paths.picture({
      side,
      width: narrow ? root.clientWidth : wide,
      height: 104,
      said: Words.say("page.paths.said", { side: side.toUpperCase(), ...ends(way) }),
      start: State.data.about.first_month,
      reach,
      written: (tick, ticks) => Numerals.tick(tick, "percent", Words.language, ticks),
      lines: [
        { name: "without", values: way.without.value },
        { name: `with ${side}`, values: way.with.value, low: way.with.low, high: way.with.high },
      ],
    });
    part.append(drawn.found);
    return part;
  }

  function none() {
    return { value: [], low: [], high: [] };
  }

  function ends(way) {
    const last = (name) => Numerals.percent(way[name].value.at(-1), 1, Words.language);
    return { with: last("with"), without: last("without") };
  }

  // Words

  /** Say in one sentence which side is better at the chosen aim, and by how much. */
  function verdict(done) {
    const { aim } = State.state;
    const better = State.betterOf(aim);
    const against = Statistics.paired(rowsOf("a"), rowsOf("b"), aim, better);
    const said = sentence(against, aim);
    document.getElementById("verdict").textContent = said;
    const spoken = document.getElementById("spoken");
    if (done && spoken.textContent !== said) spoken.textContent = said;
  }

  function sentence(against, aim) {
    if (!against.runs) return Words.say(isDone() ? "page.verdict.none" : "page.verdict.waiting");
    if (!against.first && !against.second) return Words.say("page.verdict.alike");
    const ahead = against.second >= against.first ? "b" : "a";
    const count = Math.max(against.first, against.second);
    const unit = State.unitOf(aim);
    const shown = Numerals.estimate(against.difference, unit, Words.language);
    const saysUnit = unit.startsWith("rupiah") || unit.startsWith("percent");
    const fills = {
      side: ahead.toUpperCase(),
      other: ahead === "b" ? "A" : "B",
      count,
      runs: against.runs,
      difference: saysUnit ? shown : `${shown} ${Words.say(`unit.${unit}`)}`,
    };
    const sure = count >= SURE * against.runs && against.runs >= FEW;
    return Words.say(sure ? "page.verdict.sure" : "page.verdict.unsure", fills);
  }

  /** Say which aims there are to choose from, and what the marks stand for. */
  function words() {
    const select = document.getElementById("aim");
    const option = ({ name }) => new Option(Words.say(`indicator.${name}`), name);
    select.replaceChildren(...State.AIMS.map(option));
    const marks = Tradeoffs.SIDES.map((side) => {
      const item = document.createElement("span");
      item.append(Shapes.icon(side, 13), Words.say(`page.side.${side}`));
      return item;
    });
    const note = document.createElement("span");
    note.textContent = Words.say("page.interval");
    document.querySelector("#results .legend").replaceChildren(...marks, note);
    document.getElementById("lines").replaceChildren(...State.SIDES.map((side) =>
      Shapes.line(`with ${side}`)), Words.say("page.line.with"), Shapes.line("without"),
    Words.say("page.line.without"));
  }

  /** Say how many seats the budget buys of each lever, and what is left of it. */
  function bought(side) {
    const known = found[side] && found[side].side;
    if (!known) return "";
    const { language } = Words;
    const seats = Object.entries(known.seats).map(([lever, count]) =>
      `${Words.say(`lever.${lever}`)} ${Numerals.number(count, 0, language)}`);
    const unspent = Numerals.shortRupiah(known.unspent, language);
    return Words.say("page.bought", { seats: seats.join(", ") || Numerals.NONE, unspent });
  }

  function counts() {
    for (const side of State.SIDES) {
      const count = rowsOf(side).length;
      const root = document.querySelector(`#side-${side} .count`);
      document.querySelector(`#side-${side} .bought`).textContent = bought(side);
      root.querySelector(".words").textContent = Words.say("page.count", { count, most });
      const meter = root.querySelector(".meter span");
      meter.style.setProperty("inline-size", `${(100 * count) / most}%`);
    }
  }

  return {
    start, ask, draw, show, words, rowsOf, watch: (watcher) => watchers.push(watcher),
    get source() { return source; },
    get most() { return most; },
  };
})();
