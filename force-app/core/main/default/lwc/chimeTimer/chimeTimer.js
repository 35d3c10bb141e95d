/**
 * The one place where components wait: everything that comes later is asked for here, and can be
 * called off when the component leaves the page.
 */

/**
 * @param {number} ms how long to wait
 * @param {() => void} task what happens then
 * @returns {() => void} calls it off
 */
export function after(ms, task) {
    // eslint-disable-next-line @lwc/lwc/no-async-operation -- the single timer of all components; callers cancel it
    const timer = setTimeout(task, Math.min(ms, 0x7fffffff));
    return () => clearTimeout(timer);
}
