import { keyboard } from 'c/chimeRoomKeyboard';

describe('chimeRoomKeyboard', () => {
    let keys;
    let stage;

    const find = (id) => stage.querySelector(`[data-id="${id}"]`);
    const at = () => document.activeElement.dataset.id;

    function show(...ids) {
        stage.replaceChildren(
            ...ids.map((id) => {
                const control = document.createElement('button');
                control.dataset.id = id;
                return control;
            })
        );
        keys.rendered();
    }

    beforeEach(() => {
        stage = document.createElement('div');
        document.body.append(stage);
        keys = keyboard(() => ({
            querySelector: (selector) => stage.querySelector(selector),
            activeElement: document.activeElement
        }));
    });

    afterEach(() => document.body.replaceChildren());

    it('takes the keyboard to the first control that is there and switched on, once', () => {
        show('enter', 'window', 'status');
        find('enter').focus();
        keys.goTo('frame', 'status');
        keys.rendered();
        expect(at()).toBe('status');
        find('window').focus();
        keys.rendered();
        expect(at()).toBe('window');
        keys.goTo('enter', 'status');
        find('enter').disabled = true;
        keys.rendered();
        expect(at()).toBe('status');
    });

    it('waits for a rendering that shows one', () => {
        show('status');
        keys.goTo('frame');
        keys.rendered();
        expect(at()).toBeUndefined();
        show('status', 'frame');
        expect(at()).toBe('frame');
    });

    it('hands on what would be lost, at the latest to the status line', () => {
        show('window', 'status');
        keys.handOn('window');
        show('window', 'status');
        expect(at()).toBe('window');
        keys.handOn('window');
        show('status');
        expect(at()).toBe('status');
    });

    it('leaves the keyboard where somebody has taken it meanwhile', () => {
        show('record', 'end', 'status');
        keys.handOn('record');
        find('end').focus();
        keys.rendered();
        expect(at()).toBe('end');
    });

    it.each([
        ['record', 'stop'],
        ['stop', 'record'],
        ['agree', 'decline'],
        ['decline', 'agree'],
        ['leave', 'enter']
    ])('hands on from %s to %s', (from, to) => {
        show('status', from);
        keys.handOnFrom(from);
        show('status', to);
        expect(at()).toBe(to);
    });

    it('follows the control under the keyboard when news take it away', () => {
        show('leave', 'status');
        find('leave').focus();
        expect(keys.keep()).toBe(true);
        show('enter', 'status');
        expect(at()).toBe('enter');
    });

    it('follows nothing inside the frame', () => {
        show('frame', 'status');
        find('frame').focus();
        expect(keys.keep()).toBe(true);
        show('status');
        expect(at()).toBeUndefined();
    });

    it('follows nothing where the keyboard is elsewhere, and nothing any more once told to stay', () => {
        show('leave', 'status');
        expect(keys.keep()).toBe(false);
        show('status');
        expect(at()).toBeUndefined();
        keys.goTo('status');
        keys.stay();
        keys.rendered();
        expect(at()).toBeUndefined();
    });
});
