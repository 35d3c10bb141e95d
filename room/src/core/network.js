// @ts-check
/**
 * What the connection is like, in one word, the worst one first.
 */

/**
 * @typedef {import('./state.js').RoomState['network']} Word
 */

/**
 * @param {object} deps
 * @param {() => void} deps.onChange
 * @returns {{word: () => Word, observer: import('amazon-chime-sdk-js').AudioVideoObserver,
 *   events: import('amazon-chime-sdk-js').EventObserver, lost: (lost: boolean) => void}}
 */
export function watchNetwork({ onChange }) {
    let lost = false;
    let poor = false;
    let mute = false;
    /** @type {Set<number>} */
    const paused = new Set();
    return {
        word() {
            if (lost) {
                return 'lost';
            }
            if (mute) {
                return 'sending-audio-failed';
            }
            if (poor) {
                return 'poor';
            }
            return paused.size > 0 ? 'video-paused' : null;
        },
        lost(now) {
            lost = now;
            onChange();
        },
        observer: {
            connectionDidBecomePoor() {
                poor = true;
                onChange();
            },
            connectionDidSuggestStopVideo() {
                poor = true;
                onChange();
            },
            connectionDidBecomeGood() {
                poor = false;
                onChange();
            },
            videoTileDidUpdate({ tileId, paused: now, localTile }) {
                if (tileId !== null && !localTile && paused.has(tileId) !== now) {
                    if (now) {
                        paused.add(tileId);
                    } else {
                        paused.delete(tileId);
                    }
                    onChange();
                }
            },
            videoTileWasRemoved(tileId) {
                if (paused.delete(tileId)) {
                    onChange();
                }
            }
        },
        events: {
            eventDidReceive(name) {
                if (name === 'sendingAudioFailed' || name === 'sendingAudioRecovered') {
                    mute = name === 'sendingAudioFailed';
                    onChange();
                }
            }
        }
    };
}
