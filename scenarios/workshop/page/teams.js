"use strict";

/** Groups in a room: each enters its split unseen; the facilitator reveals all on one picture. */
const Teams = (() => {
  /** Percent in which the splits of the frontier are told apart. */
  const COARSE = 25;
  /** Runs of each team at most, so that eight teams do not wait for long. */
  const RUNS = 20;
  const own = {
    teams: [], revealed: false, axes: ["public_cost", "net_lifted"], how: null, split: null,
  };
  let rows = new Map();
  let cells = [];
  let isWhole = false;
  let control = null;
  let frame = 0;
  let shows = [];

  const byId = (id) => document.getElementById(id);

  function build() {
    const root = byId("teams");
    const { choices } = State.data;
    const first = (names) => names[0];
    own.how = own.how || {
      archetype: first(choices.archetypes),
      selection: first(choices.selections),
      terms: first(choices.terms),
    };
    own.split = own.split || even(choices);
    shows = [];
    root.replaceChildren(Sliders.copy("teams"));
    sliders();
    lists(choices);
    axes();
    byId("entry").addEventListener("submit", (event) => {
      event.preventDefault();
      add();
    });
    byId("reveal").addEventListener("click", () => reveal(!own.revealed));
    byId("save").addEventListener("click", save);
    byId("load").addEventListener("click", () => byId("file").click());
    byId("file").addEventListener("change", () => load(byId("file")));
    show();
  }

  /** Return a split as even as steps allow. */
  function even(choices) {
    const nothing = Object.fromEntries(choices.levers.map((lever) => [lever, 0]));
    const [lever] = choices.levers;
    const share = Splits.WHOLE / choices.levers.length;
    return Splits.move(nothing, lever, share, choices.step);
  }

  function sliders() {
    const { choices } = State.data;
    const { show: set } = Sliders.build(byId("team-split"), {
      levers: choices.levers,
      step: choices.step,
      split: own.split,
      budget: State.state.common.budget,
      moved: (split) => { own.split = split; },
    });
    shows.push(() => set(own.split, State.state.common.budget));
  }

  /** The lists of what all teams share: a change counts for teams that were entered, too. */
  function lists(choices) {
    for (const question of Object.keys(own.how)) {
      const names = choices[question === "terms" ? question : `${question}s`];
      const title = Words.say(`page.${question}`);
      const worded = (name) => Words.say(Sides.nameOf(question, name));
      const select = Sides.list(byId("team-how"), `team-${question}`, title, names, worded,
        (value) => {
          own.how = { ...own.how, [question]: value };
          own.teams = own.teams.map(({ name, choice }) => ({
            name, choice: { ...choice, ...own.how },
          }));
          again();
        });
      shows.push(() => { select.value = own.how[question]; });
    }
  }

  function axes() {
    const root = document.querySelector("#revealed .axes");
    ["page.teams.across", "page.teams.up"].forEach((title, axis) => {
      const names = State.AIMS.map((aim) => aim.name);
      const worded = (name) => Words.say(`indicator.${name}`);
      const select = Sides.list(root, `axis-${axis}`, Words.say(title), names, worded, (value) => {
        own.axes[axis] = value;
        draw();
      });
      shows.push(() => { select.value = own.axes[axis]; });
    });
  }

  // Entering

  function add() {
    const field = byId("team-name");
    const name = field.value.trim();
    const full = own.teams.length >= Session.TEAMS.most;
    const problem = full ? "page.refused.teams"
      : Session.problemOf(name, own.teams.map((team) => team.name));
    byId("entry-problem").textContent = problem ? Words.say(problem) : "";
    field.setAttribute("aria-invalid", String(Boolean(problem)));
    if (problem) {
      field.focus();
      return;
    }
    own.teams.push({ name, choice: { split: own.split, ...own.how } });
    own.split = even(State.data.choices);
    field.value = "";
    field.focus();
    byId("spoken").textContent = Words.say("page.teams.added", { name });
    again();
  }

  function drop(team) {
    own.teams = own.teams.filter((each) => each !== team);
    own.revealed = own.revealed && own.teams.length > 0;
    again();
  }

  function show() {
    for (const each of shows) each();
    const list = byId("entered");
    list.replaceChildren(...own.teams.map(item));
    if (!own.teams.length) list.append(none());
    byId("reveal").textContent = Words.say(own.revealed ? "page.teams.hide" : "page.teams.reveal");
    byId("reveal").disabled = own.teams.length === 0;
    byId("save").disabled = own.teams.length === 0;
    byId("revealed").hidden = !own.revealed;
  }

  function item(team, row) {
    const part = document.createElement("li");
    const name = document.createElement("span");
    const what = document.createElement("span");
    const button = document.createElement("button");
    name.className = "team-title";
    name.textContent = team.name;
    what.className = "split";
    what.textContent = own.revealed ? told(team) : Words.say("page.teams.hidden");
    button.type = "button";
    button.className = "quiet";
    button.textContent = Words.say("page.teams.drop");
    button.setAttribute("aria-label", Words.say("page.teams.drop.one", { name: team.name }));
    button.addEventListener("click", () => drop(team));
    part.append(badge(row + 1), name, what, button);
    return part;
  }

  function none() {
    const part = document.createElement("li");
    part.className = "none";
    part.textContent = Words.say("page.teams.none");
    return part;
  }

  function badge(number) {
    const part = document.createElement("span");
    part.className = `number team-${number}`;
    part.setAttribute("aria-hidden", "true");
    part.textContent = String(number);
    return part;
  }

  function splitWords(split) {
    return Object.entries(split).filter(([, share]) => share > 0).map(([lever, share]) => {
      return `${Words.say(`lever.${lever}`)} ${Numerals.percent(share, 0, Words.language)}`;
    }).join(" \u00b7 ");
  }

  /** Return the split of a team, and what came of it on both axes. */
  function told(team) {
    const came = own.axes.map((name) => {
      const unit = State.unitOf(name);
      const found = Statistics.over(rows.get(team) || [], name);
      const shown = Numerals.estimate(found, unit, Words.language);
      return `${Words.say(`indicator.${name}`)}: ${shown}`;
    });
    return `${splitWords(team.choice.split)}\n${came.reverse().join(" \u00b7 ")}`;
  }

  // Revealing

  function reveal(wanted) {
    own.revealed = wanted;
    again();
  }

  /** Show, and ask again for what a change has made unknown. */
  function again() {
    if (control) control.abort();
    control = null;
    show();
    if (!own.revealed) return;
    control = new AbortController();
    run(control).catch((error) => {
      if (error.name !== "AbortError") Alerts.show("teams", error);
    });
  }

  async function run(given) {
    const { source } = Results;
    const most = Math.min(RUNS, Results.most);
    const { common } = State.state;
    const { signal } = given;
    const isOurs = () => control === given;
    Alerts.clear("teams");
    rows = new Map();
    cells = [];
    isWhole = false;
    draw();
    for (const team of own.teams) {
      await source.follow(common, team.choice, most, (found) => {
        if (!isOurs()) return;
        rows.set(team, found.rows);
        draw();
      }, signal);
    }
    await source.frontier(common, own.how, (found) => {
      if (!isOurs()) return;
      cells = found;
      isWhole = isWhole || cells.length === Splits.grid(State.data.choices.levers, COARSE).length;
      draw();
    }, signal);
    isWhole = true;
    draw();
  }

  function draw() {
    if (frame) return;
    frame = requestAnimationFrame(() => {
      frame = 0;
      if (own.revealed) paint();
    });
  }

  function paint() {
    const root = byId("frontier");
    const teams = own.teams.map((team, row) => {
      return { number: row + 1, name: team.name, rows: rows.get(team) || [] };
    });
    const setting = { cells, isWhole, teams, cash: Results.rowsOf("cash"), axes: own.axes };
    root.replaceChildren(Frontier.picture({ ...setting, width: root.clientWidth || 640 }));
    [...byId("entered").querySelectorAll(".split")].forEach((part, row) => {
      part.textContent = told(own.teams[row]);
    });
    const counts = { cells: cells.length, runs: cells.length ? cells[0].rows.length : 0 };
    const note = isWhole ? "page.frontier.note" : "page.frontier.waiting";
    byId("frontier-note").textContent = Words.say(note, counts);
  }

  // One file

  function save() {
    const text = Session.write(State.state.common, own.teams);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    link.download = "berdaya-session.json";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  async function load(input) {
    const [file] = input.files;
    input.value = "";
    if (!file) return;
    // What is far too large is not even read.
    const text = file.size > 2 * Session.LARGEST ? " ".repeat(Session.LARGEST + 1)
      : await file.text();
    const { session, mistakes } = Session.read(text, State.data.choices);
    refuse(file.name, mistakes);
    if (!session) return;
    own.teams = session.teams;
    own.revealed = false;
    const { split: _, ...how } = session.teams[0].choice;
    own.how = how;
    State.change({ common: session.common });
    again();
  }

  function refuse(name, mistakes) {
    const root = byId("refusal");
    root.replaceChildren();
    if (!mistakes.length) return;
    const title = document.createElement("p");
    title.textContent = Words.say("page.refused", { name: name.slice(0, 60) });
    root.append(title, Alerts.list(mistakes));
  }

  return { build, show, again, draw };
})();
