"use strict";

/** Where rows come from: the model on this machine (live), or what was run beforehand (kit). */
const Source = (() => {
  const KEPT = 200;
  const CASH = "cash";

  /** An answer that says what is wrong with what was asked. */
  class Refusal extends Error {
    constructor(mistakes) {
      super("refused");
      this.mistakes = mistakes;
    }
  }

  /** Return the name of a cell; what plays no part in it is a dash. */
  function keyOf(common, choice, levers) {
    const place = [common.place, common.people, common.budget, common.shock];
    if (choice === CASH) return [...place, CASH].join("|");
    const { split } = choice;
    const how = [split.training ? choice.archetype : "-", choice.selection,
      split.equity ? choice.terms : "-"];
    return [...place, ...how, levers.map((lever) => split[lever]).join("-")].join("|");
  }

  // Live

  function live(data) {
    const { levers } = data.choices;
    const kept = new Map();

    /** Tell what is known of one side as rows come, up to `most`; what was seen comes at once. */
    async function follow(common, choice, most, tell, signal, both) {
      const key = keyOf(common, choice, levers);
      const one = kept.get(key) || { rows: [], side: null };
      const { rows } = one;
      kept.delete(key);
      kept.set(key, one);
      if (kept.size > KEPT) kept.delete(kept.keys().next().value);
      if (rows.length) tell(found(one));
      // The first run of either side is not behind the second of the other.
      if (!rows.length) await more(1);
      await both;
      if (rows.length < most && !signal.aborted) await more(most);

      async function more(to) {
        const asked = { common, choice, from: rows.length, to };
        for await (const line of lines("rows", asked, signal)) {
          if (line.side) one.side = line.side;
          if (line.replicate !== rows.length) continue;
          rows.push(line);
          tell(found(one));
        }
      }
    }

    async function lives(common, choice, signal) {
      const response = await ask("lives", { common, choice }, signal);
      return (await response.json()).lives;
    }

    async function frontier(common, setting, tell, signal) {
      const cells = new Map();
      for await (const row of lines("frontier", { common, ...setting }, signal)) {
        if (!row.split) continue;
        const key = levers.map((lever) => row.split[lever]).join("-");
        if (!cells.has(key)) cells.set(key, { split: row.split, rows: [] });
        cells.get(key).rows.push(row);
        tell([...cells.values()]);
      }
    }

    async function doubt(common, choice, tell, signal) {
      for await (const line of lines("doubt", { common, choice }, signal)) tell(line);
    }

    return { follow, lives, frontier, doubt, doubted: State.SIDES };
  }

  /** Return rows with the paths that follow from them, and what the budget buys. */
  function found({ rows, side }) {
    const way = (field) => Statistics.path(rows, field);
    return { rows, side, paths: { with: way("with"), without: way("without") } };
  }

  async function ask(path, asked, signal) {
    const headers = { "Content-Type": "application/json" };
    const body = JSON.stringify(asked);
    const response = await fetch(`/${path}`, { method: "POST", headers, body, signal });
    if (response.status === 422) throw new Refusal((await response.json()).mistakes);
    if (!response.ok) throw new Error(`${response.status}`);
    return response;
  }

  /** Yield the records of an answer, one a line, as they come. */
  async function* lines(path, asked, signal) {
    const response = await ask(path, asked, signal);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      const parts = (rest + (value || "")).split("\n");
      rest = done ? "" : parts.pop();
      for (const part of parts) {
        if (part.trim() && !signal.aborted) yield JSON.parse(part);
      }
      if (done) return;
    }
  }

  // Kit

  /** The same answers from cells that were run beforehand; none lies between them. */
  function kit(data) {
    const { levers, step } = data.choices;
    const opened = new Map();

    function cell(common, choice) {
      const key = keyOf(common, choice, levers);
      if (!opened.has(key)) {
        const packed = data.kit.cells[key];
        if (!packed) throw new Refusal([{ path: key, problem: "page.error.not_run" }]);
        opened.set(key, unpacked(packed, data.about.replicates));
      }
      return opened.get(key);
    }

    async function follow(common, choice, most, tell) {
      tell(cell(common, choice));
    }

    async function lives(common, choice) {
      return cell(common, choice).lives;
    }

    async function frontier(common, how, tell) {
      const cells = Splits.grid(levers, step).filter((split) =>
        keyOf(common, { split, ...how }, levers) in data.kit.cells);
      tell(cells.map((split) => ({ split, rows: cell(common, { split, ...how }).rows })));
    }

    async function doubt(common, choice, tell) {
      tell({ doubt: data.kit.doubt });
    }

    return { follow, lives, frontier, doubt, doubted: data.kit.doubt ? [Doubts.USUAL] : [] };
  }

  /** Return rows, one a replicate, of a cell that keeps a list, or one number for all. */
  function unpacked(packed, replicates) {
    const given = Object.entries(packed.values);
    const rows = Array.from({ length: replicates }, (_, replicate) => ({
      replicate,
      values: Object.fromEntries(given.map(([name, values]) =>
        [name, Array.isArray(values) ? values[replicate] : values])),
    }));
    const way = ({ mean, low, high }) => ({ value: mean, low, high });
    const paths = { with: way(packed.paths.with), without: way(packed.paths.without) };
    return { rows, side: packed.side, paths, lives: (packed.lives || []).map(inRupiah) };
  }

  /** Return a life in rupiah; a kit has thousands of them. */
  function inRupiah(life) {
    const whole = (values) => values.map((each) => 1000 * each);
    return {
      ...life,
      line: whole(life.line),
      with: whole(life.with),
      without: whole(life.without),
    };
  }

  return { Refusal, CASH, keyOf, live, kit };
})();
