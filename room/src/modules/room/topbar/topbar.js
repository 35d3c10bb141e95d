// @ts-check
/**
 * Above the pictures: what the meeting is about and whether it is recorded.
 */
import { LightningElement, api } from 'lwc';
import { words } from 'room/words';

export default class Topbar extends LightningElement {
    @api subject = '';
    /** @type {import('../../../core/state.js').RecordingView} */
    @api recording = { state: 'None', live: false, source: null };

    words = words('topbar');

    get title() {
        return this.subject || this.words.meeting;
    }

    @api
    focusHeading() {
        /** @type {Record<string, HTMLElement>} */ (this.refs).heading.focus();
    }
}
