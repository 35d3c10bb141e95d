/**
 * What a host may command, and how: over the port of the room, where it costs no event; through Apex if no room is open
 * here or the room keeps silent.
 */
import endMeeting from '@salesforce/apex/ChimeRoomController.endMeeting';
import startRecording from '@salesforce/apex/ChimeRoomController.startRecording';
import stopRecording from '@salesforce/apex/ChimeRoomController.stopRecording';

const RUNNING = ['Preparing', 'Waiting for consent', 'Starting', 'Recording'];

const isRunning = (state) => RUNNING.includes(state);

/* What the room says when it has heard, and what does the same without a room. */
const COMMANDS = {
    record: { isHeard: ({ type, state }) => type === 'recording' && isRunning(state), apex: startRecording },
    stop: { isHeard: ({ type, state }) => type === 'recording' && !isRunning(state), apex: stopRecording },
    end: { isHeard: ({ type, state }) => type === 'state' && state === 'ended', apex: endMeeting }
};

/**
 * @param {{isFinal: boolean, status: string, mayRecord: boolean, mayControl: boolean}|undefined} meeting as Apex tells it
 * @param {string} recordingState
 * @returns {{record: boolean, stop: boolean, end: boolean}} which commands this user may give now
 */
export function rights(meeting, recordingState) {
    const isOpen = Boolean(meeting) && !meeting.isFinal && meeting.status !== 'Scheduled';
    const mayRecord = isOpen && meeting.mayRecord;
    return {
        record: mayRecord && !isRunning(recordingState),
        stop: mayRecord && isRunning(recordingState),
        end: isOpen && meeting.mayControl
    };
}

/**
 * @param {'record'|'stop'|'end'} type
 * @param {string} meetingId
 * @param {object} way
 * @param {(message: {type: string}, isHeard: (answer: object) => boolean) => Promise<boolean>} way.ask asks the room;
 *   false if there is none or it kept silent
 * @param {() => boolean} way.isOver whether the meeting has ended meanwhile, so that nothing is left to command
 * @returns {Promise<void>} done or taken over; fails as Apex does
 */
export async function giveCommand(type, meetingId, { ask, isOver }) {
    const { isHeard, apex } = COMMANDS[type];
    const isDone = await ask({ type }, isHeard);
    if (!isDone && !isOver()) {
        await apex({ meetingId });
    }
}
