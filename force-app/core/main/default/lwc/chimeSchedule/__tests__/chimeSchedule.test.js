import { createElement } from '@lwc/engine-dom';
import LightningConfirm from 'lightning/confirm';
import { forget, went } from 'lightning/navigation';
import ChimeSchedule from 'c/chimeSchedule';
import defaults from '@salesforce/apex/ChimeScheduleController.defaults';
import schedule from '@salesforce/apex/ChimeScheduleController.schedule';
import reschedule from '@salesforce/apex/ChimeScheduleController.reschedule';
import cancelMeeting from '@salesforce/apex/ChimeScheduleController.cancel';
import invite from '@salesforce/apex/ChimeScheduleController.invite';
import stateOf from '@salesforce/apex/ChimeRoomController.state';

jest.mock('@salesforce/apex/ChimeScheduleController.defaults', () => ({ default: jest.fn() }), { virtual: true });
jest.mock('@salesforce/apex/ChimeScheduleController.schedule', () => ({ default: jest.fn() }), { virtual: true });
jest.mock('@salesforce/apex/ChimeScheduleController.reschedule', () => ({ default: jest.fn() }), { virtual: true });
jest.mock('@salesforce/apex/ChimeScheduleController.cancel', () => ({ default: jest.fn() }), { virtual: true });
jest.mock('@salesforce/apex/ChimeScheduleController.invite', () => ({ default: jest.fn() }), { virtual: true });
jest.mock('@salesforce/apex/ChimeScheduleController.find', () => ({ default: jest.fn() }), { virtual: true });
jest.mock('@salesforce/apex/ChimeRoomController.state', () => ({ default: jest.fn() }), { virtual: true });

const DEFAULTS = require('./data/defaults.json');
const MEETING = require('./data/meeting.json');
const RECORD = '0015e000003AbCdAAK';
const ADA = DEFAULTS.suggested[0];
const EVE = { kind: 'Email', recordId: null, name: 'eve@example.org', email: 'eve@example.org' };
const INVITED = {
    asked: 5,
    invited: 3,
    mailed: 3,
    failures: [
        { name: 'Eve', reason: 'The address does not work.' },
        { name: 'Bob', reason: 'Not active.' }
    ]
};

