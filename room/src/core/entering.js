// @ts-check
/**
 * Into a place, one at a time: the Chime SDK is fetched and the old connection taken down first. Another place, or a
 * change of mind, overtakes what is under way.
 */
import { samePlace } from './ticket.js';

/** @typedef {import('./ticket.js').Place} Place */

/**
 * @param {object} deps
 * @param {() => Promise<typeof import('amazon-chime-sdk-js')>} deps.sdk
 * @param {Pick<import('./stay.js').Stay, 'enter'|'leave'>} deps.stay
 * @param {() => boolean} deps.wanted asked again before the last step
 * @param {() => void} deps.onEnter the last step
 * @param {() => void} deps.onFail the SDK did not come
 * @returns {{enter: (place: Place) => Promise<void>, abandon: () => void, under: () => boolean,
 *   isFor: (place: Place) => boolean}} `under`: something is under way
 */
export function makeEntering({ sdk, stay, wanted, onEnter, onFail }) {
    let turn = 0;
    /** @type {Place|null} */
    let target = null;

    function abandon() {
        turn += 1;
        target = null;
    }

    return {
        abandon,
        under: () => target !== null,
        isFor: (place) => samePlace(place, target),
        async enter(place) {
            abandon();
            target = place;
            const mine = turn;
            try {
                const [loaded] = await Promise.all([sdk(), stay.leave()]);
                if (mine === turn && wanted()) {
                    onEnter();
                    await stay.enter(loaded, place);
                }
            } catch {
                if (mine === turn) {
                    onFail();
                }
            }
            if (mine === turn) {
                target = null;
            }
        }
    };
}
