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

// The page that checks before handing in shows them too.
const sheet = document.querySelector("form[data-check]");
for (const position of sheet ? flags.of(sheet.dataset.check) : []) {
  const link = document.querySelector(`.qnav a[href$="#cau-${position}"]`);
  link?.classList.add("flag");
  link?.querySelector("[data-state]").append(`, ${sheet.dataset.isFlagged}`);
  document.querySelector("[data-flag-key]").hidden = false;
}
