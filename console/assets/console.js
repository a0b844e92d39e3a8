// What pages do beyond links and forms. Everything here helps; nothing needs it.
"use strict";

// The server writes times in the reader's zone, which only the browser knows.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
if (zone && !document.cookie.split("; ").includes("rollcall_zone=" + encodeURIComponent(zone))) {
  document.cookie = "rollcall_zone=" + encodeURIComponent(zone) + "; path=/; max-age=31536000; samesite=lax";
}

// ask fetches a page without counting as use of the session. Whoever is not signed in any more is shown the way in.
async function ask(url, options = {}) {
  const answer = await fetch(url, { ...options, headers: { ...options.headers, "Rollcall-Passive": "1" } });
  if (answer.status === 401) location.replace(location.pathname + location.search); // a form is not sent again
  return answer;
}

// replace puts the element of an id of one page in the place of that of this page; what has the focus keeps it.
function replace(id, text) {
  const fresh = new DOMParser().parseFromString(text, "text/html").getElementById(id);
  const old = document.getElementById(id);
  if (!fresh || !old) return;
  const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
  old.replaceWith(fresh);
  if (focused) document.getElementById(focused)?.focus();
  prepare(fresh);
}

// An open page of somebody who may no longer see it is left: a check every few seconds, while it is looked at.
setInterval(() => {
  if (!document.hidden) ask("/session").catch(() => {});
}, 5000);

function prepare(root) {
  // data-copy: a button that copies the text of the element of that id.
  for (const b of root.querySelectorAll("[data-copy]")) {
    b.hidden = !navigator.clipboard;
    b.addEventListener("click", async () => {
      const said = b.textContent;
      await navigator.clipboard.writeText(document.getElementById(b.dataset.copy).textContent);
      b.textContent = b.dataset.copied;
      setTimeout(() => (b.textContent = said), 2000);
    });
  }

  // data-live: an element that shows work that goes on, in seconds between two looks. It ends when the server leaves it out.
  for (const e of [...root.querySelectorAll("[data-live]"), ...(root.matches?.("[data-live]") ? [root] : [])]) {
    const look = async () => {
      try {
        const answer = await ask(location.href);
        if (answer.ok) return replace(e.id, await answer.text());
      } catch {}
      if (document.contains(e)) setTimeout(look, e.dataset.live * 1000); // the network comes back
    };
    setTimeout(look, e.dataset.live * 1000);
  }

  // data-all: a box that ticks all of a name; data-chosen: an element that says how many are.
  for (const all of root.querySelectorAll("[data-all]")) {
    const boxes = () => [...document.getElementsByName(all.dataset.all)];
    const say = () => {
      const chosen = boxes().filter((b) => b.checked).length;
      all.checked = chosen > 0 && chosen === boxes().length;
      all.indeterminate = chosen > 0 && !all.checked;
      for (const e of document.querySelectorAll("[data-chosen]")) e.textContent = e.dataset.chosen.replace("#", chosen);
    };
    all.hidden = false;
    all.addEventListener("change", () => {
      for (const b of boxes()) b.checked = all.checked;
      say();
    });
    for (const b of boxes()) b.addEventListener("change", say);
    say();
  }

  // data-filter: a form whose answer, the element of that id, follows as one types.
  for (const form of root.querySelectorAll("form[data-filter]")) {
    let wait, latest;
    const follow = () => {
      clearTimeout(wait);
      wait = setTimeout(async () => {
        const url = form.getAttribute("action").split("?")[0] + "?" + new URLSearchParams(new FormData(form));
        latest = url;
        const answer = await ask(url);
        const text = await answer.text();
        if (url !== latest || !answer.ok) return; // another letter came
        history.replaceState(null, "", url);
        replace(form.dataset.filter, text);
      }, 200);
    };
    form.addEventListener("input", follow);
    form.addEventListener("change", follow);
  }

  // data-check: a form that is looked at as one types; the answer's element of that id takes its place.
  for (const form of root.querySelectorAll("form[data-check]")) {
    let wait;
    form.addEventListener("input", () => {
      clearTimeout(wait);
      wait = setTimeout(async () => {
        const answer = await ask(form.dataset.check, { method: "POST", body: new URLSearchParams(new FormData(form)) });
        if (answer.ok || answer.status === 422) replace(form.dataset.result, await answer.text());
      }, 400);
    });
  }
}
prepare(document);

// On a phone the menu begins closed.
if (matchMedia("(max-width: 48rem)").matches) document.querySelector(".side details")?.removeAttribute("open");
// A menu that is open closes with Escape, and gives the focus back.
document.addEventListener("keydown", (e) => {
  const menu = e.key === "Escape" && document.activeElement?.closest("details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
