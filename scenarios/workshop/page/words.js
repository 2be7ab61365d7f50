"use strict";

/** Every word on the page, in the reader's language. */
const Words = (() => {
  let table = {};
  let language = "id";

  function use(words, chosen) {
    table = words;
    language = chosen;
    document.documentElement.lang = chosen;
  }

  /** Return the words of a name, with its {fills}; the name itself where there are none. */
  function say(name, fills = {}) {
    const found = table[language][name];
    if (found === undefined) return name;
    const text = typeof found === "string" ? found : found.text;
    return text.replace(/\{(\w+)\}/g, (whole, key) => (key in fills ? fills[key] : whole));
  }

  /** Return the sentence that explains a name; "" where there is none. */
  function explain(name) {
    const found = table[language][name];
    return found && typeof found === "object" ? found.explains || "" : "";
  }

  /** Write all fixed words under an element: `data-word` its text, `data-label` its label. */
  function fill(root) {
    for (const each of root.querySelectorAll("[data-word]")) {
      each.textContent = say(each.dataset.word);
    }
    for (const each of root.querySelectorAll("[data-label]")) {
      each.setAttribute("aria-label", say(each.dataset.label));
    }
  }

  return { use, say, explain, fill, get language() { return language; } };
})();
