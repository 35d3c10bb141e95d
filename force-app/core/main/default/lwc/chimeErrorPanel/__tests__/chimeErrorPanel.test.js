import { createElement } from '@lwc/engine-dom';
import ChimeErrorPanel from 'c/chimeErrorPanel';

function create(fields) {
    const element = createElement('c-chime-error-panel', { is: ChimeErrorPanel });
    Object.assign(element, fields);
    document.body.appendChild(element);
    return element;
}

describe('c-chime-error-panel', () => {
    afterEach(() => {
        document.body.replaceChildren();
    });

    it('shows nothing while there is no error', async () => {
        const element = create({ errors: [undefined, null], retryable: true });
        await Promise.resolve();
        expect(element.shadowRoot.querySelector('[role="alert"]')).toBeNull();
        await expect(element).toBeAccessible();
    });

    it('tells each error once, under the heading given', async () => {
        const errors = [{ body: { message: 'Not you' } }, undefined, new Error('Out of reach'), 'Not you'];
        const element = create({ errors, heading: 'Cannot play' });
        await Promise.resolve();
        const alert = element.shadowRoot.querySelector('[role="alert"]');
        expect(alert.querySelector('p').textContent).toBe('Cannot play');
        expect([...alert.querySelectorAll('li')].map((item) => item.textContent)).toEqual(['Not you', 'Out of reach']);
        expect(alert.querySelector('lightning-button')).toBeNull();
        await expect(element).toBeAccessible();
    });

    it('has a heading of its own, and fires retry', async () => {
        const element = create({ errors: 'Broken', retryable: true });
        const retried = jest.fn();
        element.addEventListener('retry', retried);
        await Promise.resolve();
        expect(element.shadowRoot.querySelector('p').textContent).toBe('c.Chime_Error_Heading');
        element.shadowRoot.querySelector('[data-id="retry"]').click();
        expect(retried).toHaveBeenCalledTimes(1);
        await expect(element).toBeAccessible();
    });
});
