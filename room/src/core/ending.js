// @ts-check
/**
 * Why a stay ended, in one word.
 * - `left`: we did it
 * - `elsewhere`: the same seat came in by another page
 * - `gone`: meeting or attendee are no more; only another ticket helps
 * - `full`: nobody more is let in
 * - `lost`: anything else; trying again may help
 * @typedef {'left'|'elsewhere'|'gone'|'full'|'lost'} Ending
 */

/**
 * @param {typeof import('amazon-chime-sdk-js')} sdk
 * @param {import('amazon-chime-sdk-js').MeetingSessionStatus} status
 * @returns {Ending}
 */
export function endingOf({ MeetingSessionStatusCode: Code }, status) {
    switch (status.statusCode()) {
        case Code.Left:
        case Code.OK:
            return 'left';
        case Code.AudioJoinedFromAnotherDevice:
            return 'elsewhere';
        case Code.MeetingEnded:
        case Code.AudioAttendeeRemoved:
        case Code.AudioAuthenticationRejected:
        case Code.SignalingBadRequest:
            return 'gone';
        case Code.AudioCallAtCapacity:
            return 'full';
        default:
            return 'lost';
    }
}
