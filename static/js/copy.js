// @ts-check
/** Buttons that copy the text of another element; without this script they are not shown. */

if (navigator.clipboard) document.documentElement.classList.add("copies");

document.addEventListener("click", async (event) => {
  const clicked = /** @type {Element} */ (event.target);
  const button = /** @type {HTMLButtonElement | null} */ (clicked.closest("button[data-copies]"));
  const source = button && document.getElementById(button.dataset.copies ?? "");
  if (!button || !source) return;
  const text = (source.textContent ?? "").trim();
  const word = await navigator.clipboard.writeText(text).then(
    () => button.dataset.copied,
    () => button.dataset.refused, // by the browser: the text can still be selected
  );
  const said = button.parentElement?.querySelector("[role=status]");
  if (said) said.textContent = word ?? "";
});
