// @ts-check
/** The form's places: where things stand, and where what is wrong is said. */

export const form = /** @type {HTMLFormElement} */ (document.getElementById("uploader"));
export const email = /** @type {HTMLInputElement | null} */ (form.querySelector("input[type=email]"));

/** @param {string} name @returns {HTMLElement} */
export function part(name) {
  return /** @type {HTMLElement} */ (form.querySelector(`[data-part="${name}"]`));
}

/** Say it to those who listen. @param {string} text */
export function speak(text) {
  part("spoken").textContent = text;
}

/** @param {"email" | "files" | "form"} where @param {string} message "" takes it away */
export function complain(where, message) {
  const error = where === "form" ? part("form-error") : document.getElementById(`${where}-error`);
  if (!error) return;
  const isNew = error.textContent !== message;
  error.textContent = message;
  error.hidden = !message;
  if (where === "email") email?.setAttribute("aria-invalid", String(Boolean(message)));
  if (where === "form" && message && isNew) error.focus();
}

/** @param {string} id @template T @returns {T | null} what the server put into the page as JSON */
export function given(id) {
  const text = document.getElementById(id)?.textContent;
  return text ? JSON.parse(text) : null;
}
