/* The behaviour of the frame: theme, menus, dialogs, confirmations, toasts, busy buttons, tables on phones,
   and fetching chart and map code only where a page shows one. Every page works without it. */
(() => {
  "use strict";

  const root = document.documentElement;
  const here = document.currentScript.dataset;
  const words = () => document.getElementById("hansa-words")?.dataset ?? {};

  /* --- theme ------------------------------------------------------------------------------------------- */
  const night = window.matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : night.matches);

  function applyTheme(theme) {
    const followsSystem = (theme === "dark") === night.matches;
    if (followsSystem) delete root.dataset.theme;
    else root.dataset.theme = theme;
    try {
      if (followsSystem) localStorage.removeItem("hansa-theme");
      else localStorage.setItem("hansa-theme", theme);
    } catch {
      /* storage is forbidden: the choice lasts for this page */
    }
    announceTheme();
  }

  function announceTheme() {
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      button.setAttribute("aria-pressed", String(isDark()));
      for (const icon of button.querySelectorAll("[data-theme-icon]")) {
        icon.toggleAttribute("hidden", (icon.dataset.themeIcon === "dark") !== isDark());
      }
    }
    document.dispatchEvent(new CustomEvent("hansa:theme"));
  }

  night.addEventListener("change", announceTheme);

  /* --- toasts: hansa.toast(text, level), or a response header HX-Trigger: {"toast": {"text": …, "level": …}} -- */
  function toast(text, level = "info") {
    const shelf = document.getElementById("toasts");
    if (!shelf || !text) return;
    const note = document.createElement("div");
    note.className = `toast toast-${level}`;
    note.textContent = text;
    shelf.append(note);
    window.setTimeout(() => note.remove(), level === "error" ? 9000 : 5000);
  }

  document.addEventListener("toast", (event) => {
    const detail = event.detail ?? {};
    toast(detail.text ?? detail.value, detail.level);
  });
  document.addEventListener("htmx:responseError", () => toast(words().failed, "error"));
  document.addEventListener("htmx:sendError", () => toast(words().offline, "error"));

  /* --- confirmation: data-confirm="question" on a form or its button, or hx-confirm ----------------------------- */
  function ask(question, whenYes) {
    const dialog = document.getElementById("confirm");
    if (!dialog?.showModal) {
      if (window.confirm(question)) whenYes();
      return;
    }
    dialog.querySelector("[data-question]").textContent = question;
    dialog.returnValue = "";
    dialog.addEventListener("close", () => dialog.returnValue === "yes" && whenYes(), { once: true });
    dialog.showModal();
  }

  document.addEventListener("htmx:confirm", (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    ask(event.detail.question, () => event.detail.issueRequest(true));
  });

  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
      if (!question || form.dataset.confirmed) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      ask(question, () => {
        form.dataset.confirmed = "yes";
        form.requestSubmit(event.submitter);
        delete form.dataset.confirmed;
      });
    },
    true,
  );

  const BUSY_MS = 8000;

  function rest() {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
    for (const busy of document.querySelectorAll("form [aria-busy=true]")) busy.removeAttribute("aria-busy");
  }

  /* --- a form is sent once -------------------------------------------------------------------------------- */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.matches("[hx-post], [hx-get], [hx-put], [hx-patch], [hx-delete], [method=dialog]")) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    if (form.method === "post") form.dataset.sent = "yes";
    event.submitter?.setAttribute("aria-busy", "true");
    window.setTimeout(rest, BUSY_MS); /* a download leaves the page where it is */
  });

  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = csrfToken();
  });

  /* the cookie is fresher than the page after signing in elsewhere; it may be hidden from scripts */
  function csrfToken() {
    const cookie = document.cookie.split("; ").find((part) => part.startsWith("csrftoken="));
    return cookie ? cookie.slice("csrftoken=".length) : (document.body.dataset.csrf ?? "");
  }

  /* a page that comes back from the back/forward cache must not look busy or half open */
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    rest();
    closeMenus();
    for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  });

  /* --- one listener for every click ------------------------------------------------------------------------ */
  function closeMenus(except) {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (menu !== except) menu.open = false;
  }

  const clicks = {
    "[data-theme-toggle]": () => applyTheme(isDark() ? "light" : "dark"),
    "[data-dialog-open]": (button) => document.getElementById(button.dataset.dialogOpen)?.showModal(),
    "[data-dialog-close]": (button) => button.closest("dialog")?.close(),
    "[data-dismiss]": (button) => button.closest(button.dataset.dismiss || ".alert")?.remove(),
    "[data-print]": () => window.print(),
    "[data-copy]": (button) => {
      const source = document.getElementById(button.dataset.copy);
      source.select();
      navigator.clipboard?.writeText(source.value).then(() => {
        button.lastChild.textContent = button.dataset.copied;
      }, () => {});
    },
    "[data-deck-more]": (button) => {
      const deck = button.closest(".deck");
      button.setAttribute("aria-expanded", String(deck.toggleAttribute("data-open")));
    },
    "[data-step]": (button) => {
      const input = button.closest(".quantity").querySelector("input");
      if (Number(button.dataset.step) < 0) input.stepDown();
      else input.stepUp();
      input.dispatchEvent(new Event("change", { bubbles: true }));
    },
  };

  document.addEventListener("click", (event) => {
    closeMenus(event.target.closest("details.menu"));
    if (event.target.matches("dialog[data-light-dismiss]")) event.target.close();
    for (const [selector, act] of Object.entries(clicks)) {
      const hit = event.target.closest(selector);
      if (hit) act(hit);
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = document.querySelector("details.menu[open]");
    if (!open) return;
    open.open = false;
    open.querySelector("summary").focus();
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-autosubmit]")) event.target.form.requestSubmit();
  });

  /* --- what has to be done to every new piece of page -------------------------------------------------------- */
  const within = (piece, selector) => [...(piece.matches(selector) ? [piece] : []), ...piece.querySelectorAll(selector)];

  function labelTables(piece) {
    for (const table of within(piece, "table.table-cards")) {
      const names = [...table.querySelectorAll("thead th")].map((head) => head.textContent.trim());
      for (const row of table.querySelectorAll("tbody tr")) {
        [...row.children].forEach((cell, column) => {
          if (cell.tagName === "TD" && cell.colSpan === 1 && !cell.dataset.label && names[column]) {
            cell.dataset.label = names[column];
          }
        });
      }
    }
  }

  const scripts = new Map();

  function script(url) {
    if (!scripts.has(url)) {
      scripts.set(
        url,
        new Promise((done, failed) => {
          const element = document.createElement("script");
          element.src = url;
          element.onload = done;
          element.onerror = failed;
          document.head.append(element);
        }),
      );
    }
    return scripts.get(url);
  }

  function sheet(url) {
    if (document.querySelector(`link[href="${url}"]`)) return Promise.resolve();
    return new Promise((done, failed) => {
      const link = document.createElement("link");
      link.rel = "stylesheet";
      link.href = url;
      link.onload = done;
      link.onerror = failed;
      document.head.append(link);
    });
  }

  async function hydrate(piece) {
    if (within(piece, "canvas[data-chart]").length) {
      await script(here.chartLibrary);
      await script(here.charts);
      window.hansaCharts.draw();
    }
    if (within(piece, ".map[data-map]").length) {
      await Promise.all([sheet(here.mapLibrarySheet), script(here.mapLibrary)]);
      await Promise.all([sheet(here.mapSheet), script(here.map)]);
      window.hansaMaps.draw();
    }
  }

  function dress(piece) {
    labelTables(piece);
    hydrate(piece).catch(() => toast(words().failed, "error"));
    document.dispatchEvent(new CustomEvent("hansa:piece", { detail: piece }));
  }

  document.addEventListener("htmx:load", (event) => dress(event.detail.elt));

  window.hansa = { toast, ask, csrfToken };
  announceTheme();
  if (!window.htmx) dress(document.body);
})();
