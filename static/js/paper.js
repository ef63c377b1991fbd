// Taking a quiz: questions.js shows one at a time, saving.js sends every answer as it is given,
// hand-in.js hands the paper in, and this begins them and shows the time that is left.
// The plain form works without any of them; nothing here decides anything, the server does.

// On a bad network one of its files may not come. Half a page would take answers and send none.
if (!window.outbox || !window.questions || !window.saving || !window.handingIn) {
  throw new Error("a script did not come");
}

const words = document.getElementById("paper-words").dataset;
const { attempt } = document.getElementById("paper").dataset;

// ---------- The clock: decoration; the server's deadline is the only one ----------

const timer = document.querySelector("[data-seconds-left]");
const spoken = document.getElementById("timer-spoken");
const THRESHOLDS = [30, 60, 300, 600]; // seconds left; a page that slept speaks of the last it passed
// A page that was kept for lack of a network is old: its time has gone on.
const keptAt = document.querySelector('meta[name="kept-at"]')?.content;
const age = keptAt ? Math.max(0, Date.now() - Number(keptAt)) : 0; // ms
const end = performance.now() + Number(timer.dataset.secondsLeft) * 1000 - age;
let before = Number(timer.dataset.secondsLeft);

function tick() {
  const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
  const minutes = Math.floor(left / 60);
  timer.textContent = `${minutes}:${String(left % 60).padStart(2, "0")}`;
  const passed = THRESHOLDS.find((threshold) => before > threshold && left <= threshold);
  if (passed) {
    spoken.textContent =
      passed >= 60
        ? words.minutesLeft.replace("{count}", passed / 60)
        : words.secondsLeft.replace("{count}", passed);
  }
  before = left;
  if (left > 0) return;
  clearInterval(ticking);
  handingIn.handIn({ isTimeUp: true }); // if the server agrees; it grades what it has
}
const ticking = setInterval(tick, 1000);

// ---------- Begin ----------

document.documentElement.classList.add("has-script");
for (const element of document.querySelectorAll("[data-script-only]")) element.hidden = false;
for (const element of document.querySelectorAll("[data-no-script]")) element.hidden = true;
saving.begin({ network: handingIn.showNetwork, over: () => handingIn.handIn() });
handingIn.begin();
questions.begin();
tick();
await saving.restore();
questions.openWhereLeftOff(); // what was given here without a network counts as answered
await saving.send();
const kept = await outbox.paper(attempt);
if (kept.isToBeHandedIn) handingIn.handIn(kept);
