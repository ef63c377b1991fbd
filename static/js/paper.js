// Taking a quiz: one question at a time, every answer saved as it is given.
// The plain form works without this file; nothing here decides anything, the server does.

const form = document.getElementById("paper");
const sections = [...form.querySelectorAll("section[data-position]")];
const words = document.getElementById("paper-words").dataset;
const state = document.querySelector("[data-save-state]");
const RETRY_SECONDS = [1, 2, 4, 8, 15, 30];

// ---------- Saving ----------

const waiting = new Map(); // position → the operation that the server has not acknowledged yet
let sending = false;
let failures = 0;

function newOperation(section) {
  const revision = Number(section.dataset.revision) + 1;
  section.dataset.revision = revision;
  section.querySelector(`[name="r${section.dataset.position}"]`).value = revision;
  const body = new FormData();
  body.set("csrf_token", form.elements.csrf_token.value);
  body.set("op_id", operationId());
  body.set("position", section.dataset.position);
  body.set("revision", revision);
  for (const field of section.querySelectorAll("input, select")) {
    if (/^[pc]\d/.test(field.name) && (isChosenOnce(field) ? field.checked : true)) {
      body.append(field.name, field.value);
    }
  }
  return body;
}

function isChosenOnce(field) {
  return field.type === "radio" || field.type === "checkbox";
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

async function send() {
  if (sending) return;
  sending = true;
  while (waiting.size) {
    const [position, body] = waiting.entries().next().value;
    show("wait", words.saving);
    let response;
    try {
      response = await fetch(form.action, {
        method: "POST",
        body,
        headers: { Accept: "application/json" },
      });
    } catch {
      response = null; // no network
    }
    const temporary = !response || response.status >= 500 || response.status === 429;
    if (temporary) {
      const seconds = RETRY_SECONDS[Math.min(failures++, RETRY_SECONDS.length - 1)];
      show("off", words.held.replace("{count}", waiting.size));
      mark(position, "held");
      await new Promise((wake) => {
        setTimeout(wake, seconds * (800 + 400 * Math.random()));
        addEventListener("online", wake, { once: true });
      });
      continue;
    }
    failures = 0;
    // A newer answer to the same question may have been given meanwhile: it stays in line.
    if (waiting.get(position) === body) waiting.delete(position);
    const reply = await response.json().catch(() => ({}));
    if (!response.ok) {
      refused(response.status, reply.error || words.failed);
      break;
    }
    if (reply.is_stale) {
      refused(409, words.stale);
      break;
    }
    if (!waiting.has(position)) mark(position, answered(position) ? "done" : "");
    if (!waiting.size) show("ok", words.saved.replace("{time}", reply.saved_at));
  }
  sending = false;
}

function refused(status, sentence) {
  show("off", sentence);
  if (status === 401 || status === 409) document.getElementById("paper-reload").hidden = false;
}

let kind = "";
function show(next, sentence) {
  state.className = `save save--${next}`;
  // Screen readers hear a change of kind, not each save.
  state.setAttribute("aria-live", next === kind ? "off" : "polite");
  kind = next;
  for (const icon of state.querySelectorAll("[data-icon]")) {
    icon.toggleAttribute("hidden", icon.dataset.icon !== next);
  }
  state.querySelector("[data-save-text]").textContent = sentence;
}

form.addEventListener("change", (event) => {
  const section = event.target.closest("section[data-position]");
  if (section) keep(section);
});

// What is being typed is kept after a pause, not only when the field is left.
let pause;
form.addEventListener("input", (event) => {
  clearTimeout(pause);
  if (event.target.type !== "text") return;
  pause = setTimeout(() => keep(event.target.closest("section[data-position]")), 1500);
});

function keep(section) {
  clearTimeout(pause);
  const position = Number(section.dataset.position);
  // Delete first, so that the newest operation of a question goes to the end of the line.
  waiting.delete(position);
  waiting.set(position, newOperation(section));
  mark(position, "held");
  send();
}

addEventListener("beforeunload", (event) => {
  if (waiting.size && !leaving) event.preventDefault();
});
let leaving = false;
form.addEventListener("submit", () => {
  leaving = true; // the form itself carries every answer
});

// ---------- One question at a time ----------

let current = 0;

function answered(position) {
  const section = document.getElementById(`cau-${position}`);
  const given = new Map(); // every part wants an answer
  for (const field of section.querySelectorAll("input, select")) {
    if (!/^p\d/.test(field.name)) continue;
    const has = isChosenOnce(field) ? field.checked : field.value.trim() !== "";
    given.set(field.name, given.get(field.name) || has);
  }
  return [...given.values()].every(Boolean);
}

function mark(position, look) {
  for (const link of document.querySelectorAll(`.qnav a[href="#cau-${position}"]`)) {
    link.classList.remove("done", "held");
    if (look) link.classList.add(look);
    const said = { done: words.isSaved, held: words.isHeld, "": words.isOpen }[look];
    const flagged = link.classList.contains("flag") ? `, ${words.isFlagged}` : "";
    link.querySelector("[data-state]").textContent = `: ${said}${flagged}`;
  }
  const count = sections.filter((section) => answered(section.dataset.position)).length;
  for (const place of document.querySelectorAll("[data-answered]")) place.textContent = count;
  const bars = document.querySelectorAll("[data-strip] i");
  bars.forEach((bar, index) => bar.classList.toggle("on", index < count));
}

function open(index, focus = true) {
  current = Math.max(0, Math.min(sections.length - 1, index));
  sections.forEach((section, at) => section.toggleAttribute("hidden", at !== current));
  const position = sections[current].dataset.position;
  for (const link of document.querySelectorAll(".qnav a")) {
    const here = link.hash === `#cau-${position}`;
    link.classList.toggle("here", here);
    if (here) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  for (const place of document.querySelectorAll("[data-current]")) place.textContent = position;
  document.querySelector("[data-previous]").disabled = current === 0;
  document.querySelector("[data-next]").hidden = current === sections.length - 1;
  document.querySelector("[data-last]").hidden = current !== sections.length - 1;
  history.replaceState(null, "", `#cau-${position}`);
  if (focus) {
    const heading = sections[current].querySelector("[data-heading]");
    heading.focus({ preventScroll: true });
    scrollTo({ top: 0 });
  }
}

function openFromAddress() {
  const index = sections.findIndex((section) => `#${section.id}` === location.hash);
  open(index < 0 ? 0 : index, index >= 0);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="#cau-"]');
  if (link) {
    event.preventDefault();
    open(sections.findIndex((section) => `#${section.id}` === link.hash));
  }
  if (event.target.closest("[data-previous]")) open(current - 1);
  if (event.target.closest("[data-next]")) open(current + 1);
  const flag = event.target.closest("[data-flag]");
  if (flag) toggleFlag(flag.closest("section"), flag);
});
addEventListener("hashchange", openFromAddress);

