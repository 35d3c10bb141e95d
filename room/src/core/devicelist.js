// @ts-check
/**
 * What devices this computer has, in three lists. Before permission was given a browser names no ids: then there is
 * nothing to choose from yet.
 */

/** @typedef {Pick<import('./state.js').Devices, 'cameras'|'microphones'|'speakers'>} Lists */

const LIST = /** @type {const} */ ({ videoinput: 'cameras', audioinput: 'microphones', audiooutput: 'speakers' });

/**
 * @param {any} window
 * @returns {Promise<Lists>} no speakers where the browser lets nobody choose one
 */
export async function listDevices(window) {
    /** @type {MediaDeviceInfo[]} */
    const found = (await window.navigator.mediaDevices?.enumerateDevices?.().catch(() => [])) ?? [];
    /** @type {Lists} */
    const lists = { cameras: [], microphones: [], speakers: [] };
    for (const { kind, deviceId, label } of found) {
        if (deviceId) {
            lists[LIST[kind]].push({ id: deviceId, label });
        }
    }
    const canChoose = typeof window.HTMLMediaElement?.prototype.setSinkId === 'function';
    return { ...lists, speakers: canChoose ? lists.speakers : [] };
}
