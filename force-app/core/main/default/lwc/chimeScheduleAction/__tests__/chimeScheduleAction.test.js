import { createElement } from '@lwc/engine-dom';
import ChimeScheduleAction from 'c/chimeScheduleAction';

jest.mock(
    '@salesforce/apex/ChimeScheduleController.defaults',
    () => ({ default: jest.fn(() => new Promise(() => {})) }),
    {
        virtual: true
    }
);

describe('c-chime-schedule-action', () => {
    let element;

    beforeEach(() => {
        element = createElement('c-chime-schedule-action', { is: ChimeScheduleAction });
        document.body.appendChild(element);
    });

    afterEach(() => {
        document.body.replaceChildren();
    });

    it('waits for the record, then shows the form for it', async () => {
        expect(element.shadowRoot.querySelector('c-chime-schedule')).toBeNull();
        Object.assign(element, { recordId: '0015e000003AbCdAAK', objectApiName: 'Account' });
        await Promise.resolve();
        const form = element.shadowRoot.querySelector('c-chime-schedule');
        expect([form.objectApiName, form.closable]).toEqual(['Account', true]);
        expect(element.shadowRoot.querySelector('c-chime-schedule').recordId).toBe('0015e000003AbCdAAK');
        await expect(element).toBeAccessible();
    });

    it('closes the action when the form is closed', async () => {
        const closed = jest.fn();
        element.addEventListener('lightning__actionsCloseScreen', closed);
        element.recordId = '0015e000003AbCdAAK';
        await Promise.resolve();
        element.shadowRoot.querySelector('c-chime-schedule').dispatchEvent(new CustomEvent('close'));
        expect(closed).toHaveBeenCalledTimes(1);
    });
});
