// @ts-check
/** Shows tables and texts in their places on the result's page, when these come into view. */

const places = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-part]"));
const watch = new IntersectionObserver(
  (seen) => {
    for (const one of seen) {
      if (!one.isIntersecting) continue;
      watch.unobserve(one.target);
      void show(/** @type {HTMLElement} */ (one.target));
    }
  },
  { rootMargin: "400px" },
);

/** The link in the place stays where nothing comes: it leads to a page with the same. @param {HTMLElement} place */
async function show(place) {
  try {
    const response = await fetch(/** @type {string} */ (place.dataset.part));
    if (!response.ok) return;
    // Parsed in a document of its own, in which nothing runs; ours has a policy besides.
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const part = page.getElementById("part");
    if (!part) return;
    part.removeAttribute("id");
    place.replaceChildren(part);
  } catch {
    // no connection: the link is there
  }
}

for (const place of places) watch.observe(place);