describe('c-chime-schedule', () => {
    let element;

    const find = (selector) => element.shadowRoot.querySelector(selector);
    const field = (name) => find(`[data-field="${name}"]`);
    const click = async (id) => {
        find(`[data-id="${id}"]`).click();
        await settle();
    };
    const pills = () => [...element.shadowRoot.querySelectorAll('lightning-pill')].map(({ label }) => label);
    const search = () => find('c-chime-person-search');

    async function settle() {
        for (let turn = 0; turn < 8; turn += 1) {
            // eslint-disable-next-line no-await-in-loop -- each turn lets one more promise of the component go on
            await Promise.resolve();
        }
    }

    async function create(fields = { recordId: RECORD, objectApiName: 'Account' }) {
        element = createElement('c-chime-schedule', { is: ChimeSchedule });
        Object.assign(element, fields);
        document.body.appendChild(element);
        await settle();
    }

    async function change(name, detail) {
        field(name).dispatchEvent(new CustomEvent('change', { detail }));
        await settle();
    }

    async function pick(person) {
        search().dispatchEvent(new CustomEvent('pick', { detail: person }));
        await settle();
    }

    beforeEach(() => {
        jest.spyOn(Date, 'now').mockReturnValue(Date.UTC(2026, 10, 23, 18, 5));
        defaults.mockResolvedValue(DEFAULTS);
        stateOf.mockResolvedValue(MEETING);
        schedule.mockResolvedValue({ meetingId: MEETING.meetingId, name: MEETING.name, invited: INVITED });
    });

    afterEach(() => {
        document.body.replaceChildren();
        jest.restoreAllMocks();
        [defaults, schedule, reschedule, cancelMeeting, invite, stateOf, LightningConfirm.open].forEach((mock) =>
            mock.mockReset()
        );
        forget();
    });

    describe('on a record', () => {
        it('proposes subject, policy, people and the next half hour', async () => {
            await create();
            expect(defaults).toHaveBeenCalledWith({ recordId: RECORD });
            expect(field('subject').value).toBe('Meeting about Acme');
            expect(field('start').value).toBe('2026-11-23T18:30:00.000Z');
            expect(field('end').value).toBe('2026-11-23T19:00:00.000Z');
            expect(field('policy').options.map(({ value }) => value)).toEqual(DEFAULTS.policies);
            expect(field('autoRecord').checked).toBe(false);
            expect(pills()).toEqual(['Ada Lund']);
            expect(find('[data-id="cancel"]')).toBeNull();
            await expect(element).toBeAccessible();
        });

        it('sends the plan once, tells who could not be invited, and opens the meeting', async () => {
            const scheduled = jest.fn();
            await create();
            element.addEventListener('scheduled', (event) => scheduled(event.detail));
            await change('subject', { value: ' Price talk ' });
            await change('policy', { value: 'Notice' });
            await change('autoRecord', { checked: true });
            await pick(EVE);
            find('[data-id="schedule"]').click();
            find('[data-id="schedule"]').click();
            await settle();
            expect(schedule).toHaveBeenCalledTimes(1);
            expect(JSON.parse(schedule.mock.calls[0][0].planJson)).toEqual({
                recordId: RECORD,
                subject: 'Price talk',
                start: '2026-11-23T18:30:00.000Z',
                end: '2026-11-23T19:00:00.000Z',
                policy: 'Notice',
                autoRecord: true,
                invitees: [ADA, EVE]
            });
            expect(scheduled).toHaveBeenCalledWith(MEETING.meetingId);
            const result = find('[data-id="result"]');
            expect(result.textContent).toContain('c.Chime_Schedule_Done c.Chime_Schedule_Invited');
            expect(result.querySelectorAll('li')).toHaveLength(2);
            expect(find('[data-id="schedule"]')).toBeNull();
            await expect(element).toBeAccessible();
            await click('open');
            expect(went[0].attributes.recordId).toBe(MEETING.meetingId);
        });

        it('says nothing of invitations if nobody was to be invited', async () => {
            schedule.mockResolvedValue({
                meetingId: MEETING.meetingId,
                invited: { asked: 0, invited: 0, failures: [] }
            });
            await create();
            await click('schedule');
            expect(find('[data-id="result"]').textContent.trim()).toBe('c.Chime_Schedule_Done');
        });

        it('moves the end along with the start, so that the length stays', async () => {
            await create();
            await change('end', { value: '2026-11-23T20:00:00.000Z' });
            await change('start', { value: '2026-11-24T08:00:00.000Z' });
            expect(field('end').value).toBe('2026-11-24T09:30:00.000Z');
        });

        it('takes each person once, and lets each go again', async () => {
            await create();
            await pick(ADA);
            await pick(EVE);
            await pick({ ...EVE, name: 'Eve' });
            expect(pills()).toEqual(['Ada Lund', 'eve@example.org']);
            find('lightning-pill').dispatchEvent(new CustomEvent('remove'));
            await settle();
            expect(pills()).toEqual(['eve@example.org']);
        });

        it('does not send a form that is not filled in, and goes to the first wrong field', async () => {
            await create();
            jest.spyOn(field('subject'), 'reportValidity').mockReturnValue(false);
            const focus = jest.spyOn(field('subject'), 'focus').mockReturnValue();
            await click('schedule');
            expect(schedule).not.toHaveBeenCalled();
            expect(focus).toHaveBeenCalledTimes(1);
        });

        it.each(['2026-11-23T18:30:00.000Z', '2026-11-23T10:00:00.000Z', null])(
            'does not send an end at %s, which is not after the start',
            async (value) => {
                await create();
                await change('end', { value });
                await click('schedule');
                expect(schedule).not.toHaveBeenCalled();
                expect(find('c-chime-error-panel').errors).toContain('c.Chime_Schedule_End_Before_Start');
                await expect(element).toBeAccessible();
            }
        );

        it('keeps the form when Apex refuses it, and tells why', async () => {
            const error = { body: { message: 'The org has sent as many e-mails as it may today.' } };
            schedule.mockRejectedValueOnce(error);
            await create();
            await click('schedule');
            expect(find('c-chime-error-panel').errors).toContainEqual(error);
            expect(find('[data-id="schedule"]').disabled).toBe(false);
            await click('schedule');
            expect(find('[data-id="result"]')).not.toBeNull();
        });

        it('says who may not schedule here', async () => {
            defaults.mockResolvedValue({ ...DEFAULTS, allowed: false, reason: 'Ask an admin.', suggested: null });
            await create();
            expect(find('[data-id="refusal"]').textContent).toBe('Ask an admin.');
            expect(search()).toBeNull();
            await expect(element).toBeAccessible();
        });

        it('tells that the proposal could not be had, and asks again', async () => {
            defaults.mockRejectedValueOnce(new Error('Out of reach'));
            await create();
            const panel = find('c-chime-error-panel');
            expect(panel.errors[1].message).toBe('Out of reach');
            panel.dispatchEvent(new CustomEvent('retry'));
            await settle();
            expect(field('subject')).not.toBeNull();
        });

        it('waits with a spinner, and drops the answer for an earlier record', async () => {
            let late;
            defaults.mockReturnValueOnce(new Promise((resolve) => (late = resolve)));
            await create();
            expect(find('lightning-spinner')).not.toBeNull();
            defaults.mockResolvedValue({ ...DEFAULTS, subject: 'Other' });
            element.recordId = '0015e000003AbCfAAK';
            late(DEFAULTS);
            await settle();
            expect(field('subject').value).toBe('Other');
        });

        it('offers no Close on a card, where it would only wipe the form', async () => {
            await create();
            expect(find('[data-id="close"]')).toBeNull();
        });

        it('keeps what was typed when the page comes back', async () => {
            await create();
            await change('subject', { value: 'Price talk' });
            await pick(EVE);
            element.remove();
            document.body.appendChild(element);
            await settle();
            expect(field('subject').value).toBe('Price talk');
            expect(pills()).toEqual(['Ada Lund', 'eve@example.org']);
        });

        it('tells nothing on another record of what was planned for the first', async () => {
            let late;
            schedule.mockReturnValue(new Promise((resolve) => (late = resolve)));
            await create();
            await click('schedule');
            element.recordId = '0015e000003AbCfAAK';
            await settle();
            late({ meetingId: MEETING.meetingId, invited: INVITED });
            await settle();
            expect(find('[data-id="result"]')).toBeNull();
            expect(find('[data-id="schedule"]').disabled).toBe(false);
        });

        it('closes and begins anew', async () => {
            const closed = jest.fn();
            await create({ recordId: RECORD, objectApiName: 'Account', closable: true });
            element.addEventListener('close', closed);
            await pick(EVE);
            await click('close');
            expect(closed).toHaveBeenCalledTimes(1);
            expect(pills()).toEqual(['Ada Lund']);
        });
    });

    describe('on a meeting', () => {
        const fields = { recordId: MEETING.meetingId, objectApiName: 'Chime_Meeting__c' };

        it('shows its times, and no subject or policy', async () => {
            await create(fields);
            expect(stateOf).toHaveBeenCalledWith({ meetingId: MEETING.meetingId });
            expect(field('start').value).toBe(MEETING.scheduledStart);
            expect(field('subject')).toBeNull();
            expect(field('policy')).toBeNull();
            expect(find('[data-id="invite"]').disabled).toBe(true);
            await expect(element).toBeAccessible();
        });

        it('moves it and tells who was told', async () => {
            reschedule.mockResolvedValue({ asked: 2, invited: 2, mailed: 2, failures: [] });
            await create(fields);
            await change('start', { value: '2026-12-02T09:00:00.000Z' });
            await click('reschedule');
            expect(reschedule).toHaveBeenCalledWith({
                meetingId: MEETING.meetingId,
                startAt: '2026-12-02T09:00:00.000Z',
                endAt: '2026-12-02T10:00:00.000Z'
            });
            expect(find('[data-id="result"]').textContent).toContain('c.Chime_Schedule_Moved c.Chime_Schedule_Invited');
        });

        it('invites more people', async () => {
            invite.mockResolvedValue({ asked: 1, invited: 1, mailed: 1, failures: [] });
            await create(fields);
            await pick(EVE);
            await click('invite');
            expect(invite).toHaveBeenCalledWith({
                meetingId: MEETING.meetingId,
                inviteesJson: JSON.stringify([EVE])
            });
            expect(pills()).toEqual([]);
            expect(find('[data-id="result"]').textContent.trim()).toBe('c.Chime_Schedule_Invited');
        });

        it('keeps those who could not be invited, so that they need no second search', async () => {
            const failures = [{ name: 'eve@example.org', reason: 'The address does not work.' }];
            invite.mockResolvedValue({ asked: 2, invited: 1, mailed: 1, failures });
            await create(fields);
            await pick(EVE);
            await pick(ADA);
            await click('invite');
            expect(pills()).toEqual(['eve@example.org']);
        });

        it('can be cancelled and invited to without times', async () => {
            LightningConfirm.open.mockResolvedValue(true);
            stateOf.mockResolvedValue({ ...MEETING, scheduledStart: null, scheduledEnd: null });
            invite.mockResolvedValue({ asked: 1, invited: 1, failures: [] });
            await create(fields);
            jest.spyOn(field('start'), 'reportValidity').mockReturnValue(false);
            await pick(EVE);
            await click('invite');
            expect(invite).toHaveBeenCalledTimes(1);
            await click('reschedule');
            expect(reschedule).not.toHaveBeenCalled();
            await click('cancel');
            expect(cancelMeeting).toHaveBeenCalledTimes(1);
        });

        it('cancels the meeting that was confirmed, and leaves the one shown by then as it is', async () => {
            let answer;
            LightningConfirm.open.mockReturnValue(new Promise((resolve) => (answer = resolve)));
            await create(fields);
            await click('cancel');
            element.recordId = 'a015e00000AbCdFAAV';
            await settle();
            answer(true);
            await settle();
            expect(cancelMeeting.mock.calls).toEqual([[{ meetingId: MEETING.meetingId }]]);
            expect(find('[data-id="cancel"]').disabled).toBe(false);
            expect(find('[data-id="result"]')).toBeNull();
        });

        it('puts the keyboard on the result when its button has gone', async () => {
            LightningConfirm.open.mockResolvedValue(true);
            await create(fields);
            await click('cancel');
            expect(element.shadowRoot.activeElement).toBe(find('[data-id="result"]'));
        });

        it('cancels only after confirmation, and offers nothing then', async () => {
            LightningConfirm.open.mockResolvedValueOnce(false).mockResolvedValueOnce(true);
            await create(fields);
            await click('cancel');
            expect(cancelMeeting).not.toHaveBeenCalled();
            await click('cancel');
            expect(cancelMeeting).toHaveBeenCalledWith({ meetingId: MEETING.meetingId });
            expect(find('[data-id="result"]').textContent.trim()).toBe('c.Chime_Schedule_Cancelled');
            expect(find('[data-id="refusal"]').textContent).toBe('c.Chime_Schedule_Over');
            expect(find('[data-id="cancel"]')).toBeNull();
            await expect(element).toBeAccessible();
        });

        it('invites to a running meeting, whose time no longer moves', async () => {
            stateOf.mockResolvedValue({ ...MEETING, status: 'Live', scheduledStart: null, scheduledEnd: null });
            invite.mockResolvedValue({ asked: 1, invited: 1, failures: [] });
            await create(fields);
            expect(field('start')).toBeNull();
            expect(find('[data-id="reschedule"]')).toBeNull();
            await pick(EVE);
            await click('invite');
            expect(invite).toHaveBeenCalledTimes(1);
        });

        it('offers nothing to somebody who does not control it', async () => {
            stateOf.mockResolvedValue({ ...MEETING, mayControl: false });
            await create(fields);
            expect(find('[data-id="refusal"]').textContent).toBe('c.Chime_Schedule_May_Not');
            expect(search()).toBeNull();
        });
    });
});
