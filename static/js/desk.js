// What the desk's pages do beyond plain HTML. Every page works without it.
"use strict";

const words = document.body.dataset;

// The same folding as on the server: marks off, đ and ƀ by name, one kind of apostrophe.
const fold = (text) =>
  text.replace(/[’‘ʼ`´ʹ′]/g, "'").normalize("NFD").replace(/\p{M}/gu, "").toLowerCase()
    .replace(/đ/g, "d").replace(/ƀ/g, "b").replace(/\s+/g, " ").trim();

// ---- a question before a step with a consequence

const dialogOf = (content, title) => {
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-label", title);
  const cancel = document.createElement("button");
  cancel.type = "button";
  cancel.textContent = words.cancel;
  cancel.addEventListener("click", () => dialog.close());
  dialog.append(content, cancel);
  document.body.append(dialog);
  dialog.showModal();
  cancel.focus();
  return dialog;
};

document.addEventListener("click", (event) => {
  const summary = event.target.closest(".confirm > summary");
  if (!summary) return;
  event.preventDefault();
  const details = summary.parentElement;
  const dialog = dialogOf(details.querySelector(".confirm-body"), summary.textContent.trim());
  dialog.addEventListener("close", () => {
    details.append(dialog.firstChild);
    dialog.remove();
    summary.focus();
  });
});

const agreed = new WeakSet();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset.confirm || agreed.has(form)) return;
  event.preventDefault();
  const pressed = event.submitter;
  const content = document.createElement("div");
  const consequence = document.createElement("p");
  const yes = document.createElement("button");
  consequence.textContent = form.dataset.confirm;
  yes.type = "button";
  yes.className = "primary";
  yes.textContent = pressed?.textContent.trim() || form.dataset.confirm;
  content.append(consequence, yes);
  const dialog = dialogOf(content, yes.textContent);
  dialog.addEventListener("close", () => dialog.remove());
  yes.addEventListener("click", () => {
    dialog.close();
    agreed.add(form);
    form.requestSubmit(pressed);
  });
}, true);

// ---- a second press on the same button sends nothing twice

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || "download" in form.dataset) return;
  const button = event.submitter;
  if (!button) return;
  // After this turn of the loop, so that the button's own value is still sent.
  setTimeout(() => {
    button.disabled = true;
    button.setAttribute("aria-busy", "true");
    button.dataset.label = button.textContent;
    button.textContent = words.sending;
  });
});

// A page that comes back by the browser's own button is usable again.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const button of document.querySelectorAll("button[aria-busy]")) {
    button.disabled = false;
    button.removeAttribute("aria-busy");
    button.textContent = button.dataset.label;
  }
});

// ---- rows that do not match what is typed are hidden

for (const bar of document.querySelectorAll("[data-filter]")) {
  const rows = [...document.querySelectorAll(`#${CSS.escape(bar.dataset.filter)} tbody > tr`)];
  const texts = rows.map((row) => fold(row.textContent));
  const input = bar.querySelector("input");
  const status = bar.querySelector("[role=status]");
  bar.hidden = false;
  input.addEventListener("input", () => {
    const sought = fold(input.value).split(" ");
    let shown = 0;
    rows.forEach((row, i) => {
      row.hidden = !sought.every((word) => texts[i].includes(word));
      shown += !row.hidden;
    });
    status.textContent = shown ? `${shown}/${rows.length}` : status.dataset.none;
  });
}

// ---- copying, printing, and the eye led to what is wrong

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  // No clipboard on a page served over plain http: the text is marked for copying by hand.
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = words.copied;
    setTimeout(() => { button.textContent = label; }, 2000);
  } catch {
    prompt(label.trim(), button.dataset.copy);
  }
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) print();
});

document.querySelector("[data-focus]")?.focus();
