"use strict";

/** Four sliders that share one budget; each is an ordinary range input. */
const Sliders = (() => {
  /**
   * Fill an element with a slider a lever.
   *
   * `setting` has levers, step, split, budget (rupiah) and moved(split). Returns show(split,
   * budget), which sets them from outside.
   */
  function build(root, setting) {
    let { split, budget } = setting;
    let before = split;
    let held = "";
    const rows = new Map();
    for (const lever of setting.levers) rows.set(lever, add(lever));

    function add(lever) {
      const row = copy("slider");
      const input = row.querySelector("input");
      input.id = `${root.id}-${lever}`;
      input.name = lever;
      input.step = setting.step;
      row.querySelector("label").htmlFor = input.id;
      row.querySelector(".name").textContent = Words.say(`lever.${lever}`);
      input.addEventListener("input", () => follow(lever, Number(input.value)));
      root.append(row);
      return { input, share: row.querySelector(".share"), money: row.querySelector(".money") };
    }

    function follow(lever, share) {
      // A lever gives back what it took, until another one moves.
      if (held !== lever) before = split;
      held = lever;
      split = Splits.move(before, lever, share, setting.step);
      draw();
      setting.moved(split);
    }

    function draw() {
      for (const [lever, row] of rows) {
        const share = Numerals.percent(split[lever], 0, Words.language);
        const money = Numerals.shortRupiah((budget * split[lever]) / Splits.WHOLE, Words.language);
        row.input.value = split[lever];
        row.input.style.setProperty("--share", `${split[lever]}%`);
        row.input.setAttribute("aria-valuetext", `${share}, ${money}`);
        row.share.textContent = share;
        row.money.textContent = money;
      }
    }

    function show(wanted, rupiah) {
      if (setting.levers.some((lever) => wanted[lever] !== split[lever])) held = "";
      split = wanted;
      budget = rupiah;
      draw();
    }

    draw();
    return { show };
  }

  /** Return a copy of a template of the page, with its words. */
  function copy(name) {
    const found = document.getElementById(`template-${name}`).content.cloneNode(true);
    Words.fill(found);
    return found.firstElementChild;
  }

  return { build, copy };
})();
