// @ts-check
/** What a page asks of the browser while it sends. */

/** Ask before the page is left in the middle. @param {() => boolean} isBusy */
export function warnOnLeaving(isBusy) {
  window.addEventListener("beforeunload", (event) => {
    if (isBusy()) event.preventDefault();
  });
}

/**
 * Keep the computer from falling asleep; where that cannot be had, nothing is lost.
 * @param {() => boolean} isBusy
 * @returns {() => Promise<void>} to be called whenever it may have become busy or idle
 */
export function keepAwake(isBusy) {
  /** @type {WakeLockSentinel | undefined} */
  let lock;
  let isAsking = false;
  const look = async () => {
    if (!isBusy()) return lock?.release();
    const isHeld = lock && !lock.released;
    if (isHeld || isAsking || document.visibilityState !== "visible") return;
    isAsking = true;
    try {
      lock = await navigator.wakeLock?.request("screen");
    } catch {
      // a low battery, or a browser without it
    }
    isAsking = false;
  };
  // The lock is lost whenever the page is hidden.
  document.addEventListener("visibilitychange", look);
  return look;
}
