// The clock of pages without a paper; the server's deadline is the only one that counts.

const timer = document.querySelector("[data-seconds-left]");
const end = performance.now() + Number(timer.dataset.secondsLeft) * 1000;

function tick() {
  const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
  timer.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  if (left === 0) location.reload();
  else setTimeout(tick, 1000);
}
if (Number(timer.dataset.secondsLeft) > 0) tick();
