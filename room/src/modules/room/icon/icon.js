// @ts-check
/**
 * Our own drawings, as strokes on a field of 24: nothing is fetched, and they take the colour of the letters.
 */
import { LightningElement, api } from 'lwc';

/** @type {Record<string, string>} */
const PATHS = {
    microphone: 'M12 3a3 3 0 0 1 3 3v6a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3zM6 11v1a6 6 0 0 0 12 0v-1M12 18v3',
    microphoneOff:
        'M15 9.5V6a3 3 0 0 0-5.6-1.5M9 9v3a3 3 0 0 0 4.6 2.5M6 11v1a6 6 0 0 0 9.6 4.8M18 11v1c0 .8-.2 1.6-.4 2.3M12 18v3M4 3l16 18',
    camera: 'M4 7h9a2 2 0 0 1 2 2v6a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V9a2 2 0 0 1 2-2zM15 11l6-3.5v9L15 13',
    cameraOff:
        'M8.5 7H13a2 2 0 0 1 2 2v3.5M15 15a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V9a2 2 0 0 1 1.5-1.9M15 11l6-3.5v9l-3-1.7M4 3l16 18',
    share: 'M3 5h18v12H3zM8 21h8M12 14V8.5M9.5 11 12 8.5l2.5 2.5',
    shareOff: 'M3 5h18v12H3zM8 21h8M9.5 8.5l5 5M14.5 8.5l-5 5',
    hand: 'M7 12.5V6.7a1.3 1.3 0 0 1 2.6 0V11M9.6 10.5V4.8a1.3 1.3 0 0 1 2.6 0v5.7M12.2 10.5V5.6a1.3 1.3 0 0 1 2.6 0v5.2M14.8 11V7.8a1.3 1.3 0 0 1 2.6 0V15a6 6 0 0 1-6 6c-2.4 0-3.9-1-5-2.9L4 13.9a1.3 1.3 0 0 1 2.2-1.4L7.5 14.5',
    chat: 'M4 5h16v11H10l-4.5 4V16H4z',
    people: 'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c0-3.6 2.9-6 6.5-6s6.5 2.4 6.5 6M16 4.3a3.5 3.5 0 0 1 0 6.4M17.5 14.3c2.4.700 4 2.8 4 5.7',
    grid: 'M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z',
    speaker: 'M3 5h12v14H3zM18 5h3v4h-3zM18 11h3v3h-3zM18 16h3v3h-3z',
    record: 'M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16zM12 9a3 3 0 1 1 0 6 3 3 0 0 1 0-6z',
    stop: 'M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16zM9.5 9.5h5v5h-5z',
    leave: 'M3.5 14.5c-.8-1-.8-2.5 0-3.5C5.6 8.6 8.7 7.5 12 7.5s6.4 1.1 8.5 3.5c.8 1 .8 2.5 0 3.5l-3.8-1.5-.4-2.8a13 13 0 0 0-8.6 0L7.3 13z',
    end: 'M12 3.5v8M7 6.6a7.5 7.5 0 1 0 10 0',
    window: 'M10 5H4v15h15v-6M14 4h6v6M20 4l-9 9',
    full: 'M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5',
    fullOff: 'M9 4v5H4M20 9h-5V4M15 20v-5h5M4 15h5v5',
    more: 'M4.7 12h.6M11.7 12h.6M18.7 12h.6M4.7 11.7v.6M11.7 11.7v.6M18.7 11.7v.6',
    help: 'M9 9a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.2-1.5 2.4M12 17.5h.01M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18z',
    close: 'M6 6l12 12M18 6 6 18',
    pin: 'M9 4h6l-1 6 3 3H7l3-3zM12 13v7',
    send: 'M4 12 20 4l-4 16-4-6zM12 14l8-10',
    sound: 'M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM15.5 9a4 4 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11',
    consent: 'M12 3l7 3v5c0 4.5-3 8-7 10-4-2-7-5.5-7-10V6zM9 12l2 2 4-4',
    remove: 'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c0-3.6 2.9-6 6.5-6s6.5 2.4 6.5 6M16.5 8.5l5 5M21.5 8.5l-5 5',
    warning: 'M12 4 2.5 20h19zM12 10v4.5M12 17.2h.01'
};

export default class Icon extends LightningElement {
    /** @type {string} one of the drawings above */
    @api name = '';

    get path() {
        return PATHS[this.name] ?? '';
    }
}
