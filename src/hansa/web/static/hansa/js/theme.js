/* Runs before the first paint: a reader who chose day or night never sees the other one flash by. */
(() => {
  "use strict";
  try {
    const chosen = localStorage.getItem("hansa-theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  } catch {
    /* storage is forbidden: the system's theme stays */
  }
})();
