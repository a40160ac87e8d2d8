// @ts-check
/** What a page asks of the browser while it sends. */

/** Ask before the page is left in the middle. @param {() => boolean} isBusy */
export function warnOnLeaving(isBusy) {
  window.addEventListener("beforeunload", (event) => {
    if (isBusy()) event.preventDefault();
  });
}

/** Keep the computer from falling asleep; where that cannot be had, nothing is lost. @param {() => boolean} isBusy */
export function keepAwake(isBusy) {
  const ask = async () => {
    if (document.visibilityState !== "visible") return;
    try {
      await navigator.wakeLock?.request("screen");
    } catch {
      // a low battery, or a browser without it
    }
  };
  // The lock is lost whenever the page is hidden.
  document.addEventListener("visibilitychange", () => {
    if (isBusy()) ask();
  });
  ask();
}
