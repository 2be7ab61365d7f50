"use strict";

/** What a result rests on: inputs moved to the ends of their ranges, when nothing else is asked. */
const Doubts = (() => {
  const NAMED = 3;
  const USUAL = "usual";
  /** By side: how many runs are done of how many, and what they say once all are. */
  let known = {};
  let control = null;

  /** Find out for one side after the other; `tell` is called at each step. */
  async function ask(source, tell) {
    forget();
    control = new AbortController();
    const { signal } = control;
    try {
      for (const side of source.doubted) {
        await source.doubt(State.state.common, State.state[side], (found) => {
          if (signal.aborted) return;
          known[side] = found;
          tell();
        }, signal);
      }
    } catch (error) {
      // What stands beside the results tells of a model that is gone; this only stays unknown.
      if (error.name !== "AbortError") known = {};
    }
  }

  function forget() {
    if (control) control.abort();
    control = null;
    known = {};
  }

  /** Return a line a side: the share that rests on no source, and what moves the result most. */
  function shares() {
    return lines(({ side, share, inputs }) => {
      if (!Statistics.isKnown(share)) return Words.say("page.doubt.none", { side });
      const names = inputs.slice(0, NAMED).map((each) => Words.say(each.name)).join("; ");
      const percent = Numerals.percent(share, 0, Words.language);
      return Words.say("page.doubt.share", { side, share: percent, names });
    });
  }

  /** Return a line a side: which inputs turn the sign of the result. */
  function flips() {
    return lines(({ side, flips: turned }) => {
      const names = turned.slice(0, NAMED).map((each) => Words.say(each)).join("; ");
      const more = turned.length > NAMED ? "page.doubt.flips.more" : "page.doubt.flips";
      const count = turned.length - NAMED;
      return Words.say(names ? more : "page.doubt.firm", { side, names, count });
    });
  }

  function lines(said) {
    return Object.entries(known).map(([name, { done, of, doubt }]) => {
      const side = Words.say(name === USUAL ? "page.doubt.usual" : `page.side.${name}`);
      return doubt ? said({ side, ...doubt }) : Words.say("page.doubt.waiting", { side, done, of });
    });
  }

  return { ask, forget, shares, flips, USUAL };
})();
