"use strict";

/** A few lives, as illustrations: one household with and without, month by month. */
const Lives = (() => {
  const HEIGHT = 150;
  const WIDTH = 300;
  let control = null;
  let asked = "";

  /** Show lives of the chosen side; those that are shown already are left alone. */
  async function show(source) {
    const { common, lived } = State.state;
    const choice = State.state[lived];
    const wanted = JSON.stringify([common, choice, Words.language]);
    for (const button of document.querySelectorAll("[data-lived]")) {
      button.setAttribute("aria-pressed", String(button.dataset.lived === lived));
    }
    if (wanted === asked) return;
    if (control) control.abort();
    control = new AbortController();
    const own = control;
    asked = wanted;
    Alerts.clear("lives");
    try {
      const found = await source.lives(common, choice, own.signal);
      if (own === control) draw(found, lived);
    } catch (error) {
      if (error.name === "AbortError") return;
      asked = "";
      document.getElementById("lives").replaceChildren();
      Alerts.show("lives", error);
    }
  }

  function draw(lives, side) {
    const root = document.getElementById("lives");
    root.replaceChildren(...lives.map((life, row) => card(life, side, row)));
    if (lives.length) return;
    const none = document.createElement("p");
    none.textContent = Words.say("page.lives.none");
    root.append(none);
  }

  function card(life, side, row) {
    const part = document.createElement("article");
    const title = document.createElement("h3");
    const who = document.createElement("p");
    part.className = "card life";
    title.textContent = Words.say("page.life", { number: row + 1 });
    who.textContent = Object.values(life.who).map((name) => Words.say(name)).join(" \u00b7 ");
    who.className = "who";
    const axis = document.createElement("p");
    axis.className = "unit";
    axis.textContent = Words.say("page.life.axis");
    part.append(title, who, legend(side), axis, picture(life, side), events(life));
    return part;
  }

  function legend(side) {
    const part = document.createElement("p");
    part.className = "legend";
    for (const name of [`with ${side}`, "without", "line"]) {
      const item = document.createElement("span");
      item.append(Shapes.line(name), Words.say(`page.line.${name.split(" ")[0]}`));
      part.append(item);
    }
    return part;
  }

  function picture(life, side) {
    const all = [...life.line, ...life.with, ...life.without];
    const reach = Svg.extent(all, true) || [0, 1];
    const start = State.data.about.first_month;
    const drawn = Paths.picture({
      width: WIDTH,
      height: HEIGHT,
      said: Words.say("page.life.said", { side: side.toUpperCase() }),
      start,
      reach,
      written: (tick) => (tick ? Numerals.brief(tick / 1e6, Words.language) : "0"),
      lines: [
        { name: "line", values: life.line },
        { name: "without", values: life.without },
        { name: `with ${side}`, values: life.with },
      ],
    });
    life.events.forEach((event, row) => {
      const x = drawn.x(event.month);
      const y = drawn.y(life.with[event.month]);
      drawn.found.append(Svg.make("circle", { cx: x, cy: y, r: 7, class: "event" }));
      const place = { class: "event-number", "text-anchor": "middle" };
      drawn.found.append(Svg.text(x, y + 3.5, String(row + 1), place));
    });
    drawn.found.classList.add("fluid");
    return drawn.found;
  }

  function events(life) {
    const list = document.createElement("ol");
    list.className = "events";
    for (const event of life.events) {
      const item = document.createElement("li");
      const when = document.createElement("span");
      when.className = "when";
      when.textContent = Numerals.month(
        Numerals.later(State.data.about.first_month, event.month), Words.language);
      item.append(when, " ", Words.say(event.label));
      list.append(item);
    }
    return list;
  }

  return { show, forget: () => { asked = ""; } };
})();
