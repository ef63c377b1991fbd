// On every page: what a device keeps for working without a network belongs to one person, and is
// forgotten when they sign out or when somebody else signs in.

const owner = document.documentElement.dataset.owner || "";

async function forget() {
  try {
    sessionStorage.clear();
  } catch {
    // No storage, so nothing is kept.
  }
  if (window.outbox) return window.outbox.forgetEverything();
  if (window.indexedDB) indexedDB.deleteDatabase("papers");
  if (window.caches) for (const name of await caches.keys()) await caches.delete(name);
}

try {
  const kept = localStorage.getItem("owner");
  if (kept === "nobody" || (owner && kept && kept !== owner)) forget();
  if (owner) localStorage.setItem("owner", owner);
} catch {
  // No storage, so nothing is kept either.
}

for (const form of document.querySelectorAll("form[data-forget]")) {
  form.addEventListener("submit", () => {
    try {
      localStorage.setItem("owner", "nobody"); // the next page finishes what this one begins
    } catch {
      // as above
    }
    forget();
  });
}

// The worker opens lessons and a started paper without a network. Only secure pages have it.
if (owner && navigator.serviceWorker) {
  const address = "/service-worker.js";
  const policy = window.trustedTypes?.createPolicy("worker", { createScriptURL: (url) => url });
  const isControlled = Boolean(navigator.serviceWorker.controller);
  navigator.serviceWorker
    .register(policy ? policy.createScriptURL(address) : address)
    .then(() => navigator.serviceWorker.ready)
    // The very first page was loaded before there was a worker to keep it.
    .then((worker) => isControlled || worker.active.postMessage(location.pathname))
    .catch(() => {}); // the page works as without it
}
