import { createElement } from '@lwc/engine-dom';
import { refreshApex } from '@salesforce/apex';
import { forget, went } from 'lightning/navigation';
import { takeStarted } from 'c/chimeRoomNews';
import ChimeStartMeeting from 'c/chimeStartMeeting';
import offer from '@salesforce/apex/ChimeStartController.offer';
import start from '@salesforce/apex/ChimeStartController.start';

jest.mock('@salesforce/apex', () => ({ refreshApex: jest.fn() }), { virtual: true });
jest.mock(
    '@salesforce/apex/ChimeStartController.offer',
    () => {
        const { createApexTestWireAdapter } = require('@salesforce/wire-service-jest-util');
        return { default: createApexTestWireAdapter(jest.fn()) };
    },
    { virtual: true }
);
jest.mock('@salesforce/apex/ChimeStartController.start', () => ({ default: jest.fn() }), { virtual: true });

const OFFER = require('./data/offer.json');
const RECORD = '0015e000003AbCdAAK';
const MEETING = 'a015e00000NewOneAAV';

describe('c-chime-start-meeting', () => {
    let element;

    const find = (selector) => element.shadowRoot.querySelector(selector);
    const settle = async () => {
        for (let turn = 0; turn < 5; turn += 1) {
            // eslint-disable-next-line no-await-in-loop -- each turn lets one more promise of the component go on
            await Promise.resolve();
        }
    };

    beforeEach(() => {
        element = createElement('c-chime-start-meeting', { is: ChimeStartMeeting });
        element.recordId = RECORD;
        document.body.appendChild(element);
    });

    afterEach(() => {
        document.body.replaceChildren();
        jest.resetAllMocks();
        forget();
    });

    async function give(data) {
        offer.emit(data);
        await settle();
    }

    it('asks for the offer of its record, and says so while it waits', async () => {
        await settle();
        expect(offer.getLastConfig()).toEqual({ recordId: RECORD });
        expect(find('lightning-spinner')).not.toBeNull();
        expect(find('[data-id="start"]')).toBeNull();
        await expect(element).toBeAccessible();
    });

    it('leaves the proposed subject to Apex, marks the meeting as started here, and opens it', async () => {
        start.mockResolvedValue({ meetingId: MEETING, name: 'MTG-000009' });
        await give(OFFER);
        expect(find('lightning-input').value).toBe('Meeting about Acme');
        find('[data-id="start"]').click();
        await settle();
        expect(start).toHaveBeenCalledWith({ recordId: RECORD, subject: null });
        expect(takeStarted(MEETING)).toBe(true);
        expect(went).toEqual([
            {
                type: 'standard__recordPage',
                attributes: { recordId: MEETING, objectApiName: 'Chime_Meeting__c', actionName: 'view' }
            }
        ]);
        expect(refreshApex).toHaveBeenCalled();
        await expect(element).toBeAccessible();
    });

    it('starts with what the user wrote; nothing but spaces means the proposed subject', async () => {
        start.mockResolvedValue({ meetingId: MEETING });
        await give(OFFER);
        const input = find('lightning-input');
        input.dispatchEvent(new CustomEvent('change', { detail: { value: '  Price talk ' } }));
        find('[data-id="start"]').click();
        await settle();
        expect(start).toHaveBeenLastCalledWith({ recordId: RECORD, subject: 'Price talk' });
        input.dispatchEvent(new CustomEvent('change', { detail: { value: '   ' } }));
        find('[data-id="start"]').click();
        await settle();
        expect(start).toHaveBeenLastCalledWith({ recordId: RECORD, subject: null });
    });

    it('takes nothing that was typed or proposed for one record to another', async () => {
        start.mockResolvedValue({ meetingId: MEETING });
        await give(OFFER);
        find('lightning-input').dispatchEvent(new CustomEvent('change', { detail: { value: 'About Acme' } }));
        await settle();
        element.recordId = '0015e000003AbCfAAK';
        await settle();
        expect(find('[data-id="start"]')).toBeNull();
        await give({ ...OFFER, subject: 'Meeting about Bolt' });
        expect(find('lightning-input').value).toBe('Meeting about Bolt');
        find('[data-id="start"]').click();
        await settle();
        expect(start).toHaveBeenCalledWith({ recordId: '0015e000003AbCfAAK', subject: null });
    });

    it('opens nothing on a record to which the user has gone meanwhile', async () => {
        let late;
        takeStarted(MEETING);
        start.mockReturnValue(new Promise((resolve) => (late = resolve)));
        await give(OFFER);
        find('[data-id="start"]').click();
        await settle();
        element.recordId = '0015e000003AbCfAAK';
        late({ meetingId: MEETING });
        await settle();
        expect(went).toEqual([]);
        expect(takeStarted(MEETING)).toBe(false);
    });

    it('tells that the offer could not be had anew', async () => {
        await give(OFFER);
        const error = new Error('Out of reach');
        refreshApex.mockRejectedValue(error);
        element.remove();
        document.body.appendChild(element);
        await settle();
        expect(find('c-chime-error-panel').errors).toContain(error);
    });

    it('starts one meeting although the button is clicked twice', async () => {
        start.mockReturnValue(new Promise(() => {}));
        await give(OFFER);
        find('[data-id="start"]').click();
        find('[data-id="start"]').click();
        await settle();
        expect(start).toHaveBeenCalledTimes(1);
        expect(find('[data-id="start"]').disabled).toBe(true);
        expect(find('[aria-live]').textContent).toBe('c.Chime_Start_Starting');
    });

    it('tells why it did not start, and lets the user try again', async () => {
        const error = { body: { message: 'The meeting service could not be told.' } };
        start.mockRejectedValue(error);
        await give(OFFER);
        find('[data-id="start"]').click();
        await settle();
        expect(find('c-chime-error-panel').errors).toContainEqual(error);
        expect(find('[data-id="start"]').disabled).toBe(false);
        expect(went).toEqual([]);
        await expect(element).toBeAccessible();
    });

    it('lists the running meetings of the record and opens one', async () => {
        await give(OFFER);
        const items = element.shadowRoot.querySelectorAll('li');
        expect(items).toHaveLength(2);
        expect(items[0].textContent).toContain('Renewal');
        expect(items[0].textContent).toContain('c.Chime_Meeting_Live');
        expect(items[1].textContent).toContain('MTG-000008');
        find('[data-id="a015e00000AbCdFAAV"]').click();
        expect(went[0].attributes.recordId).toBe('a015e00000AbCdFAAV');
        await expect(element).toBeAccessible();
    });

    it('says who may not start, and why', async () => {
        await give({ allowed: false, reason: 'Ask an admin.', subject: null, running: [] });
        expect(find('[data-id="refusal"]').textContent).toBe('Ask an admin.');
        expect(find('[data-id="start"]')).toBeNull();
        expect(find('ul')).toBeNull();
        await expect(element).toBeAccessible();
    });

    it('shows that the offer could not be had, and asks again on retry', async () => {
        offer.error({ message: 'No access' });
        await settle();
        const panel = find('c-chime-error-panel');
        expect(panel.retryable).toBe(true);
        expect(panel.errors[1].body.message).toBe('No access');
        panel.dispatchEvent(new CustomEvent('retry'));
        expect(refreshApex).toHaveBeenCalledTimes(1);
        await give(OFFER);
        expect(find('c-chime-error-panel').errors).toEqual([undefined, undefined]);
    });

    it('asks anew when the user comes back to the page', async () => {
        await give(OFFER);
        expect(refreshApex).not.toHaveBeenCalled();
        element.remove();
        document.body.appendChild(element);
        expect(refreshApex).toHaveBeenCalledTimes(1);
    });
});
