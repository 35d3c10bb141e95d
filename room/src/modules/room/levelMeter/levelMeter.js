// @ts-check
/**
 * How loud the microphone hears: a bar that moves. Its length is set by script, for the page's policy takes no style
 * attributes.
 */
import { LightningElement, api } from 'lwc';
import { words } from 'room/words';

export default class LevelMeter extends LightningElement {
    /** @type {number} 0..1 */
    @api level = 0;

    words = words('levelMeter');

    get percent() {
        return Math.round(Math.min(1, Math.max(0, this.level)) * 100);
    }

    renderedCallback() {
        /** @type {Record<string, HTMLElement>} */ (this.refs).bar.style.transform = `scaleX(${this.percent / 100})`;
    }
}
