// @ts-check
/**
 * Who speaks now, by the SDK's own detector: it smooths volumes over time, so that a cough does not move the
 * highlight.
 */

/**
 * @param {object} deps
 * @param {typeof import('amazon-chime-sdk-js')} deps.sdk
 * @param {import('amazon-chime-sdk-js').AudioVideoFacade} deps.audioVideo
 * @param {() => void} deps.onChange
 * @returns {{speaks: (attendeeId: string) => boolean}}
 */
export function watchSpeaker({ sdk, audioVideo, onChange }) {
    let active = '';
    audioVideo.subscribeToActiveSpeakerDetector(new sdk.DefaultActiveSpeakerPolicy(), (attendeeIds) => {
        const next = attendeeIds.join(' ');
        if (next !== active) {
            active = next;
            onChange();
        }
    });
    return { speaks: (attendeeId) => active.split(' ').includes(attendeeId) };
}
