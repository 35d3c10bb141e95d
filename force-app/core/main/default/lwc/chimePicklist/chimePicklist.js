/**
 * The values of our picklists as the user reads them. The records hold the English API values; these
 * are the words of the user's language.
 */
import meetingScheduled from '@salesforce/label/c.Chime_Meeting_Scheduled';
import meetingRequested from '@salesforce/label/c.Chime_Meeting_Requested';
import meetingOpen from '@salesforce/label/c.Chime_Meeting_Open';
import meetingLive from '@salesforce/label/c.Chime_Meeting_Live';
import meetingEnded from '@salesforce/label/c.Chime_Meeting_Ended';
import meetingCancelled from '@salesforce/label/c.Chime_Meeting_Cancelled';
import meetingFailed from '@salesforce/label/c.Chime_Meeting_Failed';
import recordingStateNone from '@salesforce/label/c.Chime_Recording_State_None';
import recordingStatePreparing from '@salesforce/label/c.Chime_Recording_State_Preparing';
import recordingStateWaitingForConsent from '@salesforce/label/c.Chime_Recording_State_Waiting_For_Consent';
import recordingStateStarting from '@salesforce/label/c.Chime_Recording_State_Starting';
import recordingStateRecording from '@salesforce/label/c.Chime_Recording_State_Recording';
import recordingStateStopped from '@salesforce/label/c.Chime_Recording_State_Stopped';
import recordingPreparing from '@salesforce/label/c.Chime_Recording_Preparing';
import recordingStarting from '@salesforce/label/c.Chime_Recording_Starting';
import recordingRecording from '@salesforce/label/c.Chime_Recording_Recording';
import recordingFinishing from '@salesforce/label/c.Chime_Recording_Finishing';
import recordingChecking from '@salesforce/label/c.Chime_Recording_Checking';
import recordingAvailable from '@salesforce/label/c.Chime_Recording_Available';
import recordingFailed from '@salesforce/label/c.Chime_Recording_Failed';
import recordingErased from '@salesforce/label/c.Chime_Recording_Erased';
import consentNotAsked from '@salesforce/label/c.Chime_Consent_Not_Asked';
import consentGiven from '@salesforce/label/c.Chime_Consent_Given';
import consentDeclined from '@salesforce/label/c.Chime_Consent_Declined';
import consentWithdrawn from '@salesforce/label/c.Chime_Consent_Withdrawn';
import roleHost from '@salesforce/label/c.Chime_Role_Host';
import roleAttendee from '@salesforce/label/c.Chime_Role_Attendee';
import roleGuest from '@salesforce/label/c.Chime_Role_Guest';
import seatInvited from '@salesforce/label/c.Chime_Seat_Invited';
import seatWaiting from '@salesforce/label/c.Chime_Seat_Waiting';
import seatInMeeting from '@salesforce/label/c.Chime_Seat_In_Meeting';
import seatLeft from '@salesforce/label/c.Chime_Seat_Left';
import seatRemoved from '@salesforce/label/c.Chime_Seat_Removed';
import policyEveryoneAgrees from '@salesforce/label/c.Chime_Policy_Everyone_Agrees';
import policyNotice from '@salesforce/label/c.Chime_Policy_Notice';
import bridgeStarting from '@salesforce/label/c.Chime_Bridge_Starting';
import bridgeReady from '@salesforce/label/c.Chime_Bridge_Ready';
import bridgeDegraded from '@salesforce/label/c.Chime_Bridge_Degraded';
import bridgeDraining from '@salesforce/label/c.Chime_Bridge_Draining';
import letterOpen from '@salesforce/label/c.Chime_Letter_Open';
import letterRetrying from '@salesforce/label/c.Chime_Letter_Retrying';
import letterResolved from '@salesforce/label/c.Chime_Letter_Resolved';
import letterDropped from '@salesforce/label/c.Chime_Letter_Dropped';
import personUser from '@salesforce/label/c.Chime_Person_User';
import personContact from '@salesforce/label/c.Chime_Person_Contact';
import personLead from '@salesforce/label/c.Chime_Person_Lead';
import personEmail from '@salesforce/label/c.Chime_Person_Email';

const WORDS = {
    meeting: {
        Scheduled: meetingScheduled,
        Requested: meetingRequested,
        Open: meetingOpen,
        Live: meetingLive,
        Ended: meetingEnded,
        Cancelled: meetingCancelled,
        Failed: meetingFailed
    },
    recordingState: {
        None: recordingStateNone,
        Preparing: recordingStatePreparing,
        'Waiting for consent': recordingStateWaitingForConsent,
        Starting: recordingStateStarting,
        Recording: recordingStateRecording,
        Stopped: recordingStateStopped
    },
    recording: {
        Preparing: recordingPreparing,
        Starting: recordingStarting,
        Recording: recordingRecording,
        Finishing: recordingFinishing,
        Checking: recordingChecking,
        Available: recordingAvailable,
        Failed: recordingFailed,
        Erased: recordingErased
    },
    consent: {
        'Not asked': consentNotAsked,
        Given: consentGiven,
        Declined: consentDeclined,
        Withdrawn: consentWithdrawn
    },
    role: {
        Host: roleHost,
        Attendee: roleAttendee,
        Guest: roleGuest
    },
    seat: {
        Invited: seatInvited,
        Waiting: seatWaiting,
        'In meeting': seatInMeeting,
        Left: seatLeft,
        Removed: seatRemoved
    },
    policy: {
        'Everyone agrees': policyEveryoneAgrees,
        Notice: policyNotice
    },
    bridge: {
        Starting: bridgeStarting,
        Ready: bridgeReady,
        Degraded: bridgeDegraded,
        Draining: bridgeDraining
    },
    letter: {
        Open: letterOpen,
        Retrying: letterRetrying,
        Resolved: letterResolved,
        Dropped: letterDropped
    },
    person: {
        User: personUser,
        Contact: personContact,
        Lead: personLead,
        Email: personEmail
    }
};

/**
 * @param {'meeting'|'recordingState'|'recording'|'consent'|'role'|'seat'|'policy'|'bridge'|'letter'|'person'} list which picklist
 * @param {string|null|undefined} value the API value
 * @returns {string} the word for it; a value this version does not know stays as it is, none is empty
 */
export function picklistText(list, value) {
    return WORDS[list][value] ?? value ?? '';
}
