import { consentBlock, enterText, isConsentAsked, isConsentHeard, statusLine, windowText } from 'c/chimeRoomWords';

const OPEN = { status: 'Open', statusReason: null, endedAt: null, isFinal: false, hasSeat: true };
const OUT = { inWindow: false, opening: false, state: null, reason: null, recordingState: 'None' };
const EVERYONE = { policy: 'Everyone agrees' };

describe('chimeRoomWords', () => {
    it.each([
        ['a seat nobody has taken', OPEN, OUT, 'c.Chime_Meeting_Open'],
        ['no seat', { ...OPEN, hasSeat: false }, OUT, 'c.Chime_Meeting_Open · c.Chime_Room_No_Seat'],
        ['a room that opens', OPEN, { ...OUT, opening: true }, 'c.Chime_Meeting_Open · c.Chime_Room_Opening'],
        [
            'a window of its own, before all else',
            OPEN,
            { ...OUT, inWindow: true, opening: true, state: 'in' },
            'c.Chime_Meeting_Open · c.Chime_Room_Window_Open'
        ],
        [
            'a refusal with its reason',
            OPEN,
            { ...OUT, state: 'refused', reason: 'full' },
            'c.Chime_Meeting_Open · c.Chime_Room_State_Refused: full'
        ],
        [
            'a meeting that failed, whatever the seat',
            { ...OPEN, status: 'Failed', statusReason: 'Not sent', isFinal: true },
            { ...OUT, state: 'in' },
            'c.Chime_Meeting_Failed · Not sent'
        ]
    ])('says %s', (_, meeting, room, line) => {
        expect(statusLine(meeting, room)).toBe(line);
    });

    it('says when a meeting ended, and how its recording stands', () => {
        const ended = { ...OPEN, status: 'Ended', isFinal: true, endedAt: '2026-11-23T18:05:00.000Z' };
        const line = statusLine(ended, { ...OUT, recordingState: 'Stopped' });
        expect(line).toContain('c.Chime_Room_Ended_At');
        expect(line).toContain('c.Chime_Room_Recording_Is');
    });

    it.each([
        ['a seat not taken yet', false, null, 'c.Chime_Room_Enter', 'c.Chime_Room_Window'],
        ['one that was left', false, 'left', 'c.Chime_Room_Enter_Again', 'c.Chime_Room_Window'],
        ['one in its own window', true, null, 'c.Chime_Room_Enter_Here', 'c.Chime_Room_Window_Again']
    ])('names the ways in for %s', (_, inWindow, state, enter, ownWindow) => {
        expect(enterText(inWindow, state)).toBe(enter);
        expect(windowText(inWindow)).toBe(ownWindow);
    });

    it.each([
        [EVERYONE, 'None', 'Not asked', false],
        [EVERYONE, 'Waiting for consent', 'Not asked', true],
        [EVERYONE, 'None', 'Declined', true],
        [{ policy: 'Notice' }, 'Recording', 'Given', false],
        [undefined, 'Recording', 'Given', false]
    ])('asks under %o while the recording is %s and the answer %s: %s', (meeting, recording, consent, asked) => {
        expect(isConsentAsked(meeting, recording, consent)).toBe(asked);
    });

    it.each([
        ['Not asked', true, true, 'c.Chime_Consent_Decline', 'c.Chime_Consent_Question'],
        ['Given', false, true, 'c.Chime_Consent_Withdraw', 'c.Chime_Consent_Text_Given'],
        ['Declined', true, false, 'c.Chime_Consent_Decline', 'c.Chime_Consent_Text_Refused'],
        ['Withdrawn', true, false, 'c.Chime_Consent_Decline', 'c.Chime_Consent_Text_Refused']
    ])('offers after %s what is open', (consent, mayAgree, mayDecline, declineLabel, text) => {
        expect(consentBlock(consent)).toEqual({ mayAgree, mayDecline, declineLabel, text });
    });

    it('believes an answer heard only when the room shows it', () => {
        const said = (consent) => ({ type: 'recording', consent });
        expect(isConsentHeard(said('Given'), true)).toBe(true);
        expect(isConsentHeard(said('Withdrawn'), false)).toBe(true);
        expect(isConsentHeard(said('Not asked'), false)).toBe(false);
        expect(isConsentHeard({ type: 'state', consent: 'Given' }, true)).toBe(false);
    });
});
