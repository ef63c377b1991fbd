// Sends every answer as it is given, in order, for as long as it takes, and says how far it is.
// A plain global, for the reason that outbox.js gives.

const form = document.getElementById("paper");
const words = document.getElementById("paper-words").dataset;
const { attempt } = form.dataset;

// ---------- Talking with the server ----------

const PATIENCE = 15_000; // ms for one try
const PAUSES = [1, 2, 4, 8, 15, 30]; // seconds between tries

// Posts, and gives up where nothing is heard: on a connection of the network that a phone has just
// left, it would wait for many minutes. What is asked twice is done once.
function post(address, options) {
  const patience = new AbortController();
  setTimeout(() => patience.abort(), PATIENCE);
  return fetch(address, { method: "POST", signal: patience.signal, ...options });
}

// The server is busy, and another try may help.
function isBusy(response) {
  return response.status >= 500 || response.status === 429;
}

// Waits a little longer each time, unevenly, so that a thousand phones do not come back at once;
// a network that returns ends the wait.
function pauseBeforeTry(tries) {
  return new Promise((resolve) => {
    const seconds = PAUSES[Math.min(tries, PAUSES.length - 1)];
    setTimeout(resolve, seconds * (800 + 400 * Math.random()));
    addEventListener("online", resolve, { once: true });
  });
}

// ---------- An answer ----------

function newAnswer(section) {
  const revision = Number(section.dataset.revision) + 1;
  setRevision(section, revision);
  const chosen = questions.fieldsOf(section).filter((field) => !questions.isChosenOnce(field) || field.checked);
  return {
    attempt,
    position: Number(section.dataset.position),
    op_id: operationId(),
    revision,
    fields: chosen.map((field) => [field.name, field.value]),
    givenAt: Date.now(),
  };
}

function setRevision(section, revision) {
  section.dataset.revision = revision;
  section.querySelector(`[name="r${section.dataset.position}"]`).value = revision;
}

function operationId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  // Only secure contexts have randomUUID; an office network may serve plain HTTP.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function bodyOf(answer) {
  const body = new FormData();
  body.set("csrf_token", form.elements.csrf_token.value);
  for (const name of ["op_id", "position", "revision"]) body.set(name, answer[name]);
  for (const [name, value] of answer.fields) body.append(name, value);
  return body;
}

// ---------- Sending ----------

const waiting = new Map(); // position → the answer that the server has not acknowledged yet
let sending = null; // the promise of the run that is under way
let failures = 0; // since the server last answered
let listeners = {}; // who wants to know, as given to `begin`

// Refusals after which the answer is sent again, once the person has done something.
const KEPT_AFTER = ["OpenElsewhere", "Unauthorized", "CSRFError"];

// Send what is waiting, in the order it was given; resolves when nothing waits or nothing helps.
function send() {
  sending ||= run().finally(() => (sending = null));
  return sending;
}

async function run() {
  while (waiting.size) {
    const answer = waiting.values().next().value;
    show("wait", words.saving);
    const reply = await deliver(answer);
    if (!reply) {
      failures += 1;
      await keeping;
      showHeld();
      await pauseBeforeTry(failures - 1);
      continue;
    }
    failures = 0;
    listeners.network();
    if (KEPT_AFTER.includes(reply.reason)) {
      refused(reply.reason, reply.reason === "OpenElsewhere" ? reply.error : words.signIn);
      return; // what waits stays on this device
    }
    // A newer answer to the same question may have been given meanwhile: it stays in line.
    if (waiting.get(answer.position) === answer) waiting.delete(answer.position);
    const isSaved = reply.saved_at && !reply.is_stale;
    await outbox.settle(answer, isSaved ? reply.saved_at : null);
    if (!isSaved) {
      refused(reply.reason, reply.is_stale ? words.stale : reply.error || words.failed);
      if (reply.reason === "AttemptOver") setTimeout(listeners.over);
      continue;
    }
    if (!waiting.has(answer.position)) questions.setHeld(answer.position, false);
    if (!waiting.size) show("ok", words.saved.replace("{time}", reply.saved_at));
  }
}

