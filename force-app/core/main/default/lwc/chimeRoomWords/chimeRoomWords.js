import { fill, formatDateTime } from 'c/chimeFormat';
import { picklistText } from 'c/chimePicklist';
import agree from '@salesforce/label/c.Chime_Consent_Agree';
import consentQuestion from '@salesforce/label/c.Chime_Consent_Question';
import withdraw from '@salesforce/label/c.Chime_Consent_Withdraw';
import decline from '@salesforce/label/c.Chime_Consent_Decline';
import consentGiven from '@salesforce/label/c.Chime_Consent_Text_Given';
import consentRefused from '@salesforce/label/c.Chime_Consent_Text_Refused';
import checkHeading from '@salesforce/label/c.Chime_Check_Heading';
import close from '@salesforce/label/c.Chime_Close';
import loading from '@salesforce/label/c.Chime_Loading';
import tryAgain from '@salesforce/label/c.Chime_Try_Again';
import noSeat from '@salesforce/label/c.Chime_Room_No_Seat';
import endedAt from '@salesforce/label/c.Chime_Room_Ended_At';
import recordingIs from '@salesforce/label/c.Chime_Room_Recording_Is';
import enter from '@salesforce/label/c.Chime_Room_Enter';
import enterAgain from '@salesforce/label/c.Chime_Room_Enter_Again';
import enterHere from '@salesforce/label/c.Chime_Room_Enter_Here';
import ownWindow from '@salesforce/label/c.Chime_Room_Window';
import windowAgain from '@salesforce/label/c.Chime_Room_Window_Again';
import leave from '@salesforce/label/c.Chime_Room_Leave';
import record from '@salesforce/label/c.Chime_Room_Record';
import stop from '@salesforce/label/c.Chime_Room_Stop';
import end from '@salesforce/label/c.Chime_Room_End';
import windowOpen from '@salesforce/label/c.Chime_Room_Window_Open';
import opening from '@salesforce/label/c.Chime_Room_Opening';
import statePrejoin from '@salesforce/label/c.Chime_Room_State_Prejoin';
import stateWaiting from '@salesforce/label/c.Chime_Room_State_Waiting';
import stateIn from '@salesforce/label/c.Chime_Room_State_In';
import stateReconnecting from '@salesforce/label/c.Chime_Room_State_Reconnecting';
import stateLeft from '@salesforce/label/c.Chime_Room_State_Left';
import stateEnded from '@salesforce/label/c.Chime_Room_State_Ended';
import stateRemoved from '@salesforce/label/c.Chime_Room_State_Removed';
import stateRefused from '@salesforce/label/c.Chime_Room_State_Refused';

/** What stands on the controls, whatever the meeting. */
export const LABELS = {
    agree,
    checkHeading,
    close,
    consentQuestion,
    end,
    leave,
    loading,
    record,
    stop,
    tryAgain,
    window: ownWindow
};

const ROOM_STATES = {
    prejoin: statePrejoin,
    waiting: stateWaiting,
    in: stateIn,
    reconnecting: stateReconnecting,
    left: stateLeft,
    ended: stateEnded,
    removed: stateRemoved,
    refused: stateRefused
};
const REFUSED = ['Declined', 'Withdrawn'];
const CONSENT_MATTERS = ['Waiting for consent', 'Starting', 'Recording'];

/**
 * What the room says of a meeting, in one line that a screen reader hears whenever it changes.
 * @param meeting what Apex tells of the meeting
 * @param room where this user's seat is: inWindow, opening, state and reason; and the recordingState
 */
export function statusLine(meeting, room) {
    const { status, statusReason, endedAt: at, isFinal, hasSeat } = meeting;
    const texts = [picklistText('meeting', status), statusReason];
    if (isFinal) {
        texts.push(at && fill(endedAt, formatDateTime(at)));
    } else {
        texts.push(hasSeat ? seatLine(room) : noSeat);
    }
    if (room.recordingState !== 'None') {
        texts.push(fill(recordingIs, picklistText('recordingState', room.recordingState)));
    }
    return texts.filter(Boolean).join(' · ');
}

function seatLine({ inWindow, opening: isOpening, state, reason }) {
    if (inWindow) {
        return windowOpen;
    }
    if (isOpening) {
        return opening;
    }
    return [ROOM_STATES[state], reason].filter(Boolean).join(': ');
}

/** What stands on the way in, by where the seat is or was. */
export function enterText(inWindow, state) {
    if (inWindow) {
        return enterHere;
    }
    return state ? enterAgain : enter;
}

/** What stands on the way into a window of its own. */
export function windowText(inWindow) {
    return inWindow ? windowAgain : ownWindow;
}

/** Whether somebody in the room is asked to agree: where everyone is, once it matters or has been answered. */
export function isConsentAsked(meeting, recordingState, consent) {
    const matters = CONSENT_MATTERS.includes(recordingState) || consent !== 'Not asked';
    return meeting?.policy === 'Everyone agrees' && matters;
}

/** The question by the consent given so far: which answers are open, and what is said. */
export function consentBlock(consent) {
    return {
        mayAgree: consent !== 'Given',
        mayDecline: ['Not asked', 'Given'].includes(consent),
        declineLabel: consent === 'Given' ? withdraw : decline,
        text: { 'Not asked': consentQuestion, Given: consentGiven }[consent] ?? consentRefused
    };
}

/** Whether the room's message shows that this answer was heard. A no that only looks unasked was not. */
export function isConsentHeard({ type, consent }, given) {
    return type === 'recording' && (given ? consent === 'Given' : REFUSED.includes(consent));
}