// ---------- Marked for review: a note on this device alone ----------

const flagKey = `flags:${form.dataset.attempt}`;
let flags = new Set();
try {
  flags = new Set(JSON.parse(sessionStorage.getItem(flagKey) || "[]"));
} catch {
  // A private window may refuse storage; the marks then last as long as the page.
}

function toggleFlag(section, button) {
  const position = section.dataset.position;
  if (!flags.delete(position)) flags.add(position);
  try {
    sessionStorage.setItem(flagKey, JSON.stringify([...flags]));
  } catch {
    // as above
  }
  showFlag(section, button);
}

function showFlag(section, button) {
  const position = section.dataset.position;
  const on = flags.has(position);
  button.setAttribute("aria-pressed", String(on));
  for (const link of document.querySelectorAll(`.qnav a[href="#cau-${position}"]`)) {
    link.classList.toggle("flag", on);
  }
  mark(position, waiting.has(Number(position)) ? "held" : answered(position) ? "done" : "");
}

// ---------- The clock: decoration; the server's deadline is the only one ----------

const timer = document.querySelector("[data-seconds-left]");
const spoken = document.getElementById("timer-spoken");
const THRESHOLDS = [600, 300, 60, 30];
const end = performance.now() + Number(timer.dataset.secondsLeft) * 1000;
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
  leaving = true;
  // Give the last saves their grace, then let the server close and grade.
  setTimeout(() => document.getElementById("time-up").requestSubmit(), waiting.size ? 8000 : 1000);
}
const ticking = setInterval(tick, 1000);

// ---------- Begin ----------

document.documentElement.classList.add("has-script");
for (const element of document.querySelectorAll("[data-script-only]")) element.hidden = false;
for (const element of document.querySelectorAll("[data-no-script]")) element.hidden = true;
for (const section of sections) showFlag(section, section.querySelector("[data-flag]"));
openFromAddress();
tick();
