// All of this is convenience: the page is whole without it.
"use strict";
(() => {
  const address = location.origin;
  if (address.startsWith("http")) {
    for (const code of document.querySelectorAll("pre > code")) {
      if (code.textContent.includes("http://127.0.0.1:8000")) {
        code.textContent = code.textContent.replaceAll("http://127.0.0.1:8000", address);
      }
    }
  }

  if (navigator.clipboard) {
    for (const block of document.querySelectorAll("pre[data-lang]")) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.textContent = "Copy";
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(block.textContent);
        button.textContent = "Copied";
        setTimeout(() => { button.textContent = "Copy"; }, 1500);
      });
      if (block.parentElement.classList.contains("panel")) block.after(button);
    }
  }

  // Who has chosen Python once wants it everywhere.
  for (const radio of document.querySelectorAll(".tabs > input")) {
    radio.addEventListener("change", () => {
      const lang = radio.id.split("-").pop();
      for (const other of document.querySelectorAll(`.tabs > input[id$="-${lang}"]`)) {
        other.checked = true;
      }
    });
  }

  const find = document.getElementById("find");
  if (find) {
    const entries = [...document.querySelectorAll(".sidebar li")].map((item) => {
      const target = document.getElementById(item.firstElementChild.hash.slice(1));
      return [item, target?.dataset.find ?? item.textContent.toLowerCase()];
    });
    find.hidden = false;
    find.addEventListener("input", () => {
      const words = find.value.toLowerCase().split(/\s+/);
      for (const [item, text] of entries) {
        item.hidden = !words.every((word) => text.includes(word));
      }
      for (const group of document.querySelectorAll(".sidebar section")) {
        group.hidden = !group.querySelector("li:not([hidden])");
      }
    });
  }

  const links = new Map(
    [...document.querySelectorAll(".sidebar li a")].map((link) => [link.hash.slice(1), link]),
  );
  const watcher = new IntersectionObserver(
    (seen) => {
      for (const one of seen) {
        if (!one.isIntersecting) continue;
        for (const link of links.values()) link.removeAttribute("aria-current");
        links.get(one.target.id)?.setAttribute("aria-current", "true");
      }
    },
    { rootMargin: "-10% 0px -80% 0px" },
  );
  for (const article of document.querySelectorAll("article")) watcher.observe(article);

  document.getElementById("menu")?.parentElement.querySelector("nav").addEventListener("click", (event) => {
    if (event.target.closest("a")) document.getElementById("menu").checked = false;
  });
})();
