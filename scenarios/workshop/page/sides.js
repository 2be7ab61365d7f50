"use strict";

/** The two sides, and the common part above them: sliders, and one list of choices a question. */
const Sides = (() => {
  const QUESTIONS = ["archetype", "selection", "terms"];
  const shows = [];

  function build() {
    shows.length = 0;
    common();
    for (const side of State.SIDES) panel(side);
    show();
  }

  /** Add a labelled list of choices; returns the list. */
  function list(root, id, title, names, worded, chosen) {
    const field = document.createElement("div");
    const label = document.createElement("label");
    const select = document.createElement("select");
    field.className = "field";
    label.textContent = title;
    label.htmlFor = id;
    select.id = id;
    for (const name of names) select.append(new Option(worded(name), name));
    select.addEventListener("change", () => chosen(select.value));
    field.append(label, select);
    root.append(field);
    return select;
  }

  function common() {
    const root = document.getElementById("common");
    const { choices } = State.data;
    const money = (amount) => Numerals.shortRupiah(Number(amount), Words.language);
    const worded = {
      place: (name) => Words.say(`place.${name}`),
      people: (name) => Words.say(`people.${name}`),
      budget: money,
      shock: (name) => Words.say(`shock.${name}`),
    };
    root.replaceChildren();
    const lists = {
      place: choices.places,
      people: choices.people,
      budget: choices.budgets,
      shock: choices.shocks,
    };
    for (const [question, names] of Object.entries(lists)) {
      const title = Words.say(`page.${question}`);
      const select = list(root, `common-${question}`, title, names, worded[question], (value) => {
        const answer = question === "budget" ? Number(value) : value;
        State.change({ common: { ...State.state.common, [question]: answer } });
      });
      shows.push(() => { select.value = State.state.common[question]; });
    }
  }

  function panel(side) {
    const root = document.getElementById(`side-${side}`);
    const { data } = State;
    const { choices } = data;
    const { state } = State;
    const parts = Sliders.copy("side");
    const title = parts.querySelector(".side-title");
    const sliders = parts.querySelector(".sliders");
    const choose = (part) => State.change({ [side]: { ...state[side], ...part } });
    title.id = `title-${side}`;
    title.querySelector(".text").textContent = Words.say(`page.side.${side}`);
    title.querySelector(".shape").append(Shapes.icon(side));
    sliders.id = `split-${side}`;
    root.replaceChildren(parts);
    const { show: set } = Sliders.build(sliders, {
      levers: choices.levers,
      step: choices.step,
      split: state[side].split,
      budget: state.common.budget,
      moved: (split) => choose({ split }),
    });
    shows.push(() => set(state[side].split, state.common.budget));
    questions(parts.querySelector(".selects"), side, () => state[side], choose);
    kpi(parts.querySelector(".kpi"), () => state[side], choose);
  }

  /** Add the lists of archetype, selection and terms. */
  function questions(root, id, now, choose) {
    const { choices } = State.data;
    for (const question of QUESTIONS) {
      const names = choices[question === "terms" ? question : `${question}s`];
      const title = Words.say(`page.${question}`);
      const worded = (name) => Words.say(nameOf(question, name));
      const select = list(root, `${question}-${id}`, title, names, worded, (value) => {
        choose({ [question]: value });
      });
      shows.push(() => { select.value = now()[question]; });
    }
  }

  /** Return the name in the label table of what may be answered. */
  function nameOf(question, name) {
    return `${question === "terms" ? "instrument" : question}.${name}`;
  }

  /** A button that makes the provider one who is paid by completion, and back. */
  function kpi(button, now, choose) {
    const { kpi: name, selections } = State.data.choices;
    button.hidden = !selections.includes(name) || selections.length < 2;
    button.addEventListener("click", () => {
      const plain = selections.find((each) => each !== name);
      choose({ selection: now().selection === name ? plain : name });
    });
    shows.push(() => button.setAttribute("aria-pressed", String(now().selection === name)));
  }

  /** Bring everything in line with what is chosen. */
  function show() {
    for (const each of shows) each();
  }

  return { build, show, list, nameOf };
})();

/** The shape that stands for a side wherever it is shown. */
const Shapes = (() => {
  function icon(side, size = 16) {
    const picture = Svg.make("svg", {
      width: size, height: size, viewBox: "0 0 16 16", "aria-hidden": "true", focusable: "false",
    });
    picture.append(Svg.mark(side, 8, 8, 5.5));
    return picture;
  }

  /** Return a short piece of a line. */
  function line(name) {
    const picture = Svg.make("svg", { width: 22, height: 10, "aria-hidden": "true" });
    picture.append(Svg.make("path", { d: "M1 5L21 5", class: `path ${name}` }));
    return picture;
  }

  return { icon, line };
})();