// What the server says to this answer, or null if it is to be sent again: there was no network, the
// server was busy, or its words were cut short on their way here.
async function deliver(answer) {
  try {
    const response = await post(form.action, {
      body: bodyOf(answer),
      headers: { Accept: "application/json" },
    });
    return isBusy(response) ? null : await response.json();
  } catch {
    return null;
  }
}

// ---------- What is said of it ----------

const state = document.querySelector("[data-save-state]");
let told = ""; // what screen readers heard last: that all is saved, or that it is not

function show(next, sentence) {
  state.className = `save save--${next}`;
  // They hear when this changes, not each save with the moments that it takes.
  const isNews = next !== "wait" && next !== told;
  state.setAttribute("aria-live", isNews ? "polite" : "off");
  if (isNews) told = next;
  for (const icon of state.querySelectorAll("[data-icon]")) {
    icon.toggleAttribute("hidden", icon.dataset.icon !== next);
  }
  state.querySelector("[data-save-text]").textContent = sentence;
}

function showHeld() {
  listeners.network();
  show("off", words.held.replace("{count}", waiting.size));
}

function refused(reason, sentence) {
  show("off", sentence);
  const note = reason === "OpenElsewhere" ? "paper-elsewhere" : "paper-reload";
  document.getElementById(note).hidden = false;
}

// ---------- Keeping ----------

let pause; // in typing
let keeping = Promise.resolve(); // until the latest answer is on this device
const known = new Set(); // questions whose latest answer this page has; the store may be slow

function keep(section) {
  clearTimeout(pause);
  const answer = newAnswer(section);
  // Delete first, so that the newest answer goes to the end of the line.
  waiting.delete(answer.position);
  waiting.set(answer.position, answer);
  known.add(answer.position);
  questions.setHeld(answer.position, true);
  show("wait", words.saving); // until now the line says that all is saved, or held
  keeping = outbox.keep(answer);
  keeping.then(() => {
    if (failures) showHeld();
    send();
  });
}

function onChange(event) {
  const section = event.target.closest("section[data-position]");
  if (section) keep(section);
}

// What is being typed is kept after a pause, not only when the field is left.
function onInput(event) {
  clearTimeout(pause);
  if (event.target.type !== "text") return;
  pause = setTimeout(() => keep(event.target.closest("section[data-position]")), 1500);
}

// What this device kept when the page was last closed, or that a kept page does not show.
async function restore() {
  takeUp(outbox.spareAnswers(attempt));
  send();
  takeUp(await outbox.answers(attempt));
}

function takeUp(answers) {
  for (const answer of answers) {
    const section = questions.sectionOf(answer.position);
    if (!section || known.has(answer.position)) continue;
    known.add(answer.position);
    const isNews = answer.revision > Number(section.dataset.revision);
    if (isNews) fill(section, answer);
    if (!answer.savedAt) waiting.set(answer.position, answer); // the server will tell
    else if (isNews) show("ok", words.saved.replace("{time}", answer.savedAt));
    questions.setHeld(answer.position, waiting.has(answer.position));
  }
}

function fill(section, answer) {
  setRevision(section, answer.revision);
  for (const field of questions.fieldsOf(section)) {
    const values = answer.fields.filter(([name]) => name === field.name).map(([, value]) => value);
    if (questions.isChosenOnce(field)) field.checked = values.includes(field.value);
    else field.value = values[0] ?? "";
  }
}

window.saving = {
  post,
  isBusy,
  pauseBeforeTry,
  send,
  restore,
  get isAllSaved() {
    return !waiting.size;
  },
  get isOnline() {
    return navigator.onLine && !failures;
  },

  // `network` is called when it was found to be there or not, `over` when the attempt has ended.
  begin(whoWantsToKnow) {
    listeners = whoWantsToKnow;
    form.addEventListener("change", onChange);
    form.addEventListener("input", onInput);
  },
};
