/**
 * Where the keyboard goes when the control under it goes away or is switched off: to the one that takes its place, at
 * the latest to the status line. Controls are known by their `data-id`.
 */

/** The last resort, always there. */
const STATUS = 'status';
/** Its own: what happens inside is nothing to follow. */
const FRAME = 'frame';
/* The control that takes the place of another. */
const NEXT = { record: ['stop'], stop: ['record'], agree: ['decline'], decline: ['agree'], leave: ['enter'] };

/**
 * @param {() => {querySelector: (selector: string) => HTMLElement|null, activeElement: HTMLElement|null}} template the
 *   component's, asked at each use
 * @returns {{goTo: (...ids: string[]) => void, handOn: (...ids: string[]) => void, handOnFrom: (id: string) => void,
 *   keep: () => boolean, stay: () => void, rendered: () => void}}
 *   goTo takes the keyboard to the first of these that the next rendering shows; handOn only if it would be lost;
 *   handOnFrom follows one control; keep follows the control under the keyboard, and tells whether there is one; stay
 *   takes a wish back; rendered is called by the component after each rendering
 */
export function keyboard(template) {
    let wish = null;

    function handOn(...ids) {
        wish = { ids: [...ids, STATUS], onlyIfLost: true };
    }

    function handOnFrom(id) {
        handOn(id, ...(NEXT[id] ?? []));
    }

    return {
        handOn,
        handOnFrom,
        goTo(...ids) {
            wish = { ids, onlyIfLost: false };
        },
        keep() {
            const id = template().activeElement?.dataset.id;
            if (id && id !== FRAME) {
                handOnFrom(id);
            }
            return Boolean(id);
        },
        stay() {
            wish = null;
        },
        rendered() {
            const { ids = [], onlyIfLost = false } = wish ?? {};
            const targets = ids.map((id) => template().querySelector(`[data-id="${id}"]`));
            const target = targets.find((one) => one && !one.disabled);
            if (target) {
                wish = null;
                if (!onlyIfLost || document.activeElement === document.body) {
                    target.focus();
                }
            }
        }
    };
}
