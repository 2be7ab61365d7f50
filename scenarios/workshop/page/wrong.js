"use strict";

/** What would go wrong: one press makes it happen, and the choices above show it. */
const Wrong = (() => {
  let buttons = [];
  let claims = null;

  function build() {
    const { kpi, selections, shocks } = State.data.choices;
    const [calm, ...bad] = shocks;
    buttons = [];
    claims = document.createElement("ul");
    const cards = [];
    if (selections.includes(kpi) && selections.length > 1) {
      const plain = selections.find((each) => each !== kpi);
      const toggles = State.SIDES.map((side) => ({
        word: Words.say("page.wrong.kpi.side", { side: side.toUpperCase() }),
        isOn: () => State.state[side].selection === kpi,
        press: (isOn) => State.change({
          [side]: { ...State.state[side], selection: isOn ? plain : kpi },
        }),
      }));
      const found = card("page.wrong.kpi", "page.wrong.kpi.lead", toggles);
      found.append(claims);
      cards.push(found);
    }
    if (bad.length) {
      const toggles = bad.map((shock) => ({
        word: Words.say(`shock.${shock}`),
        isOn: () => State.state.common.shock === shock,
        press: (isOn) => State.change({
          common: { ...State.state.common, shock: isOn ? calm : shock },
        }),
      }));
      cards.push(card("page.wrong.shock", "page.wrong.shock.lead", toggles));
    }
    document.getElementById("wrong").replaceChildren(...cards);
    document.querySelector(".wrong").hidden = cards.length === 0;
    show();
    tell();
  }

  function card(title, lead, toggles) {
    const part = document.createElement("div");
    const heading = document.createElement("h3");
    const text = document.createElement("p");
    const row = document.createElement("div");
    part.className = "card";
    row.className = "toggles";
    heading.textContent = Words.say(title);
    text.textContent = Words.say(lead);
    row.append(...toggles.map(button));
    part.append(heading, text, row);
    return part;
  }

  function button({ word, isOn, press }) {
    const found = document.createElement("button");
    found.type = "button";
    found.className = "toggle";
    found.textContent = word;
    found.addEventListener("click", () => press(isOn()));
    buttons.push({ found, isOn });
    return found;
  }

  function show() {
    for (const { found, isOn } of buttons) found.setAttribute("aria-pressed", String(isOn()));
  }

  /** Say what providers would claim beside what is true, of each side where both are known. */
  function tell() {
    claims.replaceChildren(...State.SIDES.map(claim).filter(Boolean));
    claims.hidden = claims.childElementCount === 0;
  }

  function claim(side) {
    const [claimed, net] = ["claimed_lifted", "net_lifted"].map((name) => {
      const found = Statistics.over(Results.rowsOf(side), name);
      return Numerals.estimate(found, State.unitOf(name), Words.language);
    });
    if ([claimed, net].includes(Numerals.NONE)) return null;
    const item = document.createElement("li");
    const fills = { side: side.toUpperCase(), claimed, net };
    item.textContent = Words.say("page.wrong.kpi.claim", fills);
    return item;
  }

  return { build, show, tell };
})();
