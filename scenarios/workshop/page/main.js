"use strict";

/** What goes wrong, said where everybody sees it. */
const Alerts = (() => {
  const MOST = 6;
  const open = new Map();

  function show(about, error) {
    open.set(about, error);
    draw();
  }

  function clear(about) {
    if (open.delete(about)) draw();
  }

  function draw() {
    const root = document.getElementById("alert");
    root.hidden = open.size === 0;
    root.replaceChildren();
    for (const error of new Set(open.values())) {
      const said = document.createElement("p");
      const known = error instanceof Source.Refusal;
      said.textContent = Words.say(known ? "page.error.refused" : "page.error.lost");
      root.append(said);
      if (known) root.append(list(error.mistakes));
    }
  }

  /** Return mistakes as a list: where, what is wrong, what is allowed, what was meant. */
  function list(mistakes) {
    const found = document.createElement("ul");
    for (const { path, problem, allowed, nearest } of mistakes.slice(0, MOST)) {
      const item = document.createElement("li");
      const where = document.createElement("code");
      where.textContent = path;
      const parts = [Words.say(problem)];
      if (allowed) parts.push(Words.say("page.error.allowed", { allowed }));
      if (nearest) parts.push(Words.say("page.error.nearest", { nearest }));
      if (path) item.append(where, ": ");
      item.append(parts.join(". "));
      found.append(item);
    }
    if (mistakes.length > MOST) {
      const item = document.createElement("li");
      item.textContent = Words.say("page.error.more", { count: mistakes.length - MOST });
      found.append(item);
    }
    return found;
  }

  return { show, clear, list, draw };
})();

/** The page as a whole: words, views, and who is told of what. */
const Page = (() => {
  const PAUSE = 120;
  /** What stands below waits for the picture, lives and doubts for sides to stand still; ms. */
  const SOON = 60;
  const AFTER = 400;
  const LATE = 2500;
  let belowTimer = 0;
  let livesTimer = 0;
  let doubtTimer = 0;
  let isDoubted = false;
  let late = 0;

  function start() {
    const data = JSON.parse(document.getElementById("data").textContent);
    Words.use(data.words, data.language);
    State.start(data);
    const isKit = data.mode === "kit";
    const source = isKit ? Source.kit(data) : Source.live(data);
    late = isKit ? 0 : LATE;
    Results.start(source, data.about.replicates, isKit ? 0 : PAUSE);
    Results.watch(settled);
    State.watch(changed);
    write();
    buttons();
    addEventListener("resize", redraw);
    Results.ask(Tradeoffs.SIDES);
  }

  /** Write every word: at the start, and in another language. */
  function write() {
    Words.fill(document.body);
    document.title = Words.say("page.title");
    Sides.build();
    Teams.build();
    Results.words();
    Wrong.build();
    Box.build();
    Alerts.draw();
    show();
  }

  function buttons() {
    const each = (name, act) => {
      for (const button of document.querySelectorAll(`button[data-${name}]`)) {
        button.addEventListener("click", () => act(button.dataset[name]));
      }
    };
    each("view", (view) => State.change({ view }));
    each("shown", (shown) => State.change({ shown }));
    each("lived", (lived) => State.change({ lived }));
    each("language", (language) => {
      Words.use(State.data.words, language);
      Lives.forget();
      write();
      Results.show();
      Teams.again();
    });
    const aim = document.getElementById("aim");
    aim.addEventListener("change", () => State.change({ aim: aim.value }));
  }

  function show() {
    const { view, shown } = State.state;
    document.getElementById("compare").hidden = view !== "compare";
    document.getElementById("teams").hidden = view !== "teams";
    document.body.dataset.shown = shown;
    const press = (name, value) => {
      for (const button of document.querySelectorAll(`button[data-${name}]`)) {
        button.setAttribute("aria-pressed", String(button.dataset[name] === value));
      }
    };
    press("view", view);
    press("shown", shown);
    press("language", Words.language);
    for (const button of document.querySelectorAll("button[data-shown], button[data-lived]")) {
      const side = button.dataset.shown || button.dataset.lived;
      button.replaceChildren(Shapes.icon(side, 14), Words.say(`page.side.${side}`));
    }
    document.getElementById("aim").value = State.state.aim;
    Sides.show();
    Wrong.show();
  }

  function changed(state, part) {
    clearTimeout(livesTimer);
    Alerts.clear("lives");
    if (part.common || part.a || part.b) {
      clearTimeout(doubtTimer);
      Doubts.forget();
      isDoubted = false;
    }
    show();
    if (part.common) {
      Results.ask(Tradeoffs.SIDES);
      Teams.again();
    } else {
      const moved = State.SIDES.filter((side) => part[side]);
      if (moved.length) Results.ask(moved);
    }
    if (part.view) redraw();
    if (part.aim) Results.draw();
    if (part.lived) lives();
  }

  function redraw() {
    if (State.state.view === "compare") Results.draw();
    else Teams.draw();
  }

  function settled(done) {
    below();
    clearTimeout(livesTimer);
    if (done) livesTimer = setTimeout(lives, AFTER);
    if (done && !isDoubted) {
      isDoubted = true;
      doubtTimer = setTimeout(() => Doubts.ask(Results.source, below), late);
    }
  }

  function below() {
    belowTimer = belowTimer || setTimeout(() => {
      belowTimer = 0;
      Further.show();
      Wrong.tell();
      Box.show();
    }, SOON);
  }

  /** Show lives, where their side has any result. */
  function lives() {
    if (Results.rowsOf(State.state.lived).length) Lives.show(Results.source);
  }

  return { start };
})();

Page.start();
