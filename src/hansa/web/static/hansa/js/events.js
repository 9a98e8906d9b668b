/* What a shopper saw and clicked, told to the platform in small batches, only with consent.
   <article data-impression="LISTING" data-placement="home" data-position="3" [data-request="ID"]> is seen when at
   least half of it was on screen for a second, once a page; any link or button inside it counts as a click. */
(() => {
  "use strict";

  const { eventsUrl, consent } = document.body.dataset;
  const refused = navigator.doNotTrack === "1" || navigator.globalPrivacyControl === true;
  if (!eventsUrl || consent !== "yes" || refused) return;

  const BATCH = 20;
  const WAIT_MS = 5000;
  const SEEN_MS = 1000;
  const waiting = [];
  const told = new Set();
  const timers = new Map();
  let clock = 0;

  function record(kind, element) {
    const { impression, placement, position, request } = element.dataset;
    const event = { kind, listing: impression, placement };
    if (position !== undefined) event.position = Number(position);
    if (request) event.request = request;
    waiting.push(event);
    if (waiting.length >= BATCH) flush();
    else clock ||= window.setTimeout(flush, WAIT_MS);
  }

  function flush() {
    window.clearTimeout(clock);
    clock = 0;
    if (waiting.length === 0) return;
    const body = JSON.stringify({ events: waiting.splice(0) });
    /* keepalive outlives the page as a beacon does, and can carry the token; a lost batch is not worth a word */
    const headers = { "Content-Type": "application/json", "X-CSRFToken": window.hansa.csrfToken() };
    fetch(eventsUrl, { method: "POST", headers, body, keepalive: true, credentials: "same-origin" }).catch(() => {});
  }

  const watcher = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        window.clearTimeout(timers.get(target));
        if (isIntersecting) timers.set(target, window.setTimeout(() => seen(target), SEEN_MS));
      }
    },
    { threshold: 0.5 },
  );

  function seen(element) {
    watcher.unobserve(element);
    timers.delete(element);
    const key = `${element.dataset.impression} ${element.dataset.placement}`;
    if (!element.isConnected || told.has(key)) return;
    told.add(key);
    record("impression", element);
  }

  function watch(piece) {
    if (piece.matches?.("[data-impression]")) watcher.observe(piece);
    for (const element of piece.querySelectorAll("[data-impression]")) watcher.observe(element);
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a, button");
    const card = link?.matches("[data-aside]") ? null : link?.closest("[data-impression]");
    if (card) record("click", card);
  });
  document.addEventListener("hansa:piece", (event) => watch(event.detail));
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && flush());
  window.addEventListener("pagehide", flush);
  watch(document.body);
})();
