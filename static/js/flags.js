// Questions marked to be looked at again: a note on this device alone, which the server never sees.
// A plain global, for the reason that outbox.js gives.

window.flags = {
  of(attempt) {
    try {
      return new Set(JSON.parse(sessionStorage.getItem(`flags:${attempt}`) || "[]"));
    } catch {
      return new Set(); // a private window may refuse storage
    }
  },
  keep(attempt, positions) {
    try {
      sessionStorage.setItem(`flags:${attempt}`, JSON.stringify([...positions]));
    } catch {
      // the marks then last as long as the page
    }
  },
};
