// What pages do beyond links and forms. Everything here helps; nothing needs it.
"use strict";

// The server writes times in the reader's zone, which only the browser knows.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
if (zone && !document.cookie.split("; ").includes("rollcall_zone=" + encodeURIComponent(zone))) {
  document.cookie = "rollcall_zone=" + encodeURIComponent(zone) + "; path=/; max-age=31536000; samesite=lax";
}

// ask fetches a page. Only what the "reader" does counts as use of the session, not what the "page" asks by itself. Whoever
// is not signed in any more is shown the way in.
async function ask(by, url, options = {}) {
  const answer = await fetch(url, { ...options, headers: { "Rollcall-Script": by } });
  if (answer.status === 401) location.replace(location.pathname + location.search); // a form is not sent again
  return answer;
}

// say has screen readers read a short text out, when they have finished what they read.
function say(text) {
  const said = document.getElementById("said");
  if (said && text) said.textContent = said.textContent === text ? text + "\u00a0" : text; // the same text twice is news, too
}

// twin finds in one part of a page what is alike to an element of another part: of several the one at the same place.
function twin(e, old, fresh) {
  const key = (x) => [x.id, x.name, x.className, x.getAttribute("href"), x.form?.getAttribute("action"), x.matches("a, button") && x.textContent].join("\n");
  const alike = (part) => [...part.querySelectorAll(e.tagName)].filter((x) => key(x) === key(e));
  return alike(fresh)[alike(old).indexOf(e)];
}

// replace puts the element of an id of one page in the place of that of this page. What has the focus keeps it, what is
// scrolled or open stays so.
function replace(id, text) {
  const fresh = new DOMParser().parseFromString(text, "text/html").getElementById(id);
  const old = document.getElementById(id);
  if (!fresh || !old) return;
  if (old.matches("[role=status]")) return old.replaceChildren(...fresh.childNodes); // only a region that stays is read out
  const focus = old.contains(document.activeElement) && document.activeElement;
  const again = focus && twin(focus, old, fresh);
  for (const d of old.querySelectorAll("details")) twin(d, old, fresh)?.toggleAttribute("open", d.open);
  const scrolled = [...old.querySelectorAll(".scroll")].map((e) => [twin(e, old, fresh), e.scrollLeft, e.scrollTop]);
  old.replaceWith(fresh);
  for (const [e, left, top] of scrolled) e?.scrollTo({ left, top, behavior: "instant" });
  if (focus && !again) fresh.tabIndex = -1; // what had it is gone: the keyboard stays near
  if (focus) (again || fresh).focus({ preventScroll: true });
  if (fresh.dataset.say !== old.dataset.say) say(fresh.dataset.say);
  prepare(fresh);
}

// An open page of somebody who may no longer see it is left: a check every few seconds, while it is looked at.
setInterval(() => {
  if (!document.hidden) ask("page", "/session").catch(() => {});
}, 5000);

// A form does what it does once, however often its button is pressed. Who comes back to the page may send it again.
document.addEventListener("submit", (e) => {
  if (e.target.getAttribute("method") !== "post") return;
  if (e.target.dataset.sent) e.preventDefault();
  e.target.dataset.sent = "yes";
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

function prepare(root) {
  // data-copy: a button that copies the text of the element of that id.
  for (const b of root.querySelectorAll("[data-copy]")) {
    const name = b.textContent;
    b.hidden = !navigator.clipboard;
    b.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(b.dataset.copy).textContent);
      b.textContent = b.dataset.copied;
      say(b.dataset.copied);
      setTimeout(() => (b.textContent = name), 2000);
    });
  }

  // data-live: an element that shows work that goes on, in seconds between two looks. It ends when the server leaves it out.
  for (const e of [...root.querySelectorAll("[data-live]"), ...(root.matches?.("[data-live]") ? [root] : [])]) {
    const look = async () => {
      try {
        const answer = await ask("page", location.href);
        const text = await answer.text();
        if (answer.ok && !e.querySelector("form[data-sent], :is(input, select, textarea):focus")) replace(e.id, text);
      } catch {} // the network comes back
      if (document.contains(e)) setTimeout(look, e.dataset.live * 1000);
    };
    setTimeout(look, e.dataset.live * 1000);
  }

  // data-all: a box that ticks all of a name; data-chosen: an element that says how many are.
  for (const all of root.querySelectorAll("[data-all]")) {
    const boxes = () => [...document.getElementsByName(all.dataset.all)];
    const count = () => {
      const chosen = boxes().filter((b) => b.checked).length;
      all.checked = chosen > 0 && chosen === boxes().length;
      all.indeterminate = chosen > 0 && !all.checked;
      for (const e of document.querySelectorAll("[data-chosen]")) e.textContent = e.dataset.chosen.replace("#", chosen);
    };
    all.hidden = false;
    all.addEventListener("change", () => {
      for (const b of boxes()) b.checked = all.checked;
      count();
    });
    for (const b of boxes()) b.addEventListener("change", count);
    count();
  }

  // data-filter: a form whose answer, the element of that id, follows as one types; data-check: one that is looked at as one
  // types, of whose answer the element of the id in data-result is shown.
  for (const form of root.querySelectorAll("form[data-filter], form[data-check]")) {
    const { filter, check, result } = form.dataset;
    let wait, latest;
    form.addEventListener("input", () => {
      clearTimeout(wait);
      wait = setTimeout(async () => {
        const mine = (latest = {});
        const values = new URLSearchParams(new FormData(form));
        const url = check ?? form.getAttribute("action").split("?")[0] + "?" + values;
        const answer = await ask("reader", url, check ? { method: "POST", body: values } : {});
        const text = await answer.text();
        if (mine !== latest || !(answer.ok || (check && answer.status === 422))) return; // another letter came
        if (filter) history.replaceState(null, "", url);
        replace(filter ?? result, text);
      }, filter ? 200 : 400);
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
