// @ts-check
/** A pipeline's form in the admin: a kind of data fills in what follows; a change makes it one's own. */

/** @typedef {Record<string, string | number | string[]>} Values */

const choice = /** @type {HTMLSelectElement | null} */ (document.getElementById("id_preset"));
if (choice?.form) listen(choice, choice.form);

/** @param {HTMLSelectElement} choice @param {HTMLFormElement} form */
function listen(choice, form) {
  /** @type {Record<string, Values>} */
  const presets = JSON.parse(choice.dataset.presets ?? "{}");
  const names = new Set(Object.keys(Object.values(presets)[0] ?? {}));
  choice.addEventListener("change", () => {
    for (const [name, value] of Object.entries(presets[choice.value] ?? {})) set(form, name, value);
  });
  form.addEventListener("change", ({ target }) => {
    if (target instanceof HTMLElement && names.has(target.getAttribute("name") ?? "")) choice.value = "own";
  });
}

/** @param {HTMLFormElement} form @param {string} name @param {string | number | string[]} value */
function set(form, name, value) {
  for (const field of form.querySelectorAll(`[name="${name}"]`)) {
    if (field instanceof HTMLSelectElement) field.value = String(value);
    if (field instanceof HTMLInputElement) field.checked = Array.isArray(value) && value.includes(field.value);
  }
}
