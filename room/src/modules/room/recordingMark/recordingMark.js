// @ts-check
/**
 * How recording stands, where everybody sees it. It shows a recorder that is in the meeting's own roster, also when the
 * record in Salesforce does not say so yet.
 */
import { LightningElement, api } from 'lwc';
import { words } from 'room/words';

export default class RecordingMark extends LightningElement {
    /** @type {import('../../../core/state.js').RecordingView} */
    @api recording = { state: 'None', live: false, source: null };

    words = words('recordingMark');

    get live() {
        return this.recording.live;
    }

    get text() {
        const { state, live } = this.recording;
        return live ? this.words.live : (this.words.state[/** @type {'Preparing'} */ (state)] ?? '');
    }

    get classes() {
        return this.live ? 'mark live' : 'mark';
    }
}
